//! What the service stores of samples, and sending them for rescanning.

use std::sync::Arc;

use jiff::Timestamp;

use super::error;
use super::fields::NAME;
use super::settings::ANALYSIS_TIME;
use crate::journal::Reply;
use crate::samples::{Hash, HashKind, Sample};
use crate::vendors::Call;
use crate::vendors::reversinglabs::Holding;
use crate::worlds::{Ask, Queue};

/// The name of rescans in the analysis queue.
const ENGINE: &str = "rescan";

/// What the service has of a hash.
#[derive(Debug)]
pub(super) enum Availability {
    /// The file itself.
    Stored(Arc<Sample>),
    /// Knowledge of it, without the file.
    Known,
    /// Nothing.
    Unknown,
}

/// The kind of hash of this name, if the page lists it.
pub(super) fn hash_kind(name: &str) -> Option<HashKind> {
    HashKind::of_name(name).filter(|kind| *kind != HashKind::Sha512)
}

/// What the service has of `hash`; an internal error if the store cannot be read.
pub(super) fn look_up(call: &Call, hash: &Hash) -> Result<Availability, Reply> {
    let found = call.find(hash).map_err(|error| error::store(call, &error))?;
    Ok(Availability::of(&call.state.queue(), call.now, found))
}

/// The same for a list of hashes, in its order. What is no hash is unknown.
pub(super) fn look_up_all(call: &Call, hashes: &[Option<Hash>]) -> Result<Vec<Availability>, Reply> {
    let found = call.find_all(hashes).map_err(|error| error::store(call, &error))?;
    let queue = call.state.queue();
    Ok(found.into_iter().map(|sample| Availability::of(&queue, call.now, sample)).collect())
}

impl Availability {
    /// Of what was found, at `now`, in a world with this queue.
    fn of(queue: &Queue, now: Timestamp, found: Option<Arc<Sample>>) -> Self {
        let Some(sample) = found else { return Self::Unknown };
        let holding = Holding::in_queue(queue, now, &sample);
        match (holding.known, holding.stored) {
            (false, _) => Self::Unknown,
            (true, false) => Self::Known,
            (true, true) => Self::Stored(sample),
        }
    }
}

/// Sends samples for rescanning. A sample that is being rescanned already is not queued again.
pub(super) fn rescan(call: &Call, samples: &[Arc<Sample>]) {
    let pace = call.settings.get(&ANALYSIS_TIME);
    let ask = |sample| Ask { sample, engine: ENGINE, pace, rescan_of: &[NAME], sends_to: None };
    let asks: Vec<_> = samples.iter().map(|sample| ask(sample)).collect();
    call.state.ask(&asks, call.now);
}
