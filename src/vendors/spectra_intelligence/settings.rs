//! What can be switched in this API.

use crate::settings::{Pace, Setting, SettingKey, words};

/// Requests in any one second by one account.
pub(super) static RATE_LIMIT: SettingKey<u64> = SettingKey::count(
    "spectra-intelligence.rate-limit",
    10,
    0..=1_000_000,
    "Requests that one account may make in any one second; 0 is no limit.",
);

/// The daily quota.
pub(super) static DAILY_QUOTA: SettingKey<u64> = SettingKey::count(
    "spectra-intelligence.daily-quota",
    0,
    0..=u64::MAX,
    "Units that one account may use between two midnights UTC; 0 is no quota.",
);

/// The monthly quota.
pub(super) static MONTHLY_QUOTA: SettingKey<u64> = SettingKey::count(
    "spectra-intelligence.monthly-quota",
    0,
    0..=u64::MAX,
    "Units that one account may use in a calendar month, UTC; 0 is no quota.",
);

/// How long a rescan takes.
pub(super) static ANALYSIS_TIME: SettingKey<Pace> = SettingKey::pace(
    "spectra-intelligence.analysis-time",
    30,
    "How long a rescan takes on the clock; then the sample's after_rescan verdict holds.",
);

/// What becomes of a bulk request of another content type than the page demands.
pub(super) static CONTENT_TYPE: SettingKey<ContentType> = ContentType::key(
    "spectra-intelligence.content-type",
    "A bulk POST that is no application/octet-stream: note it as a deviation, or refuse it with 400.",
);

words! {
    /// What becomes of a bulk request of another content type than the page demands.
    pub(super) enum ContentType {
        /// It is noted as a deviation.
        Note = "note",
        /// It is refused.
        Refuse = "refuse",
    }
}

/// All of them.
pub(super) static ALL: &[&Setting] = &[
    RATE_LIMIT.setting(),
    DAILY_QUOTA.setting(),
    MONTHLY_QUOTA.setting(),
    ANALYSIS_TIME.setting(),
    CONTENT_TYPE.setting(),
];
