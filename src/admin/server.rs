//! Operations of the server itself: health, the CA certificate, the OpenAPI document.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State as Extract;
use axum::response::{IntoResponse as _, Response};
use http::header;
use schemars::JsonSchema;
use serde::Serialize;

use super::connections::{Connections, ConnectionsView};
use super::fixtures::{self, FixturesState};
use super::openapi::{self, Document, Resource, object, schema, text};
use super::problem::Problem;
use super::response::{Json, ok};
use super::{documents, index, metrics};
use crate::fixtures::Reloader;
use crate::worlds::Worlds;

/// The CA certificate that clients must trust, as PEM.
#[derive(Clone, Debug)]
pub(super) struct Certificate(pub(super) Arc<str>);

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum HealthStatus {
    Ok,
    Degraded,
}

/// The state of the server.
#[derive(Debug, JsonSchema, Serialize)]
struct Health {
    /// `degraded` while changes cannot be saved with `--db`. Requests that change something then get a 500.
    status: HealthStatus,
    /// Why changes cannot be saved; only while `degraded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    version: &'static str,
    /// The number of samples that all worlds share.
    samples: usize,
    fixtures: FixturesState,
    connections: ConnectionsView,
}

/// The server listens only once its fixtures are loaded, so it is ready whenever it responds.
async fn health(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(reloader): Extension<Arc<Reloader>>,
    Extension(connections): Extension<Arc<Connections>>,
) -> Json<Health> {
    let samples = worlds.base().index.len();
    let fixtures = FixturesState::of(&reloader.status());
    let connections = connections.view();
    // This also tries to save again what failed before, so that a server recovers while it is monitored.
    let reason = worlds.persistence_error().await;
    let status = if reason.is_none() { HealthStatus::Ok } else { HealthStatus::Degraded };
    ok(Health { status, reason, version: env!("CARGO_PKG_VERSION"), samples, fixtures, connections })
}

async fn certificate(Extension(Certificate(pem)): Extension<Certificate>) -> Response {
    if pem.is_empty() {
        return Problem::not_found("this server has no certificate: it was compiled without TLS")
            .into_response();
    }
    ([(header::CONTENT_TYPE, "application/x-pem-file")], pem.to_string()).into_response()
}

async fn document(Extension(Document(text)): Extension<Document>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text()).into_response()
}

/// The operations of the server.
pub(super) fn resource() -> Resource {
    let list = vec![("application/json", schema::<index::Index> as _), ("text/html", text as _)];
    let mut operations = vec![
        openapi::get("/", index::get)
            .named("getIndex", "List the operations")
            .about(
                "The console for a browser (`Accept: text/html`), JSON otherwise. The path without the trailing slash is \
                 equivalent.",
            )
            .replies_with(200, "All operations, with paths for this world.", list),
        openapi::get("/health", health)
            .named("getHealth", "Whether the server is ready")
            .open()
            .replies(200, "The server is ready. It listens only once its fixtures are loaded."),
    ];
    operations.push(metrics::operation());
    operations.extend(fixtures::operations());
    operations.extend([
        openapi::get("/ca.pem", certificate)
            .named("getCertificate", "Get the CA certificate")
            .open()
            .replies_with(
                200,
                "The certificate that HTTPS clients must trust, as PEM.",
                vec![("application/x-pem-file", text)],
            ),
        openapi::get("/openapi.json", document).named("getDocument", "Get this document").replies_with(
            200,
            "The document.",
            vec![("application/json", object)],
        ),
    ]);
    operations.extend(documents::operations());
    Resource { name: "server", about: "The server itself.", operations }
}
