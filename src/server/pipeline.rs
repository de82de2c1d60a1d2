//! The path of a request: [`respond`], and its steps in the order in which it takes them.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderName, HeaderValue, Method};

use super::answer::{head, stamp, whole, whole_after, without_body};
use super::connection::{self, Way};
use super::destination::Start;
use super::inject::inject;
use super::outlive::ToItsEnd;
use super::{House, delivery, door, elsewhere, intake};
use crate::accounts::Account;
use crate::api::{Body, Call, Check, Endpoint, Route, Vendor};
use crate::faults::{Delivery, Strike};
use crate::journal::Entry;
use crate::near::{self, Asked};
use crate::reply::{FindingKind, Reply};
use crate::settings::{BEHAVIOUR_HEADERS, JOURNAL_BYTES, JOURNAL_ENTRIES, MAX_BODY};
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
    let outcome = match (call.vendor, &destination.foreign) {
        (Some(vendor), _) => settle(vendor, &mut call).await,
        (None, Some(host)) => Outcome::of(elsewhere::not_forwarded(host, &house.ways.hosts)),
        (None, None) => Outcome::of(elsewhere::not_emulated(&call.method, &call.path)),
    };
    let date = (!call.state.clock.hand().is_real()).then_some(call.now);
    let recorded = record(house, call, at, outcome, started.elapsed()).await;
    deliver(recorded, date)
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

/// What came of a call: the answer as it is meant, and the fault that was injected.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) reply: Reply,
    pub(super) strike: Option<Arc<Strike>>,
}

impl Outcome {
    /// An answer without a fault.
    pub(super) fn of(reply: Reply) -> Self {
        Self { reply, strike: None }
    }
}

/// The vendor's outcome, counted and safe on disk. A panic on the way becomes the vendor's own internal error.
async fn settle(vendor: &'static Vendor, call: &mut Call) -> Outcome {
    if matches!(call.body, Body::BrokenOff(_)) {
        return broken_off(call);
    }
    let outcome = AssertUnwindSafe(ask(vendor, call)).catch_unwind().await;
    let mut outcome = outcome.unwrap_or_else(|panic| {
        let why = panic_text(&*panic);
        tracing::error!(api = vendor.name, path = call.path, "a fault in the emulator: {why}");
        let words = call.words(500, "Internal error in scandouble; its log says more");
        Outcome::of(words.unwrap_or_else(elsewhere::broken))
    });
    // No answer leaves before what it says would survive a crash.
    if let Some(keeper) = &call.state.base.keeper
        && let Err(error) = keeper.settled().await
    {
        outcome = Outcome::of(call.words(500, &error.to_string()).unwrap_or_else(elsewhere::broken));
    }
    for behaviour in &outcome.reply.behaviours {
        call.state.count(behaviour);
    }
    outcome
}

/// What the vendor says to a request whose body broke off. It is none of its behaviours.
fn broken_off(call: &Call) -> Outcome {
    let mut reply = call.words(400, elsewhere::BROKEN_OFF).unwrap_or_else(elsewhere::broken_off);
    reply.behaviours.clear();
    Outcome::of(reply.finding(FindingKind::Deviation, elsewhere::BROKEN_OFF, ""))
}

/// A check refuses, a fault is injected, or the endpoint answers.
async fn ask(vendor: &'static Vendor, call: &mut Call) -> Outcome {
    if let Some(refusal) = check(vendor, call) {
        return Outcome::of(refusal);
    }
    match inject(vendor, call).await {
        Some(outcome) => outcome,
        None => Outcome::of(answer(vendor, call).await),
    }
}

