//! Whether a bulk answer is to have scan details: a header of another name in each version, read in one way.

use crate::journal::{FindingKind, Reply};
use crate::vendors::Call;

/// What the header of a call says.
pub(super) struct Details {
    header: &'static str,
    said: Option<String>,
}

impl Details {
    /// Reads the header of this name.
    pub(super) fn of(call: &Call, header: &'static str) -> Self {
        Self { header, said: call.header(header).map(|value| value.trim().to_owned()) }
    }

    /// Whether details are wanted.
    pub(super) fn wanted(&self) -> bool {
        self.said.as_deref() == Some("1")
    }

    /// The answer, with a note on a value that neither version knows; `source` says where the header is described.
    pub(super) fn note(&self, reply: Reply, source: &'static str) -> Reply {
        match self.said.as_deref() {
            None | Some("0" | "1") => reply,
            Some(other) => {
                let what = format!("{} is {other:?} and counts as 0; send 0 or 1", self.header);
                reply.finding(FindingKind::Deviation, what, source)
            }
        }
    }
}
