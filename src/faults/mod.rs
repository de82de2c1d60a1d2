//! Injected faults: rules that say which requests meet which misfortune, and how often.
//!
//! A rule decides from its own count and seed alone, so that the same rule on the same requests does the same.

mod latency;
pub mod pattern;
mod scenarios;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use tokio::sync::watch;

pub use latency::Latency;
pub use pattern::{Needle, Pattern};
pub use scenarios::{SCENARIOS, Scenario};

use crate::ids::derived_number;

/// A body larger than this is searched for hashes on a thread of its own, in bytes.
const LARGE: usize = 64 * 1024;

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id, unique within the world.
    pub id: String,
    /// Which requests it looks at.
    pub matching: RequestMatcher,
    /// Which of those it fires.
    pub when: When,
    /// What happens to these.
    pub effect: Effect,
}

/// Which requests a rule looks at; what is `None` matches everything.
#[derive(Clone, Debug, Default)]
pub struct RequestMatcher {
    /// The API's name.
    pub api: Option<&'static str>,
    /// One of the API's endpoints: method, and path with placeholders.
    pub endpoint: Option<(String, String)>,
    /// The account's name.
    pub account: Option<String>,
    /// A hash that stands anywhere in the path or the body.
    pub hash: Option<Needle>,
}

/// Which of the matching requests a rule fires.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// All.
    Always,
    /// The next so many, then none.
    Next(u64),
    /// Every so manieth: of 3, the third, the sixth, ….
    Every(u64),
    /// Each with this probability, drawn from this seed.
    Chance {
        /// From 0 to 1.
        probability: f64,
        /// What makes the draws repeatable.
        seed: u64,
    },
}

/// What happens to a request. Several of these can come together.
#[derive(Clone, Debug, Default)]
pub struct Effect {
    /// The request is refused as if the account were at fault.
    pub refusal: Option<Refusal>,
    /// The answer has this status, in the vendor's own words unless others are given.
    pub answer: Option<Substitute>,
    /// The answer waits this long, in real time.
    pub latency: Option<Latency>,
    /// How the answer travels.
    pub delivery: Delivery,
}

/// What an account can be at fault for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its credential is unknown.
    Revoked,
    /// Its quota or look-up limit is used up.
    Exhausted,
}

/// An answer in place of the room's.
#[derive(Clone, Debug)]
pub struct Substitute {
    /// Its status.
    pub status: u16,
    /// Its body and content type, where the test brings them.
    pub body: Option<(Bytes, HeaderValue)>,
    /// Further headers, such as `Retry-After`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// How an answer travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Whole.
    #[default]
    Whole,
    /// The connection is reset before a byte of it.
    ResetBefore,
    /// The connection is reset in the middle of the body.
    ResetMidway,
    /// The connection is closed in the middle of the body.
    CutShort,
    /// The body is no JSON or XML any more, though its length is right.
    Malformed,
    /// The body comes a few bytes at a time.
    Trickle {
        /// Bytes at a time.
        bytes: usize,
        /// Time between them.
        every: Duration,
    },
    /// It never comes.
    Never,
}

/// The part of a request that rules look at.
#[derive(Clone, Copy, Debug)]
pub struct FaultTarget<'a> {
    /// The API's name.
    pub api: &'static str,
    /// The method.
    pub method: &'a str,
    /// The vendor's path.
    pub path: &'a str,
    /// The account's name.
    pub account: &'a str,
    /// The body, if it was kept.
    pub body: Option<&'a Bytes>,
}

/// A rule and what it has done so far.
#[derive(Clone, Debug)]
pub struct RuleStatus {
    /// The rule.
    pub rule: Rule,
    /// How many requests matched.
    pub seen: u64,
    /// How many of these it struck.
    pub fired: u64,
}

/// The rules of one world, in the order in which they were added.
#[derive(Debug, Default)]
pub struct Faults {
    rules: ArcSwap<Vec<Arc<InstalledRule>>>,
    ended: AtomicBool,
}

/// A rule that is in place, and its counts.
#[derive(Debug)]
struct InstalledRule {
    rule: Rule,
    seen: AtomicU64,
    fired: AtomicU64,
    /// Whether the rule's latency has ended; requests that wait for it watch this.
    lifted: watch::Sender<bool>,
}

/// What struck one request: the effects of all rules together, the first rule winning where two disagree.
#[derive(Clone, Debug, Default)]
pub struct Injection {
    /// The rules, by id.
    pub rules: Vec<String>,
    /// What happens.
    pub effect: Effect,
    lifted: Option<watch::Receiver<bool>>,
}

impl Faults {
    /// Adds a rule, in place of one with the same id.
    pub fn put(&self, rule: Rule) {
        let new = Arc::new(InstalledRule {
            rule,
            seen: AtomicU64::new(0),
            fired: AtomicU64::new(0),
            lifted: watch::Sender::new(false),
        });
        let is_same = |known: &&mut Arc<InstalledRule>| known.rule.id == new.rule.id;
        let before = self.rules.rcu(|rules| {
            let mut rules = Vec::clone(rules);
            match rules.iter_mut().find(is_same) {
                Some(known) => *known = new.clone(),
                None => rules.push(new.clone()),
            }
            rules
        });
        before.iter().filter(|known| known.rule.id == new.rule.id).for_each(|old| old.lift());
        if self.ended.load(Ordering::SeqCst) {
            new.lift();
        }
    }

