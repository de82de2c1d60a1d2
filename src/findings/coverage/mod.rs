//! Coverage: which behaviours of the catalogue were exercised, and how often.

mod html;
mod junit;
mod text;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

pub(crate) use html::{Marked, page};
pub(crate) use junit::suites;
pub(crate) use text::table;

use crate::faults::Pattern;
use crate::journal::{Api, Behaviour, Provenance};
use crate::vendors::{self, Vendor};
use crate::worlds::{World, Worlds};

/// The coverage of one world, or of all.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Coverage")]
pub(crate) struct Report {
    /// The world, or `all` for all worlds, including removed ones.
    pub world: String,
    /// All APIs together.
    pub total: Share,
    /// Each API.
    pub apis: Vec<ApiCoverage>,
    /// Patterns of `out_of_scope` that match no behaviour.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown_out_of_scope: Vec<String>,
}

/// How much of what is in scope was exercised.
#[derive(Clone, Copy, Debug, Default, PartialEq, JsonSchema, Serialize)]
pub(crate) struct Share {
    /// How many behaviours are in scope.
    pub in_scope: usize,
    /// How many of these were exercised.
    pub exercised: usize,
    /// The share in percent, rounded down to a tenth, so that 100 means all; 100 if nothing is in scope.
    #[schemars(range(min = 0, max = 100))]
    pub percent: f64,
}

/// The coverage of one API.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
pub(crate) struct ApiCoverage {
    /// Its name.
    #[schemars(with = "Api")]
    pub api: &'static str,
    /// The product, for people.
    pub product: &'static str,
    /// Its share.
    #[serde(flatten)]
    pub share: Share,
    /// Its behaviours in the order of the catalogue.
    pub behaviours: Vec<Row>,
}

/// One behaviour.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[schemars(inline)]
pub(crate) struct Row {
    /// Its id.
    pub id: &'static str,
    /// How often it was answered.
    pub count: u64,
    /// Whether it is in scope.
    pub in_scope: bool,
    /// When it happens.
    pub summary: &'static str,
    /// Its provenance.
    #[schemars(with = "Provenance")]
    pub provenance: &'static str,
}

impl Row {
    /// Whether it is in scope and was never answered.
    pub(crate) fn is_missing(&self) -> bool {
        self.in_scope && self.count == 0
    }
}

impl Share {
    fn of(rows: &[Row]) -> Self {
        let in_scope = rows.iter().filter(|row| row.in_scope).count();
        let exercised = rows.iter().filter(|row| row.in_scope && row.count > 0).count();
        Self::new(in_scope, exercised)
    }

    fn new(in_scope: usize, exercised: usize) -> Self {
        let tenths = (exercised * 1000).checked_div(in_scope).unwrap_or(1000);
        Self { in_scope, exercised, percent: tenths as f64 / 10.0 }
    }
}

/// The patterns of a comma-separated list.
pub(crate) fn patterns(list: &str) -> impl Iterator<Item = Pattern> + '_ {
    list.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Pattern::new)
}

/// The coverage of one world, of all APIs or one.
pub(crate) fn of_world(world: &World, api: Option<&str>, out_of_scope: &[Pattern]) -> Report {
    let state = world.state();
    let count =
        |behaviour: &Behaviour| state.coverage.get(behaviour.api).map_or(0, |tally| tally.of(behaviour));
    report(world.name().to_owned(), api, out_of_scope, &count)
}

/// The coverage of all worlds together, including removed ones.
pub(crate) fn of_all(worlds: &Worlds, api: Option<&str>, out_of_scope: &[Pattern]) -> Report {
    let states: Vec<_> = worlds.list().iter().map(|world| world.state()).collect();
    // Removed worlds leave their counts in `gone`.
    let tallies: Vec<_> =
        states.iter().map(|state| &*state.coverage).chain(std::iter::once(worlds.gone())).collect();
    let count = |behaviour: &Behaviour| {
        tallies.iter().filter_map(|tally| tally.get(behaviour.api)).map(|tally| tally.of(behaviour)).sum()
    };
    report("all".to_owned(), api, out_of_scope, &count)
}

/// Resets the coverage of a world.
pub(crate) fn clear_world(world: &World) {
    world.state().coverage.values().for_each(|tally| tally.clear());
}

/// Resets the coverage of all worlds, including removed ones.
pub(crate) fn clear_all(worlds: &Worlds) {
    let all: Vec<Arc<World>> = worlds.list();
    all.iter().for_each(|world| clear_world(world));
    worlds.gone().values().for_each(|tally| tally.clear());
}

fn report(
    world: String,
    only: Option<&str>,
    out_of_scope: &[Pattern],
    count: &dyn Fn(&Behaviour) -> u64,
) -> Report {
    let apis: Vec<ApiCoverage> = vendors::ALL
        .iter()
        .filter(|api| only.is_none_or(|only| only == api.name))
        .map(|api| api_coverage(api, out_of_scope, count))
        .collect();
    let sum = |part: fn(&Share) -> usize| apis.iter().map(|api| part(&api.share)).sum();
    let total = Share::new(sum(|share| share.in_scope), sum(|share| share.exercised));
    let all = || vendors::ALL.iter().flat_map(|api| api.behaviours);
    let is_unknown = |pattern: &&Pattern| !all().any(|behaviour| matches(pattern, behaviour));
    let unknown = out_of_scope.iter().filter(is_unknown).map(Pattern::to_string).collect();
    Report { world, total, apis, unknown_out_of_scope: unknown }
}

fn api_coverage(api: &Vendor, out_of_scope: &[Pattern], count: &dyn Fn(&Behaviour) -> u64) -> ApiCoverage {
    let rows = api.behaviours.iter().map(|behaviour| Row {
        id: behaviour.id,
        count: count(behaviour),
        in_scope: !out_of_scope.iter().any(|pattern| matches(pattern, behaviour)),
        summary: behaviour.summary,
        provenance: behaviour.provenance(),
    });
    let rows: Vec<_> = rows.collect();
    ApiCoverage { api: api.name, product: api.product, share: Share::of(&rows), behaviours: rows }
}

fn matches(pattern: &Pattern, behaviour: &Behaviour) -> bool {
    pattern.fits(behaviour.name) || pattern.fits(behaviour.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_down_and_100_percent_of_nothing() {
        assert_eq!(Share::new(3, 2).percent, 66.6);
        assert_eq!(Share::new(1000, 999).percent, 99.9);
        assert_eq!((Share::new(3, 3).percent, Share::new(0, 0).percent), (100.0, 100.0));
    }
}
