//! What is refused before anything else is known about the request.

use axum::extract::Request;
use http::{HeaderMap, HeaderValue, Method, Version, header};

use crate::admin;
use crate::journal::Reply;
use crate::server::connections::ConnectionContext;
use crate::server::{App, own_replies};

/// The refusal of a request that is not valid HTTP, or not allowed on its connection.
pub(super) fn refusal(app: &App, connection: &ConnectionContext, request: &Request) -> Option<Reply> {
    // RFC 9112, section 3.2, requires a 400. HTTP/2 names the host elsewhere.
    let hosts = hosts(request.headers());
    if request.version() == Version::HTTP_11 && hosts != 1 {
        app.counts.http_error(400);
        tracing::warn!(status = 400, "refused a request that has {hosts} Host headers");
        return Some(closing(own_replies::host_header_count(hosts)));
    }
    // The connection ends with this reply, because the reserve is for the admin API.
    if connection.permit.is_reserve && !is_for_admin(request) {
        app.counts.refused();
        return Some(closing(own_replies::too_many_connections()));
    }
    // Tunnels inside tunnels would nest without bound.
    if request.method() == Method::CONNECT && connection.tunnel.is_some() {
        tracing::warn!("refused a CONNECT inside a tunnel, to {}", request.uri());
        return Some(own_replies::nested_tunnel());
    }
    None
}

/// How many `Host` headers there are.
fn hosts(headers: &HeaderMap) -> usize {
    // In most requests no header is there twice, and counting one that is there once takes three times as long as looking for it.
    match headers.len() == headers.keys_len() {
        true => usize::from(headers.contains_key(header::HOST)),
        false => headers.get_all(header::HOST).iter().count(),
    }
}

fn is_for_admin(request: &Request) -> bool {
    // The path may begin with a mount or a world, neither of which is resolved yet.
    let path = request.uri().path();
    request.method() != Method::CONNECT && (path.contains(admin::ROOT) || path.ends_with(admin::PREFIX))
}

/// A reply that ends its connection.
fn closing(reply: Reply) -> Reply {
    reply.header(header::CONNECTION, HeaderValue::from_static("close"))
}
