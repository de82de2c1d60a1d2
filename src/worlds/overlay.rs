//! The samples of one world on top of the shared ones.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use hashbrown::HashMap;

use super::OwnSample;
use crate::samples::{Hash, Hashes, Key, Near, Sample};

/// A world's own samples, and the shared ones that it hides.
#[derive(Clone, Debug, Default)]
pub struct SampleOverlay {
    /// By insertion order, which starts at 1, and key.
    samples: BTreeMap<(u64, Key), Arc<OwnSample>>,
    /// With its position in insertion order. All four hashes of a sample lead to it, since no two samples share one.
    /// The hasher of `hashbrown`, here and elsewhere for keys that are hashes, takes a third of the instructions of the
    /// standard one.
    by_hash: HashMap<Hash, (u64, Arc<Sample>)>,
    hidden: HashSet<Key>,
    /// The number of samples ever added.
    added: u64,
}

impl SampleOverlay {
    /// Adds a sample, in place of every sample that shares a hash with it.
    pub fn put(&mut self, sample: Arc<Sample>) {
        self.restore(self.added + 1, sample);
    }

    /// The same with a position in insertion order.
    pub fn restore(&mut self, number: u64, sample: Arc<Sample>) {
        self.drop_sharing(&sample.hashes);
        for hash in sample.hashes.all() {
            self.by_hash.insert(hash, (number, sample.clone()));
        }
        // Numbering goes on after the highest position that was restored.
        self.added = self.added.max(number);
        self.samples.insert((number, sample.key()), Arc::new(OwnSample::new(sample)));
    }

    /// Removes a sample, whether it is the world's own or a shared one.
    pub fn remove(&mut self, sample: &Sample) {
        self.drop_sharing(&sample.hashes);
        // Also if it was the world's own: a shared sample of the same file must not appear in its place.
        self.hidden.insert(sample.key());
    }

    /// Hides a shared sample that one of the world's own replaces.
    pub fn hide(&mut self, key: Key) {
        self.hidden.insert(key);
    }

    /// The world's own sample that has this hash.
    #[must_use]
    pub fn find(&self, hash: &Hash) -> Option<&Arc<Sample>> {
        self.by_hash.get(hash).map(|(_, sample)| sample)
    }

    /// Whether a shared sample is hidden in this world.
    #[must_use]
    pub fn hides(&self, key: &Key) -> bool {
        self.hidden.contains(key)
    }

    /// The shared samples that are hidden in this world.
    pub fn hidden(&self) -> impl Iterator<Item = &Key> {
        self.hidden.iter()
    }

    /// The world's own samples, oldest first.
    pub fn samples(&self) -> impl ExactSizeIterator<Item = &Arc<Sample>> {
        self.samples.values().map(|own| own.get())
    }

    /// The world's own sample with this key, and its position in insertion order.
    #[must_use]
    pub fn numbered(&self, key: &Key) -> Option<&(u64, Arc<Sample>)> {
        self.by_hash.get(&Hash::Sha256(*key))
    }

    /// Whether the world has nothing of its own.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty() && self.hidden.is_empty()
    }

    /// The keys of the samples that only one of the two has, or hides.
    #[must_use]
    pub fn differing(&self, other: &Self) -> HashSet<Key> {
        let only = |one: &Self, other: &Self| {
            // A sample is never changed in place, so comparing addresses is enough.
            let known: HashSet<*const Sample> = other.samples().map(Arc::as_ptr).collect();
            let samples = one.samples().filter(|sample| !known.contains(&Arc::as_ptr(sample)));
            let mut keys: HashSet<Key> = samples.map(|sample| sample.key()).collect();
            keys.extend(one.hidden.difference(&other.hidden));
            keys
        };
        let mut keys = only(self, other);
        keys.extend(only(other, self));
        keys
    }

    /// One of the first `most` of these samples that has a hash which differs from `text` by one digit.
    #[must_use]
    pub fn near(&self, text: &str, most: usize) -> Option<Near> {
        self.samples().take(most).find_map(|sample| Near::of(sample, text))
    }

    fn drop_sharing(&mut self, hashes: &Hashes) {
        for hash in hashes.all() {
            let Some((number, sample)) = self.by_hash.get(&hash).cloned() else { continue };
            self.samples.remove(&(number, sample.key()));
            sample.hashes.all().for_each(|hash| _ = self.by_hash.remove(&hash));
        }
    }
}
