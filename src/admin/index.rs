//! `GET /`: the console for a browser, and the list of operations otherwise.

use std::sync::Arc;

use axum::Extension;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, Uri, header};
use schemars::JsonSchema;
use serde::Serialize;

use super::response::{is_browser, ok};
use super::table::Table;
use super::worlds::prefix;
use super::{CONSOLE_PAGE, PREFIX, ROOT, console};
use crate::clock::{Instant, with_millis};
use crate::worlds::World;

/// The operations, for one world.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Index {
    #[schemars(extend("const" = "scandouble"))]
    name: &'static str,
    version: &'static str,
    /// The world of this path.
    world: String,
    /// The time of its clock.
    #[schemars(with = "Instant")]
    now: String,
    operations: Vec<Row>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct Row {
    method: &'static str,
    /// With the prefix of the world, and with placeholders.
    path: String,
    summary: &'static str,
}

pub(super) async fn get(
    Extension(world): Extension<Arc<World>>,
    Extension(table): Extension<&'static Table>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if is_browser(&headers) {
        // The addresses in the console's page are relative, so that it works below any prefix.
        return match uri.path() == ROOT {
            true => console::index(&world),
            false => (StatusCode::FOUND, [(header::LOCATION, CONSOLE_PAGE)]).into_response(),
        };
    }
    let prefix = prefix(&world);
    let operations = table.operations().map(|operation| Row {
        method: operation.method.as_str(),
        path: format!("{prefix}{PREFIX}{}", operation.path),
        summary: operation.summary,
    });
    let operations = operations.collect();
    let index = Index {
        name: "scandouble",
        version: env!("CARGO_PKG_VERSION"),
        world: world.name().to_owned(),
        now: with_millis(world.state().clock.now()),
        operations,
    };
    ok(index).into_response()
}