    /// Removes a rule, and wakes the requests that wait for its latency; false if there is none of this id.
    pub fn remove(&self, id: &str) -> bool {
        let is_it = |known: &Arc<InstalledRule>| known.rule.id == id;
        let before =
            self.rules.rcu(|rules| rules.iter().filter(|known| !is_it(known)).cloned().collect::<Vec<_>>());
        before.iter().filter(|known| is_it(known)).map(|old| old.lift()).count() > 0
    }

    /// Removes all rules, and wakes the requests that wait for their latency.
    pub fn clear(&self) {
        self.rules.swap(Arc::default()).iter().for_each(|old| old.lift());
    }

    /// Ends every latency, now and later, because no rule of this world is in force any more or the server stops. The
    /// rest of the rules stays, for requests in flight.
    pub fn end_latencies(&self) {
        self.ended.store(true, Ordering::SeqCst);
        self.rules.load().iter().for_each(|rule| rule.lift());
    }

    /// The rules and what they have done.
    #[must_use]
    pub fn list(&self) -> Vec<RuleStatus> {
        let status = |active: &Arc<InstalledRule>| RuleStatus {
            rule: active.rule.clone(),
            seen: active.seen.load(Ordering::Relaxed),
            fired: active.fired.load(Ordering::Relaxed),
        };
        self.rules.load().iter().map(status).collect()
    }

    /// What fires this request. Rules count it as seen even where another rule's answer comes first.
    pub async fn inject(&self, target: &FaultTarget<'_>) -> Option<Arc<Injection>> {
        let rules = self.rules.load_full();
        let mut matching: Vec<_> =
            rules.iter().filter(|known| known.rule.matching.fits_head(target)).collect();
        let needles: Vec<_> = matching.iter().filter_map(|known| known.rule.matching.hash.as_ref()).collect();
        let mut found = find(&needles, target).await.into_iter();
        matching.retain(|known| known.rule.matching.hash.is_none() || found.next() == Some(true));
        let mut injection = Injection::default();
        for known in matching {
            let count = known.seen.fetch_add(1, Ordering::Relaxed) + 1;
            if known.rule.when.fires(count) {
                known.fired.fetch_add(1, Ordering::Relaxed);
                injection.join(known);
            }
        }
        (!injection.rules.is_empty()).then(|| Arc::new(injection))
    }
}

/// Which of the needles stand in the request. A large body is searched where it holds up nobody else.
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
    // The search cannot fail; should the runtime end first, nobody waits for the answer.
    tokio::task::spawn_blocking(search).await.unwrap_or_else(|_| vec![false; needles.len()])
}

impl InstalledRule {
    fn lift(&self) {
        self.lifted.send_replace(true);
    }
}

impl Injection {
    fn join(&mut self, active: &InstalledRule) {
        let effect = &active.rule.effect;
        if self.effect.latency.is_none() && effect.latency.is_some() {
            self.lifted = Some(active.lifted.subscribe());
        }
        self.rules.push(active.rule.id.clone());
        self.effect.join(effect);
    }

    /// Waits as long as the latency says, if there is one, or until it ends: its rule is removed or replaced, the faults
    /// of the world are reset, the world is removed, or the server stops. True if there was a latency.
    pub async fn delay(&self) -> bool {
        let Some(latency) = self.effect.latency else { return false };
        let Some(mut lifted) = self.lifted.clone() else { return false };
        tokio::select! {
            () = tokio::time::sleep(latency.draw()) => {}
            _ = lifted.wait_for(|lifted| *lifted) => {}
        }
        true
    }
}

impl Effect {
    fn join(&mut self, other: &Self) {
        if self.refusal.is_none() {
            self.refusal = other.refusal;
        }
        if self.answer.is_none() {
            self.answer.clone_from(&other.answer);
        }
        if self.latency.is_none() {
            self.latency = other.latency;
        }
        if self.delivery == Delivery::Whole {
            self.delivery = other.delivery;
        }
    }
}

impl When {
    /// Whether the `count`-th matching request, from 1, is struck.
    fn fires(self, count: u64) -> bool {
        match self {
            Self::Always => true,
            Self::Next(most) => count <= most,
            Self::Every(step) => step > 0 && count.is_multiple_of(step),
            Self::Chance { probability, seed } => {
                const PRECISION: u64 = 1 << 53;
                let draw = derived_number(&seed.to_be_bytes(), &count.to_string(), PRECISION);
                (draw as f64) < probability * PRECISION as f64
            }
        }
    }
}

impl RequestMatcher {
    /// Whether all but the hash fits.
    fn fits_head(&self, target: &FaultTarget<'_>) -> bool {
        self.api.is_none_or(|api| api == target.api)
            && self.endpoint.as_ref().is_none_or(|(method, path)| {
                method.eq_ignore_ascii_case(target.method) && has_form(target.path, path)
            })
            && self.account.as_ref().is_none_or(|account| account == target.account)
    }
}

/// Whether `path` has the form of `pattern`, whose placeholders take one segment each. A trailing slash is not looked
/// at.
#[must_use]
pub fn has_form(path: &str, pattern: &str) -> bool {
    let mut parts = path.trim_end_matches('/').split('/');
    let mut pattern = pattern.trim_end_matches('/').split('/');
    loop {
        match (parts.next(), pattern.next()) {
            (None, None) => return true,
            (Some(part), Some(form)) if form.starts_with('{') && !part.is_empty() => {}
            (Some(part), Some(form)) if part == form => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests;
