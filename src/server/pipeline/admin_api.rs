//! Requests to the admin API: past its guard, then to its own router.

use axum::body::Body as HttpBody;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderValue, header};
use tower::ServiceExt as _;

use super::response::after_body;
use crate::admin::{self, ClientClosed, WorldName};
use crate::server::connections::ConnectionContext;
use crate::server::routing::PathPrefix;
use crate::server::{App, bodies, own_replies};
use crate::vendors::Body;

/// Responds to a request to the admin API.
pub(super) async fn respond(
    app: &App,
    connection: &ConnectionContext,
    request: Request,
    prefix: PathPrefix,
) -> Response {
    let (head, body) = request.into_parts();
    let mut request = Request::from_parts(head, HttpBody::empty());
    let rest = request.uri().path_and_query().map_or("/", |whole| &whole.as_str()[prefix.len..]);
    let Ok(uri) = rest.parse() else {
        let reply = own_replies::not_emulated(request.method(), rest);
        return after_body(app, request.map(|_| body), &reply).await;
    };
    let authority = request.uri().authority().and_then(|host| HeaderValue::try_from(host.as_str()).ok());
    if let Some(host) = authority {
        // HTTP/2 requests, and those with an absolute URL, name their host there; the guard checks the header.
        request.headers_mut().insert(header::HOST, host);
    }
    *request.uri_mut() = uri;
    // Bodies of refused requests are not stored, but read to their end: a client that is still sending may not see a
    // response before.
    let refusal = app.guard.refusal(&request);
    let max_body = admin::max_body(request.uri().path());
    // A client without access must not make the server store anything.
    let max_bytes = if refusal.is_some() { 0 } else { max_body };
    let incoming = bodies::read(body, app.admin_body_limits(max_bytes)).await;
    if let Some(refusal) = refusal {
        return refusal;
    }
    if let Some(error) = incoming.error {
        return app.refuse_body(error, admin::unread);
    }
    let Body::Whole(body) = incoming.body else { return admin::too_large(max_body) };
    let length = body.len();
    *request.body_mut() = HttpBody::from(body);
    let is_health = request.uri().path() == admin::HEALTH;
    request.extensions_mut().insert(WorldName(prefix.world));
    request.extensions_mut().insert(client_closed(connection));
    request.extensions_mut().insert(app.guard.clone());
    let response = app.admin.clone().oneshot(request);
    let response = match app.large_bodies.threads_for(length) {
        None => response.await,
        Some(threads) => threads.run(response).await,
    };
    let response = match response {
        Ok(response) => response,
        Err(never) => match never {},
    };
    // Health reports that changes cannot be saved. All other responses wait until the changes before them are saved.
    if is_health {
        return response;
    }
    app.worlds.wait_until_saved().await.map_or_else(admin::refused, |()| response)
}

/// Lets handlers that wait stop waiting once the client has disconnected.
fn client_closed(connection: &ConnectionContext) -> ClientClosed {
    let client = connection.client.clone();
    ClientClosed::new(move || {
        let client = client.clone();
        async move { client.closed().await }
    })
}
