//! The console at `/_scandouble/`: a page for people. It is static files that call the admin API.
//!
//! Whatever a request or a fixture contains reaches the page as JSON and becomes text there. The content security policy
//! lets no script run but the files here.

mod session;

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::problem::Problem;
use crate::ids::{derived, hex};

/// The policy of the console: its own files, its own server, no inline scripts or styles, and no text that becomes HTML.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

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

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

const FILES: &[File] = files! {
    "index.html": HTML,
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
    Router::new().route("/session", post(session::open).delete(session::close)).route(
        "/{file}",
        get(|Path(name): Path<String>, headers: HeaderMap| async move { file(&name, &headers) }),
    )
}

/// The page.
pub(super) fn page(headers: &HeaderMap) -> Response {
    let mut page = file("index.html", headers);
    page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    page.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    page
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
