//! Bodies: what happens if one does not parse as its format.

use std::borrow::Cow;

use super::edit::{Edit, apply};
use super::names::names_a_secret;
use super::{Redactor, structure, text};
use crate::journal::body::{Format, Layout, media_type};

/// How deep bodies may be nested in strings of other bodies.
const DEPTH: usize = 8;

/// A body of this content type without its secrets. `seen` is what the endpoint read of it, and `depth` counts the bodies that it
/// is inside of.
pub(crate) fn redact<'a>(
    redactor: &Redactor,
    content_type: &str,
    body: &'a [u8],
    seen: Option<&Layout>,
    depth: usize,
) -> Cow<'a, [u8]> {
    let media = media_type(content_type);
    let declared = Format::declared(&media);
    // What the endpoint read decides: redaction must find the fields where the endpoint found them.
    let format = match seen {
        Some(Layout::Form(_)) => Format::Urlencoded,
        Some(Layout::Multipart(_)) => Format::Multipart,
        Some(Layout::Other) | None => declared.unwrap_or_else(|| Format::looks_like(body)),
    };
    let note = || {
        let what = if declared.is_some() { &*media } else { format.name() };
        Cow::Owned(format!("[redacted: {} bytes that do not parse as {what}]", body.len()).into_bytes())
    };
    // Clients choose the depth, and each level is parsed again.
    if depth > DEPTH {
        return if names_a_secret(body) { note() } else { apply(body, text::shapes(body, redactor)) };
    }
    let parsed = match format {
        Format::Json => structure::json(body, redactor, depth),
        Format::Xml => structure::xml(body, redactor),
        Format::Multipart => match seen {
            Some(layout) => structure::multipart(layout, body, redactor, depth),
            None => structure::multipart(&Layout::of(content_type, body), body, redactor, depth),
        },
        Format::Text => Some(text::prose(body, redactor)),
        Format::Urlencoded => urlencoded(body, seen, redactor, depth),
    };
    match parsed {
        Some(mut edits) => {
            // Also where no field is: in names of elements and attributes, and in numbers.
            redactor.known.find(body, &mut edits);
            apply(body, edits)
        }
        None if names_a_secret(body) => note(),
        None => apply(body, text::shapes(body, redactor)),
    }
}

/// Some APIs parse JSON and XML whatever the content type is, and some clients declare every body as a form.
fn urlencoded(body: &[u8], seen: Option<&Layout>, redactor: &Redactor, depth: usize) -> Option<Vec<Edit>> {
    let mut edits = text::form(body, redactor, 0);
    if let Some(Layout::Form(pairs)) = seen {
        edits.extend(text::pairs_as_seen(body, pairs));
    }
    match Format::looks_like(body) {
        Format::Json => edits.extend(structure::json(body, redactor, depth).unwrap_or_default()),
        Format::Xml => edits.extend(structure::xml(body, redactor).unwrap_or_default()),
        Format::Multipart => return None,
        Format::Text | Format::Urlencoded => return Some(edits),
    }
    // A body that looks like JSON or XML and does not parse may be anything.
    if edits.is_empty() && names_a_secret(body) && !parses(body) { None } else { Some(edits) }
}

fn parses(body: &[u8]) -> bool {
    let redactor = Redactor::default();
    structure::json(body, &redactor, DEPTH).is_some() || structure::xml(body, &redactor).is_some()
}
