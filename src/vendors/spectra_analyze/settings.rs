//! The settings of this API.

use super::{dynamic, sandboxes};
use crate::settings::{Pace, Setting, SettingKey, Settings, words};

/// How an unauthenticated request is refused.
pub(super) static UNAUTHENTICATED: SettingKey<Unauthenticated> = Unauthenticated::key(
    "spectra-analyze.unauthenticated",
    "The status of a request without a valid token; 401 comes with WWW-Authenticate: Token.",
);

/// How long an engine keeps a sample queued.
pub(super) static ANALYSIS_TIME: SettingKey<Pace> = SettingKey::pace(
    "spectra-analyze.analysis-time",
    30,
    "How long each engine keeps a sample queued before it may be queued again.",
);

/// Whether this type of appliance may reanalyse.
pub(super) static MAY_REANALYSE: SettingKey<bool> = SettingKey::flag(
    "spectra-analyze.appliance-may-reanalyse",
    true,
    "Whether this type of appliance may reanalyse samples; if not, every reanalysis is refused with 405.",
);

/// Whether the appliance is connected to Spectra Intelligence.
pub(super) static CLOUD_CONNECTED: SettingKey<bool> = SettingKey::flag(
    "spectra-analyze.cloud-connected",
    true,
    "Whether the appliance is connected to Spectra Intelligence; if not, it refuses cloud analysis.",
);

/// What bulk says of samples that the appliance does not have.
pub(super) static BULK_UNKNOWN: SettingKey<BulkUnknown> = BulkUnknown::key(
    "spectra-analyze.bulk-unknown",
    "Whether bulk answers have an entry for a sample that is not on the appliance, or leave it out.",
);

/// Whether single answers show the import hash.
pub(super) static SINGLE_IMPHASH: SettingKey<bool> = SettingKey::flag(
    "spectra-analyze.single-imphash",
    false,
    "Whether single answers show the imphash of a PE file, as bulk ones do.",
);

/// Which of the page's two messages core has.
pub(super) static CORE_MESSAGE: SettingKey<CoreMessage> = CoreMessage::key(
    "spectra-analyze.core-message",
    "Whether a newly queued core of version 1 says what the page's example says (Sample is sent to core analysis.) \
              or what its table says (Sample is queued for core analysis.).",
);

/// What the code above the engines depends on.
pub(super) static TOP_LEVEL: SettingKey<TopLevel> = TopLevel::key(
    "spectra-analyze.top-level",
    "When the code above the engines of a sample is 200 although one newly queued it: if any engine had it queued before the \
              request, as in the page's example of bulk (queued-before), or never (any-new).",
);

/// How bulk is answered where the appliance has none of the samples.
pub(super) static BULK_NONE_FOUND: SettingKey<BulkNoneFound> = BulkNoneFound::key(
    "spectra-analyze.bulk-none-found",
    "The status of bulk if none of the samples can be queued because the appliance does not have them.",
);

/// The status of newly queued samples on the second version of bulk.
pub(super) static V2_STATUS: SettingKey<V2Status> = V2Status::key(
    "spectra-analyze.analyze-v2-status",
    "The status of the second version of bulk if any engine newly queued a sample.",
);

/// Which sandboxes are configured.
pub(super) static SANDBOXES: SettingKey<str> = SettingKey::text(
    "spectra-analyze.sandboxes",
    "",
    sandboxes::check,
    "The sandboxes that are configured on the appliance, separated by commas: rl_cloud_sandbox,cape.",
);

/// Which sandboxes bulk core triggers.
pub(super) static DYNAMIC_ANALYSIS: SettingKey<str> = SettingKey::text(
    "spectra-analyze.dynamic-analysis",
    "",
    dynamic::check,
    "The sandboxes that core in bulk triggers, each with its file types: \
              rl_cloud_sandbox:application/x-dosexec+application/pdf,cape:*.",
);

/// All settings of this API.
pub(super) static ALL: &[&Setting] = &[
    UNAUTHENTICATED.setting(),
    ANALYSIS_TIME.setting(),
    MAY_REANALYSE.setting(),
    CLOUD_CONNECTED.setting(),
    BULK_UNKNOWN.setting(),
    SINGLE_IMPHASH.setting(),
    CORE_MESSAGE.setting(),
    TOP_LEVEL.setting(),
    BULK_NONE_FOUND.setting(),
    V2_STATUS.setting(),
    SANDBOXES.setting(),
    DYNAMIC_ANALYSIS.setting(),
];

words! {
    /// The status of a request without a valid token.
    pub(super) enum Unauthenticated {
        /// 403.
        Forbidden = "403",
        /// 401, with `WWW-Authenticate`.
        Unauthorized = "401",
    }
}

words! {
    /// How bulk answers show a sample that is not on the appliance.
    pub(super) enum BulkUnknown {
        /// As an entry.
        Entry = "entry",
        /// Not at all.
        LeaveOut = "leave-out",
    }
}

words! {
    /// Which of the page's two messages core has.
    pub(super) enum CoreMessage {
        /// The one of the page's example.
        Example = "example",
        /// The one of the page's table.
        Table = "table",
    }
}

words! {
    /// What the code above the engines depends on.
    pub(super) enum TopLevel {
        /// 200 if any engine had the sample queued before the request.
        QueuedBefore = "queued-before",
        /// 201 if any engine newly queued it.
        AnyNew = "any-new",
    }
}

words! {
    /// The status of bulk where the appliance has none of the samples.
    pub(super) enum BulkNoneFound {
        /// 200, with the entries.
        Ok = "200",
        /// 404.
        NotFound = "404",
    }
}

words! {
    /// The status of newly queued samples on the second version of bulk.
    pub(super) enum V2Status {
        /// 200.
        Ok = "200",
        /// 201.
        Created = "201",
    }
}

/// The sandboxes that core in bulk triggers.
pub(super) fn dynamic_analysis(settings: &Settings) -> Vec<dynamic::Service> {
    dynamic::services(settings.get(&DYNAMIC_ANALYSIS))
}
