//! What a bulk request says, whatever its format.

/// The formats of requests and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `json`
    Json,
    /// `xml`
    Xml,
}

impl Format {
    /// The format of this name, to the letter.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "xml" => Some(Self::Xml),
            _ => None,
        }
    }
}

/// What a bulk request asks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Query {
    /// The kind of all its hashes, as sent.
    pub(crate) hash_type: String,
    /// The hashes, as sent.
    pub(crate) hashes: Vec<String>,
}
