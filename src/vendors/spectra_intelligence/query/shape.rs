//! A bulk request without its format.

/// The formats of requests and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vendors::spectra_intelligence) enum Format {
    /// `json`
    Json,
    /// `xml`
    Xml,
}

impl Format {
    /// The format of this name; case matters.
    pub(in crate::vendors::spectra_intelligence) fn of_name(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "xml" => Some(Self::Xml),
            _ => None,
        }
    }
}

/// A bulk request.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::vendors::spectra_intelligence) struct Query {
    /// The type of all its hashes, as sent.
    pub(in crate::vendors::spectra_intelligence) hash_type: String,
    /// The hashes, as sent.
    pub(in crate::vendors::spectra_intelligence) hashes: Vec<String>,
}
