//! The batches of a world: uploads that a client groups. The oldest are forgotten once there are too many.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{derived, hex};

/// The number of batches that are kept.
const MOST_BATCHES: usize = 1000;
/// The number of files in one batch.
const MOST_FILES: usize = 10_000;

/// What a client says about a new batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchRequest {
    /// The API, by name.
    pub api: String,
    /// The rule under which its files are scanned; `None` for the default rule.
    pub rule: Option<String>,
    /// The client, as it names itself.
    pub agent: Option<String>,
    /// The user, if the client has logged in.
    pub user: Option<String>,
    /// A text that is repeated in the result.
    pub note: String,
    /// When it was created.
    #[serde(with = "crate::clock::millis")]
    pub at: Timestamp,
}

/// A batch; also its persisted form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Its identifier: 32 hex digits, derived from its number.
    pub id: String,
    /// Its position among all batches of the world, starting at 1.
    number: u64,
    /// What the client said about it.
    pub request: BatchRequest,
    /// Whether no more files are taken.
    pub closed: bool,
    /// The identifiers of its uploads, in order.
    pub files: Vec<String>,
}

/// The batches of one world.
#[derive(Debug, Default)]
pub struct Batches(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    // Oldest first.
    all: VecDeque<Arc<Batch>>,
    /// The number of batches ever created.
    created: u64,
}

impl Batches {
    /// Creates an open batch. Returns its identifier, and that of the batch that it displaces, if any.
    pub fn create(&self, request: BatchRequest) -> (String, Option<String>) {
        let mut contents = self.contents();
        contents.created += 1;
        let number = contents.created;
        // Derived rather than random, so that the same requests get the same identifiers in every run.
        let id = hex(&derived(&[request.api.as_bytes(), &number.to_be_bytes()].concat(), "batch")[..16]);
        let displaced = if contents.all.len() < MOST_BATCHES { None } else { contents.all.pop_front() };
        let batch = Batch { id: id.clone(), number, request, closed: false, files: Vec::new() };
        contents.all.push_back(Arc::new(batch));
        (id, displaced.map(|batch| batch.id.clone()))
    }

    /// The batch of `api` with this identifier.
    #[must_use]
    pub fn find(&self, api: &str, id: &str) -> Option<Arc<Batch>> {
        self.contents().all.iter().find(|batch| batch.id == id && batch.request.api == api).cloned()
    }

    /// Adds an upload; false if the batch is closed, full, or not there.
    pub fn add(&self, api: &str, id: &str, file: &str) -> bool {
        let open = |batch: &Batch| !batch.closed && batch.files.len() < MOST_FILES;
        self.change(api, id, |batch| {
            open(batch) && {
                batch.files.push(file.to_owned());
                true
            }
        }) == Some(true)
    }

    /// Closes a batch; false if there is none.
    pub fn close(&self, api: &str, id: &str) -> bool {
        self.change(api, id, |batch| batch.closed = true).is_some()
    }

    fn change<T>(&self, api: &str, id: &str, act: impl FnOnce(&mut Batch) -> T) -> Option<T> {
        let mut contents = self.contents();
        let mut all = contents.all.iter_mut();
        let batch = all.find(|batch| batch.id == id && batch.request.api == api)?;
        Some(act(Arc::make_mut(batch)))
    }

    /// The identifiers of all batches.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.contents().all.iter().map(|batch| batch.id.clone()).collect()
    }

    /// The batch with this identifier, of whatever API.
    #[must_use]
    pub fn entry(&self, id: &str) -> Option<Arc<Batch>> {
        self.contents().all.iter().find(|batch| batch.id == id).cloned()
    }

    /// Restores all persisted batches.
    pub fn restore(&self, mut batches: Vec<Batch>) {
        // They come in the order of their identifiers. The last number goes on, so that no identifier is given twice.
        batches.sort_by_key(|batch| batch.number);
        let mut contents = self.contents();
        contents.created = batches.last().map_or(0, |batch| batch.number);
        contents.all = batches.into_iter().map(Arc::new).collect();
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(batches: &Batches) -> (String, Option<String>) {
        let (api, note, at) = ("api".to_owned(), String::new(), Timestamp::UNIX_EPOCH);
        batches.create(BatchRequest { api, rule: None, agent: None, user: None, note, at })
    }

    #[test]
    fn a_batch_takes_files_until_it_is_closed_or_full() {
        let batches = Batches::default();
        let (id, _) = create(&batches);
        assert!(
            batches.add("api", &id, "one")
                && !batches.add("other", &id, "two")
                && !batches.add("api", "x", "y")
        );
        assert!(batches.close("api", &id) && !batches.add("api", &id, "three") && batches.close("api", &id));
        assert_eq!(batches.find("api", &id).expect("is there").files, ["one"]);
        assert!(batches.find("other", &id).is_none() && !batches.close("other", &id));
        let (full, _) = create(&batches);
        assert_ne!(full, id);
        assert!((0..MOST_FILES).all(|file| batches.add("api", &full, &file.to_string())));
        assert!(!batches.add("api", &full, "one more"));
    }

    #[test]
    fn the_oldest_batch_is_displaced_and_restored_batches_continue() {
        let batches = Batches::default();
        let ids: Vec<String> = (0..MOST_BATCHES).map(|_| create(&batches).0).collect();
        assert_eq!(create(&batches).1.as_ref(), ids.first());
        assert!(batches.find("api", &ids[0]).is_none() && batches.find("api", &ids[1]).is_some());
        let kept: Vec<Batch> =
            batches.ids().iter().rev().filter_map(|id| Some(Batch::clone(&*batches.entry(id)?))).collect();
        let restored = Batches::default();
        restored.restore(kept);
        assert_eq!(restored.ids(), batches.ids());
        assert_eq!(create(&restored).0, create(&batches).0);
    }
}
