//! What can be switched in this API.

use crate::settings::{Setting, SettingKey, words};

/// Look-ups of one key in a window.
pub(super) static LOOKUP_LIMIT: SettingKey<u64> = SettingKey::count(
    "metadefender-cloud.lookup-limit",
    4_000,
    0..=u64::MAX,
    "Hashes that one key may look up in the 24 hours from its first request.",
);

/// How hashes come back.
pub(super) static HASH_CASE: SettingKey<HashCase> = HashCase::key(
    "metadefender-cloud.hash-case",
    "Whether a bulk answer repeats a hash as it was sent or in upper case; what is no hash stays as sent.",
);

/// The name of the result in a bulk answer.
pub(super) static RESULT_KEY: SettingKey<ResultKey> = ResultKey::key(
    "metadefender-cloud.result-key",
    "The key of a bulk answer's result; later revisions of the vendor's page print the other, or both.",
);

/// All of them.
pub(super) static ALL: &[&Setting] = &[LOOKUP_LIMIT.setting(), HASH_CASE.setting(), RESULT_KEY.setting()];

words! {
    /// How hashes come back in a bulk answer.
    pub(super) enum HashCase {
        /// As they were sent.
        AsSent = "as-sent",
        /// In upper case.
        Upper = "upper",
    }
}

words! {
    /// Under which keys a bulk answer has an item's result.
    pub(super) enum ResultKey {
        /// Under `scan_result`.
        Plain = "scan_result",
        /// Under `scan_result_i`.
        Numbered = "scan_result_i",
        /// Under both.
        Both = "both",
    }
}
