//! JSON responses, and what a browser gets instead.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;

use super::openapi::{Returned, Signature, schema};
use crate::journal::json;

/// A JSON response with its status.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) StatusCode, pub(super) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        (self.0, [(header::CONTENT_TYPE, "application/json")], json(&self.1)).into_response()
    }
}

impl<T: JsonSchema> Returned for Json<T> {
    fn describe(signature: &mut Signature) {
        signature.reply = Some(schema::<T>);
    }
}

/// A JSON response with status 200.
pub(super) fn ok<T: Serialize>(value: T) -> Json<T> {
    Json(StatusCode::OK, value)
}

/// Whether the client prefers HTML: browsers name `text/html` in `Accept`, and API clients do not.
pub(crate) fn is_browser(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).map(http::HeaderValue::as_bytes).unwrap_or_default();
    accepted.windows(9).any(|part| part == b"text/html")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn browsers_are_those_that_accept_html() {
        for (accept, expected) in [
            ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", true),
            ("application/json, text/plain, */*", false),
            ("*/*", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(is_browser(&headers), expected, "{accept}");
        }
        assert!(!is_browser(&HeaderMap::new()));
    }
}
