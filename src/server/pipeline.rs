//! The path of a request: [`respond`], and its steps in the order in which it takes them.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};

use axum::body::Body as HttpBody;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderName, HeaderValue, Method};
use jiff::Timestamp;

use super::answer::{head, stamp, whole, whole_after, without_body};
use super::connection::{self, Way};
use super::destination::Start;
use super::outcome::{Outcome, panic_text, settle};
use super::outlive::ToItsEnd;
use super::record::{Notes, note, record};
use super::{House, delivery, door, elsewhere, intake};
use crate::accounts::Account;
use crate::api::{Call, Route, Vendor};
use crate::faults::{Delivery, Strike};
use crate::reply::Reply;
use crate::settings::MAX_BODY;
use crate::world::World;
use crate::worlds::Worlds;
use crate::{admin, apis, clock};

/// Answers a request. Should any step of it panic, the client still gets an answer; should the client go away, all but
/// the delivery still happens.
pub(super) async fn enter(house: Arc<House>, way: Arc<Way>, request: Request) -> Response {
    let is_head = request.method() == Method::HEAD;
    // Who polls the admin API only looks, and may look for long.
    let matters = !request.method().is_safe() || !request.uri().path().contains(admin::DOOR);
    let by = way.clone();
    let answered = ToItsEnd::new(way.clone(), matters, async move {
        AssertUnwindSafe(respond(&house, &by, request)).catch_unwind().await.unwrap_or_else(|panic| {
            tracing::error!("a fault in the emulator: {}", panic_text(&*panic));
            whole(&elsewhere::broken()).into()
        })
    });
    let Answered { response, as_injected } = answered.await;
    let response = match as_injected {
        Some((body, delivery)) => delivery::deliver(response, body, delivery, &way.cutter).await,
        None => response,
    };
    if is_head { without_body(response) } else { response }
}

/// An answer on its way out.
struct Answered {
    response: Response,
    /// The body, which `response` does not have yet, and how it is to travel.
    as_injected: Option<(Bytes, Delivery)>,
}

impl From<Response> for Answered {
    fn from(response: Response) -> Self {
        Self { response, as_injected: None }
    }
}

/// The answer to a request, step by step.
async fn respond(house: &Arc<House>, way: &Way, request: Request) -> Answered {
    let started = clock::stopwatch();
    let destination = match resolve(house, way, &request) {
        Destination::Vendor(destination) => destination,
        Destination::Admin(start) => return door::enter(house, request, start).await.into(),
        Destination::Tunnel(host) => {
            return connection::open_tunnel(house.clone(), way, &host, request).into();
        }
        Destination::Nowhere(refusal) => return whole_after(request, &refusal).await.into(),
    };
    let mut call = receive(&destination, request).await;
    let at = call.now;
    let Outcome { mut reply, strike } = match (call.vendor, &destination.foreign) {
        (Some(vendor), _) => settle(vendor, &mut call).await,
        (None, Some(host)) => Outcome::of(elsewhere::not_forwarded(host, &house.ways.hosts)),
        (None, None) => Outcome::of(elsewhere::not_emulated(&call.method, &call.path)),
    };
    let date = (!call.state.clock.hand().is_real()).then_some(call.now);
    let notes = note(&house.worlds, &call, &mut reply).await;
    let reply = Arc::new(reply);
    record(call, at, reply.clone(), strike.as_deref(), started.elapsed());
    deliver(&reply, strike.as_deref(), notes, date)
}

/// Whom a request is for.
enum Destination {
    /// A vendor API, or nobody that is known.
    Vendor(Addressee),
    /// The admin API.
    Admin(Start),
    /// A host, by way of a tunnel.
    Tunnel(String),
    /// No world; the answer says why.
    Nowhere(Reply),
}

/// The world and the vendor that a request asks.
struct Addressee {
    world: Arc<World>,
    vendor: Option<&'static Vendor>,
    /// The host that a proxy is asked for and that nobody answers for here.
    foreign: Option<String>,
    /// How much of the path stands before the vendor's.
    prefix_len: usize,
}

/// Which world and which vendor a request asks, by its listener, host, path and credential.
fn resolve(house: &House, way: &Way, request: &Request) -> Destination {
    let foreign = house.ways.foreign(request);
    if foreign.is_none() && request.method() == Method::CONNECT {
        let host = request.uri().host().map(|host| host.trim_matches(['[', ']']).to_owned());
        return Destination::Tunnel(host.unwrap_or_default());
    }
    let path = request.uri().path();
    let start = match house.ways.start(&house.worlds, way, path) {
        Ok(start) => start,
        Err(refusal) => return Destination::Nowhere(elsewhere::no_world(&refusal)),
    };
    let rest = &path[start.prefix_len..];
    if foreign.is_none() && (rest == admin::PREFIX || rest.starts_with(admin::DOOR)) {
        return Destination::Admin(start);
    }
    let vendor = match foreign {
        Some(_) => None,
        None => house.ways.api(way, &start, request).or_else(|| apis::owner(rest)),
    };
    let Start { mut world, named, prefix_len, .. } = start;
    if let Some(vendor) = vendor.filter(|_| !named)
        && let Some(claiming) = world_of_credential(&house.worlds, vendor, request)
    {
        world = claiming;
    }
    Destination::Vendor(Addressee { world, vendor, foreign, prefix_len })
}

/// The world that a request's credential picks, where its path picks none.
fn world_of_credential(worlds: &Worlds, vendor: &Vendor, request: &Request) -> Option<Arc<World>> {
    if !worlds.has_claims() {
        return None;
    }
    worlds.of_credential(vendor.name, &(vendor.auth.credential)(request.headers())?)
}

/// Reads the body within bounds, and looks up the endpoint.
async fn receive(to: &Addressee, request: Request) -> Call {
    let state = to.world.state();
    let settings = state.settings.load_full();
    let (head, body) = request.into_parts();
    let body = intake::read(body, settings.count(&MAX_BODY)).await;
    // A request has come once it is whole; limits count by this.
    let (now, origin) = state.clock.read();
    let path = match head.uri.authority().filter(|_| head.method == Method::CONNECT) {
        Some(authority) => authority.as_str(),
        None => head.uri.path(),
    };
    let (prefix, path) = path.split_at(to.prefix_len);
    Call {
        now,
        origin,
        vendor: to.vendor,
        route: to.vendor.map_or_else(Route::default, |vendor| vendor.route(head.method.as_str(), path)),
        prefix: prefix.to_owned(),
        path: path.to_owned(),
        query: head.uri.query().map(str::to_owned),
        method: head.method,
        headers: head.headers,
        body,
        account: Arc::new(Account::default()),
        found: OnceLock::new(),
        settings,
        state,
    }
}

/// The answer as HTTP, `date` being the world's time where that is not the real one.
fn deliver(reply: &Reply, strike: Option<&Strike>, notes: Notes, date: Option<Timestamp>) -> Answered {
    let Notes { named, near } = notes;
    let mut response = head(reply, named);
    if let Some(date) = date {
        stamp(&mut response, date);
    }
    if let Some(near) = near {
        response.headers_mut().insert(HeaderName::from_static("scandouble-near-miss"), near);
    }
    let Some(strike) = strike else {
        *response.body_mut() = HttpBody::from(reply.body.clone());
        return response.into();
    };
    if named && let Ok(rules) = HeaderValue::try_from(strike.rules.join(", ")) {
        response.headers_mut().insert("scandouble-fault", rules);
    }
    Answered { response, as_injected: Some((reply.body.clone(), strike.effect.delivery)) }
}
