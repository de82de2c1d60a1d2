//! The result of a verification: the calls that matched, or what was received instead, nearest first.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Expectation, Observations, Verification};
use crate::journal::redact::Redactor;
use crate::journal::{AnnotatedEntry, ExchangeSummary, MatchInput, Mismatch};

/// How many calls are listed with their mismatches.
const NEAREST: usize = 5;
/// How many calls are listed.
const LISTED: usize = 50;
/// How many calls of an expectation are listed by number.
const NUMBERED: usize = 1000;

/// All expectations are met.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Verified {
    #[schemars(extend("const" = true))]
    verified: bool,
    /// The number of calls that were considered.
    considered: usize,
    expectations: Vec<Met>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct Met {
    wanted: String,
    matched: usize,
    /// The numbers of the calls, at most the first thousand.
    calls: Vec<u64>,
}

/// An expectation is not met, or dropped exchanges make the result unknown.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Failed {
    #[schemars(extend("const" = false))]
    verified: bool,
    /// `unknown` if only exchanges that the journal has dropped could decide it.
    #[schemars(extend("enum" = ["failed", "unknown"]))]
    outcome: &'static str,
    /// The result as text.
    #[serde(skip)]
    pub detail: String,
    /// How many calls were considered.
    considered: usize,
    /// The number of dropped exchanges that could matter.
    dropped: u64,
    unmet: Vec<Unmet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_of_order: Option<OutOfOrder>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unexpected: Vec<ExchangeSummary>,
    /// What was received, oldest first.
    received: Vec<ExchangeSummary>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct Unmet {
    /// Its index, from 0.
    expectation: usize,
    wanted: String,
    matched: usize,
    calls: Vec<u64>,
    /// Other calls, the most similar first, with their differences.
    nearest: Vec<Nearest>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct Nearest {
    #[serde(flatten)]
    call: ExchangeSummary,
    differences: Vec<Mismatch>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct OutOfOrder {
    /// The call that was received instead; null if calls are missing at the end.
    call: Option<ExchangeSummary>,
    /// The indexes of the expectations that could have matched there.
    expected: Vec<usize>,
}

impl Verification {
    pub(super) fn verified(&self, considered: &[AnnotatedEntry], observations: &Observations) -> Verified {
        let met = self.expectations.iter().zip(&observations.calls).map(|(expectation, calls)| Met {
            wanted: expectation.times.to_string(),
            matched: calls.len(),
            calls: numbers(considered, calls),
        });
        Verified { verified: true, considered: considered.len(), expectations: met.collect() }
    }

    pub(super) async fn failed(
        &self,
        considered: &[AnnotatedEntry],
        observations: &Observations,
        all_hold: bool,
        dropped: u64,
        redactor: &Redactor,
    ) -> Failed {
        let nearest = self.nearest(considered, observations).await;
        let mut nearest = self.compared(&nearest, considered, redactor).await;
        let with_calls = self.expectations.iter().zip(&observations.calls).enumerate();
        let unmet: Vec<Unmet> = with_calls
            .filter(|(at, (expectation, calls))| is_unmet(*at, expectation, calls, observations))
            .map(|(at, (expectation, calls))| Unmet {
                expectation: at,
                wanted: expectation.times.to_string(),
                matched: calls.len(),
                calls: numbers(considered, calls),
                nearest: std::mem::take(&mut nearest[at]),
            })
            .collect();
        let out_of_order = observations.out_of_order.as_ref().map(|broken| OutOfOrder {
            call: broken.at.map(|at| ExchangeSummary::of(&considered[at], redactor)),
            expected: broken.expected.clone(),
        });
        let summaries = |places: &mut dyn Iterator<Item = usize>| {
            places.take(LISTED).map(|at| ExchangeSummary::of(&considered[at], redactor)).collect::<Vec<_>>()
        };
        let mut failed = Failed {
            verified: false,
            outcome: if all_hold { "unknown" } else { "failed" },
            detail: String::new(),
            considered: considered.len(),
            dropped,
            unmet,
            out_of_order,
            unexpected: summaries(&mut observations.unexpected.iter().copied()),
            received: summaries(&mut (0..considered.len())),
        };
        failed.detail = failed.text();
        failed
    }
}

/// Whether an expectation is not met. One that takes part in the order has too few calls, or its calls are missing at the end.
fn is_unmet(at: usize, expectation: &Expectation, calls: &[usize], observations: &Observations) -> bool {
    let too_few = (calls.len() as u64) < expectation.times.min;
    match &observations.out_of_order {
        Some(broken) if expectation.ordered => {
            too_few || (broken.at.is_none() && broken.expected.contains(&at))
        }
        _ if expectation.ordered => false,
        _ => !expectation.times.allow(calls.len()),
    }
}

fn numbers(considered: &[AnnotatedEntry], places: &[usize]) -> Vec<u64> {
    places.iter().take(NUMBERED).map(|at| considered[*at].entry.number).collect()
}

/// The number of mismatches of a call, and its index.
type Distance = (usize, usize);

impl Verification {
    /// For each expectation that is not met, the calls with the fewest mismatches. The mismatches themselves are only worked
    /// out for these.
    async fn nearest(
        &self,
        considered: &[AnnotatedEntry],
        observations: &Observations,
    ) -> Vec<Vec<Distance>> {
        let mut nearest: Vec<Vec<Distance>> = vec![Vec::new(); self.expectations.len()];
        let with_calls = self.expectations.iter().zip(&observations.calls).enumerate();
        let unmet: Vec<_> = with_calls
            .filter(|(at, (expectation, calls))| {
                // With too many calls, the matching ones are the problem, and no other is near.
                is_unmet(*at, expectation, calls, observations) && calls.len() as u64 <= expectation.times.min
            })
            .map(|(at, (expectation, _))| (at, expectation))
            .collect();
        if unmet.is_empty() {
            return nearest;
        }
        for (place, exchange) in considered.iter().enumerate() {
            let view = MatchInput::of(exchange);
            for (at, expectation) in &unmet {
                let distance = expectation.filter.distance(&view);
                if distance > 0 {
                    let found = &mut nearest[*at];
                    // The place decides between equal distances, so that older calls come first.
                    let rank = found.partition_point(|known| known <= &(distance, place));
                    found.insert(rank, (distance, place));
                    found.truncate(NEAREST);
                }
            }
            tokio::task::yield_now().await;
        }
        nearest
    }

    /// The mismatches of the nearest calls of each expectation. This goes call by call, so that each is parsed once.
    async fn compared(
        &self,
        nearest: &[Vec<Distance>],
        considered: &[AnnotatedEntry],
        redactor: &Redactor,
    ) -> Vec<Vec<Nearest>> {
        let mut wanting: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for (at, places) in nearest.iter().enumerate() {
            for (rank, (_, place)) in places.iter().enumerate() {
                wanting.entry(*place).or_default().push((at, rank));
            }
        }
        // Calls are compared in the order of the journal. The map brings them back into the order of their ranks.
        let mut compared: Vec<BTreeMap<usize, Nearest>> = nearest.iter().map(|_| BTreeMap::new()).collect();
        for (place, wanting) in wanting {
            let (exchange, view) = (&considered[place], MatchInput::of(&considered[place]));
            for (at, rank) in wanting {
                let differences = self.expectations[at].filter.mismatches(&view, redactor);
                compared[at]
                    .insert(rank, Nearest { call: ExchangeSummary::of(exchange, redactor), differences });
            }
            tokio::task::yield_now().await;
        }
        compared.into_iter().map(|ranked| ranked.into_values().collect()).collect()
    }
}

impl Failed {
    fn text(&self) -> String {
        let mut text = String::new();
        if self.outcome == "unknown" {
            let _ = writeln!(
                text,
                "unknown: the journal dropped {} of the entries to verify; raise journal-entries, \
                 journal-bytes or journal-bytes-total, clear the journal before the test (DELETE /_scandouble/journal), or ask since a number",
                self.dropped
            );
            return text.trim_end().to_owned();
        }
        for unmet in &self.unmet {
            let (at, wanted, matched) = (unmet.expectation, &unmet.wanted, unmet.matched);
            let _ = write!(text, "expectations[{at}]: wanted {wanted}, received {matched}");
            if !unmet.calls.is_empty() {
                let _ = write!(text, " ({})", list(&unmet.calls));
            }
            let _ = writeln!(text);
            for near in &unmet.nearest {
                let _ = writeln!(text, "  {} differs:", line(&near.call));
                for Mismatch { what, wanted, was } in &near.differences {
                    let _ = writeln!(text, "    {what}: wanted {wanted}, was {was}");
                }
            }
        }
        if let Some(OutOfOrder { call, expected }) = &self.out_of_order {
            let expected: Vec<_> = expected.iter().map(|at| format!("expectations[{at}]")).collect();
            let expected =
                if expected.is_empty() { "no more calls".to_owned() } else { expected.join(" or ") };
            let came =
                call.as_ref().map_or("the calls ended".to_owned(), |call| format!("{} came", line(call)));
            let _ = writeln!(text, "out of order: {came} where {expected} was expected");
        }
        for call in &self.unexpected {
            let _ = writeln!(text, "unexpected: {}", line(call));
        }
        if self.considered == 0 {
            let _ = writeln!(text, "no call was received; check the client's base address and the world");
        }
        if self.dropped > 0 {
            let _ =
                writeln!(text, "the result may be incomplete: the journal dropped {} entries", self.dropped);
        }
        text.trim_end().to_owned()
    }
}

fn line(call: &ExchangeSummary) -> String {
    let behaviours = match call.behaviours.first() {
        Some(first) => format!(", {first}"),
        None => String::new(),
    };
    format!("number {}, {} → {}{behaviours}", call.number, call.request, call.status)
}

fn list(numbers: &[u64]) -> String {
    let first: Vec<_> = numbers.iter().take(10).map(|number| format!("number {number}")).collect();
    let more = if numbers.len() > 10 { format!(" and {} others", numbers.len() - 10) } else { String::new() };
    format!("{}{more}", first.join(", "))
}
