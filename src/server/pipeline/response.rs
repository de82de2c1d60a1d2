//! Replies as HTTP responses.

use axum::body::Body as HttpBody;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body::Body as _;
use hyper::upgrade::OnUpgrade;
use jiff::Timestamp;

use crate::journal::{Behaviours, Reply, ReplyHeaders};
use crate::server::connections::TunnelRequest;
use crate::server::{App, bodies};

/// The response to HEAD: with the length of the body but without the body. Only HTTP/1 would leave it out by itself.
pub(super) fn without_body(mut response: Response) -> Response {
    if let Some(length) = response.body().size_hint().exact() {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert(length.into());
    }
    *response.body_mut() = HttpBody::empty();
    response
}

/// A response that does not depend on the request's body. The body is read nevertheless, since a client that is still
/// sending may not see a response before its end.
pub(super) async fn after_body(app: &App, request: Request, reply: &Reply) -> Response {
    bodies::drain(request.into_body(), app.body_timeout()).await;
    whole(reply)
}

/// A reply of the emulator itself as a response.
pub(super) fn whole(reply: &Reply) -> Response {
    with_body(HttpBody::from(reply.body.clone()), reply.status, reply.headers.clone(), HeaderMap::new())
}

/// The response to a CONNECT: the connection becomes a tunnel to `host`.
pub(super) fn tunnel(host: String, mut request: Request) -> Response {
    let mut response = Response::new(HttpBody::empty());
    if let Some(upgrade) = request.extensions_mut().remove::<OnUpgrade>() {
        response.extensions_mut().insert(TunnelRequest { host, upgrade });
    }
    response
}

/// A response whose headers are those of a reply, in the memory of `map`.
pub(super) fn with_body(
    body: HttpBody,
    status: StatusCode,
    headers: ReplyHeaders,
    mut map: HeaderMap,
) -> Response {
    // The connection takes the map of a response for its next request. With the map of the request as that of its response,
    // there is one map for a connection instead of one for each request.
    map.clear();
    // Room for the headers that the emulator adds.
    map.reserve(headers.len() + 5);
    for (name, value) in headers {
        map.append(name, value);
    }
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = map;
    response
}

/// Sets the headers that name the behaviours of a reply.
pub(super) fn name_behaviours(response: &mut Response, behaviours: &Behaviours) {
    let Some(first) = behaviours.first() else { return };
    let names = match behaviours.as_slice() {
        [only] => only.header.clone(),
        several => {
            let names: Vec<_> = several.iter().map(|behaviour| behaviour.name).collect();
            HeaderValue::try_from(names.join(", ")).unwrap_or_else(|_| first.header.clone())
        }
    };
    response.headers_mut().insert(BEHAVIOUR, names);
    response.headers_mut().insert(PROVENANCE, first.provenance_header());
}

const BEHAVIOUR: HeaderName = HeaderName::from_static("scandouble-behaviour");
const PROVENANCE: HeaderName = HeaderName::from_static("scandouble-provenance");
/// The header with the number of the request.
const REQUEST_NUMBER: HeaderName = HeaderName::from_static("scandouble-request");

/// Sets the number of the request that this is the response to.
pub(super) fn set_number(response: &mut Response, number: u64) {
    // Every answer has one, and `HeaderValue::from` would allocate twice for it.
    if let Ok(value) = HeaderValue::from_str(itoa::Buffer::new().format(number)) {
        response.headers_mut().insert(REQUEST_NUMBER, value);
    }
}

/// Sets the date of a response.
pub(super) fn set_date(response: &mut Response, at: Timestamp) {
    let text = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at);
    if let Some(value) = text.ok().and_then(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().insert(header::DATE, value);
    }
}
