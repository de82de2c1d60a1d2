//! `POST /api/samples/{hash_value}/analyze/`: Reanalyze a single sample with Spectra Core and Spectra Intelligence.

use http::StatusCode;

use super::behaviours::{
    SETTING_SWITCHED, SINGLE_ALREADY_QUEUED, SINGLE_APPLIANCE, SINGLE_EXTRACTED, SINGLE_INVALID_ANALYSIS,
    SINGLE_INVALID_HASH, SINGLE_NOT_FOUND, SINGLE_QUEUED, SINGLE_QUEUED_BEFORE,
};
use super::engines::Outcome;
use super::error::JSON;
use super::reply::{self, Detail, Reanalysis};
use super::{body, engines, error, samples, sandboxes, settings};
use crate::journal::Reply;
use crate::samples::Hash;
use crate::vendors::Call;

/// Queues the sample, or refuses.
pub(super) fn analyze(call: &Call) -> Result<Reply, Reply> {
    let fields = body::read(call)?;
    let hash = Hash::parse(call.param("hash_value"));
    let hash = hash.ok_or_else(|| error::invalid_hash(&SINGLE_INVALID_HASH))?;
    let engines = engines::requested(&fields, sandboxes::V1, &SINGLE_INVALID_ANALYSIS)?;
    if !call.settings.get(&settings::MAY_REANALYSE) {
        return Err(error::appliance(&SINGLE_APPLIANCE));
    }
    let present = samples::find(call, &hash)?.ok_or_else(|| error::not_found(&SINGLE_NOT_FOUND))?;
    if present.extracted {
        return Err(error::extracted(&SINGLE_EXTRACTED));
    }
    let sample = &*present.sample;
    let outcomes = engines::queue(call, &[sample], &engines);
    let outcomes = outcomes.into_iter().next().unwrap_or_default();
    let top = reply::top(&engines, &outcomes, &call.settings);
    let with_imphash = call.settings.get(&settings::SINGLE_IMPHASH);
    let body = Reanalysis {
        top,
        analysis: reply::engines(
            &engines,
            &outcomes.engines,
            call.settings.get(&settings::CORE_MESSAGE) == settings::CoreMessage::Example,
        ),
        detail: Detail::of(sample, with_imphash),
    };
    let (status, behaviour) = match top.code {
        201 => (StatusCode::CREATED, &SINGLE_QUEUED),
        // Each engine that was asked has refused.
        405 => (StatusCode::METHOD_NOT_ALLOWED, &SINGLE_APPLIANCE),
        _ if outcomes.any(Outcome::Queued) => (StatusCode::OK, &SINGLE_QUEUED_BEFORE),
        _ => (StatusCode::OK, &SINGLE_ALREADY_QUEUED),
    };
    let reply = Reply::new(status, JSON, body.body(), behaviour);
    let shows_imphash = with_imphash && sample.imphash().is_some();
    let is_switched = shows_imphash || reply::is_top_switched(&outcomes, &call.settings);
    Ok(if is_switched { reply.foremost(&SETTING_SWITCHED) } else { reply })
}
