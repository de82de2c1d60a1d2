//! Request bodies taken apart: JSON, XML, forms and multipart as named fields.

pub mod disposition;
pub mod fields;
pub mod multipart;

use std::borrow::Cow;

/// Text of a URL, decoded; what would be no UTF-8 then is replaced.
#[must_use]
pub fn decoded(text: &str) -> Cow<'_, str> {
    // Hardly any path has something to decode.
    match text.as_bytes().contains(&b'%') {
        true => percent_encoding::percent_decode_str(text).decode_utf8_lossy(),
        false => Cow::Borrowed(text),
    }
}
