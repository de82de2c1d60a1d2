//! Errors of the admin API: `application/problem+json` (RFC 9457) whose `detail` says what to do.

use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;

use crate::document;
use crate::journal::json;

/// An error (RFC 9457).
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Problem {
    #[schemars(extend("const" = "about:blank"))]
    r#type: &'static str,
    /// The kind of error.
    title: &'static str,
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// What is wrong, and what to do.
    detail: String,
    /// The errors of a fixture with their places: the first 1000, and one with the number of further ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FixtureError>,
}

/// An error of a fixture.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct FixtureError {
    /// The file; `request` for a request body.
    file: String,
    line: u32,
    column: u32,
    /// A stable name for the kind of error.
    code: &'static str,
    /// What is wrong.
    what: String,
    /// What to do. It can be empty.
    help: String,
    /// The word that was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<String>,
    /// The line of text, shortened if it is long.
    #[serde(skip_serializing_if = "Option::is_none")]
    excerpt: Option<String>,
    /// Blanks and carets to print below the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    caret: Option<String>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        let (status, detail) = (status.as_u16(), detail.into());
        Self { r#type: "about:blank", title, status, detail, errors: Vec::new() }
    }

    /// What is wrong, and what to do.
    pub(crate) fn into_detail(self) -> String {
        self.detail
    }

    /// The same with further advice.
    pub(super) fn advising(mut self, advice: &str) -> Self {
        self.detail = format!("{}\n{advice}", self.detail);
        self
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
        // A person reads `detail`. Programs such as the command line read `errors`.
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
