//! What a comparison came to, exchange by exchange, and added up by behaviour.

use serde::Serialize;

use super::diff::Difference;
use super::replay::ReplayAnswer;
use crate::journal::recorded::RecordedExchange;
use crate::journal::redact;

/// What became of one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The double answers the same.
    Same,
    /// It answers the same but for values of times and identifiers.
    Alike,
    /// It answers something else.
    Differs,
    /// It was not asked.
    NotReplayed,
}

/// One exchange, compared.
#[derive(Clone, Debug, Serialize)]
pub struct ComparedExchange {
    /// What the capture calls it.
    #[serde(rename = "in")]
    pub place: String,
    /// The request in a line.
    pub request: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was not asked, if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The behaviours that the double's answer is, the most specific first.
    pub behaviours: Vec<String>,
    /// How the first of them is known: `documented; body=assumed`.
    pub provenance: String,
    /// What differs.
    pub differences: Vec<Difference>,
}

impl ComparedExchange {
    pub(super) fn not_replayed(exchange: &RecordedExchange, why: String) -> Self {
        Self {
            place: exchange.place.clone(),
            request: line(exchange),
            outcome: Outcome::NotReplayed,
            why: Some(why),
            behaviours: Vec::new(),
            provenance: String::new(),
            differences: Vec::new(),
        }
    }

    pub(super) fn of(
        exchange: &RecordedExchange,
        answer: &ReplayAnswer,
        differences: Vec<Difference>,
    ) -> Self {
        let header =
            |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let behaviours = header("scandouble-behaviour").split(", ").filter(|name| !name.is_empty());
        Self {
            place: exchange.place.clone(),
            request: line(exchange),
            outcome: match differences.as_slice() {
                [] => Outcome::Same,
                some if some.iter().all(|one| one.volatile) => Outcome::Alike,
                _ => Outcome::Differs,
            },
            why: None,
            behaviours: behaviours.map(str::to_owned).collect(),
            provenance: header("scandouble-provenance").to_owned(),
            differences,
        }
    }
}

fn line(exchange: &RecordedExchange) -> String {
    let Some(request) = &exchange.request else { return String::new() };
    let query = request.query.as_deref().map_or(String::new(), |query| format!("?{}", redact::query(query)));
    format!("{} {}{}{query}", request.method, request.host, request.path)
}

/// What all exchanges came to.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Each of them, in the order in which they were asked.
    pub exchanges: Vec<ComparedExchange>,
}

/// How often a behaviour was seen, and how it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BehaviourSummary {
    /// Its name, `API/bulk.ok`.
    pub name: String,
    /// How it is known.
    pub provenance: String,
    /// In how many exchanges the double answered so.
    pub seen: usize,
    /// In how many of these the vendor answered the same, times and identifiers aside.
    pub held: usize,
}

/// Sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Exchanges that are the same.
    pub same: usize,
    /// Those that are but for times and identifiers.
    pub alike: usize,
    /// Those that differ.
    pub differ: usize,
    /// Those that were not asked.
    pub not_replayed: usize,
    /// Behaviours that are assumed, in whole or in part, and held each time.
    pub assumed_held: usize,
    /// Those that did not.
    pub assumed_differ: usize,
}

impl Report {
    pub(super) fn add(&mut self, compared: ComparedExchange) {
        self.exchanges.push(compared);
    }

    /// Each behaviour that the double's answers were, those with differences first. One that is known in two ways, for
    /// some requests documented and for others assumed, stands there for each.
    #[must_use]
    pub fn behaviours(&self) -> Vec<BehaviourSummary> {
        let mut all: Vec<BehaviourSummary> = Vec::new();
        for one in self.exchanges.iter().filter(|one| one.outcome != Outcome::NotReplayed) {
            let name = one.behaviours.first().map_or("no behaviour of an API", String::as_str);
            let held = usize::from(one.outcome != Outcome::Differs);
            match all.iter_mut().find(|known| known.name == name && known.provenance == one.provenance) {
                Some(known) => {
                    known.seen += 1;
                    known.held += held;
                }
                None => {
                    let provenance = one.provenance.clone();
                    all.push(BehaviourSummary { name: name.to_owned(), provenance, seen: 1, held });
                }
            }
        }
        all.sort_by_key(|one| (one.held == one.seen, one.name.clone()));
        all
    }

    /// The sums.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let count = |outcome: Outcome| self.exchanges.iter().filter(|one| one.outcome == outcome).count();
        let behaviours = self.behaviours();
        let assumed = |held: bool| {
            let is = |one: &&BehaviourSummary| {
                one.provenance.contains("assumed") && (one.held == one.seen) == held
            };
            behaviours.iter().filter(is).count()
        };
        Totals {
            same: count(Outcome::Same),
            alike: count(Outcome::Alike),
            differ: count(Outcome::Differs),
            not_replayed: count(Outcome::NotReplayed),
            assumed_held: assumed(true),
            assumed_differ: assumed(false),
        }
    }
}
