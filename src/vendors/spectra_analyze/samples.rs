//! The samples of a request, as far as the appliance has them.

use std::sync::Arc;

use super::error;
use super::fields::Facts;
use super::hashes::Asked;
use crate::journal::Reply;
use crate::samples::{Hash, Sample};
use crate::vendors::Call;

/// A sample that the appliance has.
#[derive(Clone, Debug)]
pub(super) struct Present {
    pub(super) sample: Arc<Sample>,
    /// Whether it was extracted from another.
    pub(super) extracted: bool,
}

/// The sample of this hash, if the appliance has it.
pub(super) async fn find(call: &Call, hash: &Hash) -> Result<Option<Present>, Reply> {
    let found = call.find(hash).await.map_err(|error| error::store(&error))?;
    Ok(found.and_then(|sample| {
        let facts = Facts::of(&sample);
        facts.present.then_some(Present { sample, extracted: facts.extracted })
    }))
}

/// The samples of these hashes, in order.
pub(super) async fn find_all(call: &Call, asked: &[Asked]) -> Result<Vec<Option<Present>>, Reply> {
    let mut found = Vec::with_capacity(asked.len());
    for one in asked {
        found.push(find(call, &one.hash).await?);
    }
    Ok(found)
}

/// Those among them that can be queued, in order.
pub(super) fn queueable(found: &[Option<Present>]) -> Vec<&Sample> {
    found.iter().flatten().filter(|present| !present.extracted).map(|present| &*present.sample).collect()
}
