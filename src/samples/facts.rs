//! Facts that are derived where a fixture leaves them out: the kind of a file, and an engine's result.

use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::document::TimeSpec;

/// What kind of file a sample is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileType {
    /// Media type: `text/plain`.
    pub mime: String,
    /// For people: `ASCII text`.
    pub description: String,
    /// The usual extension, without the dot; may be empty.
    pub extension: String,
    /// One letter: A archive, D document, E executable, G graphics, M media, T text, O other.
    pub category: String,
}

/// The media types of PE files; DOS programs have the first one too.
const PE_TYPES: [&str; 4] = [
    "application/x-dosexec",
    "application/x-msdownload",
    "application/vnd.microsoft.portable-executable",
    "application/x-ms-dos-executable",
];

impl FileType {
    /// Whether it is a PE file: a Windows program or library.
    #[must_use]
    pub fn is_pe(&self) -> bool {
        let description = &self.description;
        description.starts_with("PE32")
            || (PE_TYPES.contains(&self.mime.as_str()) && !description.starts_with("MS-DOS"))
    }
}

/// What one engine found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineResult {
    /// The engine's name.
    pub engine: String,
    /// What it found.
    pub verdict: Verdict,
    /// The engine's name for the threat; empty where there is none.
    #[serde(default)]
    pub threat: String,
    /// Age of its definitions.
    pub definitions: TimeSpec,
    /// Time it took, in milliseconds.
    pub scan_ms: f64,
    /// Time from sending the file to the engine's result, in milliseconds.
    pub wait_ms: u64,
}
