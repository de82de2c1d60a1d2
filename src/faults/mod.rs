//! Injected faults: rules that say which fault is injected into which requests, and how often.
//!
//! A rule decides from its own count and seed alone, so that the same requests meet the same faults.

mod injection;
mod latency;
pub(crate) mod pattern;
mod rule;
mod scenarios;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use tokio::sync::watch;

pub(crate) use injection::Injection;
pub(crate) use latency::Latency;
pub(crate) use pattern::{Needle, Pattern};
pub(crate) use rule::{Delivery, FaultTarget, has_form};
pub use rule::{Effect, Refusal, RequestMatcher, Rule, Substitute, When};
pub use scenarios::SCENARIOS;
pub(crate) use scenarios::Scenario;

/// A body larger than this, in bytes, is searched for hashes on a blocking thread.
const LARGE: usize = 64 * 1024;

/// A rule and its counters.
#[derive(Clone, Debug)]
pub struct RuleStatus {
    /// The rule.
    pub rule: Rule,
    /// How many requests matched.
    pub seen: u64,
    /// Into how many of these it injected a fault.
    pub fired: u64,
}

/// The rules of one world, in the order in which they were added.
#[derive(Debug, Default)]
pub struct Faults {
    rules: ArcSwap<Vec<Arc<InstalledRule>>>,
    ended: AtomicBool,
}

/// A rule of a world, and its counters.
#[derive(Debug)]
struct InstalledRule {
    rule: Rule,
    seen: AtomicU64,
    fired: AtomicU64,
    /// Whether the latency has ended. Requests that are being delayed watch this.
    latency_ended: watch::Sender<bool>,
}

impl Faults {
    /// Adds a rule, or replaces the one with the same id.
    pub fn put(&self, rule: Rule) {
        let new = Arc::new(InstalledRule {
            rule,
            seen: AtomicU64::new(0),
            fired: AtomicU64::new(0),
            latency_ended: watch::Sender::new(false),
        });
        let is_same = |known: &&mut Arc<InstalledRule>| known.rule.id == new.rule.id;
        // The closure runs again if another request changes the rules meanwhile.
        let before = self.rules.rcu(|rules| {
            let mut rules = Vec::clone(rules);
            match rules.iter_mut().find(is_same) {
                Some(known) => *known = new.clone(),
                None => rules.push(new.clone()),
            }
            rules
        });
        before.iter().filter(|known| known.rule.id == new.rule.id).for_each(|old| old.end_latency());
        // `end_latencies` sets this before it reads the rules, and the rule was added before this is read: one of the
        // two ends its latency.
        if self.ended.load(Ordering::SeqCst) {
            new.end_latency();
        }
    }

    /// Removes a rule, and ends the delay of the requests that it holds up; false if no rule has this id.
    pub fn remove(&self, id: &str) -> bool {
        let is_it = |known: &Arc<InstalledRule>| known.rule.id == id;
        let before =
            self.rules.rcu(|rules| rules.iter().filter(|known| !is_it(known)).cloned().collect::<Vec<_>>());
        before.iter().filter(|known| is_it(known)).map(|old| old.end_latency()).count() > 0
    }

    /// Removes all rules, and ends the delay of the requests that they hold up.
    pub fn clear(&self) {
        self.rules.swap(Arc::default()).iter().for_each(|old| old.end_latency());
    }

    /// Ends all latencies, now and later, because the world was removed or the server stops. The rules otherwise stay, for
    /// requests in flight.
    pub fn end_latencies(&self) {
        self.ended.store(true, Ordering::SeqCst);
        self.rules.load().iter().for_each(|rule| rule.end_latency());
    }

    /// The rules and their counters.
    #[must_use]
    pub fn list(&self) -> Vec<RuleStatus> {
        let status = |active: &Arc<InstalledRule>| RuleStatus {
            rule: active.rule.clone(),
            seen: active.seen.load(Ordering::Relaxed),
            fired: active.fired.load(Ordering::Relaxed),
        };
        self.rules.load().iter().map(status).collect()
    }

    /// Whether there are no rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.load().is_empty()
    }

    /// The faults to inject into this request, if any. Every matching rule counts the request, even if another rule's
    /// answer is used.
    pub async fn inject(&self, target: &FaultTarget<'_>) -> Option<Arc<Injection>> {
        let rules = self.rules.load_full();
        // The cheap conditions come first, so that few requests have their bodies searched, and each at most once.
        let mut matching: Vec<_> = rules.iter().filter(|known| known.rule.fits_head(target)).collect();
        let needles: Vec<_> = matching.iter().filter_map(|known| known.rule.matching.hash.as_ref()).collect();
        let mut found = find(&needles, target).await.into_iter();
        matching.retain(|known| known.rule.matching.hash.is_none() || found.next() == Some(true));
        let mut injection = Injection::default();
        for known in matching {
            // Each request gets its own count, also if several come at once.
            let count = known.seen.fetch_add(1, Ordering::Relaxed) + 1;
            if known.rule.when.fires(count) {
                known.fired.fetch_add(1, Ordering::Relaxed);
                injection.join(&known.rule, &known.latency_ended);
            }
        }
        (!injection.rules.is_empty()).then(|| Arc::new(injection))
    }
}

/// Which of the needles occur in the request. A large body is searched on a blocking thread, so that other requests go on.
async fn find(needles: &[&Needle], target: &FaultTarget<'_>) -> Vec<bool> {
    let path = target.path.as_bytes();
    let body = match target.body {
        _ if needles.is_empty() => return Vec::new(),
        None => return pattern::find_all(needles, &[path]),
        Some(body) if body.len() <= LARGE => return pattern::find_all(needles, &[path, body]),
        Some(body) => body.clone(),
    };
    let (path, owned): (Vec<u8>, Vec<_>) = (path.to_owned(), needles.iter().copied().cloned().collect());
    let search = move || pattern::find_all(&owned.iter().collect::<Vec<_>>(), &[&path, &body]);
    // The search cannot fail. If the runtime shuts down first, the result does not matter.
    tokio::task::spawn_blocking(search).await.unwrap_or_else(|_| vec![false; needles.len()])
}

impl InstalledRule {
    fn end_latency(&self) {
        self.latency_ended.send_replace(true);
    }
}

#[cfg(test)]
mod tests;
