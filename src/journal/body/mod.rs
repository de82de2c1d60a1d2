//! Parses request bodies: JSON, XML, forms and multipart, as named fields.

pub(crate) mod disposition;
pub(crate) mod fields;
pub(crate) mod multipart;

use std::borrow::Cow;

/// Percent-decoded text of a URL. Bytes that are not UTF-8 are replaced.
#[must_use]
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    // Most paths have nothing to decode.
    match text.as_bytes().contains(&b'%') {
        true => percent_encoding::percent_decode_str(text).decode_utf8_lossy(),
        false => Cow::Borrowed(text),
    }
}
