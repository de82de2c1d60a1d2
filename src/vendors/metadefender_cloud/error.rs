//! Every refusal of this API, once: status, exact body and behaviour. The texts are those of Multiple Hashes Lookup
//! (Response Codes and Response); where the page prints no body, the text is put into the usual one.

use http::StatusCode;
use serde::Serialize;

use super::behaviours as is;
use super::reply::{JSON, answer};
use crate::journal::{Behaviour, Reply, json};
use crate::store::StoreError;
use crate::vendors::Call;

#[derive(Serialize)]
struct ErrorBody<'a> {
    err: &'a str,
}

fn error(status: StatusCode, err: &'static str, behaviour: &'static Behaviour) -> Reply {
    answer(status, &ErrorBody { err }, behaviour)
}

fn bad(err: &'static str, behaviour: &'static Behaviour) -> Reply {
    error(StatusCode::BAD_REQUEST, err, behaviour)
}

/// No key where one is needed.
pub(super) fn auth_missing() -> Reply {
    error(StatusCode::UNAUTHORIZED, "Invalid API key", &is::AUTH_MISSING)
}

/// A key that opens no account.
pub(super) fn auth_invalid() -> Reply {
    error(StatusCode::UNAUTHORIZED, "Invalid API key", &is::AUTH_INVALID)
}

/// A method that the path does not take.
pub(super) fn method_not_supported() -> Reply {
    bad("Not supported HTTP method or invalid http request", &is::METHOD_NOT_SUPPORTED)
}

/// No look-up left.
pub(super) fn limit_exceeded() -> Reply {
    let text = "Signature lookup limit reached, try again later";
    error(StatusCode::FORBIDDEN, text, &is::LIMIT_EXCEEDED)
}

/// No hashes.
pub(super) fn empty() -> Reply {
    bad("hashes in body content is null or empty", &is::BULK_EMPTY)
}

/// A body that does not parse.
pub(super) fn malformed() -> Reply {
    bad("Could not parse body content.", &is::BULK_MALFORMED)
}

/// A body that is larger than the settings allow.
pub(super) fn too_large() -> Reply {
    bad("Could not parse body content.", &is::TOO_LARGE)
}

/// More hashes than a list may hold.
pub(super) fn too_many() -> Reply {
    bad("Exceeded maximum allowed. Allow maximum 1000 hashes", &is::BULK_TOO_MANY)
}

/// A path that is not served.
pub(super) fn route_unknown() -> Reply {
    error(StatusCode::NOT_FOUND, "Not Found", &is::ROUTE_UNKNOWN)
}

fn internal() -> Reply {
    error(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error", &is::ERROR_500)
}

/// The store failed; the error is logged.
pub(super) fn store(call: &Call, refused: &StoreError) -> Reply {
    tracing::error!(path = call.path(), "{refused}");
    internal()
}

fn unavailable() -> Reply {
    // The page's text for 503.
    error(StatusCode::SERVICE_UNAVAILABLE, "Internal server error", &is::ERROR_503)
}

/// The service's words for a status that has nothing to do with the request; where they are not known, the message in the
/// shape of an error.
pub(super) fn of_status(status: u16, message: &str) -> Option<Reply> {
    Some(match status {
        500 => internal(),
        // The page has this text for 400 in general.
        400 => method_not_supported(),
        401 => auth_invalid(),
        403 => limit_exceeded(),
        404 => route_unknown(),
        503 => unavailable(),
        _ => return Reply::unnamed(status, JSON, json(&ErrorBody { err: message })),
    })
}
