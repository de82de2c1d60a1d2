//! What can be switched in this API.

use crate::settings::{Setting, SettingKey, words};

/// Look-ups of one key in a window.
pub(super) static LOOKUP_LIMIT: SettingKey<u64> = SettingKey::count(
    "metadefender-cloud.lookup-limit",
    4_000,
    0..=u64::MAX,
    "Hashes that one key may look up in the 24 hours from its first request.",
);

/// How hashes are repeated.
pub(super) static HASH_CASE: SettingKey<HashCase> = HashCase::key(
    "metadefender-cloud.hash-case",
    "Whether a bulk reply repeats a hash as sent or in upper case. Text that is not a valid hash stays as sent.",
);

/// The name of the field with the result in a bulk reply.
pub(super) static RESULT_KEY: SettingKey<ResultKey> = ResultKey::key(
    "metadefender-cloud.result-key",
    "The field with the result in a bulk reply. Later revisions of the vendor's page have the other one, or both.",
);

/// All of them.
pub(super) static ALL: &[&Setting] = &[LOOKUP_LIMIT.setting(), HASH_CASE.setting(), RESULT_KEY.setting()];

words! {
    /// How hashes are repeated in a bulk reply.
    pub(super) enum HashCase {
        /// As they were sent.
        AsSent = "as-sent",
        /// In upper case.
        Upper = "upper",
    }
}

words! {
    /// The fields with the result of an item in a bulk reply.
    pub(super) enum ResultKey {
        /// Under `scan_result`.
        Plain = "scan_result",
        /// Under `scan_result_i`.
        Numbered = "scan_result_i",
        /// Under both.
        Both = "both",
    }
}
