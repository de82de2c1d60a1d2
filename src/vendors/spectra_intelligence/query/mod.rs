//! The body of a bulk request, in either format.

mod json;
mod xml;

use std::borrow::Cow;

use crate::journal::body::xml::decode as decode_xml;

/// The most hashes of one request. If there are more, at least one more is returned.
pub(super) const MAX_HASHES: usize = 100;

/// The formats of requests and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `json`
    Json,
    /// `xml`
    Xml,
}

impl Format {
    /// The format of this name; case matters.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "xml" => Some(Self::Xml),
            _ => None,
        }
    }
}

/// A bulk request. It borrows from the body what is written there as it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query<'a> {
    /// The type of all its hashes, as sent.
    pub(super) hash_type: Cow<'a, str>,
    /// The hashes, as sent.
    pub(super) hashes: Vec<Cow<'a, str>>,
}

/// A body as text; `None` if it is malformed.
pub(super) fn decode(format: Format, body: &[u8]) -> Option<Cow<'_, str>> {
    match format {
        Format::Json => std::str::from_utf8(body).ok().map(Cow::Borrowed),
        Format::Xml => decode_xml(body),
    }
}

/// Reads the text of a body; `None` if it is malformed.
pub(super) fn parse(format: Format, text: &str) -> Option<Query<'_>> {
    match format {
        Format::Json => json::parse(text),
        Format::Xml => xml::parse(text),
    }
}
