//! The settings of this API.

use super::{dynamic, sandboxes};
use crate::settings::{Pace, SettingKey, Settings, settings, words};

settings! {
    /// All settings of this API.
    pub(super) ALL:
    pub(super) UNAUTHENTICATED: Unauthenticated = Unauthenticated::key("spectra-analyze.unauthenticated")
        "The status of a request without a valid token; 401 comes with WWW-Authenticate: Token.";
    pub(super) ANALYSIS_TIME: Pace = SettingKey::pace("spectra-analyze.analysis-time", 30)
        "How long each engine keeps a sample queued before it may be queued again.";
    pub(super) MAY_REANALYSE: bool = SettingKey::flag("spectra-analyze.appliance-may-reanalyse", true)
        "Whether this type of appliance may reanalyse samples; if not, every reanalysis is refused with 405.";
    pub(super) CLOUD_CONNECTED: bool = SettingKey::flag("spectra-analyze.cloud-connected", true)
        "Whether the appliance is connected to Spectra Intelligence; if not, it refuses cloud analysis.";
    pub(super) BULK_UNKNOWN: BulkUnknown = BulkUnknown::key("spectra-analyze.bulk-unknown")
        "Whether bulk answers have an entry for a sample that is not on the appliance, or leave it out.";
    pub(super) SINGLE_IMPHASH: bool = SettingKey::flag("spectra-analyze.single-imphash", false)
        "Whether single answers show the imphash of a PE file, as bulk ones do.";
    pub(super) CORE_MESSAGE: CoreMessage = CoreMessage::key("spectra-analyze.core-message")
        "Whether a newly queued core of version 1 says what the page's example says (Sample is sent to core analysis.) \
         or what its table says (Sample is queued for core analysis.).";
    pub(super) TOP_LEVEL: TopLevel = TopLevel::key("spectra-analyze.top-level")
        "When the code above the engines of a sample is 200 although one newly queued it: if any engine had it queued before the \
         request, as in the page's example of bulk (queued-before), or never (any-new).";
    pub(super) BULK_NONE_FOUND: BulkNoneFound = BulkNoneFound::key("spectra-analyze.bulk-none-found")
        "The status of bulk if none of the samples can be queued because the appliance does not have them.";
    pub(super) V2_STATUS: V2Status = V2Status::key("spectra-analyze.analyze-v2-status")
        "The status of the second version of bulk if any engine newly queued a sample.";
    pub(super) SANDBOXES: str = SettingKey::text("spectra-analyze.sandboxes", "", sandboxes::check)
        "The sandboxes that are configured on the appliance, separated by commas: rl_cloud_sandbox,cape.";
    pub(super) DYNAMIC_ANALYSIS: str = SettingKey::text("spectra-analyze.dynamic-analysis", "", dynamic::check)
        "The sandboxes that core in bulk triggers, each with its file types: \
         rl_cloud_sandbox:application/x-dosexec+application/pdf,cape:*.";
}

words! {
    /// The status of a request without a valid token.
    pub(super) enum Unauthenticated {
        /// 403.
        Forbidden = "403",
        /// 401, with `WWW-Authenticate`.
        Unauthorized = "401",
    }

    /// How bulk answers show a sample that is not on the appliance.
    pub(super) enum BulkUnknown {
        /// As an entry.
        Entry = "entry",
        /// Not at all.
        LeaveOut = "leave-out",
    }

    /// Which of the page's two messages core has.
    pub(super) enum CoreMessage {
        /// The one of the page's example.
        Example = "example",
        /// The one of the page's table.
        Table = "table",
    }

    /// What the code above the engines depends on.
    pub(super) enum TopLevel {
        /// 200 if any engine had the sample queued before the request.
        QueuedBefore = "queued-before",
        /// 201 if any engine newly queued it.
        AnyNew = "any-new",
    }

    /// The status of bulk where the appliance has none of the samples.
    pub(super) enum BulkNoneFound {
        /// 200, with the entries.
        Ok = "200",
        /// 404.
        NotFound = "404",
    }

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
