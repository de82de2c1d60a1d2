//! The emulator's own replies, for requests that no vendor API is responsible for.

use http::{HeaderValue, Method, StatusCode, header};
use serde::Serialize;

use super::limits::ByteLimit;
use super::routing::Hosts;
use crate::findings::near::paths;
use crate::journal::{Reply, json};
use crate::vendors::{self, Vendor};
use crate::worlds::NoWorld;

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";
const TEXT: &str = "text/plain; charset=utf-8";

/// The detail for a request with a truncated body.
pub(super) const BODY_TRUNCATED: &str = "the request's body ended before it was whole, so nothing was done; send as many bytes as Content-Length says, or \
     the last chunk of a chunked body";

/// The detail for a request whose body stopped arriving.
pub(super) const BODY_TIMED_OUT: &str = "the request's body stopped arriving before it was whole, so nothing was done; send it without long pauses, or start \
     the server with a longer --body-timeout";

/// The detail for a body that would exceed the memory for bodies.
pub(super) fn over_budget(limit: ByteLimit) -> String {
    format!(
        "the bodies that this server holds would take more than {limit} together, so nothing was done; send it again \
         when others are done, or start the server with a greater --max-body-memory"
    )
}

#[derive(Serialize)]
struct NotEmulated<'a> {
    error: &'static str,
    /// The same for clients of an API that reports errors under this name.
    err: &'static str,
    requested: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    did_you_mean: Option<Suggestion>,
    emulated: Vec<EmulatedApi<'a>>,
    operator: &'static str,
}

#[derive(Serialize)]
struct Suggestion {
    api: &'static str,
    path: String,
    why: &'static str,
}

#[derive(Serialize)]
struct EmulatedApi<'a> {
    api: &'a str,
    product: &'a str,
    endpoints: Vec<String>,
}

/// 404 for a path that belongs to no API: lists what is emulated, and suggests a similar path.
pub(super) fn not_emulated(method: &Method, path: &str) -> Reply {
    let suggestion =
        paths::near(path).map(|near| Suggestion { api: near.api, path: near.path, why: near.why });
    let error = "scandouble emulates no API at this path";
    let body = NotEmulated {
        error,
        err: error,
        requested: format!("{method} {path}"),
        did_you_mean: suggestion,
        emulated: vendors::ALL.iter().map(|api| emulated(api)).collect(),
        operator: "/_scandouble/",
    };
    Reply::own(StatusCode::NOT_FOUND, JSON, json(&body))
}

fn emulated(api: &Vendor) -> EmulatedApi<'_> {
    let endpoints = api.listed().map(|(method, path)| format!("{method} {path}")).collect();
    EmulatedApi { api: api.name, product: api.product, endpoints }
}

#[derive(Serialize)]
struct ProblemDetails {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
}

fn problem(status: StatusCode, title: &'static str, detail: String) -> Reply {
    let body = ProblemDetails { r#type: "about:blank", title, status: status.as_u16(), detail };
    Reply::own(status, PROBLEM, json(&body))
}

/// 400 for an invalid name of a world, 503 for one world too many.
pub(super) fn no_world(refusal: &NoWorld) -> Reply {
    let (status, title) = match refusal {
        NoWorld::Name(_) => (StatusCode::BAD_REQUEST, "Invalid world name"),
        NoWorld::Full(_) => (StatusCode::SERVICE_UNAVAILABLE, "Too many worlds"),
    };
    problem(status, title, refusal.to_string())
}

/// 400 for an HTTP/1.1 request with no Host header or several ones.
pub(super) fn host_header_count(count: usize) -> Reply {
    let detail = format!("an HTTP/1.1 request needs exactly one Host header, and this one has {count}");
    problem(StatusCode::BAD_REQUEST, "Invalid number of Host headers", detail)
}

/// 503 for a client beyond the limit on connections.
pub(super) fn too_many_connections() -> Reply {
    let detail = "the limit on connections is reached; close some, reuse open ones, or start the server with a greater \
                  --max-connections. GET /_scandouble/health counts them";
    // A place may become free at any moment, so clients may try again soon.
    let reply = problem(StatusCode::SERVICE_UNAVAILABLE, "Too many connections", detail.to_owned());
    reply.header(header::RETRY_AFTER, HeaderValue::from_static("1"))
}

/// A request whose body was not stored, where no vendor API has a reply for it.
pub(super) fn body_refused(status: StatusCode, detail: String) -> Reply {
    problem(status, "The body was not read", detail)
}

/// 403 for a CONNECT inside a tunnel.
pub(super) fn nested_tunnel() -> Reply {
    let text =
        "scandouble refuses a CONNECT inside a tunnel; open a connection of its own for each tunnel.\n";
    Reply::own(StatusCode::FORBIDDEN, TEXT, text)
}

/// 403 for a proxy request to a host that the server does not answer for.
pub(super) fn not_forwarded(host: &str, hosts: &Hosts) -> Reply {
    let text = format!(
        "scandouble forwards no requests, and it does not answer for {host}. It answers for: {}. To add a host, start the \
         server with --proxy-host HOST=API.\n",
        hosts.list()
    );
    Reply::own(StatusCode::FORBIDDEN, TEXT, text)
}

/// 500 for a bug, where no vendor API has a reply for it.
pub(super) fn internal_error() -> Reply {
    let detail = "the emulator failed to answer; its log has the error message, please report it".to_owned();
    problem(StatusCode::INTERNAL_SERVER_ERROR, "Internal error in scandouble", detail)
}
