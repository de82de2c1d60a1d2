//! A small API with one of everything: two endpoints, a key, a setting, a fixture field, refusals of its own.
//!
//! `docs/adding-an-api.md` walks through this file.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use scandouble::behaviours;
use scandouble::internals::accounts::{Account, Admission, Credential};
use scandouble::internals::document::{Field, Shape};
use scandouble::internals::journal::{Reply, json};
use scandouble::internals::samples::Hash;
use scandouble::internals::settings::SettingKey;
use scandouble::internals::vendors::{
    Answered, Auth, Call, Check, Client, CredentialPlace, Decoding, Endpoint, Endpoints, ExampleRequest,
    Fixtures, Refusals, Vendor, key_and_user,
};
use serde::Serialize;
use serde_json::Value;

behaviours! { "tiny-scanner";
    FILE_KNOWN "file.known" 200 D D "A hash that the scanner knows." "Files, Responses.";
    FILE_UNKNOWN "file.unknown" 404 D A "A hash that it does not know." "Files, Responses; the body is assumed.";
    FILE_INVALID "file.invalid" 400 D A "A value that is not a hash." "Files, Responses; the body is assumed.";
    PING "ping" 200 O O "The scanner is alive." "Clients of the scanner.";
    AUTH_MISSING "auth.missing" 401 D D "No key, or an unknown one." "Keys.";
    ROUTE_UNKNOWN "route.unknown" 404 A A "A path that is not served." "No source: assumed.";
    METHOD_NOT_ALLOWED "method.not-allowed" 405 A A "A method that the path does not take." "No source: assumed.";
    ERROR_500 "error.500" 500 A A "Injected, or an error in the emulator." "No source: assumed.";
}

/// Tiny Scanner v1.
pub(crate) static API: Vendor = Vendor {
    name: NAME,
    key: KEY,
    product: "Tiny Scanner v1",
    hosts: &["api.tiny.example"],
    prefixes: &["/tiny/"],
    decoding: Decoding::Segments,
    any_case_methods: false,
    endpoints: Endpoints::new(&[
        Endpoint::get(&["/tiny/v1/files/{hash}"], &look_up)
            .page("Files")
            .headers(&["x-api-key"])
            .answers(&[&FILE_KNOWN, &FILE_UNKNOWN, &FILE_INVALID])
            .words(&[(404, |_| file_unknown())]),
        Endpoint::get(&["/tiny/v1/ping"], &ping).page("Clients of the scanner").anonymous().answers(&[&PING]),
        Endpoint::post(&["/tiny/v1/ping"], &ping)
            .page("Clients of the scanner")
            .anonymous()
            .answers(&[&PING]),
    ]),
    not_emulated: &["/tiny/v1/files/{hash}/history"],
    checks: &[Check::Path, Check::Method, Check::Account, Check::Size],
    auth: Auth {
        place: CredentialPlace::Header("x-api-key"),
        credential,
        claims: key_and_user,
        authenticate,
    },
    refusals: Refusals {
        path: |_| refusal(StatusCode::NOT_FOUND, "no such path", &ROUTE_UNKNOWN),
        method: method_not_allowed,
        size: |_| refusal(StatusCode::BAD_REQUEST, "too large", &FILE_INVALID),
        status: |call, status, message| match status {
            404 => Some(refusal(StatusCode::NOT_FOUND, "no such path", &ROUTE_UNKNOWN)),
            405 => Some(method_not_allowed(call)),
            500 => Some(refusal(StatusCode::INTERNAL_SERVER_ERROR, message, &ERROR_500)),
            _ => None,
        },
        account: |_, _| None,
        retry_at: |_| None,
    },
    client: Client {
        look_up: |account, hash| {
            ExampleRequest::get(format!("/tiny/v1/files/{hash}")).header("x-api-key", account.key.clone())
        },
        limits: Client::UNLIMITED,
    },
    behaviours: ALL,
    settings: &[LOUD.setting()],
    fixtures: Fixtures {
        sample: &[Field::new("family", Shape::Text, "The family that the scanner names.")],
        account: &[Field::required("key", Shape::Text, "The key.")],
        read_account: |entry| Account {
            key: entry.get("key").and_then(Value::as_str).map(str::to_owned),
            ..Account::default()
        },
        ..Fixtures::NONE
    },
    importer: None,
    invalid_hashes: |answered: &Answered<'_>| match answered.is(&FILE_INVALID) {
        true => vec![(answered.route)().params.get("hash").to_owned()],
        false => Vec::new(),
    },
};

const NAME: &str = "tiny-scanner";
const KEY: &str = "tiny_scanner";
const JSON: &str = "application/json";

static LOUD: SettingKey<bool> =
    SettingKey::flag("tiny-scanner.loud", false, "Whether a ping is answered in upper case.");

#[derive(Serialize)]
struct File<'a> {
    sha256: String,
    verdict: &'a str,
    family: &'a str,
}

/// `GET /tiny/v1/files/{hash}`
fn look_up(call: &Call) -> Result<Reply, Reply> {
    let hash = Hash::parse(call.param("hash"))
        .ok_or_else(|| refusal(StatusCode::BAD_REQUEST, "no hash", &FILE_INVALID))?;
    let found = call.find(&hash);
    let sample = found
        .map_err(|error| refusal(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string(), &ERROR_500))?
        .ok_or_else(file_unknown)?;
    let own: Value = sample.overlay(KEY);
    let scans = call.state.scans(&sample, call.now);
    let file = File {
        sha256: scandouble::internals::ids::hex(&sample.hashes.sha256),
        verdict: scans.last().map_or("unknown", |scan| scan.verdict.word()),
        family: own["family"].as_str().unwrap_or("none"),
    };
    Ok(Reply::new(StatusCode::OK, JSON, json(&file), &FILE_KNOWN))
}

/// `GET` or `POST /tiny/v1/ping`
fn ping(call: &Call) -> Reply {
    let text = if call.settings.get(&LOUD) { "PONG" } else { "pong" };
    Reply::new(StatusCode::OK, "text/plain", text, &PING)
}

fn credential(headers: &HeaderMap) -> Option<Credential> {
    Some(Credential::Key(headers.get("x-api-key")?.to_str().ok()?.to_owned()))
}

fn authenticate(call: &Call) -> Result<Arc<Account>, Reply> {
    match call.state.admit(NAME, credential(&call.headers).as_ref()) {
        Admission::Granted(account) => Ok(account),
        Admission::Missing | Admission::Wrong => {
            Err(refusal(StatusCode::UNAUTHORIZED, "no key", &AUTH_MISSING))
        }
    }
}

#[derive(Serialize)]
struct Refusal<'a> {
    error: &'a str,
}

fn refusal(
    status: StatusCode,
    error: &str,
    behaviour: &'static scandouble::internals::journal::Behaviour,
) -> Reply {
    Reply::new(status, JSON, json(&Refusal { error }), behaviour)
}

fn file_unknown() -> Reply {
    refusal(StatusCode::NOT_FOUND, "unknown", &FILE_UNKNOWN)
}

fn method_not_allowed(call: &Call) -> Reply {
    let reply = refusal(StatusCode::METHOD_NOT_ALLOWED, "method", &METHOD_NOT_ALLOWED);
    let allow = call.allow().and_then(|methods| HeaderValue::try_from(methods).ok());
    match allow {
        Some(allow) => reply.header(header::ALLOW, allow),
        None => reply,
    }
}
