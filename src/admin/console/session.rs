//! `/console/session`: exchanges the admin token for a cookie, so that the page asks for it once.

use axum::Extension;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Deserialize;

use crate::admin::extract::Body;
use crate::admin::guard::{Guard, SESSION};
use crate::admin::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSession {
    token: String,
}

/// Sets the cookie if the token is right. A server without a token needs none.
pub(super) async fn open(Extension(guard): Extension<Guard>, Body(new): Body<NewSession>) -> Response {
    match guard.session(&new.token) {
        Some(session) => cookie(&session),
        None => {
            let detail = "this is not the admin token that the server was started with (--admin-token)";
            Problem::new(StatusCode::FORBIDDEN, "Wrong token", detail).into_response()
        }
    }
}

/// Removes the cookie.
pub(super) async fn close() -> Response {
    // An empty value that expires at once.
    cookie("; Max-Age=0")
}

fn cookie(value: &str) -> Response {
    // Without `Secure`, since the server is usually called over plain HTTP. `HttpOnly` hides it from scripts.
    let cookie = format!("{SESSION}={value}; Path=/; HttpOnly; SameSite=Strict");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}
