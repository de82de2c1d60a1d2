//! Every refusal and fault of this API, once.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};

use super::behaviours::{
    AUTH_DENIED, ERROR_500, ERROR_503, FILE_EMPTY, LOGIN_FAILED, LOGOUT_DENIED, METHOD_NOT_ALLOWED,
    ROUTE_UNKNOWN,
};
use super::reply::{self, JSON};
use super::route::Route;
use crate::behaviours::Behaviour;
use crate::reply::Reply;

/// 403, keys are configured and `apikey` is missing or wrong. Source: clients.
pub(super) fn access_denied() -> Reply {
    fixed(StatusCode::FORBIDDEN, br#"{"err":"Access denied"}"#, &AUTH_DENIED)
}

/// 403, user name or password is wrong. Source: clients.
pub(super) fn login_failed() -> Reply {
    fixed(StatusCode::FORBIDDEN, br#"{"err":"Failed to login"}"#, &LOGIN_FAILED)
}

/// 403, there is no such session to end. Source: clients.
pub(super) fn logout_denied() -> Reply {
    fixed(StatusCode::FORBIDDEN, br#"{"err":"Access denied"}"#, &LOGOUT_DENIED)
}

/// 422, a file without bytes. Source: clients.
pub(super) fn file_empty() -> Reply {
    fixed(StatusCode::UNPROCESSABLE_ENTITY, br#"{"err":"File is empty."}"#, &FILE_EMPTY)
}

/// 403, whoever asks this path is not known, or no longer.
pub(super) fn denied(path: &str) -> Reply {
    match Route::of(path) {
        Some(Route::Login) => login_failed(),
        Some(Route::Logout) => logout_denied(),
        _ => access_denied(),
    }
}

/// 413, a file larger than the settings or its rule allow. The catalogue has no row for it.
pub(super) fn file_too_large() -> Reply {
    Reply::own(StatusCode::PAYLOAD_TOO_LARGE, JSON, Bytes::from_static(br#"{"err":"File is too large."}"#))
}

/// 413, a body that is no file and larger than the settings allow. The catalogue has no row for it.
pub(super) fn body_too_large() -> Reply {
    Reply::own(StatusCode::PAYLOAD_TOO_LARGE, JSON, Bytes::from_static(br#"{"err":"Request is too large."}"#))
}

/// 404, nothing is served at this path. Source: a ruling.
pub(super) fn route_unknown() -> Reply {
    fixed(StatusCode::NOT_FOUND, br#"{"err":"Not Found"}"#, &ROUTE_UNKNOWN)
}

/// 405, the path takes other methods. Source: a ruling; HTTP itself demands `Allow`.
pub(super) fn method_not_allowed(path: &str) -> Reply {
    let allow = Route::of(path).map_or("GET, HEAD", |route| route.allow());
    fixed(StatusCode::METHOD_NOT_ALLOWED, br#"{"err":"Method Not Allowed"}"#, &METHOD_NOT_ALLOWED)
        .header(header::ALLOW, HeaderValue::from_static(allow))
}

/// 500, an unexpected event on the server. Source: 7.1.3.3, Error response.
pub(super) fn unexpected(message: &str) -> Reply {
    Reply::new(StatusCode::INTERNAL_SERVER_ERROR, JSON, reply::error(message), &ERROR_500)
}

/// 503, the server is too busy. Source: clients.
pub(super) fn too_busy() -> Reply {
    let body = br#"{"err":"Server is too busy. Try again later."}"#;
    fixed(StatusCode::SERVICE_UNAVAILABLE, body, &ERROR_503)
}

/// The words for a status at a path, where they are known.
pub(super) fn of_status(path: &str, status: u16, message: &str) -> Option<Reply> {
    match status {
        403 => Some(denied(path)),
        404 => Some(route_unknown()),
        405 => Some(method_not_allowed(path)),
        413 if Route::of(path) == Some(Route::Upload) => Some(file_too_large()),
        413 => Some(body_too_large()),
        422 if Route::of(path) == Some(Route::Upload) => Some(file_empty()),
        500 => Some(unexpected(message)),
        503 => Some(too_busy()),
        _ => None,
    }
}

fn fixed(status: StatusCode, body: &'static [u8], behaviour: &'static Behaviour) -> Reply {
    Reply::new(status, JSON, Bytes::from_static(body), behaviour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_the_vendors_words_or_none() {
        let said = |status| {
            of_status("/hash/x", status, "disk \"full\"").map(|reply| (reply.body, reply.behaviours[0].id))
        };
        let body = |text: &'static str| Bytes::from_static(text.as_bytes());
        assert_eq!(said(500), Some((body(r#"{"err":"disk \"full\""}"#), "error.500")));
        assert_eq!(said(503), Some((body(r#"{"err":"Server is too busy. Try again later."}"#), "error.503")));
        assert_eq!(said(403), Some((body(r#"{"err":"Access denied"}"#), "auth.denied")));
        assert_eq!(said(404), Some((body(r#"{"err":"Not Found"}"#), "route.unknown")));
        assert_eq!(said(405), Some((body(r#"{"err":"Method Not Allowed"}"#), "method.not-allowed")));
        assert_eq!((said(429), said(422)), (None, None));
        let of = |path, status| of_status(path, status, "x").map(|reply| reply.behaviours[0].id);
        assert_eq!(of("/login", 403), Some("login.failed"));
        assert_eq!(of("/logout", 403), Some("logout.denied"));
        assert_eq!(of("/metascan_rest/file", 422), Some("file.empty"));
        for status in [403, 404, 405, 413, 500, 503] {
            let reply = of_status("/hash/x", status, "x").expect("words");
            assert_eq!(reply.status.as_u16(), status);
            assert_eq!(reply.headers[0].1, JSON);
        }
    }
}
