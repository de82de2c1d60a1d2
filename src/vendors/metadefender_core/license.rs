//! `GET /admin/license`: the licence of the product.
//!
//! Source: the published specification of MetaDefender Core.

use http::StatusCode;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::behaviours::LICENSE;
use super::reply::{self, JSON, License};
use super::settings::LICENSE_DAYS;
use super::{auth, error};
use crate::journal::Reply;
use crate::vendors::Call;

/// The day on which a licence ends, as it writes it.
pub(super) fn expiration(now: Timestamp, days_left: u64) -> String {
    // The setting allows 100,000 days at most, so neither conversion overflows.
    let span = SignedDuration::from_hours(24 * i64::try_from(days_left).unwrap_or(0));
    let end = now.saturating_add(span).unwrap_or(Timestamp::MAX).to_zoned(TimeZone::UTC);
    end.strftime("%m/%d/%Y").to_string()
}

/// The licence, for callers that have shown who they are.
pub(super) fn show(call: &Call) -> Reply {
    if !auth::is_known(call) {
        return error::access_denied();
    }
    let days_left = call.settings.get(&LICENSE_DAYS);
    let license = License {
        days_left,
        deployment: "MSCL00000000000000000000000000000000",
        expiration: expiration(call.now, days_left),
        licensed_engines: &["*"],
        licensed_to: "scandouble",
        max_node_count: "1",
        online_activated: true,
        product_id: "MSCL-4-unlimited",
        product_name: "Metadefender Core 4 Linux",
    };
    Reply::new(StatusCode::OK, JSON, reply::object(&license), &LICENSE)
}
