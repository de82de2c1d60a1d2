//! What can be switched in this API.

use crate::settings::{Kind, Setting, Settings};

/// Look-ups of one key in a window.
pub(super) static LOOKUP_LIMIT: Setting = Setting {
    name: "metadefender-cloud.lookup-limit",
    kind: Kind::Count { min: 0, max: u64::MAX },
    default: "4000",
    summary: "Hashes that one key may look up in the 24 hours from its first request.",
};

/// How hashes come back.
pub(super) static HASH_CASE: Setting = Setting {
    name: "metadefender-cloud.hash-case",
    kind: Kind::Word(&["as-sent", UPPER]),
    default: "as-sent",
    summary: "Whether a bulk reply repeats a hash as sent or in upper case. Text that is not a valid hash stays as sent.",
};

/// The name of the field with the result in a bulk reply.
pub(super) static RESULT_KEY: Setting = Setting {
    name: "metadefender-cloud.result-key",
    kind: Kind::Word(&["scan_result", "scan_result_i", "both"]),
    default: "scan_result",
    summary: "The field with the result in a bulk reply. Later revisions of the vendor's page have the other one, or both.",
};

/// All of them.
pub(super) static ALL: &[&Setting] = &[&LOOKUP_LIMIT, &HASH_CASE, &RESULT_KEY];

/// The word for upper case.
pub(super) const UPPER: &str = "upper";

/// Whether hashes come back in upper case.
pub(super) fn upper_case(settings: &Settings) -> bool {
    settings.word(&HASH_CASE) == UPPER
}

/// The fields with the result of an item in a bulk reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ResultKey {
    /// `scan_result`
    pub(super) plain: bool,
    /// `scan_result_i`
    pub(super) numbered: bool,
}

/// The keys that the settings ask for.
pub(super) fn result_key(settings: &Settings) -> ResultKey {
    match settings.word(&RESULT_KEY) {
        "both" => ResultKey { plain: true, numbered: true },
        "scan_result_i" => ResultKey { plain: false, numbered: true },
        _ => ResultKey { plain: true, numbered: false },
    }
}
