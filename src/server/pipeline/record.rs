//! Record: near-miss hints, and the entry in the world's journal.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

use crate::faults::Injection;
use crate::findings::near;
use crate::findings::near::SearchedRequest;
use crate::journal::body::Layout;
use crate::journal::{Entry, Head, Reply, ReplyHeaders};
use crate::settings::{BEHAVIOUR_HEADERS, JOURNAL_BYTES, JOURNAL_ENTRIES};
use crate::vendors::{Body, Call};
use crate::worlds::Worlds;

/// What the response says in addition to the vendor's reply.
pub(super) struct Hints {
    /// Whether the response has the headers that name behaviours and faults.
    pub(super) named: bool,
    /// The near misses of a request that found nothing.
    pub(super) near: Option<HeaderValue>,
}

/// The hints for a call. Near misses are added to the findings of the reply as well.
pub(super) fn hints(worlds: &Worlds, call: &Call, reply: &mut Reply, is_injected: bool) -> Hints {
    let named = call.settings.get(&BEHAVIOUR_HEADERS);
    // If the endpoint has found all that was asked for, nothing can be a near miss. Not looking for one saves 7 % of the
    // instructions of a successful look-up, and more of one that has a body.
    let near = match named && !call.found_all() {
        true => near_misses(worlds, call, reply, is_injected),
        false => None,
    };
    Hints { named, near }
}

fn near_misses(worlds: &Worlds, call: &Call, reply: &mut Reply, is_injected: bool) -> Option<HeaderValue> {
    let (method, path) = (call.method.as_str(), call.path());
    // Text inside an uploaded file may look like a hash, but the client did not ask for that hash.
    let body = call.body().filter(|_| !takes_file(call));
    let (query, found) = (call.query(), call.found.get());
    let (headers, endpoint) = (&call.headers, call.endpoint());
    let request = SearchedRequest { method, path, query, headers, body, found, endpoint };
    let place = (&*call.state, worlds);
    let misses = near::misses(place, call.vendor, &request, (reply.status, is_injected), &near::BRIEF);
    if misses.is_empty() {
        return None;
    }
    let brief: Vec<_> = misses.iter().map(|miss| miss.brief.as_str()).collect();
    let header = HeaderValue::try_from(brief.join("; ")).ok();
    reply.findings.extend(misses.into_iter().map(near::Miss::into_finding));
    header
}

fn takes_file(call: &Call) -> bool {
    call.endpoint().is_some_and(|endpoint| endpoint.takes_file)
}

/// An answered call, to be recorded.
pub(super) struct Exchange<'a> {
    /// Its account, headers, method, body and fields are moved out of it.
    pub(super) call: &'a mut Call,
    /// When the request was complete, by the world's clock.
    pub(super) received_at: Timestamp,
    pub(super) reply: Reply,
    pub(super) fault: Option<&'a Injection>,
    pub(super) took: Duration,
}

/// What the journal has copied of an exchange, and the response uses.
pub(super) struct Copied {
    /// The headers of the request. The response uses their memory.
    pub(super) request: HeaderMap,
    /// The headers of the reply.
    pub(super) reply: ReplyHeaders,
}

/// Numbers the exchange, and writes it into the journal of its world if it `is_recorded`.
pub(super) fn record(worlds: &Worlds, exchange: Exchange<'_>, is_recorded: bool) -> (Arc<Entry>, Copied) {
    let (state, settings) = (exchange.call.state.clone(), &exchange.call.settings);
    let (entries, bytes) = (settings.get(&JOURNAL_ENTRIES), settings.get(&JOURNAL_BYTES));
    let (mut entry, copied) = entry(exchange);
    if is_recorded {
        return (state.journal.record(entry, entries, bytes), copied);
    }
    // The response still carries a number, as every response does.
    if let Some(entry) = Arc::get_mut(&mut entry) {
        entry.request = worlds.journals().next_request();
    }
    (entry, copied)
}

/// The exchange as the journal has it, without its numbers. It is made in its place in memory, since it is large.
fn entry(exchange: Exchange<'_>) -> (Arc<Entry>, Copied) {
    let Exchange { call, received_at, reply, fault, took } = exchange;
    let request_headers = mem::take(&mut call.headers);
    let (reply_headers, reply) = reply.into_parts();
    let parts = (call.prefix(), call.path(), call.query());
    let head = Head::new(parts, &request_headers, &reply_headers);
    let is_file = takes_file(call);
    let has_body = call.body().is_some_and(|body| !body.is_empty()) && !is_file;
    let entry = Arc::new(Entry {
        world: call.state.world.clone(),
        number: 0,
        request: 0,
        at: received_at,
        took,
        api: call.vendor.map(|vendor| vendor.name),
        account: call.take_account(),
        method: mem::take(&mut call.method),
        head,
        // Uploaded files are not journalled.
        body: match mem::replace(&mut call.body, Body::TooLarge) {
            Body::Whole(bytes) | Body::BrokenOff(bytes) if !is_file => Some(bytes),
            Body::Whole(_) | Body::BrokenOff(_) | Body::TooLarge => None,
        },
        layout: call.layout.take().filter(|layout| has_body && *layout != Layout::Other),
        is_file,
        reply,
        faults: fault.map(|fault| fault.rules.clone()).unwrap_or_default(),
        weight: Default::default(),
    });
    (entry, Copied { request: request_headers, reply: reply_headers })
}
