//! The URLs from which clients asked an API to fetch files. Nothing is fetched.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::samples::Key;
use crate::worlds::Instant;

/// A URL from which a client asked for a file; also its persisted form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrlUpload {
    /// The URL as it was sent.
    pub url: String,
    /// When it was asked.
    #[serde(with = "crate::clock::millis")]
    pub at: Timestamp,
    /// When it is processed.
    pub done: Instant,
    /// The sample that a fixture names for the URL.
    pub sample: Option<Key>,
}

/// The URLs of one world, by their position among all its uploads. The oldest are forgotten once there are too many.
#[derive(Debug, Default)]
pub struct UrlUploads(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    by_number: BTreeMap<u64, UrlUpload>,
    /// The numbers that changed since the last call of [`UrlUploads::changed`].
    changed: HashSet<u64>,
}

impl UrlUploads {
    /// Adds one under `number`, and forgets the oldest beyond `capacity`.
    pub fn put(&self, number: u64, upload: UrlUpload, capacity: u64) {
        let mut contents = self.contents();
        contents.by_number.insert(number, upload);
        contents.changed.insert(number);
        while contents.by_number.len() as u64 > capacity {
            let Some((oldest, _)) = contents.by_number.pop_first() else { break };
            // Its persisted entry has to be removed.
            contents.changed.insert(oldest);
        }
    }

    /// The one of this number.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<UrlUpload> {
        self.contents().by_number.get(&number).cloned()
    }

    /// The numbers of all, oldest first.
    #[must_use]
    pub fn numbers(&self) -> Vec<u64> {
        self.contents().by_number.keys().copied().collect()
    }

    /// The numbers that changed since the last call.
    #[must_use]
    pub fn changed(&self) -> HashSet<u64> {
        std::mem::take(&mut self.contents().changed)
    }

    /// Restores a persisted one.
    pub fn restore(&self, number: u64, upload: UrlUpload) {
        self.contents().by_number.insert(number, upload);
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
