//! `POST /api/samples/analyze_bulk/`: Reanalyze multiple samples with Spectra Core and Spectra Intelligence.

use http::StatusCode;

use super::behaviours::{
    BULK_ALL_EXTRACTED, BULK_ALREADY_QUEUED, BULK_APPLIANCE, BULK_EXTRACTED_SAMPLE, BULK_INVALID_ANALYSIS,
    BULK_INVALID_HASH, BULK_MIXED_TYPES, BULK_NO_HASHES, BULK_QUEUED, BULK_QUEUED_BEFORE,
    BULK_UNKNOWN_SAMPLE, SETTING_SWITCHED,
};
use super::engines::{Outcome, Outcomes};
use super::error::JSON;
use super::hashes::{self, HashBehaviours, RequestedHash};
use super::reply::{self, Detail, Entry, Reanalysis};
use super::samples::LocalSample;
use super::sandboxes::{self, CORE};
use super::{body, engines, error, samples, settings};
use crate::journal::{Behaviour, Behaviours, FindingKind, Reply};
use crate::samples::Sample;
use crate::vendors::Call;
use crate::worlds::{Ask, Queued};

const BEHAVIOURS: HashBehaviours =
    HashBehaviours { none: &BULK_NO_HASHES, invalid: &BULK_INVALID_HASH, mixed: &BULK_MIXED_TYPES };

/// Queues the samples, or refuses.
pub(super) fn analyze(call: &Call) -> Result<Reply, Reply> {
    let reply = answer_fields(call, &body::read(call)?);
    if body::is_json(call) { reply } else { reply.map(note_form).map_err(note_form) }
}

fn note_form(reply: Reply) -> Reply {
    reply.finding(
        FindingKind::Deviation,
        "the page documents the parameters of bulk as application/json and the request sent a form; send JSON",
        "Spectra Analyze 9.2.0, Reanalyze multiple samples, Request Parameters",
    )
}

fn answer_fields(call: &Call, fields: &body::Fields<'_>) -> Result<Reply, Reply> {
    let asked = hashes::read(fields, "hash_value", BEHAVIOURS)?;
    let engines = engines::requested(fields, sandboxes::V1, &BULK_INVALID_ANALYSIS)?;
    // Before the look-up: this refusal does not depend on the samples.
    if engines::are_refused(&engines, &call.settings) {
        return Err(error::appliance(&BULK_APPLIANCE));
    }
    let found = samples::find_all(call, &asked)?;
    // The page refuses extracted samples with 405. If only some of them are, each one has an entry of its own instead.
    if found.iter().all(|present| present.as_ref().is_some_and(|present| present.extracted)) {
        return Err(error::extracted(&BULK_ALL_EXTRACTED));
    }
    let queued = samples::queueable(&found);
    let none_found = call.settings.get(&settings::BULK_NONE_FOUND);
    if queued.is_empty() && none_found == settings::BulkNoneFound::NotFound {
        return Err(error::not_found(&BULK_UNKNOWN_SAMPLE));
    }
    let outcomes = engines::queue(call, &queued, &engines);
    let triggered = if engines.contains(&CORE) { trigger(call, &queued) } else { Vec::new() };
    let (status, behaviours) = summary(call, &found, &engines, &outcomes);
    let body = reply::bulk(&entries(call, &asked, &found, &engines, outcomes));
    let mut reply = Reply { behaviours, ..Reply::new(status, JSON, body, &BULK_QUEUED) };
    for text in triggered {
        reply = reply.finding(
            FindingKind::Effect,
            text,
            "Spectra Analyze 9.2.0, Reanalyze multiple samples, core",
        );
    }
    Ok(reply)
}

/// The status of the answer and its behaviours, the most specific first.
fn summary(
    call: &Call,
    found: &[Option<LocalSample>],
    engines: &[&'static str],
    outcomes: &[Outcomes],
) -> (StatusCode, Behaviours) {
    let code = |one: &Outcomes| reply::top(engines, one, &call.settings).code;
    let any = |outcome| outcomes.iter().any(|one| one.any(outcome));
    let before = |one: &Outcomes| code(one) == 200 && one.any(Outcome::Queued);
    let created = outcomes.iter().any(|one| code(one) == 201);
    let named: [(bool, &'static Behaviour); 6] = [
        (outcomes.iter().any(|one| reply::is_top_switched(one, &call.settings)), &SETTING_SWITCHED),
        (found.iter().any(Option::is_none), &BULK_UNKNOWN_SAMPLE),
        (found.iter().flatten().any(|present| present.extracted), &BULK_EXTRACTED_SAMPLE),
        (outcomes.iter().any(before), &BULK_QUEUED_BEFORE),
        (created, &BULK_QUEUED),
        (!any(Outcome::Queued) && any(Outcome::Already), &BULK_ALREADY_QUEUED),
    ];
    let behaviours = named.into_iter().filter(|(is_it, _)| *is_it).map(|(_, behaviour)| behaviour).collect();
    (if created { StatusCode::CREATED } else { StatusCode::OK }, behaviours)
}

/// One entry for each hash, in the order of the request, repeats included.
fn entries<'a>(
    call: &Call,
    asked: &'a [RequestedHash<'_>],
    found: &'a [Option<LocalSample>],
    engines: &[&'static str],
    outcomes: Vec<Outcomes>,
) -> Vec<Entry<'a>> {
    let leave_out = call.settings.get(&settings::BULK_UNKNOWN) == settings::BulkUnknown::LeaveOut;
    let sent_to_core = call.settings.get(&settings::CORE_MESSAGE) == settings::CoreMessage::Example;
    // They are those of the samples that could be queued, in the order of `found`.
    let mut outcomes = outcomes.into_iter();
    let mut entry = |(asked, present): (&'a RequestedHash<'_>, &'a Option<LocalSample>)| match present {
        None if leave_out => None,
        None => Some(Entry::unknown(asked)),
        Some(present) if present.extracted => Some(Entry::Extracted(Detail::of(&present.sample, true))),
        Some(present) => {
            let outcomes = outcomes.next().unwrap_or_default();
            Some(Entry::Queued(Reanalysis {
                top: reply::top(engines, &outcomes, &call.settings),
                analysis: reply::engines(engines, &outcomes.engines, sent_to_core),
                detail: Detail::of(&present.sample, true),
            }))
        }
    };
    asked.iter().zip(found).filter_map(&mut entry).collect()
}

/// Queues the samples with the sandboxes that take files of their type, as the page says of `core` in bulk, and describes
/// what was queued.
fn trigger(call: &Call, samples: &[&Sample]) -> Vec<String> {
    let pace = call.settings.get(&settings::ANALYSIS_TIME);
    let mut effects = Vec::new();
    for service in settings::dynamic_analysis(&call.settings) {
        let taken: Vec<&Sample> = samples.iter().copied().filter(|sample| service.takes(sample)).collect();
        // Core itself is the rescan that changes the sample.
        let ask = |sample| Ask { sample, engine: service.engine, pace, rescan_of: &[], sends_to: None };
        let asks: Vec<Ask<'_>> = taken.iter().copied().map(ask).collect();
        let outcomes = call.state.ask(&asks, call.now);
        let newly = taken.iter().zip(outcomes).filter(|(_, outcome)| *outcome == Queued::Newly);
        let names: Vec<&str> = newly.map(|(sample, _)| sample.name.as_str()).collect();
        if !names.is_empty() {
            effects.push(format!(
                "core also triggered dynamic analysis by {} of {}",
                service.engine,
                names.join(", ")
            ));
        }
    }
    effects
}
