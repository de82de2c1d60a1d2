//! What handlers take from a request: a JSON body, text, the query, the parameter of the path.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use http::header;
use http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::decode;
use super::openapi::{Argument, Signature, schema};
use super::problem::Problem;
use crate::document::{self, Diagnostics, Format};

/// A JSON body, whatever the content type says, unless that is one of YAML's. An empty one is read as `{}`, so
/// calls whose fields are all optional need none.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let declared = content_type(&request).and_then(Format::of_media_type);
        let Text(text) = Text::from_request(request, state).await?;
        let value = match declared {
            _ if text.trim_ascii().is_empty() => serde_json::Value::Object(serde_json::Map::new()),
            Some(Format::Yaml) => parse_yaml(&text)?,
            _ => parse_json(&text)?,
        };
        decode::json(value).map(Self).map_err(|error| Problem::unprocessable(error.to_string()))
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
        Problem::bad_request(format!("the body is not valid JSON: {}{advice}", place(text, line, column)))
    };
    let mut diagnostics = Diagnostics::default();
    document::parse(text, Format::Json, &mut diagnostics);
    if let Some(error) = diagnostics.into_vec().into_iter().next() {
        let mut help = error.advice();
        if is_one_line(text) {
            help = help.replace(" and in the line above", "");
        }
        let advice = format!("{}; {help}", error.what);
        return Err(invalid(error.place.line.into(), error.place.column.into(), &advice));
    }
    // Numbers that do not fit and the like, which the other parser accepts.
    serde_json::from_str(text)
        .map_err(|error| invalid(error.line() as u64, error.column() as u64, "this value cannot be read"))
}

/// Parses YAML, with the same checks.
fn parse_yaml(text: &str) -> Result<serde_json::Value, Problem> {
    let mut diagnostics = Diagnostics::default();
    let node = document::parse(text, Format::Yaml, &mut diagnostics);
    match (node, diagnostics.into_vec().into_iter().next()) {
        (Some(node), None) => Ok(node.to_json()),
        (_, Some(error)) => {
            let place = place(text, error.place.line.into(), error.place.column.into());
            let advice = error.advice();
            Err(Problem::bad_request(format!("the body is not valid YAML: {place}{}; {advice}", error.what)))
        }
        (None, None) => Err(Problem::bad_request("the body is not valid YAML")),
    }
}

/// Where an error stands in a body: by line and column, or, in a body of one line, by the text that stands there.
fn place(text: &str, line: u64, column: u64) -> String {
    if !is_one_line(text) {
        return format!("line {line}, column {column}: ");
    }
    let text = text.trim_end();
    let at = usize::try_from(column).unwrap_or(usize::MAX).saturating_sub(1);
    let rest: String = text.chars().skip(at).collect();
    if rest.is_empty() { "at its end: ".to_owned() } else { format!("at `{}`: ", decode::excerpt(&rest)) }
}

fn is_one_line(text: &str) -> bool {
    !text.trim_end().contains('\n')
}

/// The content type of a request, if it can be read.
fn content_type(request: &Request) -> Option<&str> {
    request.headers().get(header::CONTENT_TYPE)?.to_str().ok()
}

/// The refusal of a body that is not text as it should be sent.
fn not_text(is_multipart: bool, body: &[u8]) -> Option<Problem> {
    let detail = if is_multipart {
        "the body is a multipart form; send the file itself: curl --data-binary @FILE instead of -F file=@FILE"
    } else if body.starts_with(&[0xff, 0xfe]) || body.starts_with(&[0xfe, 0xff]) {
        "the body is UTF-16; save the file as UTF-8"
    } else {
        return None;
    };
    Some(Problem::bad_request(detail))
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
        let is_multipart =
            content_type(&request).is_some_and(|kind| kind.trim_start().starts_with("multipart/"));
        let bytes = Bytes::from_request(request, state).await?;
        if let Some(refusal) = not_text(is_multipart, &bytes) {
            return Err(refusal);
        }
        String::from_utf8(bytes.into()).map(Self).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            Problem::bad_request(format!("the body is not valid UTF-8 from byte {valid} on"))
        })
    }
}

impl Argument for Text {}
