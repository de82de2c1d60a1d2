//! Injected faults: rules that say which requests meet which misfortune, and how often.
//!
//! A rule decides from its own count and seed alone, so that the same rule on the same requests does the same.

mod latency;
mod scenarios;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};

pub use latency::Latency;
pub use scenarios::{SCENARIOS, Scenario};

use crate::ids::derived_number;

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id, unique within the world.
    pub id: String,
    /// Which requests it looks at.
    pub matching: Matching,
    /// Which of those it strikes.
    pub when: When,
    /// What happens to these.
    pub effect: Effect,
}

/// Which requests a rule looks at; what is `None` matches everything.
#[derive(Clone, Debug, Default)]
pub struct Matching {
    /// The API's name.
    pub api: Option<&'static str>,
    /// One of the API's endpoints: method, and path with placeholders.
    pub endpoint: Option<(String, String)>,
    /// The account's name.
    pub account: Option<String>,
    /// A hash that stands anywhere in the path or the body, in lower case.
    pub hash: Option<String>,
}

/// Which of the matching requests a rule strikes.
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
pub struct Target<'a> {
    /// The API's name.
    pub api: &'static str,
    /// The method.
    pub method: &'a str,
    /// The vendor's path.
    pub path: &'a str,
    /// The account's name.
    pub account: &'a str,
    /// The body, if it was kept.
    pub body: Option<&'a [u8]>,
}

/// A rule and what it has done so far.
#[derive(Clone, Debug)]
pub struct Standing {
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
    standing: Mutex<Vec<Standing>>,
}

/// What struck one request: the effects of all rules together, the first rule winning where two disagree.
#[derive(Clone, Debug, Default)]
pub struct Strike {
    /// The rules, by id.
    pub rules: Vec<String>,
    /// What happens.
    pub effect: Effect,
}

impl Faults {
    /// Adds a rule, in place of one with the same id.
    pub fn put(&self, rule: Rule) {
        let mut standing = self.lock();
        let new = Standing { rule, seen: 0, fired: 0 };
        match standing.iter_mut().find(|known| known.rule.id == new.rule.id) {
            Some(known) => *known = new,
            None => standing.push(new),
        }
    }

    /// Takes a rule away; false if there is none of this id.
    pub fn remove(&self, id: &str) -> bool {
        let mut standing = self.lock();
        let before = standing.len();
        standing.retain(|known| known.rule.id != id);
        standing.len() < before
    }

    /// Takes all rules away.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The rules and what they have done.
    #[must_use]
    pub fn list(&self) -> Vec<Standing> {
        self.lock().clone()
    }

    /// What strikes this request. Rules count it as seen even where another rule's answer comes first.
    #[must_use]
    pub fn strike(&self, target: &Target<'_>) -> Option<Arc<Strike>> {
        let mut standing = self.lock();
        if standing.is_empty() {
            return None;
        }
        let mut strike = Strike::default();
        for known in standing.iter_mut().filter(|known| known.rule.matching.fits(target)) {
            known.seen += 1;
            if known.rule.when.strikes(known.seen) {
                known.fired += 1;
                strike.rules.push(known.rule.id.clone());
                strike.effect.join(&known.rule.effect);
            }
        }
        (!strike.rules.is_empty()).then(|| Arc::new(strike))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Standing>> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn strikes(self, count: u64) -> bool {
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

impl Matching {
    fn fits(&self, target: &Target<'_>) -> bool {
        self.api.is_none_or(|api| api == target.api)
            && self.endpoint.as_ref().is_none_or(|(method, path)| {
                method.eq_ignore_ascii_case(target.method) && has_form(target.path, path)
            })
            && self.account.as_ref().is_none_or(|account| account == target.account)
            && self.hash.as_ref().is_none_or(|hash| holds(target.path, target.body, hash))
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

/// Whether `text` stands in the path or the body, in any case, as sent or with what is percent-encoded decoded.
#[must_use]
pub fn holds(path: &str, body: Option<&[u8]>, text: &str) -> bool {
    let within = |whole: &[u8]| {
        text.is_empty() || whole.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text.as_bytes()))
    };
    let decoded = |whole: &[u8]| {
        whole.contains(&b'%') && within(&Cow::<[u8]>::from(percent_encoding::percent_decode(whole)))
    };
    [Some(path.as_bytes()), body].into_iter().flatten().any(|whole| within(whole) || decoded(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(id: &str, when: When) -> Rule {
        let effect = Effect { refusal: Some(Refusal::Revoked), ..Effect::default() };
        Rule { id: id.to_owned(), matching: Matching::default(), when, effect }
    }

    const TARGET: Target<'static> =
        Target { api: "an-api", method: "GET", path: "/hash/AbC", account: "one", body: None };

    fn pattern(when: When, of: usize) -> String {
        let faults = Faults::default();
        faults.put(rule("r", when));
        (0..of).map(|_| if faults.strike(&TARGET).is_some() { 'x' } else { '.' }).collect()
    }

    #[test]
    fn rules_strike_as_often_as_they_say() {
        assert_eq!(pattern(When::Always, 4), "xxxx");
        assert_eq!(pattern(When::Next(2), 4), "xx..");
        assert_eq!(pattern(When::Every(3), 7), "..x..x.");
        let chance = When::Chance { probability: 0.5, seed: 7 };
        assert_eq!(pattern(chance, 50), pattern(chance, 50), "repeatable");
        let struck = pattern(chance, 1000).matches('x').count();
        assert!((400..600).contains(&struck), "{struck}");
        assert_eq!(pattern(When::Chance { probability: 1.0, seed: 1 }, 3), "xxx");
        assert_eq!(pattern(When::Chance { probability: 0.0, seed: 1 }, 3), "...");
    }

    #[test]
    fn rules_look_only_at_what_they_match() {
        let fits = |matching: Matching| matching.fits(&TARGET);
        assert!(fits(Matching { hash: Some("abc".to_owned()), ..Matching::default() }));
        assert!(!fits(Matching { hash: Some("abd".to_owned()), ..Matching::default() }));
        let endpoint = |path: &str| Matching {
            endpoint: Some(("GET".to_owned(), path.to_owned())),
            ..Matching::default()
        };
        assert!(fits(endpoint("/hash/{hash}")));
        assert!(!fits(endpoint("/hash")) && !fits(endpoint("/hash/{hash}/more")));
        assert!(!fits(Matching { api: Some("other"), ..Matching::default() }));
        assert!(!fits(Matching { account: Some("two".to_owned()), ..Matching::default() }));
    }

    #[test]
    fn a_hash_is_seen_as_it_was_sent_and_decoded() {
        assert!(holds("/hash/%61bC", None, "abc") && holds("/", Some(b"hash=%41bc"), "abc"));
        assert!(holds("/%2561", None, "%61") && !holds("/%2561bc", None, "abc"));
        assert!(!holds("/hash/ab", Some(b"c"), "abc"));
    }

    #[test]
    fn counts_are_kept_and_a_rule_of_the_same_id_starts_anew() {
        let faults = Faults::default();
        faults.put(rule("r", When::Next(1)));
        let _ = (faults.strike(&TARGET), faults.strike(&TARGET));
        let standing = &faults.list()[0];
        assert_eq!((standing.seen, standing.fired), (2, 1));
        faults.put(rule("r", When::Always));
        assert_eq!((faults.list().len(), faults.list()[0].seen), (1, 0));
        assert!(faults.remove("r") && !faults.remove("r"));
    }
}
