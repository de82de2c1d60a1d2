//! The emulator's own answers: for a path that belongs to no API, and for a world that cannot be.

use http::{HeaderValue, Method, StatusCode, header};
use serde::Serialize;

use super::bounds::Bytes;
use super::hosts::Hosts;
use crate::findings::near::paths;
use crate::journal::{Reply, json};
use crate::vendors;
use crate::vendors::Vendor;
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
        emulated: vendors::ALL.iter().map(|api| emulated(api)).collect(),
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

/// 400 to a request of HTTP/1.1 that does not say once which host it is for.
pub(super) fn not_one_host(count: usize) -> Reply {
    let detail = format!("an HTTP/1.1 request needs exactly one Host header, and this one has {count}");
    problem(StatusCode::BAD_REQUEST, "Not one Host", detail)
}

/// 503 to a client beyond the bound on connections.
pub(super) fn too_many_connections() -> Reply {
    let detail = "the server has as many connections as it may; close some, reuse those that are open, or start it with a \
                  greater --max-connections. GET /_scandouble/health counts them";
    let reply = problem(StatusCode::SERVICE_UNAVAILABLE, "Too many connections", detail.to_owned());
    reply.header(header::RETRY_AFTER, HeaderValue::from_static("1"))
}

/// What there is to say of a body for which there is no memory.
pub(super) fn over_budget(most: Bytes) -> String {
    format!(
        "the bodies that this server holds would take more than {most} together, so nothing was done; send it again \
         when others are done, or start the server with a greater --max-body-memory"
    )
}

/// What there is to say of a body that stopped arriving.
pub(super) const BODY_TIMED_OUT: &str = "the request's body stopped arriving before it was whole, so nothing was done; send it without long pauses, or start \
     the server with a longer --body-timeout";

fn problem(status: StatusCode, title: &'static str, detail: String) -> Reply {
    let body = Problem { r#type: "about:blank", title, status: status.as_u16(), detail };
    Reply::own(status, PROBLEM, json(&body))
}

/// A refusal of a body, where the API has no words.
pub(super) fn unread(status: StatusCode, detail: String) -> Reply {
    problem(status, "The body was not read", detail)
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
