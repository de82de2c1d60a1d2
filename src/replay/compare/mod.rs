//! Replays recorded traffic with vendors against scandouble, and reports every difference by behaviour. This is how an
//! assumption of the catalogue becomes an observation.
//!
//! `replay` sends the requests with the identifiers that `identifiers` found in earlier answers, `diff` and `headers` find the
//! differences, `report` adds them up.

mod diff;
mod headers;
mod identifiers;
mod replay;
mod report;

use self::identifiers::Identifiers;
use crate::faults::Pattern;
use crate::journal::recorded::{RecordedExchange, RecordedRequest};
use crate::replay::import::{self, Imported, Owners};

pub(crate) use diff::{Difference, DifferenceKind};
pub(crate) use headers::IgnoredHeaders;
pub(crate) use replay::{ReplayError, ReplayTarget};
pub(crate) use report::{ComparedExchange, Outcome, Report};

/// Options of a comparison.
#[derive(Debug)]
pub(crate) struct CompareOptions {
    /// How the API of an exchange is found.
    pub owners: Owners,
    /// Whether samples and settings are imported from the traffic first. Accounts always are.
    pub import: bool,
    /// Whether differing times and identifiers count as differences.
    pub exact: bool,
    /// Paths in bodies to ignore: `scan_results.*.scan_time`.
    pub ignored_paths: Vec<Pattern>,
    /// Headers to ignore.
    pub ignored_headers: IgnoredHeaders,
}

/// Sends the recorded requests to `target`, each at its recorded time on the world's clock, and compares the answers.
///
/// # Errors
/// The server cannot be reached, or refuses the fixture or the clock.
pub(crate) async fn compare(
    mut exchanges: Vec<RecordedExchange>,
    options: &CompareOptions,
    target: &ReplayTarget,
) -> Result<Report, ReplayError> {
    // Before the import, so that the fixture has an account for the new login.
    exchanges.iter_mut().for_each(replay::replace_redacted_login);
    // The world's clock is only advanced, so the requests must be in the order of their times.
    exchanges.sort_by_key(|exchange| exchange.at);
    // With the credentials as they were recorded, because the requests are sent with them.
    let Imported { mut fixture, .. } = import::fixture(&exchanges, &options.owners, true);
    if !options.import
        && let Some(fixture) = fixture.as_object_mut()
    {
        // Accounts stay, so that a request that the vendor accepted is accepted here without any setup.
        fixture.retain(|key, _| key == "accounts");
    }
    target.begin(&fixture).await?;
    let mut clock = None;
    let mut identifiers = Identifiers::default();
    let mut report = Report::default();
    for exchange in &exchanges {
        target.set_clock(&mut clock, exchange.at).await?;
        report.add(one(exchange, options, target, &mut identifiers).await?);
    }
    Ok(report)
}

async fn one(
    exchange: &RecordedExchange,
    options: &CompareOptions,
    target: &ReplayTarget,
    identifiers: &mut Identifiers,
) -> Result<ComparedExchange, ReplayError> {
    let Some(request) = &exchange.request else {
        return Ok(ComparedExchange::not_replayed(
            exchange,
            "the reply was recorded without its request".to_owned(),
        ));
    };
    if let Some(why) = why_not_replayed(exchange, request, options) {
        return Ok(ComparedExchange::not_replayed(exchange, why));
    }
    let answer = target.ask(&identifiers.apply(request)).await?;
    identifiers.learn(&exchange.body, &answer.body);
    // Only a different status is in doubt. If the request was refused here too, the refusals can be compared.
    if exchange.status != answer.status && replay::is_redacted_refusal(exchange, request) {
        let what = "the credential that was refused was redacted in the recording";
        return Ok(ComparedExchange::not_replayed(exchange, what.to_owned()));
    }
    let mut differences = Vec::new();
    if exchange.status != answer.status {
        differences.push(Difference::of_status(exchange.status, answer.status));
    }
    headers::compare(&exchange.headers, &answer.headers, &options.ignored_headers, &mut differences);
    diff::bodies(&exchange.body, &answer.body, &mut differences);
    let matters = |one: &Difference| !options.ignored_paths.iter().any(|pattern| pattern.fits(&one.path));
    differences.retain(matters);
    if options.exact {
        differences.iter_mut().for_each(|one| one.volatile = false);
    }
    Ok(ComparedExchange::of(exchange, &answer, differences))
}

/// Why a request is not sent again, if it is not.
fn why_not_replayed(
    exchange: &RecordedExchange,
    request: &RecordedRequest,
    options: &CompareOptions,
) -> Option<String> {
    if let Some(why) = exchange.is_not_of_an_api() {
        return Some(why.to_owned());
    }
    let api = match options.owners.of(exchange) {
        Ok(api) => api,
        Err(what) => return Some(what),
    };
    if request.lacks_file || (api.takes_file(&request.path) && request.body.is_empty()) {
        return Some("the uploaded file is not in the recording".to_owned());
    }
    replay::is_redacted(request).map(str::to_owned)
}
