//! `POST /api/samples/{hash_value}/analyze/`: Reanalyze a single sample with Spectra Core and Spectra Intelligence.

use http::StatusCode;

use super::behaviours::{
    SINGLE_ALREADY_QUEUED, SINGLE_APPLIANCE, SINGLE_EXTRACTED, SINGLE_INVALID_ANALYSIS, SINGLE_INVALID_HASH,
    SINGLE_QUEUED,
};
use super::error::JSON;
use super::reply::{self, Detail, Reanalysis};
use super::{body, engines, error, samples, sandboxes, settings};
use crate::journal::{Reply, json};
use crate::samples::Hash;
use crate::vendors::Call;

/// Queues the sample, or refuses.
pub(super) async fn analyze(call: &Call) -> Result<Reply, Reply> {
    let fields = body::read(call)?;
    let hash = Hash::parse(call.param("hash_value"));
    let hash = hash.ok_or_else(|| error::invalid_hash(&SINGLE_INVALID_HASH))?;
    let engines = engines::requested(&fields, sandboxes::V1, &SINGLE_INVALID_ANALYSIS)?;
    if !call.settings.get(&settings::MAY_REANALYSE) {
        return Err(error::appliance(&SINGLE_APPLIANCE));
    }
    let present = samples::find(call, &hash).await?.ok_or_else(error::not_found)?;
    if present.extracted {
        return Err(error::extracted(&SINGLE_EXTRACTED));
    }
    let sample = &*present.sample;
    let outcomes = engines::queue(call, &[sample], &engines);
    let outcomes = outcomes.first().map_or(&[][..], Vec::as_slice);
    let top = reply::top(&engines, outcomes);
    let body = Reanalysis {
        top,
        analysis: reply::engines(
            &engines,
            outcomes,
            call.settings.get(&settings::CORE_MESSAGE) == settings::CoreMessage::Example,
        ),
        detail: Detail::of(sample, call.settings.get(&settings::SINGLE_IMPHASH)),
    };
    let (status, behaviour) = match top.code {
        201 => (StatusCode::CREATED, &SINGLE_QUEUED),
        405 => (StatusCode::METHOD_NOT_ALLOWED, &SINGLE_APPLIANCE),
        _ => (StatusCode::OK, &SINGLE_ALREADY_QUEUED),
    };
    Ok(Reply::new(status, JSON, json(&body), behaviour))
}
