//! Replies as HTTP.

use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};
use http_body::Body as _;

use super::intake;
use crate::journal::Reply;

/// An answer to HEAD: with the length of the body, without the body, which only HTTP/1 would leave out by itself.
pub(super) fn without_body(mut response: Response) -> Response {
    if let Some(length) = response.body().size_hint().exact() {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert(length.into());
    }
    *response.body_mut() = HttpBody::empty();
    response
}

/// An answer to a request whose body nobody looks at. It is read all the same, so that a client that is still sending
/// is not cut off before it sees the answer.
pub(super) async fn whole_after(request: Request, reply: &Reply, patience: Option<Duration>) -> Response {
    intake::drain(request.into_body(), patience).await;
    whole(reply)
}

/// An answer of the emulator itself, whole.
pub(super) fn whole(reply: &Reply) -> Response {
    let mut response = head(reply, false);
    *response.body_mut() = HttpBody::from(reply.body.clone());
    response
}

/// An answer as HTTP, still without its body. The behaviour headers are left out where the settings say so.
pub(super) fn head(reply: &Reply, named: bool) -> Response {
    let mut response = Response::new(HttpBody::empty());
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    headers.reserve(reply.headers.len() + 4);
    for (name, value) in &reply.headers {
        headers.append(name.clone(), value.clone());
    }
    if let Some(first) = reply.behaviours.first().filter(|_| named) {
        let names = match reply.behaviours.as_slice() {
            [only] => HeaderValue::from_static(only.name),
            several => {
                let names: Vec<_> = several.iter().map(|behaviour| behaviour.name).collect();
                HeaderValue::try_from(names.join(", ")).unwrap_or(HeaderValue::from_static(first.name))
            }
        };
        headers.insert(HeaderName::from_static("scandouble-behaviour"), names);
        let provenance = HeaderValue::from_static(first.provenance());
        headers.insert(HeaderName::from_static("scandouble-provenance"), provenance);
    }
    response
}

/// Dates an answer by a world's clock; hyper dates the others by real time.
pub(super) fn stamp(response: &mut Response, at: jiff::Timestamp) {
    let text = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at);
    if let Some(value) = text.ok().and_then(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().insert(header::DATE, value);
    }
}
