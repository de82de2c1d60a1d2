//! ReversingLabs Spectra Intelligence, TCA-0205: Reanalyze file.
//!
//! Page: Reanalyze file (TCA-0205), in the Spectra Intelligence API documentation. A single and a bulk query
//! under `/api/rescan/v1/`, HTTP Basic on every call, texts and lists in JSON or XML. Order of refusals: 401, 403, 404,
//! 405, 429, 413, then the request itself. A call counts against the second once it has passed the 429.

mod auth;
pub mod behaviours;
mod bulk;
mod error;
mod fields;
mod import;
mod limits;
mod query;
mod reads;
mod reply;
mod route;
pub mod settings;
mod single;
mod storage;

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
use route::Route;

/// ReversingLabs Spectra Intelligence, TCA-0205.
#[derive(Debug)]
pub struct SpectraIntelligence;

impl Api for SpectraIntelligence {
    fn name(&self) -> &'static str {
        "spectra-intelligence"
    }

    fn key(&self) -> &'static str {
        fields::KEY
    }

    fn product(&self) -> &'static str {
        "ReversingLabs Spectra Intelligence, TCA-0205"
    }

    fn endpoints(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("GET", "/api/rescan/v1/query/{hash_type}/{hash_value}"),
            ("POST", "/api/rescan/v1/bulk_query/{post_format}"),
        ]
    }

    fn owns(&self, path: &str) -> bool {
        path.starts_with("/api/rescan/")
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["data.reversinglabs.com", "ticloud-aws1-api.reversinglabs.com", "ticloud-cdn-api.reversinglabs.com"]
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

    fn precheck(&self, _call: &Call) -> Option<Reply> {
        None
    }

    fn admit(&self, call: &Call) -> Result<Arc<Account>, Reply> {
        auth::admit(call)
    }

    fn check(&self, call: &Call) -> Option<Reply> {
        let Some(route) = Route::of(call) else { return Some(error::route_unknown()) };
        if !route.takes(&call.method) {
            return Some(error::method_not_allowed(route.allow()));
        }
        limits::refuse(call).or_else(|| call.body().is_none().then(error::too_large))
    }

    fn answer<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Reply> {
        Box::pin(async move {
            let answered = match Route::of(call) {
                Some(Route::Single { hash_type, hash_value }) => {
                    single::answer(call, &hash_type, &hash_value).await
                }
                Some(Route::Bulk { post_format }) => bulk::answer(call, &post_format).await,
                None => Ok(error::route_unknown()),
            };
            answered.unwrap_or_else(|error| {
                tracing::error!(path = call.path, "{error}");
                error::internal()
            })
        })
    }

    fn error(&self, call: &Call, status: u16, _message: &str) -> Option<Reply> {
        error::of_status(call, status)
    }

    fn reads(&self, method: &Method, path: &str) -> Option<Reads> {
        reads::of(method, path)
    }

    fn invalid_hashes(&self, path: &str, _fields: &dyn Fn() -> Option<Value>, reply: &Reply) -> Vec<String> {
        reads::invalid_hashes(path, reply)
    }

    fn recognises(&self, reply: &Value) -> bool {
        import::recognises(reply)
    }

    fn learn(&self, exchange: &Exchange, learned: &mut Learned) {
        import::learn(exchange, learned);
    }

    fn refusal(&self, _call: &Call, refusal: Refusal) -> Option<Reply> {
        Some(match refusal {
            Refusal::Revoked => error::auth_invalid(),
            Refusal::Exhausted => error::quota_exceeded(),
        })
    }
}
