//! Replaces ranges of a text.

use std::borrow::Cow;
use std::ops::Range;

/// A range of a text, and its replacement.
#[derive(Clone, Debug)]
pub(crate) struct Edit {
    pub(crate) place: Range<usize>,
    pub(crate) text: String,
}

impl Edit {
    pub(crate) fn new(place: Range<usize>, text: impl Into<String>) -> Self {
        Self { place, text: text.into() }
    }
}

/// Applies the edits. Where some overlap, all of their ranges are replaced by the text of the first one.
pub(crate) fn apply(text: &[u8], mut edits: Vec<Edit>) -> Cow<'_, [u8]> {
    if edits.is_empty() {
        return Cow::Borrowed(text);
    }
    // Of those that start together the longest comes first, so that no shorter one decides the text.
    edits.sort_by_key(|edit| (edit.place.start, std::cmp::Reverse(edit.place.end)));
    let mut redacted = Vec::with_capacity(text.len());
    let mut at = 0;
    for Edit { place, text: new } in edits {
        if place.start >= at {
            redacted.extend_from_slice(&text[at..place.start]);
            redacted.extend_from_slice(new.as_bytes());
        }
        at = at.max(place.end);
    }
    redacted.extend_from_slice(&text[at..]);
    Cow::Owned(redacted)
}
