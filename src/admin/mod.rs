//! The operator's door, `/_scandouble/`: what a person or a test asks the double itself.
//!
//! One file for each thing that can be steered or asked. Answers are JSON, errors `application/problem+json`. Everything but
//! `health`, `fixtures`, `worlds` and `behaviours` is about the world that the path names, `/_world/t42/_scandouble/clock`.

mod behaviours;
mod body;
mod clock;
mod connections;
mod coverage;
mod faults;
mod fixtures;
mod guard;
mod index;
mod journal;
mod offload;
mod openapi;
mod problem;
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

pub use self::connections::{Connections, TimedOut};
pub use self::guard::{Guard, Token};
pub use self::journal::ClientClosed;
pub use self::openapi::document as openapi_document;
pub use self::world::WorldName;

use self::body::{Json, ok};
use self::connections::View;
use self::problem::Problem;
use crate::fixtures::Reloader;
use crate::store::StoreError;
use crate::worlds::Worlds;

/// Where the door is.
pub const PREFIX: &str = "/_scandouble";
/// The beginning of every path behind it.
pub const ROOT: &str = "/_scandouble/";

/// The path of the server's health.
pub const HEALTH: &str = "/_scandouble/health";

/// How large a body may be, in bytes: that of a fixture with a great many samples.
pub const MAX_BODY: u64 = 256 * 1024 * 1024;

/// Everything behind the door; who may pass is for [`Guard`] to say. The world that the path names is an extension of type [`WorldName`]. `ca_pem` is what
/// clients have to trust, `connections` what health shows of them.
pub fn router(
    all: Arc<Worlds>,
    reloader: Arc<Reloader>,
    connections: Arc<Connections>,
    ca_pem: String,
) -> Router {
    let certificate = move || async move { ([(header::CONTENT_TYPE, "application/x-pem-file")], ca_pem) };
    let door = Router::new()
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
        .route("/samples/{hash}/advance", post(samples::advance))
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
        .nest(PREFIX, door)
        .route(ROOT, get(index::get))
        .route_layer(middleware::from_fn_with_state(all.clone(), world::resolve))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(Extension(reloader))
        .layer(Extension(connections))
        .layer(map_response(harden_pages))
        // Whoever lets requests in has bounded their bodies.
        .layer(DefaultBodyLimit::disable())
        .with_state(all)
}

#[derive(Debug, Serialize)]
struct Health {
    /// `ok`, or `degraded` while changes cannot be saved.
    status: &'static str,
    /// Why they cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    version: &'static str,
    samples: usize,
    /// `in-force`, or `faulty` if what was read last is not.
    fixtures: &'static str,
    connections: View,
}

/// Ready as soon as it can be asked: the server listens only once the store is seeded.
async fn health(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(reloader): Extension<Arc<Reloader>>,
    Extension(connections): Extension<Arc<Connections>>,
) -> Json<Health> {
    let samples = worlds.base().shelf.len();
    let fixtures = fixtures::state(&reloader.status());
    let connections = connections.view();
    let reason = worlds.persistence_error().await;
    let status = if reason.is_none() { "ok" } else { "degraded" };
    ok(Health { status, reason, version: env!("CARGO_PKG_VERSION"), samples, fixtures, connections })
}

/// What a page may do: show itself, with the style that is in it.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Adds to every HTML answer what keeps a browser from taking it for more than a page.
async fn harden_pages(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    response
}

/// The refusal of a body larger than [`MAX_BODY`].
#[must_use]
pub fn too_large() -> Response {
    let detail = format!("the body has more than {MAX_BODY} bytes; send it in parts");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "Body too large", detail).into_response()
}

/// The refusal of a body that was not read to its end, or of an answer that cannot be held, and why.
#[must_use]
pub fn unread(status: StatusCode, detail: String) -> Response {
    match status {
        StatusCode::BAD_REQUEST => Problem::bad_request(detail),
        StatusCode::REQUEST_TIMEOUT => Problem::new(status, "The body stopped arriving", detail),
        _ => Problem::new(status, "No memory for a body", detail),
    }
    .into_response()
}

/// The answer where the store refuses to keep what a call changed.
#[must_use]
pub fn refused(error: StoreError) -> Response {
    Problem::from(error).into_response()
}

async fn unknown(request: Request) -> Problem {
    let path = request.uri().path();
    Problem::not_found(format!("{path} is no operation of scandouble; GET /_scandouble/ lists them"))
}

async fn wrong_method(method: Method, request: Request) -> Problem {
    let path = request.uri().path();
    let detail = format!("{path} does not take {method}; GET /_scandouble/ lists what it takes");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", detail)
}
