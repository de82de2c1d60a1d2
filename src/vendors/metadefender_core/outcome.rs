//! The overall result of a scan: pinned, or else consolidated from its engines and its contents.

use super::codes;
use super::selection::SelectedScan;
use crate::samples::Rule;
use crate::vendors::opswat;

/// The overall result.
pub(super) struct OverallResult<'a> {
    /// Its code.
    pub(super) code: u16,
    /// The name of the code.
    pub(super) name: &'a str,
    /// What happened to the file.
    pub(super) result: &'a str,
    /// Why it is blocked.
    pub(super) blocked_reason: String,
}

impl SelectedScan<'_> {
    /// The overall result under this rule.
    pub(super) fn outcome(&self, rule: &Rule) -> OverallResult<'_> {
        if !self.is_finished() {
            let name = codes::name(codes::IN_PROGRESS);
            let blocked_reason = String::new();
            return OverallResult { code: codes::IN_PROGRESS, name, result: PROCESSING, blocked_reason };
        }
        let pins = &self.view.pins;
        let inside = self.contents.as_ref().and_then(|contents| contents.verdict);
        let code = pins.scan_all_result_i.unwrap_or_else(|| {
            let own = opswat::scan_verdict(self.scan);
            opswat::code(opswat::consolidate([own].into_iter().chain(inside)).unwrap_or(own))
        });
        let name = pins.scan_all_result_a.as_deref().unwrap_or_else(|| codes::name(code));
        let blocks = opswat::verdict(code).is_some_and(|verdict| match &rule.blocks {
            Some(blocks) => blocks.contains(&verdict),
            None => opswat::blocks(verdict),
        });
        let result = pins.result.as_deref().unwrap_or(if blocks { BLOCKED } else { ALLOWED });
        let reason = || if result == BLOCKED { format!("Scan result: {name}") } else { String::new() };
        let blocked_reason = pins.blocked_reason.clone().unwrap_or_else(reason);
        OverallResult { code, name, result, blocked_reason }
    }
}

/// The file may pass.
pub(super) const ALLOWED: &str = "Allowed";

/// The file is held back.
pub(super) const BLOCKED: &str = "Blocked";

/// The file is not done.
pub(super) const PROCESSING: &str = "Processing";
