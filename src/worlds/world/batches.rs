//! Changes of a world's batches.

use super::State;
use crate::store::ChangedPart;
use crate::worlds::BatchRequest;

impl State {
    /// Creates an open batch; its identifier.
    pub fn create_batch(&self, request: BatchRequest) -> String {
        let (id, displaced) = self.batches.create(request);
        displaced.into_iter().chain([id.clone()]).for_each(|id| self.mark(|| ChangedPart::Batch(id)));
        id
    }

    /// Adds an upload to a batch of `api`; false if the batch takes none.
    pub fn add_to_batch(&self, api: &str, id: &str, file: &str) -> bool {
        let added = self.batches.add(api, id, file);
        self.mark(|| ChangedPart::Batch(id.to_owned()));
        added
    }

    /// Closes a batch of `api`; false if there is none.
    pub fn close_batch(&self, api: &str, id: &str) -> bool {
        let closed = self.batches.close(api, id);
        self.mark(|| ChangedPart::Batch(id.to_owned()));
        closed
    }
}
