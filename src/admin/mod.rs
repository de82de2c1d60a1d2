//! The operator's door, `/_scandouble/`: what a person or a test asks the double itself.
//!
//! One file for each thing that can be steered or asked. Answers are JSON, errors `application/problem+json`. Everything but
//! `health`, `fixtures`, `worlds` and `behaviours` is about the world that the path names, `/_world/t42/_scandouble/clock`.

mod behaviours;
mod body;
mod clock;
mod coverage;
mod faults;
mod fixtures;
mod guard;
mod index;
mod journal;
mod openapi;
mod problem;
mod samples;
mod settings;
mod verify;
mod worlds;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State as Extract};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Router};
use http::{Method, StatusCode, header};
use serde::Serialize;

pub use self::guard::{Guard, Token};
pub use self::openapi::document as openapi_document;

use self::body::{Json, ok};
use self::problem::Problem;
use crate::fixtures::Reloader;
use crate::samples::StoreError;
use crate::worlds::Worlds;

/// Where the door is.
pub const PREFIX: &str = "/_scandouble";
/// The beginning of every path behind it.
pub const DOOR: &str = "/_scandouble/";

/// How large a body may be, in bytes: that of a fixture with a great many samples.
pub const MAX_BODY: u64 = 256 * 1024 * 1024;

/// Everything behind the door; who may pass is for [`Guard`] to say. The request's world is an extension of type `Arc<World>`. `ca_pem` is what
/// clients have to trust.
pub fn router(all: Arc<Worlds>, reloader: Arc<Reloader>, ca_pem: String) -> Router {
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
        .route(DOOR, get(index::get))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(Extension(reloader))
        // Whoever lets requests in has bounded their bodies.
        .layer(DefaultBodyLimit::disable())
        .with_state(all)
}

#[derive(Debug, Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
    samples: usize,
    /// `in-force`, or `faulty` if what was read last is not.
    fixtures: &'static str,
}

/// Ready as soon as it can be asked: the server listens only once the store is seeded.
async fn health(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(reloader): Extension<Arc<Reloader>>,
) -> Json<Health> {
    let samples = worlds.base().shelf.len();
    let fixtures = fixtures::state(&reloader.status());
    ok(Health { status: "ok", version: env!("CARGO_PKG_VERSION"), samples, fixtures })
}

/// The refusal of a body larger than [`MAX_BODY`].
#[must_use]
pub fn too_large() -> Response {
    let detail = format!("the body has more than {MAX_BODY} bytes; send it in parts");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "Body too large", detail).into_response()
}

/// The refusal of a body that broke off, with what there is to say of it.
#[must_use]
pub fn broken_off(detail: &str) -> Response {
    Problem::bad_request(detail.to_owned()).into_response()
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
