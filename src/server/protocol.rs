//! What the server refuses as HTTP, before anybody asks whom a request is for.

use axum::extract::Request;
use http::{HeaderValue, Method, StatusCode, Version, header};

use super::connection::Way;
use super::{House, elsewhere};
use crate::admin;
use crate::journal::Reply;

/// The refusal of a request that is not valid HTTP, or not one for this connection. The connection ends with it.
pub(super) fn refusal(house: &House, way: &Way, request: &Request) -> Option<Reply> {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    if request.version() == Version::HTTP_11 && hosts != 1 {
        house.counts.http_error(400);
        tracing::warn!(status = 400, "refused a request that has {hosts} Host headers");
        return Some(closing(elsewhere::not_one_host(hosts)));
    }
    if way.place.is_reserve && !is_for_admin(request) {
        house.counts.refused();
        return Some(closing(elsewhere::too_many_connections()));
    }
    None
}

/// The refusal of a CONNECT inside a tunnel, which would nest without bound. The connection goes on.
pub(super) fn nested(way: &Way, request: &Request) -> Option<Reply> {
    if request.method() != Method::CONNECT || way.tunnel.is_none() {
        return None;
    }
    tracing::warn!("refused a CONNECT inside a tunnel, to {}", request.uri());
    Some(Reply::own(
        StatusCode::FORBIDDEN,
        "text/plain; charset=utf-8",
        "scandouble refuses a CONNECT inside a tunnel; open a connection of its own for each tunnel.\n",
    ))
}

fn is_for_admin(request: &Request) -> bool {
    let path = request.uri().path();
    request.method() != Method::CONNECT && (path.contains(admin::ROOT) || path.ends_with(admin::PREFIX))
}

fn closing(reply: Reply) -> Reply {
    reply.header(header::CONNECTION, HeaderValue::from_static("close"))
}

/// Logs and counts what the HTTP layer refused by itself.
pub(super) fn note(house: &House, error: &hyper::Error) {
    if !error.is_parse() || error.is_parse_version_h2() {
        return;
    }
    let status = match error.is_parse_too_large() {
        // Nothing but its text tells which of the two is too large.
        true if error.to_string().contains("URI") => 414,
        true => 431,
        false => 400,
    };
    house.counts.http_error(status);
    tracing::warn!(status, "refused a request that is not valid HTTP: {error}");
}
