//! The console at `/_scandouble/`: pages for people. Templates make the first page and the API reference; scripts draw the
//! other panels and call the admin API.
//!
//! Whatever a request or a fixture contains reaches the scripts as JSON and becomes text there, and templates escape it. The
//! content security policy lets no script run but the files here.

mod pages;
mod reference;
mod session;

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode, header};

pub(super) use self::pages::index;

use super::problem::Problem;
use crate::ids::{derived, hex};

/// One file of the console.
struct File {
    name: &'static str,
    content_type: &'static str,
    content: &'static [u8],
}

macro_rules! files {
    ($($name:literal: $content_type:expr,)*) => {
        &[$(File { name: $name, content_type: $content_type, content: include_bytes!(concat!("page/", $name)) },)*]
    };
}

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

const FILES: &[File] = files! {
    "icon.svg": SVG,
    "console.css": CSS,
    "htm-preact.js": SCRIPT,
    "LICENSE-htm-preact.txt": "text/plain; charset=utf-8",
    "accounts.js": SCRIPT,
    "api.js": SCRIPT,
    "app.js": SCRIPT,
    "catalogue.js": SCRIPT,
    "coverage.js": SCRIPT,
    "exchange.js": SCRIPT,
    "feed.js": SCRIPT,
    "live.js": SCRIPT,
    "reference.js": SCRIPT,
    "route.js": SCRIPT,
    "samples.js": SCRIPT,
    "snippets.js": SCRIPT,
    "text.js": SCRIPT,
    "ui.js": SCRIPT,
    "world.js": SCRIPT,
};

/// The validators of the files, in the same order.
static ETAGS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let tag = |file: &File| format!("\"{}\"", hex(&derived(file.content, file.name)[..8]));
    FILES.iter().map(tag).collect()
});

/// The paths below `/console` of the admin API.
pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/session", post(session::open).delete(session::close))
        .route("/reference/{name}", get(reference::page))
        .route(
            "/{file}",
            get(|Path(name): Path<String>, headers: HeaderMap| async move { file(&name, &headers) }),
        )
}

/// A file, or 304 if the browser has it already.
fn file(name: &str, headers: &HeaderMap) -> Response {
    let found = FILES.iter().zip(ETAGS.iter()).find(|(file, _)| file.name == name);
    let Some((file, etag)) = found else {
        return Problem::not_found(format!("the console has no file {name}")).into_response();
    };
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let caching = [
        (header::ETAG, etag.as_str()),
        // The browser asks each time, so that a newer server is not used with older files.
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(header::CONTENT_TYPE, file.content_type)], file.content).into_response()
}
