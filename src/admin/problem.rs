//! Errors of the admin API: `application/problem+json` (RFC 9457) whose `detail` says what to do.

use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Serialize;

use crate::document;
use crate::journal::json;

/// An error response.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FixtureError>,
}

/// An error of a fixture.
#[derive(Debug, Serialize)]
pub(super) struct FixtureError {
    file: String,
    line: u32,
    column: u32,
    code: &'static str,
    what: String,
    help: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<String>,
    /// The line of text, and a line with blanks and carets to print below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    excerpt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caret: Option<String>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        let (status, detail) = (status.as_u16(), detail.into());
        Self { r#type: "about:blank", title, status, detail, errors: Vec::new() }
    }

    /// 400: the request cannot be parsed.
    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Bad request", detail)
    }

    /// 422: the request has a value that is not allowed.
    pub(super) fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid value", detail)
    }

    /// 404.
    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found", detail)
    }

    /// 409.
    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "Conflict", detail)
    }

    /// 422: a fixture has errors. `detail` lists them as `scandouble` prints them at start.
    pub(super) fn fixture(problems: Vec<document::Diagnostic>) -> Self {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let errors = problems.into_iter().map(FixtureError::from);
        let whole = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid fixture", lines.join("\n"));
        Self { errors: errors.collect(), ..whole }
    }
}

impl From<document::Diagnostic> for FixtureError {
    fn from(problem: document::Diagnostic) -> Self {
        let help = problem.advice();
        let (excerpt, caret) = problem.excerpt.map(|excerpt| (excerpt.line, excerpt.caret)).unzip();
        Self {
            file: problem.file,
            line: problem.place.line,
            column: problem.place.column,
            code: problem.code.name,
            what: problem.what,
            help,
            suggestion: problem.meant,
            excerpt,
            caret,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (status, kind, json(&self)).into_response()
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        let detail = "the request body could not be read to its end; send the request again";
        Self::new(rejection.status(), "Unreadable body", detail)
    }
}

impl From<crate::store::StoreError> for Problem {
    fn from(error: crate::store::StoreError) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Store error", error.to_string())
    }
}

impl From<crate::worlds::NoWorld> for Problem {
    fn from(refusal: crate::worlds::NoWorld) -> Self {
        match refusal {
            crate::worlds::NoWorld::Name(_) => {
                Self::new(StatusCode::BAD_REQUEST, "Invalid world name", refusal.to_string())
            }
            crate::worlds::NoWorld::Full(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "Too many worlds", refusal.to_string())
            }
        }
    }
}

impl From<crate::worlds::NotClaimed> for Problem {
    fn from(refusal: crate::worlds::NotClaimed) -> Self {
        Self::conflict(refusal.to_string())
    }
}
