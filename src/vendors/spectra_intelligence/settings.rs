//! The settings of this API.

use crate::settings::{Pace, SettingKey, settings, words};

settings! {
    /// All settings of this API.
    pub(super) ALL:
    pub(super) RATE_LIMIT: u64 = SettingKey::count("spectra-intelligence.rate-limit", 10, 0..=1_000_000)
        "Requests that one account may make in any one second; 0 is no limit.";
    pub(super) DAILY_QUOTA: u64 = SettingKey::count("spectra-intelligence.daily-quota", 0, 0..=u64::MAX)
        "Units that one account may use between two midnights UTC; 0 is no quota.";
    pub(super) MONTHLY_QUOTA: u64 = SettingKey::count("spectra-intelligence.monthly-quota", 0, 0..=u64::MAX)
        "Units that one account may use in a calendar month, UTC; 0 is no quota.";
    pub(super) ANALYSIS_TIME: Pace = SettingKey::pace("spectra-intelligence.analysis-time", 30)
        "How long a rescan takes on the clock; then the sample's after_rescan verdict holds.";
    pub(super) CONTENT_TYPE: ContentType = ContentType::key("spectra-intelligence.content-type")
        "A bulk POST that is not application/octet-stream: note it as a deviation, or refuse it with 400.";
}

words! {
    /// What happens to a bulk request of another content type than the page demands.
    pub(super) enum ContentType {
        /// It is noted as a deviation.
        Note = "note",
        /// It is refused.
        Refuse = "refuse",
    }
}
