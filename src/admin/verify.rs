//! Verification over the door: 200 if everything came true, 409 with what was received if not.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Serialize;

use super::body::{Body, Json, ok};
use super::offload;
use super::problem::Problem;
use crate::findings::verify::{Failed, VerificationRequest, Verified};
use crate::journal::json;
use crate::worlds::World;
use crate::worlds::Worlds;

/// A failed verification as a problem, so that clients that look at nothing but the status notice.
#[derive(Debug, Serialize)]
struct NotVerified {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(flatten)]
    failed: Failed,
}

/// Why a verification has no good news.
#[derive(Debug)]
pub(super) enum Refusal {
    Problem(Problem),
    NotVerified(Failed),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let failed = match self {
            Self::Problem(problem) => return problem.into_response(),
            Self::NotVerified(failed) => failed,
        };
        let status = StatusCode::CONFLICT;
        let body = NotVerified {
            r#type: "about:blank",
            title: "Not verified",
            status: status.as_u16(),
            detail: failed.detail.clone(),
            failed,
        };
        (status, [(header::CONTENT_TYPE, "application/problem+json")], json(&body)).into_response()
    }
}

pub(super) async fn post(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    Body(request): Body<VerificationRequest>,
) -> Result<Json<Verified>, Refusal> {
    let question = request.read().map_err(|error| Refusal::Problem(Problem::unprocessable(error)))?;
    let judged = offload::run(async move {
        let state = world.state();
        let held = state.journal.snapshot();
        question.judge(&held, &state, &worlds).await.map_err(Refusal::NotVerified)
    });
    judged.await.map_err(Refusal::Problem)?.map(ok)
}
