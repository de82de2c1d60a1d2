//! Looking up samples on the appliance.

use std::sync::Arc;

use super::error;
use super::fields::ApplianceFacts;
use super::hashes::RequestedHash;
use crate::journal::Reply;
use crate::samples::{Hash, Sample};
use crate::vendors::Call;

/// A sample on the appliance.
#[derive(Clone, Debug)]
pub(super) struct LocalSample {
    pub(super) sample: Arc<Sample>,
    /// Whether it was extracted from another.
    pub(super) extracted: bool,
}

/// The sample of this hash, if the appliance has it.
pub(super) async fn find(call: &Call, hash: &Hash) -> Result<Option<LocalSample>, Reply> {
    let found = call.find(hash).await.map_err(|error| error::store(&error))?;
    Ok(found.and_then(|sample| {
        let facts = ApplianceFacts::of(&sample);
        facts.present.then_some(LocalSample { sample, extracted: facts.extracted })
    }))
}

/// The samples of these hashes, in order.
pub(super) async fn find_all(
    call: &Call,
    asked: &[RequestedHash],
) -> Result<Vec<Option<LocalSample>>, Reply> {
    let mut found = Vec::with_capacity(asked.len());
    for one in asked {
        found.push(find(call, &one.hash).await?);
    }
    Ok(found)
}

/// The samples that can be queued, in order.
pub(super) fn queueable(found: &[Option<LocalSample>]) -> Vec<&Sample> {
    found.iter().flatten().filter(|present| !present.extracted).map(|present| &*present.sample).collect()
}
