//! What handlers take from a request: a JSON body, text, the query, the parameter of the path.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::decode;
use super::openapi::{Argument, Signature, schema};
use super::problem::Problem;
use crate::document::{self, Diagnostics, Format};

/// A JSON body, whatever the content type says. An empty one is read as `{}`, so calls whose fields are all optional need
/// none.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Text(text) = Text::from_request(request, state).await?;
        let text = if text.trim_ascii().is_empty() { "{}" } else { &text };
        decode::json(parse_json(text)?).map(Self).map_err(|error| Problem::unprocessable(error.to_string()))
    }
}

impl<T: JsonSchema> Argument for Body<T> {
    fn describe(signature: &mut Signature) {
        signature.body = Some(schema::<T>);
    }
}

/// Parses JSON and refuses fields that are given twice, since the first value would be ignored silently.
pub(super) fn parse_json(text: &str) -> Result<serde_json::Value, Problem> {
    let invalid = |line: u64, column: u64, advice: &str| {
        Problem::bad_request(format!("the body is not valid JSON: line {line}, column {column}: {advice}"))
    };
    let mut diagnostics = Diagnostics::default();
    document::parse(text, Format::Json, &mut diagnostics);
    if let Some(error) = diagnostics.into_vec().into_iter().next() {
        let advice = format!("{}; {}", error.what, error.advice());
        return Err(invalid(error.place.line.into(), error.place.column.into(), &advice));
    }
    // Numbers that do not fit and the like, which the other parser accepts.
    serde_json::from_str(text)
        .map_err(|error| invalid(error.line() as u64, error.column() as u64, "this value cannot be read"))
}

/// The only parameter of a path, decoded.
#[derive(Debug)]
pub(super) struct PathParameter(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for PathParameter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(parameter)| Self(parameter)).map_err(|_| {
            let path = parts.uri.path();
            Problem::bad_request(format!("{path} is not valid UTF-8 once its %-escapes are decoded"))
        })
    }
}

impl Argument for PathParameter {}

/// The query.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        decode::query(query).map(Self).map_err(|error| Problem::bad_request(error.message("parameter")))
    }
}

impl<T: JsonSchema> Argument for Query<T> {
    fn describe(signature: &mut Signature) {
        signature.query = Some(schema::<T>);
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
            let valid = error.utf8_error().valid_up_to();
            Problem::bad_request(format!("the body is not valid UTF-8 from byte {valid} on"))
        })
    }
}

impl Argument for Text {}
