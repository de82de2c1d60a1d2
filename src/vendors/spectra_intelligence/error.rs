//! Every refusal of this API, once: status, exact body and behaviour. TCA-0205 documents 404 of the single query; the
//! other statuses are those of the service's general error codes, and their texts are rulings.

use http::{HeaderValue, StatusCode, header};

use super::behaviours as is;
use super::reply::TEXT;
use crate::faults::Refusal;
use crate::journal::Behaviour;
use crate::journal::Reply;
use crate::store::StoreError;
use crate::vendors::{Call, Refusals};

/// How this API refuses.
pub(super) const REFUSALS: Refusals = Refusals {
    path: |_| route_unknown(),
    method: method_not_allowed,
    size: |_| too_large(),
    status: of_status,
    account: |_, refusal| match refusal {
        Refusal::Revoked => Some(auth_invalid()),
        Refusal::Exhausted => Some(quota_exceeded()),
    },
};

fn text(status: StatusCode, text: &'static str, behaviour: &'static Behaviour) -> Reply {
    Reply::new(status, TEXT, text, behaviour)
}

fn bad(words: &'static str, behaviour: &'static Behaviour) -> Reply {
    text(StatusCode::BAD_REQUEST, words, behaviour)
}

fn unauthorized(behaviour: &'static Behaviour) -> Reply {
    let challenge = HeaderValue::from_static("Basic realm=\"Spectra Intelligence\"");
    Reply::empty(StatusCode::UNAUTHORIZED, behaviour).header(header::WWW_AUTHENTICATE, challenge)
}

/// No credential, or one that is not well-formed Basic.
pub(super) fn auth_missing() -> Reply {
    unauthorized(&is::AUTH_MISSING)
}

/// A credential that opens no account.
pub(super) fn auth_invalid() -> Reply {
    unauthorized(&is::AUTH_INVALID)
}

/// An account without the right to this API.
pub(super) fn auth_forbidden() -> Reply {
    Reply::empty(StatusCode::FORBIDDEN, &is::AUTH_FORBIDDEN)
}

/// A path that is not served.
fn route_unknown() -> Reply {
    text(StatusCode::NOT_FOUND, "Not found", &is::ROUTE_UNKNOWN)
}

/// A method that the path does not take.
fn method_not_allowed(call: &Call) -> Reply {
    let allow = call.allow().and_then(|methods| HeaderValue::try_from(methods).ok());
    text(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", &is::METHOD_NOT_ALLOWED)
        .header(header::ALLOW, allow.unwrap_or(HeaderValue::from_static("GET, HEAD, POST")))
}

/// One request too many in a second.
pub(super) fn rate_exceeded() -> Reply {
    Reply::empty(StatusCode::TOO_MANY_REQUESTS, &is::RATE_EXCEEDED)
}

/// No unit left.
pub(super) fn quota_exceeded() -> Reply {
    Reply::empty(StatusCode::TOO_MANY_REQUESTS, &is::QUOTA_EXCEEDED)
}

/// A body that was not kept.
fn too_large() -> Reply {
    text(StatusCode::PAYLOAD_TOO_LARGE, "Request entity too large", &is::TOO_LARGE)
}

/// Single: unknown, or not in storage.
pub(super) fn unavailable() -> Reply {
    text(StatusCode::NOT_FOUND, "Requested sample unavailable", &is::SINGLE_UNAVAILABLE)
}

/// Single: the kind of hash.
pub(super) fn single_hash_type() -> Reply {
    bad("Invalid hash type", &is::SINGLE_INVALID_HASH_TYPE)
}

/// Single: the hash.
pub(super) fn single_hash() -> Reply {
    bad("Invalid hash value", &is::SINGLE_INVALID_HASH)
}

/// Bulk: the format of the request.
pub(super) fn post_format() -> Reply {
    bad("Invalid post format", &is::BULK_INVALID_POST_FORMAT)
}

/// Bulk: the format of the answer.
pub(super) fn format() -> Reply {
    bad("Invalid format", &is::BULK_INVALID_FORMAT)
}

/// Bulk: the body.
pub(super) fn malformed() -> Reply {
    bad("Malformed request body", &is::BULK_MALFORMED)
}

/// Bulk: the kind of its hashes.
pub(super) fn bulk_hash_type() -> Reply {
    bad("Invalid hash type", &is::BULK_INVALID_HASH_TYPE)
}

/// Bulk: how many hashes.
pub(super) fn too_many() -> Reply {
    bad("Too many hashes, maximum is 100", &is::BULK_TOO_MANY)
}

/// A fault of the service.
fn internal() -> Reply {
    text(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error", &is::ERROR_500)
}

/// The store refuses; the log says why.
pub(super) fn store(call: &Call, error: &StoreError) -> Reply {
    tracing::error!(path = call.path, "{error}");
    internal()
}

fn unavailable_service() -> Reply {
    text(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable", &is::ERROR_503)
}

/// The service's words for a status that has nothing to do with the request.
fn of_status(call: &Call, status: u16, _message: &str) -> Option<Reply> {
    Some(match status {
        400 => malformed(),
        401 => auth_invalid(),
        403 => auth_forbidden(),
        404 => route_unknown(),
        405 => method_not_allowed(call),
        413 => too_large(),
        429 => rate_exceeded(),
        500 => internal(),
        503 => unavailable_service(),
        _ => return None,
    })
}
