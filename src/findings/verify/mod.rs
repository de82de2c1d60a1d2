//! Verification: whether a client made the calls that a test expects, according to the journal.
//!
//! An expectation is a query for calls and their number. Exchanges that the journal's bounds have dropped are never taken
//! for absent: if one could change the result, the result is unknown.

mod order;
mod report;

use schemars::JsonSchema;
use serde::Deserialize;

pub(crate) use report::{Failed, Verified};

use super::credentials::redactor;
use super::exchange::{complete, exchanges};
use super::query::{ExchangeQuery, Filter};
use crate::journal::{AnnotatedEntry, MatchInput, Snapshot};
use crate::worlds::{State, Worlds};

/// How many expectations a request may have. Each is matched against every exchange.
const MAX_EXPECTATIONS: usize = 1000;

/// What a test expects.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerificationRequest {
    /// The expectations.
    pub expectations: Vec<ExpectationRequest>,
    /// Whether the calls must come in the order of the expectations.
    #[serde(default)]
    pub in_order: bool,
    /// Whether any other call is a failure.
    #[serde(default)]
    pub nothing_else: bool,
    /// Only calls with a greater number are considered.
    #[serde(default)]
    pub since: u64,
    /// Only these calls are considered; all, if it is left out.
    #[serde(default)]
    pub among: ExchangeQuery,
}

/// An expectation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Expectation")]
pub(crate) struct ExpectationRequest {
    /// The query for its calls.
    pub call: ExchangeQuery,
    /// The expected number of calls; without it, at least one.
    pub times: Option<TimesRequest>,
    /// Whether these calls may come at any position when the others must be in order.
    #[serde(default)]
    pub anywhere: bool,
}

/// A number of calls, or a range.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Times")]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "a number of calls, such as 2, or a range, such as {\"min\": 1, \"max\": 3}"
)]
pub(crate) enum TimesRequest {
    /// This number exactly.
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

/// The allowed number of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Times {
    min: u64,
    max: Option<u64>,
}

/// An expectation that has been checked.
#[derive(Debug)]
struct Expectation {
    filter: Filter,
    times: Times,
    /// Whether it takes part in the order.
    ordered: bool,
}

/// A verification request that has been checked.
#[derive(Debug)]
pub(crate) struct Verification {
    expectations: Vec<Expectation>,
    in_order: bool,
    nothing_else: bool,
    since: u64,
    among: Filter,
}

impl VerificationRequest {
    /// Checks the request.
    ///
    /// # Errors
    /// It names something that does not exist, or has no expectations.
    pub(crate) fn into_verification(self) -> Result<Verification, String> {
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
            let at_place = |error: String| format!("expectations[{at}].{error}");
            let times = Times::read(new.times).map_err(at_place)?;
            let filter = new.call.into_filter().map_err(|error| at_place(format!("call.{error}")))?;
            // Calls that must not come have no place in the order.
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
            among: self.among.into_filter().map_err(|error| format!("among.{error}"))?,
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

/// What the journal says about each part of a verification.
#[derive(Debug)]
struct Observations {
    /// For each expectation, the indexes of its calls.
    calls: Vec<Vec<usize>>,
    /// Where the order was broken, if it was.
    out_of_order: Option<order::Break>,
    /// The indexes of unexpected calls.
    unexpected: Vec<usize>,
}

impl Verification {
    /// Verifies the contents of a journal.
    ///
    /// # Errors
    /// The expectations that are not met.
    pub(crate) async fn judge(
        &self,
        held: &Snapshot,
        state: &State,
        worlds: &Worlds,
    ) -> Result<Verified, Failed> {
        // Findings about a call may depend on earlier calls, so all entries are read.
        let all = exchanges(&held.entries, &self.among, state, worlds).await;
        let mut considered: Vec<AnnotatedEntry> =
            all.into_iter().filter(|exchange| exchange.entry.number > self.since).collect();
        // Near misses take long to compute, so this is done only if an expectation asks for findings.
        if self.expectations.iter().any(|expectation| expectation.filter.needs_findings()) {
            for exchange in &mut considered {
                complete(exchange, state, worlds);
                tokio::task::yield_now().await;
            }
        }
        let dropped = self.dropped(held);
        let findings = self.look(&considered).await;
        // Of ordered expectations `order::check` counts the calls: there a call belongs to one expectation only.
        let holds = |(one, calls): (&Expectation, &Vec<usize>)| one.ordered || one.times.allow(calls.len());
        let all_hold = self.expectations.iter().zip(&findings.calls).all(holds)
            && findings.out_of_order.is_none()
            && findings.unexpected.is_empty();
        // Dropped calls cannot break "at least N". They could break any other expectation.
        let certain = dropped == 0
            || (!self.in_order
                && !self.nothing_else
                && self.expectations.iter().all(|expectation| expectation.times.max.is_none()));
        if all_hold && certain {
            return Ok(self.verified(&considered, &findings));
        }
        let redactor = redactor(state);
        Err(self.failed(&considered, &findings, all_hold, dropped, &redactor).await)
    }

    /// How many of the exchanges to verify have been dropped.
    fn dropped(&self, held: &Snapshot) -> u64 {
        // Below the first entry are cleared entries too. A test removed those on purpose, and clearing resets `dropped`.
        let before_first = held.first_held() - 1;
        held.dropped.min(before_first.saturating_sub(self.since))
    }

    async fn look(&self, considered: &[AnnotatedEntry]) -> Observations {
        let mut calls = vec![Vec::new(); self.expectations.len()];
        let mut unexpected = Vec::new();
        for (at, exchange) in considered.iter().enumerate() {
            let view = MatchInput::of(exchange);
            let mut is_expected = false;
            // A call can match several expectations, and counts for each. With `times: 0` an expectation does not make it
            // expected.
            for (expectation, calls) in self.expectations.iter().zip(&mut calls) {
                if expectation.filter.matches(&view) {
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
