//! Looking up samples on the appliance.

use std::sync::Arc;

use jiff::Timestamp;

use super::error;
use super::fields::{ApplianceFacts, NAME};
use super::hashes::RequestedHash;
use crate::journal::{Behaviour, Reply};
use crate::samples::{Hash, Sample};
use crate::vendors::Call;
use crate::worlds::Queue;

/// A sample on the appliance.
#[derive(Clone, Debug)]
pub(super) struct LocalSample {
    pub(super) sample: Arc<Sample>,
    /// Whether it was extracted from another.
    pub(super) extracted: bool,
}

/// The sample of this hash, if the appliance has it.
pub(super) fn find(call: &Call, hash: &Hash) -> Result<Option<LocalSample>, Reply> {
    let found = call.find(hash).map_err(|error| error::store(&error))?;
    Ok(found.and_then(|sample| local(&call.state.queue(), call.now, sample)))
}

/// The sample, if the appliance has it at `now`, in a world with this queue.
fn local(queue: &Queue, now: Timestamp, sample: Arc<Sample>) -> Option<LocalSample> {
    // Deleting takes a sample away, and an upload brings it, not as an extracted one.
    let (present, extracted) = match queue.holds(&sample.key(), NAME, now) {
        Some(held) => (held, false),
        None => {
            let facts = ApplianceFacts::of(&sample);
            (facts.present, facts.extracted)
        }
    };
    present.then_some(LocalSample { sample, extracted })
}

/// The sample of this hash, or the refusals of an endpoint that names one sample in its path.
pub(super) fn named(
    call: &Call,
    invalid: &'static Behaviour,
    not_found: &'static Behaviour,
) -> Result<LocalSample, Reply> {
    let hash = Hash::parse(call.param("hash_value")).ok_or_else(|| error::invalid_hash(invalid))?;
    find(call, &hash)?.ok_or_else(|| error::not_found(not_found))
}

/// Whether a sample has more than uploads that are still being processed.
pub(super) fn is_processed(call: &Call, sample: &Sample) -> bool {
    let scans = call.state.scans(sample, call.now);
    let mut scans = scans.iter();
    scans.any(|scan| scan.cause.upload().is_none() || call.state.is_done(sample, scan, call.origin, call.now))
}

/// The samples of these hashes, in order.
pub(super) fn find_all(call: &Call, asked: &[RequestedHash<'_>]) -> Result<Vec<Option<LocalSample>>, Reply> {
    let hashes: Vec<_> = asked.iter().map(|asked| Some(asked.hash)).collect();
    let found = call.find_all(&hashes).map_err(|error| error::store(&error))?;
    let queue = call.state.queue();
    Ok(found.into_iter().map(|sample| local(&queue, call.now, sample?)).collect())
}

/// The samples that can be queued, in order.
pub(super) fn queueable(found: &[Option<LocalSample>]) -> Vec<&Sample> {
    found.iter().flatten().filter(|present| !present.extracted).map(|present| &*present.sample).collect()
}
