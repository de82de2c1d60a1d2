//! OPSWAT MetaDefender Core v4: Fetch Processing Result by File Hash, and what its clients need beside it: files sent
//! and their results, the list of rules, sessions, the version.
//!
//! The page is 7.1.3.3 of the MetaDefender Core user guide: <https://docs.opswat.com/mdcore/metadefender-core>.
//! Refusals come in the order 404, 405, 403, 413. A sample, the facts of all vendors, becomes a body in these steps:
//! `hash` or `file` finds it, `wanted` says what the request asks for, `choice` picks the scan, `progress` says how far
//! that is, `archive` looks inside, `report` derives what no fixture pins, and `reply` has the keys in their order.
//! `view` keeps what is worked out once.

mod archive;
mod auth;
pub mod behaviours;
mod choice;
mod codes;
mod error;
pub mod fields;
mod file;
mod hash;
mod import;
mod progress;
mod reply;
mod report;
mod route;
mod rules;
mod session;
pub mod settings;
mod version;
mod view;
mod wanted;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{HeaderMap, Method};
use serde_json::Value;

use self::route::Route;
use crate::accounts::{Account, Credential};
use crate::api::{Api, Call, OverlayFields, Reads};
use crate::behaviours::Behaviour;
use crate::capture::{Exchange, Learned};
use crate::document::Field;
use crate::faults::Refusal;
use crate::reply::Reply;
use crate::samples::Sample;
use crate::settings::Setting;

/// The API's name.
const NAME: &str = "metadefender-core";

/// The API's key in fixtures.
const KEY: &str = "metadefender_core";

/// OPSWAT MetaDefender Core v4.
#[derive(Debug)]
pub struct MetadefenderCore;

impl Api for MetadefenderCore {
    fn name(&self) -> &'static str {
        NAME
    }

    fn key(&self) -> &'static str {
        KEY
    }

    fn product(&self) -> &'static str {
        "OPSWAT MetaDefender Core v4"
    }

    fn endpoints(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("GET", "/hash/{hash}"),
            ("GET", "/metascan_rest/hash/{hash}"),
            ("GET", "/file/rules"),
            ("GET", "/metascan_rest/file/rules"),
            ("POST", "/file"),
            ("POST", "/metascan_rest/file"),
            ("GET", "/file/{data_id}"),
            ("GET", "/metascan_rest/file/{data_id}"),
            ("POST", "/login"),
            ("POST", "/metascan_rest/login"),
            ("POST", "/logout"),
            ("POST", "/metascan_rest/logout"),
            ("GET", "/version"),
            ("GET", "/metascan_rest/version"),
        ]
    }

    fn owns(&self, path: &str) -> bool {
        route::owns(path)
    }

    fn behaviours(&self) -> &'static [&'static Behaviour] {
        behaviours::ALL
    }

    fn settings(&self) -> &'static [&'static Setting] {
        settings::ALL
    }

    fn overlay_fields(&self) -> OverlayFields {
        OverlayFields { sample: fields::SAMPLE, scan: fields::SCAN, child: fields::CHILD }
    }

    fn names(&self, sample: &Sample) -> Vec<String> {
        view::names(sample)
    }

    fn account_fields(&self) -> &'static [Field] {
        fields::ACCOUNT
    }

    fn read_account(&self, entry: &Value) -> Account {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
        Account { key: text("key"), user: text("user"), password: text("password"), ..Account::default() }
    }

    fn credential(&self, headers: &HeaderMap) -> Option<Credential> {
        auth::credential(headers)
    }

    fn precheck(&self, call: &Call) -> Option<Reply> {
        match Route::of(&call.path) {
            None => Some(error::route_unknown()),
            Some(route) if route.takes(&call.method) => None,
            Some(_) => Some(error::method_not_allowed(&call.path)),
        }
    }

    fn admit(&self, call: &Call) -> Result<Arc<Account>, Reply> {
        auth::admit(call)
    }

    fn check(&self, _call: &Call) -> Option<Reply> {
        None
    }

    fn takes_file(&self, path: &str) -> bool {
        Route::of(path) == Some(Route::Upload)
    }

    fn answer<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Reply> {
        Box::pin(async move {
            match Route::of(&call.path) {
                Some(Route::Hash(asked)) => hash::answer(call, &asked).await,
                Some(Route::Rules) => rules::answer(call),
                Some(Route::Upload) => file::accept(call).await,
                Some(Route::Result(asked)) => file::result(call, &asked).await,
                Some(Route::Login) => session::login(call),
                Some(Route::Logout) => session::logout(call),
                Some(Route::Version) => version::answer(call),
                None => error::route_unknown(),
            }
        })
    }

    fn error(&self, call: &Call, status: u16, message: &str) -> Option<Reply> {
        error::of_status(&call.path, status, message)
    }

    fn reads(&self, method: &Method, path: &str) -> Option<Reads> {
        let route = Route::of(path).filter(|route| route.takes(method))?;
        let fields: &[&str] = if route == Route::Login { &["user", "password"] } else { &[] };
        let file = route == Route::Upload;
        Some(Reads { headers: route.headers(), fields, file, ..Reads::default() })
    }

    fn recognises(&self, reply: &Value) -> bool {
        import::recognises(reply)
    }

    fn learn(&self, exchange: &Exchange, learned: &mut Learned) {
        import::learn(exchange, learned);
    }

    fn refusal(&self, call: &Call, refusal: Refusal) -> Option<Reply> {
        match refusal {
            Refusal::Revoked => Some(error::denied(&call.path)),
            Refusal::Exhausted => None,
        }
    }
}
