//! The report of a comparison, by exchange and by behaviour.

use serde::Serialize;

use super::diff::Difference;
use super::replay::ReplayAnswer;
use crate::journal::recorded::RecordedExchange;
use crate::journal::redact;

/// The outcome for one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// scandouble answers the same.
    Same,
    /// It answers the same except for times and identifiers.
    Alike,
    /// Its answer differs.
    Differs,
    /// The request was not sent.
    NotReplayed,
}

/// One exchange, compared.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ComparedExchange {
    /// Its name in messages.
    #[serde(rename = "in")]
    pub place: String,
    /// The request in a line.
    pub request: String,
    /// The outcome.
    pub outcome: Outcome,
    /// Why the request was not sent, if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The behaviours of scandouble's answer, the most specific first.
    pub behaviours: Vec<String>,
    /// How the first of them is known: `documented; body=assumed`.
    pub provenance: String,
    /// The differences.
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

/// All exchanges.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// The exchanges, in the order of their requests.
    pub exchanges: Vec<ComparedExchange>,
}

/// How often a behaviour occurred, and how often it matched the vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct BehaviourSummary {
    /// Its name, `API/bulk.ok`.
    pub name: String,
    /// How it is known.
    pub provenance: String,
    /// In how many exchanges scandouble's answer had it.
    pub seen: usize,
    /// In how many of these the vendor answered the same, except for times and identifiers.
    pub held: usize,
}

/// Totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Totals {
    /// Exchanges that are the same.
    pub same: usize,
    /// Exchanges that are the same except for times and identifiers.
    pub alike: usize,
    /// Exchanges that differ.
    pub differ: usize,
    /// Exchanges whose request was not sent.
    pub not_replayed: usize,
    /// Behaviours that are assumed, in whole or in part, and matched every time.
    pub assumed_held: usize,
    /// Assumed behaviours that did not.
    pub assumed_differ: usize,
}

impl Report {
    pub(super) fn add(&mut self, compared: ComparedExchange) {
        self.exchanges.push(compared);
    }

    /// Each behaviour of scandouble's answers, those with differences first. A behaviour with two provenances has an entry for
    /// each.
    pub(crate) fn behaviours(&self) -> Vec<BehaviourSummary> {
        let mut all: Vec<BehaviourSummary> = Vec::new();
        for one in self.exchanges.iter().filter(|one| one.outcome != Outcome::NotReplayed) {
            // The most specific behaviour alone, so that each exchange counts once.
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

    /// The totals.
    pub(crate) fn totals(&self) -> Totals {
        let count = |outcome: Outcome| self.exchanges.iter().filter(|one| one.outcome == outcome).count();
        let behaviours = self.behaviours();
        let assumed = |held: bool| {
            let is = |one: &&BehaviourSummary| {
                // `documented; body=assumed` is assumed in part, and counts too.
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
