//! Every refusal of version 4, once: status, code, exact text and behaviour. Codes and texts are those of its published
//! list; codes without a row of their own stand under the row of version 2 that they mean.

use http::StatusCode;
use serde::Serialize;

use super::super::behaviours as is;
use super::super::reply::{JSON, answer};
use crate::journal::body::decoded;
use crate::journal::{Behaviour, Reply, json};
use crate::store::StoreError;
use crate::vendors::Call;

#[derive(Serialize)]
struct V4ErrorBody<'a> {
    error: V4Error<'a>,
}

#[derive(Serialize)]
struct V4Error<'a> {
    code: u32,
    messages: [&'a str; 1],
}

/// What can be wrong with a list of hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InvalidHashList {
    Missing,
    NoArray,
    Empty,
    TooMany,
    NoHash,
}

/// The first three digits of a code are the status.
fn error(code: u32, text: &'static str, behaviour: &'static Behaviour) -> Reply {
    let status = u16::try_from(code / 1000).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let body = V4ErrorBody { error: V4Error { code, messages: [text] } };
    answer(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &body, behaviour)
}

/// A list of hashes that is not as it should be.
pub(crate) fn invalid(what: InvalidHashList) -> Reply {
    let (code, text) = match what {
        InvalidHashList::Missing => (400_060, "The `hash` field in the body is required"),
        InvalidHashList::NoArray => (400_061, "The `hash` field is not an array"),
        InvalidHashList::Empty => (400_062, "The `hash` field is empty"),
        InvalidHashList::TooMany => (400_063, "Exceeded maximum allowed"),
        InvalidHashList::NoHash => (400_064, "The hash value is not valid"),
    };
    error(code, text, &is::V4_BULK_INVALID)
}

/// No key where one is needed, or one that opens no account.
pub(crate) fn auth_invalid() -> Reply {
    error(401_006, "Invalid API key", &is::V4_AUTH_INVALID)
}

/// A content type or a body that is not JSON.
pub(crate) fn media_type() -> Reply {
    error(406_000, "Content-Type header and payload has to be JSON", &is::V4_MEDIA_TYPE)
}

/// Too few look-ups left.
pub(crate) fn limit_exceeded() -> Reply {
    error(429_000, "API key limit exceeded; retry after the limit is reset", &is::V4_LIMIT_EXCEEDED)
}

#[derive(Serialize)]
struct ThrottledBody {
    error: Throttled,
}

#[derive(Serialize)]
struct Throttled {
    name: &'static str,
    messages: String,
    code: u32,
    status: u16,
}

/// Too many requests in an hour. The page shows this form of an error for it, which has a text where others have a list.
pub(super) fn throttled(most: u64) -> Reply {
    let messages =
        format!("Your request has been throttled, maximum requests per hour: {most} for free users");
    let error = Throttled { name: "ClientError", messages, code: 429_001, status: 429 };
    answer(StatusCode::TOO_MANY_REQUESTS, &ThrottledBody { error }, &is::V4_THROTTLED)
}

/// No final result of this hash.
pub(super) fn hash_not_found() -> Reply {
    error(404_003, "The hash was not found", &is::V4_HASH_NOT_FOUND)
}

/// No additional information of this kind.
pub(super) fn information_not_found() -> Reply {
    error(404_005, "The hash information was not found", &is::V4_INFORMATION_NOT_FOUND)
}

/// No result of this identifier.
pub(super) fn data_id_not_found() -> Reply {
    error(404_004, "The data_id was not found", &is::V4_FILE_NOT_FOUND)
}

/// A file without bytes.
pub(super) fn file_empty() -> Reply {
    error(400_145, "Request body is empty; please send a binary file", &is::V4_FILE_EMPTY)
}

/// A file that is larger than the settings allow. The size in the text is the vendor's.
pub(crate) fn file_too_large() -> Reply {
    error(400_144, "Exceeded maximum file size allowed; maximum allowed is 200MB", &is::V4_FILE_TOO_LARGE)
}

/// A file that the service is to fetch itself.
pub(super) fn download_url() -> Reply {
    error(400_146, "Provided download URL is not valid or inaccessible", &is::V4_FILE_URL)
}

/// A key of which nothing is known.
pub(crate) fn apikey_not_found() -> Reply {
    error(404_008, "The apikey was not found", &is::V4_APIKEY_NOT_FOUND)
}

/// A path that is not served.
pub(crate) fn route_unknown() -> Reply {
    error(404_000, "Endpoint was not found", &is::ROUTE_UNKNOWN)
}

/// A method that the path does not take.
pub(crate) fn method_not_supported() -> Reply {
    error(400_044, "Method does not exist", &is::V4_METHOD_NOT_SUPPORTED)
}

/// A body that is larger than the settings allow.
pub(crate) fn too_large() -> Reply {
    error(400_021, "Body parsing failed", &is::TOO_LARGE)
}

fn internal() -> Reply {
    error(500_000, "Internal server error", &is::ERROR_500)
}

/// The store failed; the error is logged.
pub(super) fn store(call: &Call, refused: &StoreError) -> Reply {
    tracing::error!(path = call.path(), "{refused}");
    internal()
}

/// Whether a call is answered in the words of version 4: all that lies below `/v4`.
pub(crate) fn speaks(call: &Call) -> bool {
    // By the path alone, because paths without an endpoint are refused in these words, too.
    call.path().split('/').nth(1).is_some_and(|part| decoded(part) == "v4")
}

/// The words for a status that has nothing to do with the request: those of the published list, else the message in the
/// shape of an error.
pub(crate) fn of_status(status: u16, message: &str) -> Option<Reply> {
    Some(match status {
        400 => error(400_000, "Generic error", &is::V4_ERROR_400),
        401 => auth_invalid(),
        403 => error(403_000, "Access forbidden", &is::V4_ERROR_403),
        404 => route_unknown(),
        406 => media_type(),
        408 => error(408_000, "Request timeout. It has reached the 60 seconds limit.", &is::V4_ERROR_408),
        429 => limit_exceeded(),
        500 => internal(),
        503 => error(503_000, "External service is not reachable", &is::V4_ERROR_503),
        _ => {
            // The general code of a status in the published list ends in three zeros.
            let error = V4Error { code: u32::from(status) * 1000, messages: [message] };
            return Reply::unnamed(status, JSON, json(&V4ErrorBody { error }));
        }
    })
}
