//! Captured traffic with vendors, asked again of the double: every difference, by behaviour. It is the way in which what
//! the catalogue assumes becomes what somebody has observed.
//!
//! `replay` asks, `diff` and `headers` find what differs, `report` adds it up.

mod diff;
mod headers;
mod replay;
mod report;

use crate::faults::Pattern;
use crate::journal::recorded::RecordedExchange;
use crate::replay::import;
use crate::replay::import::{Imported, Owners};

pub use diff::{Difference, DifferenceKind};
pub use headers::IgnoredHeaders;
pub use replay::{ReplayError, ReplayTarget};
pub use report::{BehaviourSummary, ComparedExchange, Outcome, Report, Totals};

/// How traffic is compared.
#[derive(Debug)]
pub struct CompareOptions {
    /// Whose traffic it is.
    pub owners: Owners,
    /// Whether the double learns the samples and settings of the traffic first; it always learns the accounts.
    pub import: bool,
    /// Whether other times and identifiers count as differences.
    pub exact: bool,
    /// Places in bodies that do not matter: `scan_results.*.scan_time`.
    pub ignored_paths: Vec<Pattern>,
    /// Headers that do not matter.
    pub ignored_headers: IgnoredHeaders,
}

/// Asks `double` again what was captured, each at its time on the world's clock, and compares the answers.
///
/// # Errors
/// The double cannot be reached, or does not take what it needs to know.
pub async fn compare(
    mut exchanges: Vec<RecordedExchange>,
    wanted: &CompareOptions,
    double: &ReplayTarget,
) -> Result<Report, ReplayError> {
    exchanges.iter_mut().for_each(replay::unmask);
    exchanges.sort_by_key(|exchange| exchange.at);
    let Imported { mut fixture, .. } = import::fixture(&exchanges, &wanted.owners, true);
    if !wanted.import
        && let Some(fixture) = fixture.as_object_mut()
    {
        fixture.retain(|key, _| key == "accounts");
    }
    double.begin(&fixture).await?;
    let mut clock = None;
    let mut report = Report::default();
    for exchange in &exchanges {
        double.set_clock(&mut clock, exchange.at).await?;
        report.add(one(exchange, wanted, double).await?);
    }
    Ok(report)
}

async fn one(
    exchange: &RecordedExchange,
    wanted: &CompareOptions,
    double: &ReplayTarget,
) -> Result<ComparedExchange, ReplayError> {
    let Some(request) = &exchange.request else {
        return Ok(ComparedExchange::not_replayed(
            exchange,
            "a reply without its request cannot be asked for".to_owned(),
        ));
    };
    let api = match wanted.owners.of(exchange) {
        Ok(api) => api,
        Err(what) => return Ok(ComparedExchange::not_replayed(exchange, what)),
    };
    if api.takes_file(&request.path) && request.body.is_empty() {
        return Ok(ComparedExchange::not_replayed(
            exchange,
            "the file that it sent was not captured".to_owned(),
        ));
    }
    if replay::holds_masked(request) {
        let what = "a secret in its body was masked where it was captured";
        return Ok(ComparedExchange::not_replayed(exchange, what.to_owned()));
    }
    let answer = double.ask(request).await?;
    let mut differences = Vec::new();
    if exchange.status != answer.status {
        differences.push(Difference::of_status(exchange.status, answer.status));
    }
    headers::compare(&exchange.headers, &answer.headers, &wanted.ignored_headers, &mut differences);
    diff::bodies(&exchange.body, &answer.body, &mut differences);
    let matters = |one: &Difference| !wanted.ignored_paths.iter().any(|pattern| pattern.fits(&one.path));
    differences.retain(matters);
    if wanted.exact {
        differences.iter_mut().for_each(|one| one.volatile = false);
    }
    Ok(ComparedExchange::of(exchange, &answer, differences))
}
