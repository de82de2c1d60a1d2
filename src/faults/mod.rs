//! Injected faults: rules that say which fault is injected into which requests, and how often.
//!
//! A rule decides from its own count and seed alone, so that the same requests meet the same faults.

mod index;
mod injection;
mod latency;
mod needles;
pub(crate) mod pattern;
mod rule;
mod scenarios;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use tokio::sync::watch;

use self::index::RuleSet;
pub(crate) use injection::Injection;
pub(crate) use latency::Latency;
pub(crate) use pattern::{Needle, Pattern};
pub(crate) use rule::{Delivery, FaultTarget, has_form};
pub use rule::{Effect, Refusal, RequestMatcher, Rule, Substitute, When};
pub use scenarios::SCENARIOS;
pub(crate) use scenarios::Scenario;

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
    rules: ArcSwap<RuleSet>,
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
            let mut list = rules.list.clone();
            match list.iter_mut().find(is_same) {
                Some(known) => *known = new.clone(),
                None => list.push(new.clone()),
            }
            RuleSet::new(list)
        });
        before.list.iter().filter(|known| known.rule.id == new.rule.id).for_each(|old| old.end_latency());
        // `end_latencies` sets this before it reads the rules, and the rule was added before this is read: one of the
        // two ends its latency.
        if self.ended.load(Ordering::SeqCst) {
            new.end_latency();
        }
    }

    /// Removes a rule, and ends the delay of the requests that it holds up; false if no rule has this id.
    pub fn remove(&self, id: &str) -> bool {
        let is_it = |known: &Arc<InstalledRule>| known.rule.id == id;
        let before = self
            .rules
            .rcu(|rules| RuleSet::new(rules.list.iter().filter(|known| !is_it(known)).cloned().collect()));
        before.list.iter().filter(|known| is_it(known)).map(|old| old.end_latency()).count() > 0
    }

    /// Removes all rules, and ends the delay of the requests that they hold up.
    pub fn clear(&self) {
        self.rules.swap(Arc::default()).list.iter().for_each(|old| old.end_latency());
    }

    /// Ends all latencies, now and later, because the world was removed or the server stops. The rules otherwise stay, for
    /// requests in flight.
    pub fn end_latencies(&self) {
        self.ended.store(true, Ordering::SeqCst);
        self.rules.load().list.iter().for_each(|rule| rule.end_latency());
    }

    /// The rules and their counters.
    pub fn list(&self) -> Vec<RuleStatus> {
        let status = |active: &Arc<InstalledRule>| RuleStatus {
            rule: active.rule.clone(),
            seen: active.seen.load(Ordering::Relaxed),
            fired: active.fired.load(Ordering::Relaxed),
        };
        self.rules.load().list.iter().map(status).collect()
    }

    /// Whether there are no rules.
    pub fn is_empty(&self) -> bool {
        self.rules.load().list.is_empty()
    }

    /// The faults to inject into this request, if any. Every matching rule counts the request, even if another rule's
    /// answer is used.
    pub async fn inject(&self, target: &FaultTarget<'_>) -> Option<Arc<Injection>> {
        let rules = self.rules.load_full();
        let mut injection = Injection::default();
        for known in rules.matching(target).await {
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

impl InstalledRule {
    fn end_latency(&self) {
        self.latency_ended.send_replace(true);
    }
}

#[cfg(test)]
mod tests;
