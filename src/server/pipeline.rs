//! The path of a request: [`respond`], and its steps in the order in which it takes them.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body as HttpBody;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderName, HeaderValue, Method, StatusCode, Version};
use jiff::Timestamp;

use super::answer::{head, stamp, whole, whole_after, without_body};
use super::connection::{self, Way};
use super::destination::Start;
use super::intake::Unread;
use super::outcome::{Outcome, panic_text, settle};
use super::outlive::ToItsEnd;
use super::receive::{self, Received, receive};
use super::record::{Notes, note, record};
use super::{House, delivery, door, elsewhere, protocol};
use crate::admin::ClientClosed;
use crate::faults::{Delivery, Injection};
use crate::journal::Reply;
use crate::vendors::Vendor;
use crate::worlds::{NoWorld, Worlds};
use crate::worlds::{State, World};
use crate::{admin, clock, vendors};

/// Answers a request. Should any step of it panic, the client still gets an answer; should the client go
/// away, all but the delivery still happens.
pub(super) async fn enter(house: Arc<House>, way: Arc<Way>, request: Request) -> Response {
    let in_flight = way.activity.begin();
    if request.version() >= Version::HTTP_2 {
        way.activity.note_http2();
    }
    let is_head = request.method() == Method::HEAD;
    // Who polls the admin API only looks, and may look for long.
    let matters = !request.method().is_safe() || !request.uri().path().contains(admin::ROOT);
    let (by, at) = (way.clone(), house.clone());
    let answered = ToItsEnd::new(way.clone(), matters, async move {
        AssertUnwindSafe(respond(&at, &by, request)).catch_unwind().await.unwrap_or_else(|panic| {
            tracing::error!("a fault in the emulator: {}", panic_text(&*panic));
            whole(&elsewhere::broken()).into()
        })
    });
    let Answered { response, as_injected } = answered.await;
    let response = match as_injected {
        Some((body, delivery)) => delivery::deliver(response, body, delivery, &way).await,
        None => response,
    };
    if is_head {
        return without_body(response);
    }
    match delivery::reserve(&response, &house.budget) {
        Ok(memory) => delivery::hand_over(response, in_flight, memory),
        // What happened has to be answered; what was only looked at can be asked for again.
        Err(_) if matters => delivery::hand_over(response, in_flight, None),
        Err(_) => house.unread(Unread::OverBudget, admin::unread),
    }
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
    if let Some(reply) = protocol::refusal(house, way, &request).or_else(|| protocol::nested(way, &request)) {
        return whole_after(request, &reply, house.patience()).await.into();
    }
    let Addressee { state, vendor, foreign, prefix_len } = match resolve(house, way, &request) {
        Destination::Vendor(addressee) => addressee,
        Destination::Admin(start) => return ask_admin(house, way, request, start).await.into(),
        Destination::Tunnel(host) => {
            return connection::open_tunnel(house.clone(), way, &host, request).into();
        }
        Destination::NoWorld(refusal, vendor, len) => {
            return no_world(house, vendor, len, request, &refusal).await.into();
        }
    };
    let received = receive(house, request, state, vendor, prefix_len).await;
    let length = received.call.body().map_or(0, Bytes::len);
    house.heavy.run(length, answer(house.clone(), foreign, received, started)).await
}

/// The later steps, which a large body takes where it keeps nobody waiting.
async fn answer(
    house: Arc<House>,
    foreign: Option<String>,
    received: Received,
    started: Instant,
) -> Answered {
    // The memory is given back when all of this is done.
    let Received { mut call, unread, memory: _memory } = received;
    let at = call.now;
    let Outcome { mut reply, injection } = match (unread, call.vendor, foreign) {
        (Some(unread), ..) => receive::refuse(&house, &call, unread),
        (None, Some(vendor), _) => settle(vendor, &mut call).await,
        (None, None, Some(host)) => Outcome::of(elsewhere::not_forwarded(&host, &house.ways.hosts)),
        (None, None, None) => Outcome::of(elsewhere::not_emulated(&call.method, &call.path)),
    };
    let date = (!call.state.clock.hand().is_real()).then_some(call.now);
    let notes = note(&house.worlds, &call, &mut reply).await;
    let reply = Arc::new(reply);
    record(call, at, reply.clone(), injection.as_deref(), started.elapsed());
    deliver(&reply, injection.as_deref(), notes, date)
}

