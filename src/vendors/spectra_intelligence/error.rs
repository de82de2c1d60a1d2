//! Every refusal of this API: status, exact body and behaviour. TCA-0205 documents 404 of the single query; the
//! other statuses are those of the service's general error codes, and their texts are assumptions.

use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;

use super::behaviours;
use super::reply::TEXT;
use crate::faults::Refusal;
use crate::journal::{Behaviour, Entry, Reply};
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
    retry_at,
};

/// A quota is full again at midnight UTC, if it is that of the day.
fn retry_at(entry: &Entry) -> Option<Timestamp> {
    let is_quota = entry.reply.behaviours.iter().any(|row| row.id == behaviours::QUOTA_EXCEEDED.id);
    // `div_euclid` also rounds down before 1970.
    let days = entry.at.as_second().div_euclid(86_400) + 1;
    is_quota.then(|| Timestamp::from_second(days * 86_400).ok()).flatten()
}

fn text(status: StatusCode, text: &'static str, behaviour: &'static Behaviour) -> Reply {
    Reply::new(status, TEXT, text, behaviour)
}

fn bad_request(body: &'static str, behaviour: &'static Behaviour) -> Reply {
    text(StatusCode::BAD_REQUEST, body, behaviour)
}

fn unauthorized(behaviour: &'static Behaviour) -> Reply {
    let challenge = HeaderValue::from_static("Basic realm=\"Spectra Intelligence\"");
    Reply::empty(StatusCode::UNAUTHORIZED, behaviour).header(header::WWW_AUTHENTICATE, challenge)
}

/// No credential, or one that is not well-formed Basic.
pub(super) fn auth_missing() -> Reply {
    unauthorized(&behaviours::AUTH_MISSING)
}

/// A credential of no account.
pub(super) fn auth_invalid() -> Reply {
    unauthorized(&behaviours::AUTH_INVALID)
}

/// An account that is not entitled to this API.
pub(super) fn auth_forbidden() -> Reply {
    Reply::empty(StatusCode::FORBIDDEN, &behaviours::AUTH_FORBIDDEN)
}

/// A path that is not served.
fn route_unknown() -> Reply {
    text(StatusCode::NOT_FOUND, "Not found", &behaviours::ROUTE_UNKNOWN)
}

/// A method that the path does not take.
fn method_not_allowed(call: &Call) -> Reply {
    let allow = call.allow().and_then(|methods| HeaderValue::try_from(methods).ok());
    text(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", &behaviours::METHOD_NOT_ALLOWED)
        .header(header::ALLOW, allow.unwrap_or(HeaderValue::from_static("GET, HEAD, POST")))
}

/// More requests in a second than allowed.
pub(super) fn rate_exceeded() -> Reply {
    Reply::empty(StatusCode::TOO_MANY_REQUESTS, &behaviours::RATE_EXCEEDED)
}

/// The quota is used up.
pub(super) fn quota_exceeded() -> Reply {
    Reply::empty(StatusCode::TOO_MANY_REQUESTS, &behaviours::QUOTA_EXCEEDED)
}

/// A body that is larger than the settings allow.
fn too_large() -> Reply {
    text(StatusCode::PAYLOAD_TOO_LARGE, "Request entity too large", &behaviours::TOO_LARGE)
}

/// Single: unknown, or not in storage.
pub(super) fn unavailable() -> Reply {
    text(StatusCode::NOT_FOUND, "Requested sample unavailable", &behaviours::SINGLE_UNAVAILABLE)
}

/// Single: an unknown type of hash.
pub(super) fn single_hash_type() -> Reply {
    bad_request("Invalid hash type", &behaviours::SINGLE_INVALID_HASH_TYPE)
}

/// Single: a value that is not a hash of the type.
pub(super) fn single_hash() -> Reply {
    bad_request("Invalid hash value", &behaviours::SINGLE_INVALID_HASH)
}

/// Bulk: an unknown format of the request.
pub(super) fn post_format() -> Reply {
    bad_request("Invalid post format", &behaviours::BULK_INVALID_POST_FORMAT)
}

/// Bulk: an unknown format of the answer.
pub(super) fn format() -> Reply {
    bad_request("Invalid format", &behaviours::BULK_INVALID_FORMAT)
}

/// Bulk: a malformed body.
pub(super) fn malformed() -> Reply {
    bad_request("Malformed request body", &behaviours::BULK_MALFORMED)
}

/// Bulk: another content type than the page demands, where the setting refuses it.
pub(super) fn content_type() -> Reply {
    bad_request("Malformed request body", &behaviours::BULK_CONTENT_TYPE)
}

/// Bulk: an unknown type of hash.
pub(super) fn bulk_hash_type() -> Reply {
    bad_request("Invalid hash type", &behaviours::BULK_INVALID_HASH_TYPE)
}

/// Bulk: more than 100 hashes.
pub(super) fn too_many() -> Reply {
    bad_request("Too many hashes, maximum is 100", &behaviours::BULK_TOO_MANY)
}

/// An internal error.
fn internal() -> Reply {
    text(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error", &behaviours::ERROR_500)
}

/// An error of the store, which is logged.
pub(super) fn store(call: &Call, error: &StoreError) -> Reply {
    tracing::error!(path = call.path(), "{error}");
    internal()
}

fn unavailable_service() -> Reply {
    text(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable", &behaviours::ERROR_503)
}

/// The service's reply for a status that has nothing to do with the request.
fn of_status(call: &Call, status: u16, message: &str) -> Option<Reply> {
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
        _ => return Reply::unnamed(status, TEXT, message.to_owned()),
    })
}
