//! The settings of this API.

use http::StatusCode;

use super::{dynamic, sandboxes};
use crate::settings::{Kind, Setting, Settings};

/// How an unauthenticated request is refused.
pub(super) static UNAUTHENTICATED: Setting = Setting {
    name: "spectra-analyze.unauthenticated",
    kind: Kind::Word(&["403", UNAUTHORIZED]),
    default: "403",
    summary: "The status of a request without a valid token; 401 comes with WWW-Authenticate: Token.",
};

/// How long an engine keeps a sample queued.
pub(super) static ANALYSIS_TIME: Setting = Setting {
    name: "spectra-analyze.analysis-time",
    kind: Kind::Pace,
    default: "30s",
    summary: "How long each engine keeps a sample queued before it may be queued again.",
};

/// Whether this type of appliance may reanalyse.
pub(super) static MAY_REANALYSE: Setting = Setting {
    name: "spectra-analyze.appliance-may-reanalyse",
    kind: Kind::Flag,
    default: "true",
    summary: "Whether this type of appliance may reanalyse samples; if not, every reanalysis is refused with 405.",
};

/// Whether the appliance is connected to Spectra Intelligence.
pub(super) static CLOUD_CONNECTED: Setting = Setting {
    name: "spectra-analyze.cloud-connected",
    kind: Kind::Flag,
    default: "true",
    summary: "Whether the appliance is connected to Spectra Intelligence; if not, it refuses cloud analysis.",
};

/// What bulk says of samples that the appliance does not have.
pub(super) static BULK_UNKNOWN: Setting = Setting {
    name: "spectra-analyze.bulk-unknown",
    kind: Kind::Word(&["entry", LEAVE_OUT]),
    default: "entry",
    summary: "Whether bulk answers have an entry for a sample that is not on the appliance, or leave it out.",
};

/// Whether single answers show the import hash.
pub(super) static SINGLE_IMPHASH: Setting = Setting {
    name: "spectra-analyze.single-imphash",
    kind: Kind::Flag,
    default: "false",
    summary: "Whether single answers show the imphash of a PE file, as bulk ones do.",
};

/// Which of the page's two messages core has.
pub(super) static CORE_MESSAGE: Setting = Setting {
    name: "spectra-analyze.core-message",
    kind: Kind::Word(&["example", TABLE]),
    default: "example",
    summary: "Whether a newly queued core says what the page's example says (Sample is sent to core analysis.) \
              or what its table says (Sample is queued for core analysis.).",
};

/// Which sandboxes are configured.
pub(super) static SANDBOXES: Setting = Setting {
    name: "spectra-analyze.sandboxes",
    kind: Kind::Text(sandboxes::check),
    default: "",
    summary: "The sandboxes that are configured on the appliance, separated by commas: rl_cloud_sandbox,cape.",
};

/// Which sandboxes bulk core triggers.
pub(super) static DYNAMIC_ANALYSIS: Setting = Setting {
    name: "spectra-analyze.dynamic-analysis",
    kind: Kind::Text(dynamic::check),
    default: "",
    summary: "The sandboxes that core in bulk triggers, each with its file types: \
              rl_cloud_sandbox:application/x-dosexec+application/pdf,cape:*.",
};

/// All settings of this API.
pub(super) static ALL: &[&Setting] = &[
    &UNAUTHENTICATED,
    &ANALYSIS_TIME,
    &MAY_REANALYSE,
    &CLOUD_CONNECTED,
    &BULK_UNKNOWN,
    &SINGLE_IMPHASH,
    &CORE_MESSAGE,
    &SANDBOXES,
    &DYNAMIC_ANALYSIS,
];

pub(super) const UNAUTHORIZED: &str = "401";
pub(super) const LEAVE_OUT: &str = "leave-out";
pub(super) const TABLE: &str = "table";

/// The status of a request without a valid token.
pub(super) fn unauthenticated(settings: &Settings) -> StatusCode {
    match settings.word(&UNAUTHENTICATED) {
        UNAUTHORIZED => StatusCode::UNAUTHORIZED,
        _ => StatusCode::FORBIDDEN,
    }
}

/// Whether bulk answers leave out a sample that is not on the appliance.
pub(super) fn leaves_unknown_out(settings: &Settings) -> bool {
    settings.word(&BULK_UNKNOWN) == LEAVE_OUT
}

/// Whether core says what the page's example says.
pub(super) fn sent_to_core(settings: &Settings) -> bool {
    settings.word(&CORE_MESSAGE) != TABLE
}

/// The sandboxes that core in bulk triggers.
pub(super) fn dynamic_analysis(settings: &Settings) -> Vec<dynamic::Service> {
    dynamic::services(settings.text(&DYNAMIC_ANALYSIS))
}
