//! Writing an exchange into its world's journal.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use jiff::Timestamp;

use super::House;
use super::outcome::Outcome;
use crate::api::{Body, Call};
use crate::faults::Strike;
use crate::journal::Entry;
use crate::near::{self, Asked};
use crate::reply::Reply;
use crate::settings::{BEHAVIOUR_HEADERS, JOURNAL_BYTES, JOURNAL_ENTRIES};
use crate::worlds::Worlds;

/// An outcome that is in the journal.
pub(super) struct Recorded {
    pub(super) reply: Arc<Reply>,
    pub(super) strike: Option<Arc<Strike>>,
    /// Whether the answer says what it is.
    pub(super) named: bool,
    /// What a miss nearly was, for the client.
    pub(super) near: Option<HeaderValue>,
}

/// Writes the exchange into the world's journal, with what a miss nearly was. `at` is when the request was whole.
pub(super) async fn record(
    house: &House,
    call: Call,
    at: Timestamp,
    outcome: Outcome,
    took: Duration,
) -> Recorded {
    let Outcome { mut reply, strike } = outcome;
    let named = call.settings.flag(&BEHAVIOUR_HEADERS);
    let is_file = call.endpoint().is_some_and(|endpoint| endpoint.takes_file);
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
