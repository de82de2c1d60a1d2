//! What the admin API answered.

use serde_json::Value;

/// An answer of the admin API.
pub(in crate::cli) struct AdminAnswer {
    pub(super) status: u16,
    pub(super) is_json: bool,
    pub(in crate::cli) text: String,
    /// The body as JSON; null if it is not JSON.
    pub(in crate::cli) value: Value,
}

impl AdminAnswer {
    /// The `detail` of a problem document.
    pub(in crate::cli) fn detail(&self) -> Option<&str> {
        self.value["detail"].as_str()
    }

    /// Whether the status is a 2xx.
    pub(in crate::cli) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(in crate::cli) fn status(&self) -> u16 {
        self.status
    }
}
