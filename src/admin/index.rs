//! `GET /`: the console for a browser, and the list of operations otherwise.

use std::sync::Arc;

use axum::Extension;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, Uri, header};
use serde::Serialize;

use super::console;
use super::openapi::{self, Operation};
use super::response::{is_browser, ok};
use super::worlds::prefix;
use crate::clock::with_millis;
use crate::worlds::World;

#[derive(Debug, Serialize)]
struct Index<'a> {
    name: &'static str,
    version: &'static str,
    world: &'a str,
    now: String,
    operations: Vec<Operation>,
}

pub(super) async fn get(Extension(world): Extension<Arc<World>>, uri: Uri, headers: HeaderMap) -> Response {
    if is_browser(&headers) {
        // The addresses of the console's files are relative, so that the page works below any prefix.
        return match uri.path() == super::ROOT {
            true => console::page(&headers),
            false => (StatusCode::FOUND, [(header::LOCATION, super::CONSOLE_PAGE)]).into_response(),
        };
    }
    let prefix = prefix(&world);
    let mut operations = openapi::operations();
    operations.iter_mut().for_each(|operation| operation.path.insert_str(0, &prefix));
    let index = Index {
        name: "scandouble",
        version: env!("CARGO_PKG_VERSION"),
        world: world.name(),
        now: with_millis(world.state().clock.now()),
        operations,
    };
    ok(index).into_response()
}
