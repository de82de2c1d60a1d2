//! Takes request bodies apart, in one place: [`Layout`] says which fields a form or a multipart body has and where in the body
//! they are.
//!
//! A call computes it at most once, when its endpoint asks for fields, and the journal keeps it with the entry. So what is
//! later searched, reported and redacted are the fields that the endpoint saw. For a request whose endpoint did not
//! ask, readers of the journal compute it by the same function.
//!
//! JSON and XML have no layout. An endpoint reads them straight into its own types, as strictly as its vendor does, and a
//! parsed tree would take several times the memory of the body, which the journal is bounded by. [`fields`] makes the tree
//! when the journal is read.

pub(crate) mod disposition;
pub(crate) mod fields;
mod form;
mod format;
mod layout;
pub(crate) mod multipart;
pub(crate) mod xml;

pub(crate) use self::form::{Pair, pairs};
pub(crate) use self::format::{BYTE_ORDER_MARK, Format, media_type};
pub(crate) use self::layout::{Layout, Value};

use std::borrow::Cow;

/// Percent-decoded text of a URL. Bytes that are not UTF-8 are replaced.
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    // Most paths have nothing to decode.
    match memchr::memchr(b'%', text.as_bytes()).is_some() {
        true => percent_encoding::percent_decode_str(text).decode_utf8_lossy(),
        false => Cow::Borrowed(text),
    }
}
