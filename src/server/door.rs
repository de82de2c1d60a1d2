//! The way to the operator's door: past who stands there, then by its own router.

use axum::body::Body as HttpBody;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderValue, header};
use tower::ServiceExt as _;

use super::answer::whole_after;
use super::destination::Start;
use super::{House, elsewhere, heavy, intake};
use crate::admin::{self, WorldName};
use crate::vendors::Body;

/// Answers a request to the door.
pub(super) async fn enter(house: &House, request: Request, start: Start) -> Response {
    let (head, body) = request.into_parts();
    let mut request = Request::from_parts(head, HttpBody::empty());
    let rest = request.uri().path_and_query().map_or("/", |whole| &whole.as_str()[start.prefix_len..]);
    let Ok(uri) = rest.parse() else {
        let reply = elsewhere::not_emulated(request.method(), rest);
        return whole_after(request.map(|_| body), &reply, house.patience()).await;
    };
    let authority = request.uri().authority().and_then(|host| HeaderValue::try_from(host.as_str()).ok());
    if let Some(host) = authority {
        // HTTP/2, and a request line with a whole URL, say there which host they are for; the guard asks.
        request.headers_mut().insert(header::HOST, host);
    }
    *request.uri_mut() = uri;
    // Who may not pass has nothing kept. The body is read here all the same, and that of who may: whoever answers
    // without looking at it would cut off a client that is still sending.
    let refusal = house.guard.refusal(&request);
    let most = if refusal.is_some() { 0 } else { admin::MAX_BODY };
    let taken = intake::read(body, house.allowance_of_admin(most)).await;
    if let Some(refusal) = refusal {
        return refusal;
    }
    if let Some(unread) = taken.unread {
        return house.unread(unread, admin::unread);
    }
    let Body::Whole(body) = taken.body else { return admin::too_large() };
    let weight = heavy::weight(request.uri().path(), body.len());
    *request.body_mut() = HttpBody::from(body);
    let is_health = request.uri().path() == admin::HEALTH;
    request.extensions_mut().insert(WorldName(start.world));
    let response = match house.heavy.run(weight, house.door.clone().oneshot(request)).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    // Health reports that changes cannot be saved; everything else must not depend on such changes.
    if is_health {
        return response;
    }
    house.worlds.wait_until_saved().await.map_or_else(admin::refused, |()| response)
}
