//! `POST /verify`: 200 if all expectations are met, else 409 with what was received.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;

use super::extract::Body;
use super::offload;
use super::openapi::{self, Operation, schema};
use super::problem::Problem;
use super::response::{Json, ok};
use crate::findings::verify::{Failed, VerificationRequest, Verified};
use crate::journal::json;
use crate::worlds::{World, Worlds};

/// A failed verification. It is an error response, so that tests which check the status alone notice it.
#[derive(Debug, JsonSchema, Serialize)]
struct NotVerified {
    #[schemars(extend("const" = "about:blank"))]
    r#type: &'static str,
    title: &'static str,
    #[schemars(extend("const" = 409))]
    status: u16,
    /// The complete report as text.
    detail: String,
    #[serde(flatten)]
    failed: Failed,
}

/// Why a verification failed.
#[derive(Debug)]
pub(super) enum VerifyError {
    Problem(Problem),
    NotVerified(Failed),
}

impl IntoResponse for VerifyError {
    fn into_response(self) -> Response {
        let failed = match self {
            Self::Problem(problem) => return problem.into_response(),
            Self::NotVerified(failed) => failed,
        };
        let status = StatusCode::CONFLICT;
        let body = NotVerified {
            r#type: "about:blank",
            title: "Verification failed",
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
) -> Result<Json<Verified>, VerifyError> {
    let verification =
        request.into_verification().map_err(|error| VerifyError::Problem(Problem::unprocessable(error)))?;
    let verified = offload::run(async move {
        let state = world.state();
        // One snapshot for all expectations, so that a call that arrives meanwhile counts for none of them.
        let snapshot = state.journal.snapshot();
        verification.judge(&snapshot, &state, &worlds).await.map_err(VerifyError::NotVerified)
    });
    verified.await.map_err(VerifyError::Problem)?.map(ok)
}

/// Its operation.
pub(super) fn operations() -> Vec<Operation> {
    let order = r#"{
        "in_order": true,
        "expectations": [
            {"call": {"behaviour": "bulk.*", "hashes": ["44d88612fea8a8f36de82e1278abb02f"]}, "times": {"min": 1, "max": 2}},
            {"call": {"status": "4xx"}, "times": 0}
        ]
    }"#;
    let failed = "An expectation is not met, or the journal has dropped entries that could decide it.";
    vec![
        openapi::post("/verify", post)
            .named("verify", "Verify what clients sent")
            .keeps_world()
            .example(
                "one",
                "At least one call of an endpoint",
                r#"{"expectations": [{"call": {"endpoint": "POST /v2/hash"}}]}"#,
            )
            .example("order", "Two calls with these hashes, and none that was refused", order)
            .replies(200, "All expectations are met.")
            .replies_with(409, failed, vec![("application/problem+json", schema::<NotVerified>)])
            .problems(&[422]),
    ]
}
