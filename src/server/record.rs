//! Writing an exchange into its world's journal.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use jiff::Timestamp;

use crate::faults::Injection;
use crate::findings::near;
use crate::findings::near::SearchedRequest;
use crate::journal::Entry;
use crate::journal::Reply;
use crate::settings::{BEHAVIOUR_HEADERS, JOURNAL_BYTES, JOURNAL_ENTRIES};
use crate::vendors::{Body, Call};
use crate::worlds::Worlds;

/// What the client is told beside the answer.
pub(super) struct Notes {
    /// Whether the answer says what it is.
    pub(super) named: bool,
    /// What a miss nearly was.
    pub(super) near: Option<HeaderValue>,
}

/// Notes what a miss nearly was, for the journal and for the client.
pub(super) async fn note(worlds: &Worlds, call: &Call, reply: &mut Reply) -> Notes {
    let named = call.settings.get(&BEHAVIOUR_HEADERS);
    let near = if named { near_misses(worlds, call, reply).await } else { None };
    Notes { named, near }
}

async fn near_misses(worlds: &Worlds, call: &Call, reply: &mut Reply) -> Option<HeaderValue> {
    let (method, path) = (call.method.as_str(), call.path.as_str());
    // What looks like a hash inside a file is none that anybody request for.
    let body = call.body().filter(|_| !takes_file(call));
    let request = SearchedRequest { method, path, headers: &call.headers, body, found: call.found.get() };
    let mut misses = near::of_hashes(&call.state, worlds, &request, &near::BRIEF).await;
    if !reply.status.is_success() {
        misses.extend(near::of_path(call.vendor, &request));
    }
    let brief: Vec<_> = misses.iter().map(|miss| miss.brief.as_str()).collect();
    let header = HeaderValue::try_from(brief.join("; ")).ok().filter(|_| !misses.is_empty());
    reply.findings.extend(misses.into_iter().map(near::Miss::into_finding));
    header
}

fn takes_file(call: &Call) -> bool {
    call.endpoint().is_some_and(|endpoint| endpoint.takes_file)
}

/// Writes the exchange into the world's journal. `at` is when the request was whole.
pub(super) fn record(
    call: Call,
    at: Timestamp,
    reply: Arc<Reply>,
    injection: Option<&Injection>,
    took: Duration,
) {
    let (entries, bytes) = (call.settings.get(&JOURNAL_ENTRIES), call.settings.get(&JOURNAL_BYTES));
    let (state, is_file) = (call.state.clone(), takes_file(&call));
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
        is_file,
        reply,
        faults: injection.map(|injection| injection.rules.clone()).unwrap_or_default(),
    };
    state.journal.record(entry, entries, bytes);
}
