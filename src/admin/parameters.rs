//! Refuses query parameters that an operation does not have. A parameter that is ignored looks as if it had worked.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::Method;

use super::decode::{advice, shorten};
use super::openapi::{self, Operation};
use super::problem::Problem;
use super::{PREFIX, ROOT};

/// Every operation of the OpenAPI document, by method and path.
static OPERATIONS: LazyLock<HashMap<(String, String), Operation>> = LazyLock::new(|| {
    let operations = openapi::operations().into_iter();
    operations.map(|operation| ((operation.method.clone(), operation.path.clone()), operation)).collect()
});

/// Passes requests whose query has only parameters that the OpenAPI document lists for the operation.
pub(super) async fn refuse_unknown(path: MatchedPath, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    if !query.is_empty()
        && let Some(operation) = find(request.method(), path.as_str())
        && let Some(problem) = check(operation, query)
    {
        return problem.into_response();
    }
    next.run(request).await
}

fn find(method: &Method, path: &str) -> Option<&'static Operation> {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    let path = if path == PREFIX { ROOT } else { path };
    OPERATIONS.get(&(method.to_owned(), path.to_owned()))
}

fn check(operation: &Operation, query: &str) -> Option<Problem> {
    let known: Vec<&str> = operation.parameters.iter().map(String::as_str).collect();
    let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    let unknown = names.find(|name| !known.contains(&&**name))?;
    let advice = if operation.fields.iter().any(|field| *field == unknown) {
        format!("send `{unknown}` as a field of the JSON body")
    } else {
        let advice = advice(&unknown, &known, "`");
        let (method, path) = (&operation.method, &operation.path);
        advice.unwrap_or_else(|| format!("{method} {path} takes no parameters"))
    };
    Some(Problem::bad_request(format!("unknown parameter `{}`; {advice}", shorten(&unknown))))
}