/// Whom a request is for.
enum Destination {
    /// A vendor API, or nobody that is known.
    Vendor(Addressee),
    /// The admin API.
    Admin(Start),
    /// A host, by way of a tunnel.
    Tunnel(String),
    /// A world that cannot be, of this vendor, with how much of the path stands before the vendor's.
    NoWorld(NoWorld, Option<&'static Vendor>, usize),
}

/// The world and the vendor that a request asks.
struct Addressee {
    state: Arc<State>,
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
    let start = house.ways.start(way, path);
    let rest = &path[start.prefix_len..];
    if foreign.is_none() && (rest == admin::PREFIX || rest.starts_with(admin::ROOT)) {
        return Destination::Admin(start);
    }
    let vendor = match foreign {
        Some(_) => None,
        None => house.ways.api(way, &start, request).or_else(|| vendors::owner(rest)),
    };
    let prefix_len = start.prefix_len;
    match state_for(&house.worlds, vendor, &start, request) {
        Ok(state) => Destination::Vendor(Addressee { state, vendor, foreign, prefix_len }),
        Err(refusal) => Destination::NoWorld(refusal, vendor, prefix_len),
    }
}

/// The state of the world that a request's path names, or its credential picks, or of the default one. What a client
/// sends creates the world that it names.
fn state_for(
    worlds: &Worlds,
    vendor: Option<&'static Vendor>,
    start: &Start,
    request: &Request,
) -> Result<Arc<State>, NoWorld> {
    if let Some(name) = &start.world {
        return worlds.get_or_create(name).map(|(world, _)| world.state());
    }
    let picked = vendor.filter(|_| worlds.has_claims()).and_then(|vendor| {
        let credential = (vendor.auth.credential)(request.headers())?;
        worlds.of_credential(vendor.name, &credential).map(|(_, state)| state)
    });
    Ok(picked.unwrap_or_else(|| worlds.default_world().state()))
}

/// The answer for a world that cannot be: one world too many is refused in the vendor's own words.
async fn no_world(
    house: &House,
    vendor: Option<&'static Vendor>,
    prefix_len: usize,
    request: Request,
    refusal: &NoWorld,
) -> Response {
    if vendor.is_none() || !matches!(refusal, NoWorld::Full(_)) {
        return whole_after(request, &elsewhere::no_world(refusal), house.patience()).await;
    }
    // The vendor's words seldom have room for the reason.
    tracing::warn!("{refusal}");
    let state = World::new("", house.worlds.base()).state();
    let call = receive(house, request, state, vendor, prefix_len).await.call;
    let words = call.words(StatusCode::SERVICE_UNAVAILABLE.as_u16(), &refusal.to_string());
    let mut reply = words.unwrap_or_else(|| elsewhere::no_world(refusal));
    // It is none of the vendor's behaviours.
    reply.behaviours.clear();
    whole(&reply)
}

/// The admin API's answer. What it does for long it may stop once the client has gone.
async fn ask_admin(house: &Arc<House>, way: &Way, mut request: Request, start: Start) -> Response {
    let peer = way.peer.clone();
    let closed = ClientClosed::new(move || {
        let peer = peer.clone();
        async move { peer.closed().await }
    });
    request.extensions_mut().insert(closed);
    door::enter(house, request, start).await
}

/// The answer as HTTP, `date` being the world's time where that is not the real one.
fn deliver(reply: &Reply, injection: Option<&Injection>, notes: Notes, date: Option<Timestamp>) -> Answered {
    let Notes { named, near } = notes;
    let mut response = head(reply, named);
    if let Some(date) = date {
        stamp(&mut response, date);
    }
    if let Some(near) = near {
        response.headers_mut().insert(HeaderName::from_static("scandouble-near-miss"), near);
    }
    let Some(injection) = injection else {
        *response.body_mut() = HttpBody::from(reply.body.clone());
        return response.into();
    };
    if named && let Ok(rules) = HeaderValue::try_from(injection.rules.join(", ")) {
        response.headers_mut().insert("scandouble-fault", rules);
    }
    Answered { response, as_injected: Some((reply.body.clone(), injection.effect.delivery)) }
}
