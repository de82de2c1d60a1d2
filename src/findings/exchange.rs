//! Reading a journal: which exchanges are meant, what there is to say about them, and how they are shown.
//!
//! Nothing here runs while a client waits; entries are kept as they came, and masked and judged when somebody looks.

use crate::findings::advice;

use crate::findings::Filter;
use crate::journal::View;

use std::sync::Arc;

use crate::findings::advice::Past;
use crate::findings::near;
use crate::findings::near::Asked;
use crate::journal::Entry;
use crate::journal::Finding;
use crate::vendors;
use crate::worlds::State;
use crate::worlds::Worlds;

/// An entry with what there is to say about it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The entry.
    pub entry: Arc<Entry>,
    /// What was noticed when it was answered, and, once completed, what is noticed now.
    pub findings: Vec<Finding>,
    complete: bool,
}

/// The exchanges that a filter picks from `entries`, which are all that a journal holds: what is noticed about them
/// depends on those before them. They are complete only if the filter looks at findings.
pub async fn exchanges(
    entries: &[Arc<Entry>],
    filter: &Filter,
    state: &State,
    worlds: &Worlds,
) -> Vec<Exchange> {
    let mut past = Past::default();
    let mut picked = Vec::new();
    for entry in entries {
        let mut findings = entry.reply.findings.clone();
        findings.extend(past.advise(entry));
        let mut exchange = Exchange { entry: entry.clone(), findings, complete: false };
        let mut is_picked = filter.takes_before_findings(&View::of(&exchange));
        if is_picked && filter.looks_at_findings() {
            exchange.complete(state, worlds).await;
            is_picked = filter.takes(&View::of(&exchange));
        }
        if is_picked {
            picked.push(exchange);
        }
        // Whoever has gone away wants no more of it.
        tokio::task::yield_now().await;
    }
    picked
}

/// Whether a filter may pick an entry, as far as that can be said without its findings.
#[must_use]
pub fn may_pick(entry: &Arc<Entry>, filter: &Filter) -> bool {
    let bare = Exchange { entry: entry.clone(), findings: Vec::new(), complete: false };
    filter.takes_before_findings(&View::of(&bare))
}

impl Exchange {
    /// Notices what takes some work: what was sent for nothing, what a miss nearly was.
    pub async fn complete(&mut self, state: &State, worlds: &Worlds) {
        if self.complete {
            return;
        }
        self.complete = true;
        let more = advice::of(&self.entry).into_iter().chain(near_misses(&self.entry, state, worlds).await);
        for finding in more {
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
    }
}

async fn near_misses(entry: &Entry, state: &State, worlds: &Worlds) -> Vec<Finding> {
    let asked = Asked {
        method: entry.method.as_str(),
        path: &entry.path,
        headers: &entry.headers,
        body: entry.body.as_ref(),
        found: None,
    };
    let mut misses = near::of_hashes(state, worlds, &asked, &near::THOROUGH).await;
    if !entry.reply.status.is_success() {
        misses.extend(near::of_path(entry.api.and_then(vendors::named), &asked));
    }
    misses.into_iter().map(near::Miss::into_finding).collect()
}
