//! The emulator's own answers: for a path that belongs to no API, and for a world that cannot be.

use http::{Method, StatusCode};
use serde::Serialize;

use super::hosts::Hosts;
use crate::api::Vendor;
use crate::apis;
use crate::near::paths;
use crate::reply::{Reply, json};
use crate::worlds::NoWorld;

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// What there is to say of a request whose body broke off.
pub(super) const BROKEN_OFF: &str = "the request's body ended before it was whole, so nothing was done; send as many bytes as Content-Length says, or \
     the last chunk of a chunked body";

#[derive(Serialize)]
struct NotEmulated<'a> {
    error: &'static str,
    requested: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    did_you_mean: Option<Near>,
    emulated: Vec<Emulated<'a>>,
    operator: &'static str,
}

#[derive(Serialize)]
struct Near {
    api: &'static str,
    path: String,
    why: &'static str,
}

#[derive(Serialize)]
struct Emulated<'a> {
    api: &'a str,
    product: &'a str,
    endpoints: Vec<String>,
}

/// 404 for a path that belongs to no API: what is emulated, and what the path is close to.
pub(super) fn not_emulated(method: &Method, path: &str) -> Reply {
    let body = NotEmulated {
        error: "scandouble emulates no API at this path",
        requested: format!("{method} {path}"),
        did_you_mean: paths::near(path).map(|near| Near { api: near.api, path: near.path, why: near.why }),
        emulated: apis::ALL.iter().map(|api| emulated(api)).collect(),
        operator: "/_scandouble/",
    };
    Reply::own(StatusCode::NOT_FOUND, JSON, json(&body))
}

fn emulated(api: &Vendor) -> Emulated<'_> {
    let endpoints = api.listed().map(|(method, path)| format!("{method} {path}")).collect();
    Emulated { api: api.name, product: api.product, endpoints }
}

#[derive(Serialize)]
struct Problem {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
}

/// 400 for a name that no world can have, 503 for one world too many.
pub(super) fn no_world(refusal: &NoWorld) -> Reply {
    let (status, title) = match refusal {
        NoWorld::Name(_) => (StatusCode::BAD_REQUEST, "Not a name for a world"),
        NoWorld::Full(_) => (StatusCode::SERVICE_UNAVAILABLE, "Too many worlds"),
    };
    let body = Problem { r#type: "about:blank", title, status: status.as_u16(), detail: refusal.to_string() };
    Reply::own(status, PROBLEM, json(&body))
}

/// 403 for a request to another host, which a proxy would pass on.
pub(super) fn not_forwarded(host: &str, hosts: &Hosts) -> Reply {
    let text = format!(
        "scandouble forwards nothing, and it does not stand in for {host}. It answers for: {}. Name an appliance's host \
         with --proxy-host HOST=API.\n",
        hosts.list()
    );
    Reply::own(StatusCode::FORBIDDEN, "text/plain; charset=utf-8", text)
}

/// 400 to a request whose body broke off, where the room has no words.
pub(super) fn broken_off() -> Reply {
    let body = Problem {
        r#type: "about:blank",
        title: "The body broke off",
        status: 400,
        detail: BROKEN_OFF.to_owned(),
    };
    Reply::own(StatusCode::BAD_REQUEST, PROBLEM, json(&body))
}

/// 500 where even the room has no words.
pub(super) fn broken() -> Reply {
    let body = Problem {
        r#type: "about:blank",
        title: "A fault in scandouble",
        status: 500,
        detail: "the emulator failed to answer; its log says more, please report it".to_owned(),
    };
    Reply::own(StatusCode::INTERNAL_SERVER_ERROR, PROBLEM, json(&body))
}
