//! The settings of this API.

use crate::settings::{Kind, Setting, Settings};

/// Requests in any one second by one account.
pub(super) static RATE_LIMIT: Setting = Setting {
    name: "spectra-intelligence.rate-limit",
    kind: Kind::Count { min: 0, max: 1_000_000 },
    default: "10",
    summary: "Requests that one account may make in any one second; 0 is no limit.",
};

/// The daily quota.
pub(super) static DAILY_QUOTA: Setting = Setting {
    name: "spectra-intelligence.daily-quota",
    kind: Kind::Count { min: 0, max: u64::MAX },
    default: "0",
    summary: "Units that one account may use between two midnights UTC; 0 is no quota.",
};

/// The monthly quota.
pub(super) static MONTHLY_QUOTA: Setting = Setting {
    name: "spectra-intelligence.monthly-quota",
    kind: Kind::Count { min: 0, max: u64::MAX },
    default: "0",
    summary: "Units that one account may use in a calendar month, UTC; 0 is no quota.",
};

/// How long a rescan takes.
pub(super) static ANALYSIS_TIME: Setting = Setting {
    name: "spectra-intelligence.analysis-time",
    kind: Kind::Pace,
    default: "30s",
    summary: "How long a rescan takes on the clock; then the sample's after_rescan verdict holds.",
};

/// What happens to a bulk request of another content type than the page demands.
pub(super) static CONTENT_TYPE: Setting = Setting {
    name: "spectra-intelligence.content-type",
    kind: Kind::Word(&["note", REFUSE]),
    default: "note",
    summary: "A bulk POST that is not application/octet-stream: note it as a deviation, or refuse it with 400.",
};

/// Whether a bulk request of another content type than the page demands is refused.
pub(super) fn refuses_content_type(settings: &Settings) -> bool {
    settings.word(&CONTENT_TYPE) == REFUSE
}

const REFUSE: &str = "refuse";

/// All settings of this API.
pub(super) static ALL: &[&Setting] =
    &[&RATE_LIMIT, &DAILY_QUOTA, &MONTHLY_QUOTA, &ANALYSIS_TIME, &CONTENT_TYPE];
