//! The body of a bulk request, in either format.

mod json;
mod xml;

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

/// A bulk request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// The type of all its hashes, as sent.
    pub(super) hash_type: String,
    /// The hashes, as sent.
    pub(super) hashes: Vec<String>,
}

/// Reads a body; `None` if it is malformed.
pub(super) fn parse(format: Format, body: &[u8]) -> Option<Query> {
    match format {
        Format::Json => json::parse(body),
        Format::Xml => xml::parse(body),
    }
}
