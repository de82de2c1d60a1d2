//! What the service holds, and sending it for rescanning.

use std::sync::Arc;

use super::error;
use super::fields::Holding;
use super::settings::ANALYSIS_TIME;
use crate::journal::Reply;
use crate::samples::{Hash, HashKind, Sample};
use crate::vendors::Call;
use crate::worlds::Ask;

/// The engine under which a rescan stands in the queue.
const ENGINE: &str = "rescan";

/// What the service has of a hash.
#[derive(Debug)]
pub(super) enum Held {
    /// The file itself.
    Stored(Arc<Sample>),
    /// Knowledge of it, without the file.
    Known,
    /// Nothing.
    Unknown,
}

/// The kinds of hash that the page lists, by name.
pub(super) fn hash_kind(name: &str) -> Option<HashKind> {
    HashKind::of_name(name).filter(|kind| *kind != HashKind::Sha512)
}

/// What the service has of `hash`; its internal error if the store refuses.
pub(super) async fn look_up(call: &Call, hash: &Hash) -> Result<Held, Reply> {
    let found = call.find(hash).await.map_err(|error| error::store(call, &error))?;
    let Some(sample) = found else { return Ok(Held::Unknown) };
    let holding = Holding::of(&sample);
    Ok(match (holding.known, holding.stored) {
        (false, _) => Held::Unknown,
        (true, false) => Held::Known,
        (true, true) => Held::Stored(sample),
    })
}

/// Sends samples for rescanning; one that is being rescanned already just stays so.
pub(super) fn rescan(call: &Call, samples: &[Arc<Sample>]) {
    let pace = call.settings.get(&ANALYSIS_TIME);
    let asks: Vec<_> = samples.iter().map(|sample| Ask { sample, engine: ENGINE, pace }).collect();
    call.state.ask(&asks, call.now);
}
