//! Verification: whether a client did what a test expects of it, judged by the journal.
//!
//! An expectation says which calls are meant and how many of them there are to be. What the journal's bounds have
//! dropped is never taken for absent: where a dropped exchange could change the judgement, nobody can know it.

mod order;
mod report;

use serde::Deserialize;

pub use report::{Failed, Verified};

use super::credentials::redactor;
use super::exchange::{complete, exchanges};
use super::query::{ExchangeQuery, Filter};
use crate::journal::{AnnotatedEntry, MatchInput, Snapshot};
use crate::worlds::{State, Worlds};

/// How many expectations one question may have: each looks at every exchange.
const MAX_EXPECTATIONS: usize = 1000;

/// What a test expects.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerificationRequest {
    /// The expectations.
    pub expectations: Vec<ExpectationRequest>,
    /// Whether the calls come one after another in the order of the expectations.
    #[serde(default)]
    pub in_order: bool,
    /// Whether there is to be no call beside those expected.
    #[serde(default)]
    pub nothing_else: bool,
    /// Only calls with a greater number count.
    #[serde(default)]
    pub since: u64,
    /// Only these calls count; all, if it is left out.
    #[serde(default)]
    pub among: ExchangeQuery,
}

/// An expectation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectationRequest {
    /// Which calls are meant.
    pub call: ExchangeQuery,
    /// How many there are to be; at least one, if it is left out.
    pub times: Option<TimesRequest>,
    /// Whether these calls may come anywhere, though the others are in order.
    #[serde(default)]
    pub anywhere: bool,
}

/// How many calls: exactly so many, or a range.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum TimesRequest {
    /// Exactly so many.
    Exactly(u64),
    /// From `min` (0, if it is left out) to `max` (no bound).
    Between {
        /// The least.
        #[serde(default)]
        min: u64,
        /// The most.
        max: Option<u64>,
    },
}

/// How many calls there are to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Times {
    min: u64,
    max: Option<u64>,
}

/// An expectation that has been understood.
#[derive(Debug)]
struct Expectation {
    filter: Filter,
    times: Times,
    /// Its place in the order, unless it takes no part in it.
    ordered: bool,
}

/// What is to be judged.
#[derive(Debug)]
pub struct Verification {
    expectations: Vec<Expectation>,
    in_order: bool,
    nothing_else: bool,
    since: u64,
    among: Filter,
}

impl VerificationRequest {
    /// The question that is meant.
    ///
    /// # Errors
    /// It names what does not exist, or asks nothing.
    pub fn read(self) -> Result<Verification, String> {
        if self.expectations.is_empty() && !self.nothing_else {
            return Err("expectations: at least one, or nothing_else".to_owned());
        }
        if self.expectations.len() > MAX_EXPECTATIONS {
            let len = self.expectations.len();
            return Err(format!(
                "expectations: at most {MAX_EXPECTATIONS} at a time, and these are {len}; ask in several requests"
            ));
        }
        let in_order = self.in_order;
        let read = |(at, new): (usize, ExpectationRequest)| {
            let fault = |fault: String| format!("expectations[{at}].{fault}");
            let times = Times::read(new.times).map_err(fault)?;
            let filter = new.call.read().map_err(|error| fault(format!("call.{error}")))?;
            Ok(Expectation { filter, times, ordered: in_order && !new.anywhere && times.max != Some(0) })
        };
        Ok(Verification {
            expectations: self
                .expectations
                .into_iter()
                .enumerate()
                .map(read)
                .collect::<Result<_, String>>()?,
            in_order,
            nothing_else: self.nothing_else,
            since: self.since,
            among: self.among.read().map_err(|error| format!("among.{error}"))?,
        })
    }
}

impl Times {
    fn read(new: Option<TimesRequest>) -> Result<Self, String> {
        match new {
            None => Ok(Self { min: 1, max: None }),
            Some(TimesRequest::Exactly(times)) => Ok(Self { min: times, max: Some(times) }),
            Some(TimesRequest::Between { min, max: Some(max) }) if max < min => {
                Err(format!("times: max is {max}, less than min, {min}"))
            }
            Some(TimesRequest::Between { min, max }) => Ok(Self { min, max }),
        }
    }

    fn allow(self, count: usize) -> bool {
        let count = count as u64;
        count >= self.min && self.max.is_none_or(|max| count <= max)
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.min, self.max) {
            (_, Some(0)) => write!(out, "none"),
            (min, Some(max)) if min == max => write!(out, "exactly {min}"),
            (0, Some(max)) => write!(out, "at most {max}"),
            (min, Some(max)) => write!(out, "{min} to {max}"),
            (min, None) => write!(out, "at least {min}"),
        }
    }
}

/// What came of each part of a question.
#[derive(Debug)]
struct Observations {
    /// For each expectation, the places of its calls.
    calls: Vec<Vec<usize>>,
    /// The call that broke the order, or the order's end, and the expectations that could have come there.
    out_of_order: Option<order::Break>,
    /// The places of calls that nobody expected.
    unexpected: Vec<usize>,
}

impl Verification {
    /// Judges what a journal holds.
    ///
    /// # Errors
    /// What was expected and did not come true.
    pub async fn judge(&self, held: &Snapshot, state: &State, worlds: &Worlds) -> Result<Verified, Failed> {
        // What is noticed about a call depends on those before it, so all are read.
        let all = exchanges(&held.entries, &self.among, state, worlds).await;
        let mut considered: Vec<AnnotatedEntry> =
            all.into_iter().filter(|exchange| exchange.entry.number > self.since).collect();
        if self.expectations.iter().any(|expectation| expectation.filter.looks_at_findings()) {
            for exchange in &mut considered {
                complete(exchange, state, worlds).await;
                tokio::task::yield_now().await;
            }
        }
        let missing = self.missing(held);
        let findings = self.look(&considered).await;
        let holds = |(one, calls): (&Expectation, &Vec<usize>)| one.ordered || one.times.allow(calls.len());
        let all_hold = self.expectations.iter().zip(&findings.calls).all(holds)
            && findings.out_of_order.is_none()
            && findings.unexpected.is_empty();
        // More calls cannot undo "at least"; of everything else nobody knows what the dropped ones would make.
        let certain = missing == 0
            || (!self.in_order
                && !self.nothing_else
                && self.expectations.iter().all(|expectation| expectation.times.max.is_none()));
        if all_hold && certain {
            return Ok(self.verified(&considered, &findings));
        }
        let redactor = redactor(state);
        Err(self.failed(&considered, &findings, all_hold, missing, &redactor).await)
    }

    /// How many exchanges that this question is about the bounds have dropped.
    fn missing(&self, held: &Snapshot) -> u64 {
        let before_first = held.first_held() - 1;
        held.dropped.min(before_first.saturating_sub(self.since))
    }

    async fn look(&self, considered: &[AnnotatedEntry]) -> Observations {
        let mut calls = vec![Vec::new(); self.expectations.len()];
        let mut unexpected = Vec::new();
        for (at, exchange) in considered.iter().enumerate() {
            let view = MatchInput::of(exchange);
            let mut is_expected = false;
            for (expectation, calls) in self.expectations.iter().zip(&mut calls) {
                if expectation.filter.takes(&view) {
                    calls.push(at);
                    is_expected |= expectation.times.max != Some(0);
                }
            }
            if self.nothing_else && !is_expected {
                unexpected.push(at);
            }
            tokio::task::yield_now().await;
        }
        let out_of_order = if self.in_order { order::check(&self.expectations, &calls) } else { None };
        Observations { calls, out_of_order, unexpected }
    }
}
