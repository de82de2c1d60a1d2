//! Every refusal and error of this API.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};

use super::behaviours::{
    AUTH_DENIED, BATCH_NOT_FOUND, CONVERTED_NOT_FOUND, ERROR_500, ERROR_503, FILE_BATCH_INVALID,
    FILE_CALLBACK_INVALID, FILE_CHUNKED, FILE_EMPTY, HASH_MALFORMED_404, LOGIN_FAILED, LOGOUT_DENIED,
    METHOD_NOT_ALLOWED, ROUTE_UNKNOWN, VERSION_SESSION,
};
use super::reply::{self, JSON};
use crate::faults::Refusal;
use crate::journal::{Behaviour, Reply};
use crate::vendors::{Call, Refusals};

/// How this API refuses.
pub(super) const REFUSALS: Refusals = Refusals {
    path: |_| route_unknown(),
    method: method_not_allowed,
    size: |_| body_too_large(),
    status: of_status,
    account: |call, refusal| match refusal {
        // Logins and logouts have a 403 of their own.
        Refusal::Revoked => call.words(403, ""),
        // Core has no quotas.
        Refusal::Exhausted => None,
    },
    retry_at: |_| None,
};

/// 403, keys are configured and `apikey` is missing or wrong. Source: clients.
pub(super) fn access_denied() -> Reply {
    fixed(StatusCode::FORBIDDEN, br#"{"err":"Access denied"}"#, &AUTH_DENIED)
}

/// 403, user name or password is wrong. Source: clients.
pub(super) fn login_failed() -> Reply {
    fixed(StatusCode::FORBIDDEN, br#"{"err":"Failed to login"}"#, &LOGIN_FAILED)
}

/// 403, the session to end does not exist. Source: clients.
pub(super) fn logout_denied() -> Reply {
    fixed(StatusCode::FORBIDDEN, br#"{"err":"Access denied"}"#, &LOGOUT_DENIED)
}

/// 422, a file without bytes. Source: clients.
pub(super) fn file_empty() -> Reply {
    fixed(StatusCode::UNPROCESSABLE_ENTITY, br#"{"err":"File is empty."}"#, &FILE_EMPTY)
}

/// 411, a file that comes in chunks. Source: the published specification.
pub(super) fn file_chunked() -> Reply {
    fixed(StatusCode::LENGTH_REQUIRED, br#"{"err":"Missing Content-Length header."}"#, &FILE_CHUNKED)
}

/// 400, the address to call back is not a URL. Source: the published specification.
pub(super) fn callback_invalid() -> Reply {
    fixed(StatusCode::BAD_REQUEST, br#"{"err":"Callback url is invalid."}"#, &FILE_CALLBACK_INVALID)
}

/// 404, a text that is not a hash. Source: an assumption.
pub(super) fn hash_malformed() -> Reply {
    fixed(StatusCode::NOT_FOUND, br#"{"err":"Not Found"}"#, &HASH_MALFORMED_404)
}

/// 403, the version is asked for without a session. Source: an assumption.
pub(super) fn version_without_session() -> Reply {
    fixed(StatusCode::FORBIDDEN, br#"{"err":"Access denied"}"#, &VERSION_SESSION)
}

/// 400, the batch takes no more files, or does not exist. Source: an assumption.
pub(super) fn file_batch_invalid() -> Reply {
    fixed(StatusCode::BAD_REQUEST, br#"{"err":"Batch is closed or does not exist."}"#, &FILE_BATCH_INVALID)
}

/// 404, no batch has this identifier. Source: the published specification.
pub(super) fn batch_not_found() -> Reply {
    fixed(StatusCode::NOT_FOUND, br#"{"err":"Not found"}"#, &BATCH_NOT_FOUND)
}

/// 404, there is no sanitised file. Source: the published specification.
pub(super) fn not_converted() -> Reply {
    fixed(StatusCode::NOT_FOUND, br#"{"err":"Not found"}"#, &CONVERTED_NOT_FOUND)
}

/// 413, a file larger than the settings or its rule allow. The catalogue has no row for it.
pub(super) fn file_too_large() -> Reply {
    Reply::own(StatusCode::PAYLOAD_TOO_LARGE, JSON, Bytes::from_static(br#"{"err":"File is too large."}"#))
}

/// 413, a body that is not a file and larger than the settings allow. The catalogue has no row for it.
pub(super) fn body_too_large() -> Reply {
    Reply::own(StatusCode::PAYLOAD_TOO_LARGE, JSON, Bytes::from_static(br#"{"err":"Request is too large."}"#))
}

/// 404, nothing is served at this path. Source: an assumption.
fn route_unknown() -> Reply {
    fixed(StatusCode::NOT_FOUND, br#"{"err":"Not Found"}"#, &ROUTE_UNKNOWN)
}

/// 405, the path takes other methods. Source: an assumption; HTTP itself demands `Allow`.
fn method_not_allowed(call: &Call) -> Reply {
    let allow = call.allow().and_then(|methods| HeaderValue::try_from(methods).ok());
    fixed(StatusCode::METHOD_NOT_ALLOWED, br#"{"err":"Method Not Allowed"}"#, &METHOD_NOT_ALLOWED)
        // An injected 405 may come at a path without an endpoint.
        .header(header::ALLOW, allow.unwrap_or(HeaderValue::from_static("GET, HEAD")))
}

/// 500, an unexpected event on the server. Source: 7.1.3.3, Error response.
pub(super) fn unexpected(message: &str) -> Reply {
    Reply::new(StatusCode::INTERNAL_SERVER_ERROR, JSON, reply::error(message), &ERROR_500)
}

/// 503, the server is too busy. Source: clients.
fn too_busy() -> Reply {
    let body = br#"{"err":"Server is too busy. Try again later."}"#;
    fixed(StatusCode::SERVICE_UNAVAILABLE, body, &ERROR_503)
}

/// The words for a status, where they are known.
fn of_status(call: &Call, status: u16, message: &str) -> Option<Reply> {
    match status {
        403 => Some(access_denied()),
        404 => Some(route_unknown()),
        405 => Some(method_not_allowed(call)),
        413 => Some(body_too_large()),
        500 => Some(unexpected(message)),
        503 => Some(too_busy()),
        _ => Reply::unnamed(status, JSON, reply::error(message)),
    }
}

fn fixed(status: StatusCode, body: &'static [u8], behaviour: &'static Behaviour) -> Reply {
    Reply::new(status, JSON, Bytes::from_static(body), behaviour)
}
