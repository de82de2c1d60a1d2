//! The server: listeners, shutdown, and `enter`, the whole path of a request.

mod activity;
mod address;
mod admission;
mod answer;
mod bounds;
mod budget;
mod connection;
mod delivery;
mod destination;
mod door;
mod elsewhere;
mod heavy;
mod hosts;
mod intake;
mod line;
mod listener;
mod mounts;
mod outgoing;
mod outlive;
mod plan;
mod protocol;
mod receive;
mod tls;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body as HttpBody;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderName, HeaderValue, Method, StatusCode, Version};
use tokio::sync::watch;

pub use self::address::{Address, Entrance};
use self::admission::Admission;
use self::answer::{head, stamp, whole, whole_after, without_body};
pub use self::bounds::{Bounds, Bytes as ByteLimit, Most, Timeout};
use self::budget::{Budget, Reservation};
use self::connection::{Phase, Way};
use self::destination::Start;
pub use self::destination::Ways;
use self::heavy::Heavy;
pub use self::hosts::{Hosts, parse as parse_host};
use self::intake::Unread;
pub use self::listener::Listener;
pub use self::mounts::Mount;
use self::outlive::ToItsEnd;
pub use self::plan::{Plan, PlanError};
use self::receive::Received;
pub use self::tls::{Authority, Tls, TlsError};
use crate::admin::{ClientClosed, Connections, Guard};
use crate::api::{Api, Body, Call};
use crate::faults::{Delivery, Strike};
use crate::fixtures::Reloader;
use crate::gate::Outcome;
use crate::journal::Entry;
use crate::near::{self, Asked};
use crate::reply::Reply;
use crate::settings::{BEHAVIOUR_HEADERS, JOURNAL_BYTES, JOURNAL_ENTRIES};
use crate::world::{State, World};
use crate::worlds::{NoWorld, Worlds};
use crate::{admin, apis, clock, gate};

/// How long requests in flight are given to finish once the server stops.
const GRACE: Duration = Duration::from_millis(500);

/// What every request needs.
#[derive(Debug)]
pub struct House {
    worlds: Arc<Worlds>,
    /// The operator's door, which is a router of its own, and who stands at it.
    door: Router,
    guard: Guard,
    ways: Ways,
    /// What clients may take, what they have taken, and where large bodies are read.
    bounds: Bounds,
    counts: Arc<Connections>,
    budget: Budget,
    admission: Admission,
    heavy: Heavy,
}

impl House {
    /// A house of these worlds that is reached by these ways; `reloader` reads their fixtures again.
    #[must_use]
    pub fn new(
        worlds: Arc<Worlds>,
        guard: Guard,
        reloader: Arc<Reloader>,
        ways: Ways,
        bounds: Bounds,
    ) -> Self {
        let pem = ways.tls.authority().pem().to_owned();
        let counts = Arc::<Connections>::default();
        Self {
            door: admin::router(worlds.clone(), reloader, counts.clone(), pem),
            guard,
            worlds,
            ways,
            bounds,
            budget: Budget::new(bounds.max_body_memory.0, counts.body_bytes.clone()),
            admission: Admission::new(&bounds, counts.clone()),
            counts,
            heavy: Heavy::default(),
        }
    }
}

/// Serves `house` by `listeners` until `stop` resolves; requests in flight are given a moment to finish.
///
/// # Errors
/// A listener fails.
pub async fn serve(
    house: House,
    listeners: Vec<Listener>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let house = Arc::new(house);
    let worlds = house.worlds.clone();
    // Whatever runs holds a receiver, so that the sender knows when nothing does any more.
    let (phase, running) = watch::channel(Phase::Open);
    for listener in listeners {
        tokio::spawn(admit(house.clone(), listener, running.clone()));
    }
    drop(running);
    stop.await;
    phase.send_replace(Phase::Closing);
    worlds.end_latencies();
    // A client that keeps its connection busy must not keep the process alive.
    if tokio::time::timeout(GRACE, phase.closed()).await.is_err() {
        phase.send_replace(Phase::Over);
        let _ = tokio::time::timeout(GRACE / 2, phase.closed()).await;
    }
    Ok(())
}

