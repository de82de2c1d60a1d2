//! A rule: which requests it matches, which of these a fault is injected into, and what the fault is.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};

use super::latency::Latency;
use super::pattern::Needle;
use crate::ids::derived_number;

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id, unique within the world.
    pub id: String,
    /// Which requests it matches.
    pub matching: RequestMatcher,
    /// Into which of those it injects a fault.
    pub when: When,
    /// What the fault is.
    pub effect: Effect,
}

/// Which requests a rule matches. `None` matches everything.
#[derive(Clone, Debug, Default)]
pub struct RequestMatcher {
    /// The API's name.
    pub api: Option<&'static str>,
    /// One of the API's endpoints: method, and path with placeholders.
    pub endpoint: Option<(String, String)>,
    /// The account's name.
    pub account: Option<String>,
    /// A hash that occurs anywhere in the path or the body.
    pub hash: Option<Needle>,
}

/// Into which of the matching requests a rule injects a fault.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// All of them.
    Always,
    /// The next N, then none.
    Next(u64),
    /// Every Nth: for 3, the third, the sixth, and so on.
    Every(u64),
    /// Each with this probability; the draws follow from the seed.
    Chance {
        /// From 0 to 1.
        probability: f64,
        /// The seed.
        seed: u64,
    },
}

/// What the fault is. Several of these can be combined.
#[derive(Clone, Debug, Default)]
pub struct Effect {
    /// The vendor refuses the request because of the account.
    pub refusal: Option<Refusal>,
    /// The answer is replaced by one of this status, with the vendor's own error body unless the test gives one.
    pub answer: Option<Substitute>,
    /// The reason phrase of the answer, which only HTTP/1.1 has.
    pub reason: Option<String>,
    /// The answer is delayed, in real time.
    pub latency: Option<Latency>,
    /// How the answer is sent.
    pub delivery: Delivery,
}

/// Why an account is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its credential is unknown.
    Revoked,
    /// Its quota or look-up limit is used up.
    Exhausted,
}

/// An answer in place of the endpoint's.
#[derive(Clone, Debug)]
pub struct Substitute {
    /// Its status.
    pub status: u16,
    /// Its body and content type, if the test gives them.
    pub body: Option<(Bytes, HeaderValue)>,
    /// Further headers, such as `Retry-After`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// How an answer is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// As usual.
    #[default]
    Whole,
    /// The connection is reset before the first byte.
    ResetBefore,
    /// The connection is reset in the middle of the body.
    ResetMidway,
    /// The connection is closed in the middle of the body.
    CutShort,
    /// The body is not valid JSON or XML, but has the right length.
    Malformed,
    /// The body comes a few bytes at a time.
    Trickle {
        /// The size of a piece.
        bytes: usize,
        /// The time between pieces.
        every: Duration,
    },
    /// It is never sent.
    Never,
}

/// The part of a request that rules are matched against.
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
    /// Whether its endpoint reads no credential.
    pub is_public: bool,
    /// The body, unless it was too large.
    pub body: Option<&'a Bytes>,
}

impl Effect {
    pub(super) fn join(&mut self, other: &Self) {
        if self.refusal.is_none() {
            self.refusal = other.refusal;
        }
        if self.answer.is_none() {
            // The reason phrase belongs to the answer of the same rule.
            self.answer.clone_from(&other.answer);
            self.reason.clone_from(&other.reason);
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
    /// Whether a fault is injected into the matching request of this number, from 1.
    pub(super) fn fires(self, count: u64) -> bool {
        match self {
            Self::Always => true,
            Self::Next(most) => count <= most,
            Self::Every(step) => step > 0 && count.is_multiple_of(step),
            Self::Chance { probability, seed } => {
                // A double holds every integer up to this one exactly.
                const PRECISION: u64 = 1 << 53;
                // Derived from the seed and the count, so that the same requests meet the same faults in every run.
                let draw = derived_number(&seed.to_be_bytes(), &count.to_string(), PRECISION);
                (draw as f64) < probability * PRECISION as f64
            }
        }
    }
}

impl Rule {
    /// Whether it refuses a credential and the endpoint of the request reads none. Then it does not match.
    pub(super) fn refuses_unread_credential(&self, target: &FaultTarget<'_>) -> bool {
        target.is_public && self.effect.refusal.is_some()
    }
}

impl RequestMatcher {
    /// Whether everything but the hash matches.
    pub(super) fn fits_head(&self, target: &FaultTarget<'_>) -> bool {
        self.api.is_none_or(|api| api == target.api)
            && self.endpoint.as_ref().is_none_or(|(method, path)| {
                method.eq_ignore_ascii_case(target.method) && has_form(target.path, path)
            })
            && self.account.as_ref().is_none_or(|account| account == target.account)
    }
}

/// Whether `path` matches `pattern`, whose placeholders such as `{hash}` match one segment each. Trailing slashes are ignored.
pub(crate) fn has_form(path: &str, pattern: &str) -> bool {
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
