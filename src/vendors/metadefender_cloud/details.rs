//! The header that requests scan details in a bulk reply. Each version has its own name for it; the values are the same.

use http::HeaderName;
use jiff::Timestamp;

use crate::journal::{FindingKind, Reply};
use crate::vendors::Call;

/// The value of the header in a request.
pub(super) struct DetailsHeader {
    name: HeaderName,
    value: Option<String>,
}

impl DetailsHeader {
    /// Reads the header of this name.
    pub(super) fn of(call: &Call, name: HeaderName) -> Self {
        Self { value: call.header(&name).map(|value| value.trim().to_owned()), name }
    }

    /// If details are requested, the instant from which their relative times count.
    pub(super) fn origin(&self, call: &Call) -> Option<Timestamp> {
        (self.value.as_deref() == Some("1")).then_some(call.origin)
    }

    /// Adds a finding to the reply if the value is neither 0 nor 1; `source` is where the header is documented.
    pub(super) fn note(&self, reply: Reply, source: &'static str) -> Reply {
        match self.value.as_deref() {
            None | Some("0" | "1") => reply,
            Some(other) => {
                let what = format!("{} is {other:?} and counts as 0; send 0 or 1", self.name);
                reply.finding(FindingKind::Deviation, what, source)
            }
        }
    }
}
