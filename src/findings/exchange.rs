//! Reading a journal: which entries a filter picks, and the findings about them.
//!
//! Nothing here runs while a client waits: findings are computed when the journal is read.

use std::sync::Arc;

use super::advice::{self, Past};
use super::near::{self, SearchedRequest};
use super::query::Filter;
use crate::journal::{AnnotatedEntry, Entry, Finding, MatchInput};
use crate::vendors;
use crate::worlds::{State, Worlds};

/// How many entries are read between two points where other work can run.
const BETWEEN_YIELDS: usize = 32;

/// The exchanges that a filter picks from `entries`, which are all that a journal holds: what is noticed about them
/// depends on those before them. They are complete only if the filter looks at findings.
pub(crate) async fn exchanges(
    entries: &[Arc<Entry>],
    filter: &Filter,
    state: &State,
    worlds: &Worlds,
) -> Vec<AnnotatedEntry> {
    exchanges_of(entries, |_| true, filter, state, worlds).await
}

/// The same, but only of those exchanges that `is_wanted` accepts.
pub(crate) async fn exchanges_of(
    entries: &[Arc<Entry>],
    is_wanted: impl Fn(&Entry) -> bool,
    filter: &Filter,
    state: &State,
    worlds: &Worlds,
) -> Vec<AnnotatedEntry> {
    let mut past = Past::default();
    let mut picked = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let mut exchange = AnnotatedEntry::new(entry.clone());
        // Also for entries that are not wanted: the advice about later ones depends on them.
        exchange.findings.extend(past.advise(entry));
        let mut is_picked = is_wanted(entry) && filter.matches_before_findings(&MatchInput::of(&exchange));
        if is_picked && filter.needs_findings() {
            complete(&mut exchange, state, worlds);
            is_picked = filter.matches(&MatchInput::of(&exchange));
        }
        if is_picked {
            picked.push(exchange);
        }
        // A journal may be long: other requests get their turn, and a reader that is gone ends this.
        if at % BETWEEN_YIELDS == BETWEEN_YIELDS - 1 {
            tokio::task::yield_now().await;
        }
    }
    picked
}

/// Whether a filter may pick an entry, as far as that can be said without its findings.
pub(crate) fn may_pick(entry: &Arc<Entry>, filter: &Filter) -> bool {
    filter.matches_before_findings(&MatchInput::of(&AnnotatedEntry::new(entry.clone())))
}

/// Adds the findings that take some work: what was sent and is not read, and near misses. Once is enough.
pub(crate) fn complete(exchange: &mut AnnotatedEntry, state: &State, worlds: &Worlds) {
    if std::mem::replace(&mut exchange.is_complete, true) {
        return;
    }
    let entry = &exchange.entry;
    let more = advice::of(entry).into_iter().chain(near_misses(entry, state, worlds));
    for finding in more {
        if !exchange.findings.contains(&finding) {
            exchange.findings.push(finding);
        }
    }
}

/// What can be said about an entry without the journal, and at once.
pub(crate) fn at_once(entry: &Entry) -> Vec<Finding> {
    let mut findings = entry.reply.findings.clone();
    findings.extend(advice::of(entry).into_iter().filter(|advice| !entry.reply.findings.contains(advice)));
    findings
}

fn near_misses(entry: &Entry, state: &State, worlds: &Worlds) -> Vec<Finding> {
    let headers = entry.head.header_map();
    let api = entry.api.and_then(vendors::named);
    let request = SearchedRequest {
        method: entry.method.as_str(),
        path: entry.head.path(),
        query: entry.head.query(),
        headers: &headers,
        body: entry.body.as_ref(),
        found: None,
        endpoint: api.and_then(|api| api.endpoint(entry.head.path())),
    };
    let answer = (entry.reply.status, !entry.faults.is_empty());
    let misses = near::misses((state, worlds), api, &request, answer, &near::THOROUGH);
    misses.into_iter().map(near::Miss::into_finding).collect()
}
