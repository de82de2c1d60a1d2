//! ReversingLabs Spectra Analyze 9.2.0: Reanalyze Local Samples V1, and what every current client also needs.
//!
//! Page: "Reanalyze Local Samples API V1" of <https://docs.reversinglabs.com/SpectraAnalyze/>. The
//! appliance is a Django REST framework application, so whatever the page leaves out is answered as that framework
//! answers it.
//!
//! Order of refusals: redirect or 404, account, method, size, content type, parse, hash, analysis, appliance, not
//! found, extracted.

pub mod behaviours;

mod analyze_bulk;
mod analyze_bulk_v2;
mod analyze_single;
mod auth;
mod body;
mod dynamic;
mod engines;
mod error;
mod fields;
mod file_name;
mod hashes;
mod import;
mod options;
mod python_json;
mod reads;
mod reply;
mod routes;
mod samples;
mod settings;
mod status;
mod token;
mod upload;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{HeaderMap, Method};
use serde_json::Value;

use self::routes::{Found, Route};
use crate::accounts::{Account, Credential};
use crate::api::{Api, Body, Call, OverlayFields, Reads};
use crate::behaviours::Behaviour;
use crate::capture::{Exchange, Learned};
use crate::document::Field;
use crate::faults::Refusal;
use crate::reply::Reply;
use crate::settings::Setting;

const NAME: &str = "spectra-analyze";
const KEY: &str = "spectra_analyze";

/// ReversingLabs Spectra Analyze 9.2.0.
#[derive(Debug)]
pub struct SpectraAnalyze;

impl Api for SpectraAnalyze {
    fn name(&self) -> &'static str {
        NAME
    }

    fn key(&self) -> &'static str {
        KEY
    }

    fn product(&self) -> &'static str {
        "ReversingLabs Spectra Analyze 9.2.0"
    }

    fn endpoints(&self) -> &'static [(&'static str, &'static str)] {
        routes::ENDPOINTS
    }

    fn owns(&self, path: &str) -> bool {
        routes::owns(path)
    }

    fn behaviours(&self) -> &'static [&'static Behaviour] {
        behaviours::ALL
    }

    fn settings(&self) -> &'static [&'static Setting] {
        settings::ALL
    }

    fn overlay_fields(&self) -> OverlayFields {
        OverlayFields { sample: fields::SAMPLE, ..OverlayFields::default() }
    }

    fn account_fields(&self) -> &'static [Field] {
        fields::ACCOUNT
    }

    fn read_account(&self, entry: &Value) -> Account {
        fields::account(entry)
    }

    fn credential(&self, headers: &HeaderMap) -> Option<Credential> {
        auth::token(headers).ok().map(|token| Credential::Key(token.to_owned()))
    }

    fn claims(&self, account: &Account) -> Vec<String> {
        let login = account.user.as_deref().zip(account.password.as_deref());
        let issued = login.map(|(user, password)| auth::issued(account, user, password));
        account.key.iter().chain(&account.user).cloned().chain(issued).collect()
    }

    fn precheck(&self, call: &Call) -> Option<Reply> {
        match routes::find(&call.path) {
            Found::Served(_) => None,
            Found::Slashless => Some(error::no_slash(call)),
            Found::Unknown => Some(error::no_route()),
        }
    }

    fn admit(&self, call: &Call) -> Result<Arc<Account>, Reply> {
        match routes::find(&call.path) {
            Found::Served(Route::Token) => Ok(Arc::default()),
            _ => auth::admit(call),
        }
    }

    fn check(&self, call: &Call) -> Option<Reply> {
        let method = call.method.as_str();
        match (routes::find(&call.path), &call.body) {
            // Django reads methods without case.
            (Found::Served(route), _) if method.eq_ignore_ascii_case("OPTIONS") => {
                Some(options::describe(route))
            }
            _ if !method.eq_ignore_ascii_case("POST") => Some(error::method_not_allowed(method)),
            (_, Body::TooLarge) => Some(error::too_large()),
            _ => None,
        }
    }

    fn takes_file(&self, path: &str) -> bool {
        routes::find(path) == Found::Served(Route::Upload)
    }

    fn answer<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Reply> {
        Box::pin(async {
            let answer = match routes::find(&call.path) {
                Found::Served(Route::Single) => analyze_single::answer(call).await,
                Found::Served(Route::Bulk) => analyze_bulk::answer(call).await,
                Found::Served(Route::BulkV2) => analyze_bulk_v2::answer(call).await,
                Found::Served(Route::Status) => status::answer(call).await,
                Found::Served(Route::Token) => token::answer(call).await,
                Found::Served(Route::Upload) => upload::answer(call).await,
                _ => Err(error::no_route()),
            };
            answer.unwrap_or_else(|refusal| refusal)
        })
    }

    fn error(&self, call: &Call, status: u16, _message: &str) -> Option<Reply> {
        error::of_status(call, status)
    }

    fn reads(&self, method: &Method, path: &str) -> Option<Reads> {
        reads::of(method, path)
    }

    fn invalid_hashes(&self, path: &str, fields: &dyn Fn() -> Option<Value>, reply: &Reply) -> Vec<String> {
        reads::invalid_hashes(path, fields, reply)
    }

    fn recognises(&self, reply: &Value) -> bool {
        import::recognises(reply)
    }

    fn learn(&self, exchange: &Exchange, learned: &mut Learned) {
        import::learn(exchange, learned);
    }

    fn refusal(&self, call: &Call, refusal: Refusal) -> Option<Reply> {
        match (refusal, routes::find(&call.path)) {
            // It asks for no token, but an account that is gone cannot log in.
            (Refusal::Revoked, Found::Served(Route::Token)) => Some(token::refused()),
            (Refusal::Revoked, _) => Some(auth::refusal(call, auth::Flaw::Unknown)),
            // The appliance counts nothing.
            (Refusal::Exhausted, _) => None,
        }
    }
}
