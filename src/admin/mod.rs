//! The admin API below `/_scandouble/`, for tests and people: worlds, clock, samples, faults, settings, journal, coverage.
//!
//! There is one file per resource. Responses are JSON, errors `application/problem+json`. All resources but `health`,
//! `fixtures`, `worlds` and `behaviours` belong to the world of the path: `/_world/t42/_scandouble/clock`.

mod accounts;
mod answers;
mod behaviours;
mod clock;
mod connections;
mod console;
mod coverage;
mod decode;
mod extract;
mod faults;
mod fixtures;
mod guard;
mod index;
mod journal;
mod offload;
mod openapi;
mod parameters;
mod problem;
mod response;
mod samples;
mod settings;
mod verify;
mod world;
mod worlds;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State as Extract};
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Router, middleware};
use http::{HeaderValue, Method, StatusCode, header};
use serde::Serialize;

pub(crate) use self::connections::{Connections, TimedOut};
pub(crate) use self::guard::{Guard, Token};
pub(crate) use self::journal::ClientClosed;
pub use self::openapi::document as openapi_document;
pub(crate) use self::response::is_browser;
pub(crate) use self::world::WorldName;

use self::connections::ConnectionsView;
use self::problem::Problem;
use self::response::{Json, ok};
use crate::fixtures::Reloader;
use crate::store::StoreError;
use crate::worlds::Worlds;

/// The path of the admin API.
pub(crate) const PREFIX: &str = "/_scandouble";
/// The prefix of every path of the admin API.
pub(crate) const ROOT: &str = "/_scandouble/";

/// The path of the console's page, relative to the root of the server or of a world.
pub(crate) const CONSOLE_PAGE: &str = "_scandouble/";
/// The path of the console's files.
const CONSOLE: &str = "/_scandouble/console";

/// The path of the server's health.
pub(crate) const HEALTH: &str = "/_scandouble/health";

/// The maximum size of a body, in bytes. A fixture can have very many samples.
pub(crate) const MAX_BODY: u64 = 256 * 1024 * 1024;

/// The router of the admin API; [`Guard`] decides on access before it is called. It expects the world of the path as an
/// extension of type [`WorldName`]. `ca_pem` is the CA certificate, `connections` the counters that health shows.
pub(crate) fn router(
    all: Arc<Worlds>,
    reloader: Arc<Reloader>,
    connections: Arc<Connections>,
    ca_pem: String,
) -> Router {
    let certificate = move || async move { ([(header::CONTENT_TYPE, "application/x-pem-file")], ca_pem) };
    let operations = Router::new()
        .route("/", get(index::get))
        .route("/health", get(health))
        .route("/ca.pem", get(certificate))
        .route("/openapi.json", get(openapi::get))
        .route("/worlds", get(worlds::list))
        .route("/worlds/{name}", get(worlds::get).put(worlds::put).delete(worlds::delete))
        .route("/reset", post(worlds::reset))
        .route("/clock", get(clock::get).put(clock::put).delete(clock::delete))
        .route("/clock/advance", post(clock::advance))
        .route("/samples", get(samples::list).post(samples::post))
        .route("/samples/{hash}", get(samples::get).put(samples::put).delete(samples::delete))
        .route("/samples/{hash}/answers", get(answers::get))
        .route("/samples/{hash}/advance", post(samples::advance))
        .route("/accounts", get(accounts::list))
        .route("/fixtures", get(fixtures::get))
        .route("/fixtures/reload", post(fixtures::reload))
        .route("/faults", get(faults::list).post(faults::post).delete(faults::clear))
        .route("/faults/{id}", get(faults::get).put(faults::put).delete(faults::delete))
        .route("/scenarios", get(faults::scenarios::list))
        .route("/scenarios/{name}", put(faults::scenarios::start).delete(faults::scenarios::stop))
        .route("/journal", get(journal::list).delete(journal::clear))
        .route("/journal/{number}", get(journal::get))
        .route("/verify", post(verify::post))
        .route("/behaviours", get(behaviours::list))
        .route("/coverage", get(coverage::get).delete(coverage::clear))
        .route("/settings", get(settings::list).patch(settings::patch))
        .route("/settings/{name}", get(settings::get).put(settings::put).delete(settings::delete));
    Router::new()
        .nest(PREFIX, operations)
        .nest(CONSOLE, console::router())
        .route(ROOT, get(index::get))
        .route_layer(middleware::from_fn_with_state(all.clone(), world::resolve))
        // Before the world is resolved, so that a refused request creates none.
        .route_layer(middleware::from_fn(parameters::refuse_unknown))
        .fallback(unknown_operation)
        .method_not_allowed_fallback(wrong_method)
        .layer(Extension(reloader))
        .layer(Extension(connections))
        .layer(map_response(harden_pages))
        // The server has limited the bodies before.
        .layer(DefaultBodyLimit::disable())
        .with_state(all)
}

#[derive(Debug, Serialize)]
struct Health {
    /// `ok`, or `degraded` while changes cannot be saved.
    status: &'static str,
    /// Why they cannot be saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    version: &'static str,
    samples: usize,
    /// `in-force`, or `faulty` if the last reload failed.
    fixtures: &'static str,
    connections: ConnectionsView,
}

/// The server listens only once its fixtures are loaded, so it is ready whenever it responds.
async fn health(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(reloader): Extension<Arc<Reloader>>,
    Extension(connections): Extension<Arc<Connections>>,
) -> Json<Health> {
    let samples = worlds.base().index.len();
    let fixtures = fixtures::state(&reloader.status());
    let connections = connections.view();
    let reason = worlds.persistence_error().await;
    let status = if reason.is_none() { "ok" } else { "degraded" };
    ok(Health { status, reason, version: env!("CARGO_PKG_VERSION"), samples, fixtures, connections })
}

/// The content security policy of pages that have none of their own: inline styles only.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Adds security headers to HTML responses.
async fn harden_pages(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PAGE_POLICY));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    response
}

/// The response to a body larger than [`MAX_BODY`].
#[must_use]
pub(crate) fn too_large() -> Response {
    let detail = format!("the body is larger than {MAX_BODY} bytes; split it and send several requests");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "Body too large", detail).into_response()
}

/// The response if a body could not be read, or if a response does not fit into memory; `detail` says why.
#[must_use]
pub(crate) fn unread(status: StatusCode, detail: String) -> Response {
    match status {
        StatusCode::BAD_REQUEST => Problem::bad_request(detail),
        StatusCode::REQUEST_TIMEOUT => Problem::new(status, "Request body timed out", detail),
        _ => Problem::new(status, "Too many bodies in memory", detail),
    }
    .into_response()
}

/// The response if the store cannot save what a request changed.
#[must_use]
pub(crate) fn refused(error: StoreError) -> Response {
    Problem::from(error).into_response()
}

async fn unknown_operation(request: Request) -> Problem {
    let path = request.uri().path();
    Problem::not_found(format!("the admin API has no path {path}; GET /_scandouble/ lists its operations"))
}

async fn wrong_method(method: Method, request: Request) -> Problem {
    let path = request.uri().path();
    let detail = format!("{path} does not support {method}; GET /_scandouble/ lists the operations");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", detail)
}
