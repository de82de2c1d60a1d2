//! `POST /api/samples/v2/analyze_bulk/`: the reanalysis that the vendor's SDK has called since version 2.3.0, with sandboxes.
//!
//! The platform for the cloud sandbox may be any word, because each appliance has its own list of platforms.

use http::StatusCode;

use super::behaviours::{
    SETTING_SWITCHED, V2_ALREADY_QUEUED, V2_INVALID, V2_NOT_CONFIGURED, V2_QUEUED, V2_UNKNOWN_SAMPLE,
};
use super::engines::Outcome;
use super::error::JSON;
use super::hashes::{self, HashBehaviours};
use super::reply::{self, DetailV2, EntryV2, UnknownHash};
use super::sandboxes::{self, CLOUD_SANDBOX};
use super::{body, engines, error, samples, settings};
use crate::journal::Reply;
use crate::vendors::Call;

const BEHAVIOURS: HashBehaviours =
    HashBehaviours { none: &V2_INVALID, invalid: &V2_INVALID, mixed: &V2_INVALID };
const PLATFORM: &str = "rl_cloud_sandbox_platform";

/// Queues the samples, or refuses.
pub(super) fn analyze(call: &Call) -> Result<Reply, Reply> {
    let fields = body::read(call)?;
    let asked = hashes::read(&fields, "hash_value", BEHAVIOURS)?;
    let engines = engines::requested(&fields, sandboxes::V2, &V2_INVALID)?;
    if engines.contains(&CLOUD_SANDBOX) {
        platform(&fields)?;
    }
    let found = samples::find_all(call, &asked)?;
    // Unlike version 1, this version does not refuse the whole request: each engine's entry has the reason.
    let may = call.settings.get(&settings::MAY_REANALYSE);
    let queued = if may { samples::queueable(&found) } else { Vec::new() };
    let outcomes = engines::queue(call, &queued, &engines);
    let any_queued = outcomes.iter().any(|one| one.any(Outcome::Queued));

    let mut outcomes = outcomes.into_iter();
    let mut entries = Vec::with_capacity(asked.len());
    for (asked, present) in asked.iter().zip(&found) {
        let all = |outcome| vec![outcome; engines.len()];
        let (outcomes, detail) = match present {
            None => (all(Outcome::Unknown), DetailV2::Unknown(UnknownHash::of(asked))),
            Some(present) if !may => (all(Outcome::NotAllowed), DetailV2::of(&present.sample)),
            Some(present) if present.extracted => (all(Outcome::Extracted), DetailV2::of(&present.sample)),
            Some(present) => (outcomes.next().unwrap_or_default().engines, DetailV2::of(&present.sample)),
        };
        entries.push(EntryV2 { detail, analysis: reply::engines(&engines, &outcomes, false) });
    }

    let is_created = any_queued && call.settings.get(&settings::V2_STATUS) == settings::V2Status::Created;
    let status = if is_created { StatusCode::CREATED } else { StatusCode::OK };
    let behaviour = if any_queued { &V2_QUEUED } else { &V2_ALREADY_QUEUED };
    let mut reply = Reply::new(status, JSON, reply::bulk_v2(&entries), behaviour);
    // The most specific behaviour comes first, so the general one is added again at the end.
    reply.behaviours.clear();
    if is_created {
        reply = reply.also(&SETTING_SWITCHED);
    }
    let is_missing = |engine: &&str| Outcome::refusal(engine, &call.settings) == Some(Outcome::NotConfigured);
    if !queued.is_empty() && engines.iter().any(is_missing) {
        reply = reply.also(&V2_NOT_CONFIGURED);
    }
    if found.iter().any(Option::is_none) {
        reply = reply.also(&V2_UNKNOWN_SAMPLE);
    }
    Ok(reply.also(behaviour))
}

/// Refuses a request for the cloud sandbox that names no platform.
fn platform(fields: &body::Fields<'_>) -> Result<(), Reply> {
    let message = match fields.text(PLATFORM) {
        Ok(platform) if platform.trim().is_empty() => error::BLANK,
        Ok(_) => return Ok(()),
        Err(error) => error.message(),
    };
    Err(error::fields(&[(PLATFORM, message)], &V2_INVALID))
}
