//! `GET /` of a browser leads to the console. Nothing of it is recorded.

use axum::extract::Request;
use http::{HeaderValue, Method, StatusCode, header};

use crate::admin::{self, is_browser};
use crate::journal::Reply;

/// Whether a browser asks for what no API answers: the page at the root of the server or of a world.
pub(super) fn opens_root(request: &Request, rest: &str) -> bool {
    rest == "/" && matches!(*request.method(), Method::GET | Method::HEAD) && is_browser(request.headers())
}

/// Leads to the console, relative to the path, so that a world keeps its prefix.
pub(super) fn to_console() -> Reply {
    let reply =
        Reply::own(StatusCode::FOUND, "text/plain; charset=utf-8", "The console is at _scandouble/\n");
    reply.header(header::LOCATION, HeaderValue::from_static(admin::CONSOLE_PAGE))
}
