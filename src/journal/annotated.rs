//! A journal entry together with the findings about it.

use std::sync::Arc;

use super::entry::Entry;
use super::reply::Finding;

/// An entry with its findings. The `findings` module makes these from the entries of a journal.
#[derive(Clone, Debug)]
pub(crate) struct AnnotatedEntry {
    /// The entry.
    pub entry: Arc<Entry>,
    /// The findings: first those that were recorded with the reply, then those that were worked out since.
    pub findings: Vec<Finding>,
    /// Whether the findings that take some work, such as near misses, have been added.
    pub(crate) is_complete: bool,
}

impl AnnotatedEntry {
    /// The entry with the findings that came with its reply.
    pub(crate) fn new(entry: Arc<Entry>) -> Self {
        let findings = entry.reply.findings.clone();
        Self { entry, findings, is_complete: false }
    }
}
