//! The admin API below `/_scandouble/`, for tests and people: worlds, clock, samples, faults, settings, journal, coverage.
//!
//! There is one file per resource, with its handlers and its rows of the table of operations. Responses are JSON, errors `application/problem+json`. All resources but `health`,
//! `fixtures`, `worlds` and `behaviours` belong to the world of the path: `/_world/t42/_scandouble/clock`.

mod accounts;
mod behaviours;
mod clock;
mod connections;
mod console;
mod coverage;
mod decode;
mod documents;
mod extract;
pub(crate) mod faults;
mod fixtures;
mod guard;
mod index;
mod journal;
mod metrics;
mod offload;
mod openapi;
mod problem;
mod response;
mod samples;
mod server;
mod settings;
mod table;
mod verify;
mod worlds;

use std::sync::{Arc, LazyLock};

use axum::extract::{DefaultBodyLimit, Request};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router, middleware};
use http::{HeaderValue, Method, StatusCode, header};
use tower_http::set_header::SetResponseHeaderLayer;

pub(crate) use self::connections::{Connections, TimedOut};
pub(crate) use self::guard::{Guard, Token};
pub(crate) use self::journal::ClientClosed;
pub(crate) use self::metrics::{Answered, ApiLabel, Metrics};
pub(crate) use self::response::is_browser;
pub(crate) use self::table::WorldName;

use self::openapi::{Document, Resource};
use self::problem::Problem;
use self::server::Certificate;
use self::table::{Checks, Table};
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
const MAX_BODY: u64 = 256 * 1024 * 1024;
/// The same for the console: a request for a session has no token yet, so any client may send one.
const MAX_CONSOLE_BODY: u64 = 4096;

/// The maximum size of the body of a request to `path`.
pub(crate) fn max_body(path: &str) -> u64 {
    if path.starts_with(CONSOLE) { MAX_CONSOLE_BODY } else { MAX_BODY }
}

/// All operations. The router, the index, the checks of queries and the OpenAPI document follow from it.
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    Table(vec![
        server::resource(),
        worlds::resource(),
        clock::resource(),
        samples::resource(),
        accounts::resource(),
        faults::resource(),
        settings::resource(),
        Resource {
            name: "journal",
            about: "Requests of clients and the responses to them.",
            operations: [journal::operations(), verify::operations()].into_iter().flatten().collect(),
        },
        Resource {
            name: "coverage",
            about: "The catalogue of behaviours, and which of them were exercised.",
            operations: [behaviours::operations(), coverage::operations()].into_iter().flatten().collect(),
        },
    ])
});

static DOCUMENT: LazyLock<String> = LazyLock::new(|| openapi::document(&TABLE.0));

/// The text of the OpenAPI document, as it is served.
pub fn openapi_document() -> &'static str {
    &DOCUMENT
}

/// The router of the admin API; [`Guard`] decides on access before it is called. It expects the world of the path as an
/// extension of type [`WorldName`]. `ca_pem` returns the CA certificate; health and metrics show the other counters.
pub(crate) fn router(
    all: Arc<Worlds>,
    reloader: Arc<Reloader>,
    connections: Arc<Connections>,
    metrics: Arc<Metrics>,
    ca_pem: Arc<dyn Fn() -> String + Send + Sync>,
) -> Router {
    let operations =
        TABLE.operations().map(|operation| (format!("{PREFIX}{}", operation.path), operation.route.clone()));
    let router = operations.fold(Router::new(), |router, (path, route)| router.route(&path, route));
    let checks = Checks { table: &TABLE, worlds: all.clone() };
    router
        .route(PREFIX, get(index::get))
        .nest(CONSOLE, console::router())
        // For matched routes only: the check needs the route, and an unknown path must not create a world.
        .route_layer(middleware::from_fn_with_state(checks, table::check))
        .fallback(unknown_operation)
        .method_not_allowed_fallback(wrong_method)
        .layer(Extension::<&Table>(&TABLE))
        .layer(Extension(Document(openapi_document)))
        .layer(Extension(Certificate(ca_pem)))
        .layer(Extension(reloader))
        .layer(Extension(connections))
        .layer(Extension(metrics))
        // The console has a policy of its own, which allows its scripts.
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            |response: &Response| for_page(response, PAGE_POLICY),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            |response: &Response| for_page(response, "nosniff"),
        ))
        // The server has limited the bodies before.
        .layer(DefaultBodyLimit::disable())
        .with_state(all)
}

/// The content security policy of pages that have none of their own: inline styles only.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A security header of HTML responses; other responses have none.
fn for_page(response: &Response, value: &'static str) -> Option<HeaderValue> {
    let kind = response.headers().get(header::CONTENT_TYPE)?;
    kind.as_bytes().starts_with(b"text/html").then(|| HeaderValue::from_static(value))
}

/// The response to a body of more than `max` bytes.
pub(crate) fn too_large(max: u64) -> Response {
    let detail = format!("the body is larger than {max} bytes; split it and send several requests");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "Body too large", detail).into_response()
}

/// The response if a body could not be read, or if a response does not fit into memory; `detail` says why.
pub(crate) fn unread(status: StatusCode, detail: String) -> Response {
    match status {
        StatusCode::BAD_REQUEST => Problem::bad_request(detail),
        StatusCode::REQUEST_TIMEOUT => Problem::new(status, "Request body timed out", detail),
        _ => Problem::new(status, "Too many bodies in memory", detail),
    }
    .into_response()
}

/// The response if the store cannot save what a request changed.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_writes_to_a_world_change_it() {
        for (method, path, expected) in [
            (Method::GET, "journal", false),
            (Method::HEAD, "samples", false),
            (Method::DELETE, "journal", true),
            (Method::POST, "reset", true),
            (Method::POST, "verify", false),
            (Method::PUT, "worlds/{name}", false),
            (Method::DELETE, "worlds/{name}", false),
            (Method::POST, "fixtures/reload", false),
            (Method::PUT, "settings/{name}", true),
        ] {
            let operation = TABLE.find(&method, &format!("{ROOT}{path}")).expect("an operation");
            assert_eq!(operation.changes_world, expected, "{method} {path}");
        }
    }
}