/// Lets connections in by `listener` until the server closes.
async fn admit(house: Arc<House>, listener: Listener, running: watch::Receiver<Phase>) {
    let mut phase = running.clone();
    loop {
        let line = tokio::select! {
            line = listener.accept() => line,
            _ = phase.wait_for(|phase| *phase != Phase::Open) => return,
        };
        let place = tokio::select! {
            place = house.admission.place() => place,
            _ = phase.wait_for(|phase| *phase != Phase::Open) => return,
        };
        let entrance = listener.entrance().clone();
        tokio::spawn(connection::serve(house.clone(), entrance, line, place, running.clone()));
    }
}

/// The whole path of a request. Should any step of it panic, the client still gets an answer; should the client go
/// away, all but the delivery still happens.
async fn enter(house: Arc<House>, way: Arc<Way>, request: Request) -> Response {
    let in_flight = way.activity.begin();
    if request.version() >= Version::HTTP_2 {
        way.activity.note_http2();
    }
    let is_head = request.method() == Method::HEAD;
    // Who polls the door only looks, and may look for long.
    let matters = !request.method().is_safe() || !request.uri().path().contains(admin::DOOR);
    let (by, at) = (way.clone(), house.clone());
    let answered = ToItsEnd::new(way.clone(), matters, async move {
        AssertUnwindSafe(walk(&at, &by, request)).catch_unwind().await.unwrap_or_else(|panic| {
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

/// World, door or room, gate, answer, journal.
async fn walk(house: &Arc<House>, way: &Way, mut request: Request) -> Answered {
    let started = clock::stopwatch();
    if let Some(reply) = protocol::refusal(house, way, &request).or_else(|| protocol::nested(way, &request)) {
        return whole_after(request, &reply, house.patience()).await.into();
    }
    let foreign = house.ways.foreign(&request);
    if foreign.is_none() && request.method() == Method::CONNECT {
        let host = request.uri().host().map(|host| host.trim_matches(['[', ']']).to_owned());
        return connection::open_tunnel(house.clone(), way, &host.unwrap_or_default(), request).into();
    }
    let path = request.uri().path();
    let start = house.ways.start(way, path);
    let rest = &path[start.prefix_len..];
    if foreign.is_none() && (rest == admin::PREFIX || rest.starts_with(admin::DOOR)) {
        let peer = way.peer.clone();
        let closed = ClientClosed::new(move || {
            let peer = peer.clone();
            async move { peer.closed().await }
        });
        request.extensions_mut().insert(closed);
        return door::enter(house, request, start).await.into();
    }
    let api = match &foreign {
        Some(_) => None,
        None => house.ways.api(way, &start, &request).or_else(|| apis::owner(rest)),
    };
    let state = match state_for(&house.worlds, api, &start, &request) {
        Ok(state) => state,
        Err(refusal) => return no_world(house, api, &start, request, &refusal).await.into(),
    };
    let received = receive::receive(house, request, state, start.prefix_len).await;
    let length = received.call.body().map_or(0, Bytes::len);
    house.heavy.run(length, respond(house.clone(), api, foreign, received, started)).await
}

/// Gate, answer, journal.
async fn respond(
    house: Arc<House>,
    api: Option<&'static dyn Api>,
    foreign: Option<String>,
    received: Received,
    started: Instant,
) -> Answered {
    // The memory is given back when all of this is done.
    let Received { mut call, unread, memory: _memory } = received;
    let at = call.now;
    let outcome = match (unread, api, foreign) {
        (Some(unread), ..) => receive::refuse(&house, api, &call, unread),
        (None, Some(api), _) => answer(api, &mut call).await,
        (None, None, Some(host)) => {
            Outcome { reply: elsewhere::not_forwarded(&host, &house.ways.hosts), strike: None }
        }
        (None, None, None) => {
            Outcome { reply: elsewhere::not_emulated(&call.method, &call.path), strike: None }
        }
    };
    let (mut reply, strike) = (outcome.reply, outcome.strike);
    let named = call.settings.flag(&BEHAVIOUR_HEADERS);
    let is_file = api.is_some_and(|api| api.takes_file(&call.path));
    let near = if named { near_misses(&house.worlds, api, &call, is_file, &mut reply).await } else { None };
    let reply = Arc::new(reply);
    let date = (!call.state.clock.hand().is_real()).then_some(call.now);
    let (entries, bytes) = (call.settings.count(&JOURNAL_ENTRIES), call.settings.count(&JOURNAL_BYTES));
    let state = call.state.clone();
    let entry = Entry { at, ..entry(call, api, is_file, &reply, strike.as_deref(), started.elapsed()) };
    state.journal.record(entry, entries, bytes);

    let mut response = head(&reply, named);
    if let Some(at) = date {
        stamp(&mut response, at);
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

/// Notes what a miss nearly was, and the header that says so.
async fn near_misses(
    worlds: &Worlds,
    api: Option<&'static dyn Api>,
    call: &Call,
    is_file: bool,
    reply: &mut Reply,
) -> Option<HeaderValue> {
    let (method, path) = (call.method.as_str(), call.path.as_str());
    // What looks like a hash inside a file is none that anybody asked for.
    let body = call.body().filter(|_| !is_file);
    let asked = Asked { method, path, headers: &call.headers, body, found: call.found.get() };
    let mut misses = near::of_hashes(&call.state, worlds, &asked, &near::BRIEF).await;
    if !reply.status.is_success() {
        misses.extend(near::of_path(api, &asked));
    }
    let brief: Vec<_> = misses.iter().map(|miss| miss.brief.as_str()).collect();
    let header = HeaderValue::try_from(brief.join("; ")).ok().filter(|_| !misses.is_empty());
    reply.findings.extend(misses.into_iter().map(near::Miss::into_finding));
    header
}

fn entry(
    call: Call,
    api: Option<&'static dyn Api>,
    is_file: bool,
    reply: &Arc<Reply>,
    strike: Option<&Strike>,
    took: Duration,
) -> Entry {
    Entry {
        number: 0,
        at: call.now,
        took,
        api: api.map(Api::name),
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
        faults: strike.map(|strike| strike.rules.clone()).unwrap_or_default(),
    }
}

/// The state of the world that a request's path names, or its credential picks, or of the default one. What a client
/// sends creates the world that it names.
fn state_for(
    worlds: &Worlds,
    api: Option<&'static dyn Api>,
    start: &Start,
    request: &Request,
) -> Result<Arc<State>, NoWorld> {
    if let Some(name) = &start.world {
        return worlds.get_or_create(name).map(|(world, _)| world.state());
    }
    let picked = api.filter(|_| worlds.has_claims()).and_then(|api| {
        let (_, state) = worlds.of_credential(api.name(), &api.credential(request.headers())?)?;
        Some(state)
    });
    Ok(picked.unwrap_or_else(|| worlds.default_world().state()))
}

/// The answer for a world that cannot be: one world too many is refused in the vendor's own words.
async fn no_world(
    house: &House,
    api: Option<&'static dyn Api>,
    start: &Start,
    request: Request,
    refusal: &NoWorld,
) -> Response {
    let Some(api) = api.filter(|_| matches!(refusal, NoWorld::Full(_))) else {
        return whole_after(request, &elsewhere::no_world(refusal), house.patience()).await;
    };
    // The vendor's words seldom have room for the reason.
    tracing::warn!("{refusal}");
    let state = World::new("", house.worlds.base()).state();
    let call = receive::receive(house, request, state, start.prefix_len).await.call;
    let words = api.error(&call, StatusCode::SERVICE_UNAVAILABLE.as_u16(), &refusal.to_string());
    let mut reply = words.unwrap_or_else(|| elsewhere::no_world(refusal));
    // It is none of the vendor's behaviours.
    reply.behaviours.clear();
    whole(&reply)
}

/// The room's answer; a panic in it becomes the room's own internal error.
async fn answer(api: &'static dyn Api, call: &mut Call) -> Outcome {
    let outcome = AssertUnwindSafe(gate::pass(api, call)).catch_unwind().await;
    let mut outcome = outcome.unwrap_or_else(|panic| {
        let why = panic_text(&*panic);
        tracing::error!(api = api.name(), path = call.path, "a fault in the emulator: {why}");
        let words = api.error(call, 500, "Internal error in scandouble; its log says more");
        Outcome { reply: words.unwrap_or_else(elsewhere::broken), strike: None }
    });
    // No answer leaves before what it tells of would survive a crash.
    if let Some(keeper) = &call.state.base.keeper
        && let Err(error) = keeper.settled().await
    {
        let words = api.error(call, 500, &error.to_string());
        outcome = Outcome { reply: words.unwrap_or_else(elsewhere::broken), strike: None };
    }
    for behaviour in &outcome.reply.behaviours {
        call.state.count(behaviour);
    }
    outcome
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a message")
}
