//! OPSWAT MetaDefender Cloud v2: Multiple Hashes Lookup, and the look-up of one hash beside it; and both as version 4,
//! which today's clients call, has them.
//!
//! Page: <https://s3.amazonaws.com/md-user-guide/v3/347855.html>; a later revision,
//! <https://onlinehelp.opswat.com/mdcloud/3.2_Retrieving_scan_reports_for_multiple_data_hashes.html>. Order of refusals:
//! path, method, 401, content type (version 4), too large, parse, empty, count, limit. Every answer to a known key tells what its limit leaves.

mod auth;
pub mod behaviours;
mod body;
mod bulk;
mod details;
mod error;
mod fields;
mod hash;
mod import;
mod limits;
mod reply;
mod results;
mod route;
pub mod settings;
mod v4;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{HeaderMap, Method};
use serde_json::Value;

use crate::accounts::{Account, Credential};
use crate::api::{Api, Call, OverlayFields, Reads};
use crate::behaviours::Behaviour;
use crate::capture::{Exchange, Learned};
use crate::document::Field;
use crate::faults::Refusal;
use crate::reply::Reply;
use crate::settings::Setting;
use route::{Route, RouteV4};

/// OPSWAT MetaDefender Cloud v2.
#[derive(Debug)]
pub struct MetadefenderCloud;

impl Api for MetadefenderCloud {
    fn name(&self) -> &'static str {
        "metadefender-cloud"
    }

    fn key(&self) -> &'static str {
        fields::KEY
    }

    fn product(&self) -> &'static str {
        "OPSWAT MetaDefender Cloud v2"
    }

    fn endpoints(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("POST", "/hash"),
            ("POST", "/v2/hash"),
            ("POST", "/metascan_rest/hash"),
            ("GET", "/v2/hash/{hash}"),
            ("POST", "/v4/hash"),
            ("GET", "/v4/hash/{hash}"),
        ]
    }

    fn owns(&self, path: &str) -> bool {
        route::owns(path)
    }

    fn hosts(&self) -> &'static [&'static str] {
        &[
            "api.metadefender.com",
            "api.metascan-online.com",
            "hashlookup.metadefender.com",
            "hashlookup.metascan-online.com",
        ]
    }

    fn behaviours(&self) -> &'static [&'static Behaviour] {
        behaviours::ALL
    }

    fn settings(&self) -> &'static [&'static Setting] {
        settings::ALL
    }

    fn overlay_fields(&self) -> OverlayFields {
        fields::OVERLAY
    }

    fn account_fields(&self) -> &'static [Field] {
        fields::ACCOUNT
    }

    fn read_account(&self, entry: &Value) -> Account {
        fields::account(entry)
    }

    fn credential(&self, headers: &HeaderMap) -> Option<Credential> {
        auth::credential(headers)
    }

    fn precheck(&self, call: &Call) -> Option<Reply> {
        let route = Route::of(call);
        let refusal = match &route {
            Route::Unknown => error::route_unknown(),
            Route::V4(RouteV4::Unknown) => v4::error::route_unknown(),
            _ if route.takes(&call.method) => return None,
            Route::V4(_) => v4::error::method_not_supported(),
            Route::Bulk | Route::Hash(_) => error::method_not_supported(),
        };
        Some(match auth::known(call) {
            Some(account) => limits::tell(call, &account, refusal),
            None => refusal,
        })
    }

    fn admit(&self, call: &Call) -> Result<Arc<Account>, Reply> {
        auth::admit(call)
    }

    fn check(&self, call: &Call) -> Option<Reply> {
        let route = Route::of(call);
        let refusal = match (&route, call.body()) {
            (Route::V4(RouteV4::Bulk), _) if call.content_type() != "application/json" => {
                v4::error::media_type()
            }
            (_, Some(_)) => return None,
            (Route::V4(_), None) => v4::error::too_large(),
            (_, None) => error::too_large(),
        };
        Some(limits::tell(call, &call.account, refusal))
    }

    fn answer<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Reply> {
        Box::pin(async move {
            let answered = match Route::of(call) {
                Route::Bulk => bulk::answer(call).await,
                Route::Hash(hash) => hash::answer(call, &hash).await,
                Route::V4(RouteV4::Bulk) => v4::bulk(call).await,
                Route::V4(RouteV4::Hash(hash)) => v4::hash(call, &hash).await,
                Route::V4(RouteV4::Unknown) => Ok(v4::error::route_unknown()),
                Route::Unknown => Ok(error::route_unknown()),
            };
            let reply = answered.unwrap_or_else(|fault| {
                tracing::error!(path = call.path, "{fault}");
                error::of_status(call, 500).unwrap_or_else(error::internal)
            });
            limits::tell(call, &call.account, reply)
        })
    }

    fn error(&self, call: &Call, status: u16, _message: &str) -> Option<Reply> {
        error::of_status(call, status).map(|reply| limits::tell_injected(call, reply))
    }

    fn reads(&self, method: &Method, path: &str) -> Option<Reads> {
        route::reads(method, path)
    }

    fn recognises(&self, reply: &Value) -> bool {
        import::recognises(reply)
    }

    fn learn(&self, exchange: &Exchange, learned: &mut Learned) {
        import::learn(exchange, learned);
    }

    fn refusal(&self, call: &Call, refusal: Refusal) -> Option<Reply> {
        let reply = match (refusal, Route::of(call).is_v4()) {
            (Refusal::Revoked, false) => error::auth_invalid(),
            (Refusal::Exhausted, false) => error::limit_exceeded(),
            (Refusal::Revoked, true) => v4::error::auth_invalid(),
            (Refusal::Exhausted, true) => v4::error::limit_exceeded(),
        };
        Some(limits::tell_injected(call, reply))
    }
}