/// What the vendor refuses before the endpoint sees the call, in the vendor's order.
fn check(vendor: &'static Vendor, call: &mut Call) -> Option<Reply> {
    let endpoint = call.endpoint();
    for check in vendor.checks {
        let refusal = match check {
            Check::Path => endpoint.is_none().then(|| (vendor.refusals.path)(call)),
            Check::Method => {
                (endpoint.is_some() && !call.route.takes_method).then(|| (vendor.refusals.method)(call))
            }
            Check::Account if endpoint.is_some_and(|endpoint| endpoint.anonymous) => None,
            Check::Account => match (vendor.auth.authenticate)(call) {
                Ok(account) => {
                    call.account = account;
                    None
                }
                Err(refusal) => Some(refusal),
            },
            Check::Size => call.body().is_none().then(|| (vendor.refusals.size)(call)),
            Check::Own(refuse) => refuse(call),
        };
        if refusal.is_some() {
            return refusal;
        }
    }
    None
}

/// The endpoint's answer.
pub(super) async fn answer(vendor: &'static Vendor, call: &Call) -> Reply {
    let Some(endpoint) = call.endpoint() else { return (vendor.refusals.path)(call) };
    let reply = endpoint.handler.answer(call).await;
    debug_assert!(
        reply.behaviours.iter().all(|behaviour| vendor.may_answer(endpoint, behaviour)),
        "{endpoint:?} answers {:?}, which its row does not list",
        reply.behaviours
    );
    reply
}

/// An outcome that is in the journal.
struct Recorded {
    reply: Arc<Reply>,
    strike: Option<Arc<Strike>>,
    /// Whether the answer says what it is.
    named: bool,
    /// What a miss nearly was, for the client.
    near: Option<HeaderValue>,
}

/// Writes the exchange into the world's journal, with what a miss nearly was. `at` is when the request was whole.
async fn record(
    house: &House,
    call: Call,
    at: jiff::Timestamp,
    outcome: Outcome,
    took: Duration,
) -> Recorded {
    let Outcome { mut reply, strike } = outcome;
    let named = call.settings.flag(&BEHAVIOUR_HEADERS);
    let is_file = call.endpoint().is_some_and(Endpoint::is_file);
    let near = if named { near_misses(&house.worlds, &call, is_file, &mut reply).await } else { None };
    let reply = Arc::new(reply);
    let (entries, bytes) = (call.settings.count(&JOURNAL_ENTRIES), call.settings.count(&JOURNAL_BYTES));
    let state = call.state.clone();
    let entry = Entry {
        number: 0,
        at,
        took,
        api: call.vendor.map(|vendor| vendor.name),
        account: call.account,
        method: call.method,
        prefix: call.prefix,
        path: call.path,
        query: call.query,
        headers: call.headers,
        body: match call.body {
            Body::Whole(bytes) | Body::BrokenOff(bytes) if !is_file => Some(bytes),
            Body::Whole(_) | Body::BrokenOff(_) | Body::TooLarge => None,
        },
        reply: reply.clone(),
        faults: strike.as_ref().map(|strike| strike.rules.clone()).unwrap_or_default(),
    };
    state.journal.record(entry, entries, bytes);
    Recorded { reply, strike, named, near }
}

/// Notes what a miss nearly was, and the header that says so.
async fn near_misses(worlds: &Worlds, call: &Call, is_file: bool, reply: &mut Reply) -> Option<HeaderValue> {
    let (method, path) = (call.method.as_str(), call.path.as_str());
    // What looks like a hash inside a file is none that anybody asked for.
    let body = call.body().filter(|_| !is_file);
    let asked = Asked { method, path, headers: &call.headers, body, found: call.found.get() };
    let mut misses = near::of_hashes(&call.state, worlds, &asked, &near::BRIEF).await;
    if !reply.status.is_success() {
        misses.extend(near::of_path(call.vendor, &asked));
    }
    let brief: Vec<_> = misses.iter().map(|miss| miss.brief.as_str()).collect();
    let header = HeaderValue::try_from(brief.join("; ")).ok().filter(|_| !misses.is_empty());
    reply.findings.extend(misses.into_iter().map(near::Miss::into_finding));
    header
}

/// The answer as HTTP, `date` being the world's time where that is not the real one.
fn deliver(recorded: Recorded, date: Option<jiff::Timestamp>) -> Answered {
    let Recorded { reply, strike, named, near } = recorded;
    let mut response = head(&reply, named);
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

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a message")
}
