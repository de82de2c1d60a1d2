//! Bodies and answers of the operator's door: JSON, read whatever its content type says.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::journal::json;

/// A JSON body. An empty one is read as `{}`, so that calls whose fields are all optional need none.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await?;
        let text = if bytes.trim_ascii().is_empty() { &b"{}"[..] } else { &bytes[..] };
        serde_json::from_slice(text).map(Self).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => Problem::unprocessable(error.to_string()),
            _ => Problem::bad_request(format!("the body is no JSON: {error}")),
        })
    }
}

/// A JSON answer.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) StatusCode, pub(super) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        (self.0, [(header::CONTENT_TYPE, "application/json")], json(&self.1)).into_response()
    }
}

/// A JSON answer with status 200.
pub(super) fn ok<T: Serialize>(value: T) -> Json<T> {
    Json(StatusCode::OK, value)
}

/// Whether a page is wanted: browsers say so, and nothing else does.
pub(super) fn is_browser(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).map(http::HeaderValue::as_bytes).unwrap_or_default();
    accepted.windows(9).any(|kind| kind == b"text/html")
}

/// The only parameter of a path, decoded.
#[derive(Debug)]
pub(super) struct Name(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(name)| Self(name)).map_err(|error| Problem::bad_request(error.body_text()))
    }
}

/// The query.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        query.map(|axum::extract::Query(query)| Self(query)).map_err(|error| {
            Problem::bad_request(format!("the query cannot be understood: {}", error.body_text()))
        })
    }
}

/// A body of UTF-8 text.
#[derive(Debug)]
pub(super) struct Text(pub(super) String);

impl<S: Send + Sync> FromRequest<S> for Text {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await?;
        String::from_utf8(bytes.into()).map(Self).map_err(|error| {
            Problem::bad_request(format!(
                "the body is no UTF-8 from byte {} on",
                error.utf8_error().valid_up_to()
            ))
        })
    }
}
