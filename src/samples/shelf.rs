//! The samples that all worlds share: those of fixtures in memory, above a built store that stays in its file.
//!
//! Fixtures are held whole, with an index of twelve bytes for each hash. Of a built store as many samples are kept
//! ready as fit into [`READY_BYTES`]; a look-up of one of those asks no one, of any other reads two pages of the file.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use hashbrown::HashTable;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::store::head_of_name;
use super::{Built, Hash, Hashes, Key, Sample, Store, StoreError};

/// How many bytes of samples of a built store are kept ready, with what rooms make of them.
const READY_BYTES: u64 = 80 << 20;
/// How many places of hashes are kept ready, each being 16 bytes.
const READY_PLACES: usize = 64 << 10;

/// The samples that all worlds share. It never changes: new fixtures are a new shelf.
#[derive(Debug)]
pub struct Shelf {
    index: HashTable<Entry>,
    names: HashTable<Entry>,
    samples: Vec<Arc<Sample>>,
    below: Option<Below>,
    store: Store,
}

/// Where the sample of a hash stands. The hash itself is compared with the sample's.
#[derive(Clone, Copy, Debug)]
struct Entry {
    head: [u8; 8],
    place: u32,
}

impl Entry {
    fn head(&self) -> u64 {
        u64::from_be_bytes(self.head)
    }
}

/// A built store under the fixtures.
#[derive(Debug)]
struct Below {
    built: Built,
    // The places of samples that one of the fixtures replaces.
    hidden: HashSet<u32>,
    ready: Cache<u32, Arc<Sample>, Weight>,
    places: Cache<u64, u32>,
}

#[derive(Clone, Debug)]
struct Weight;

impl Weighter<u32, Arc<Sample>> for Weight {
    fn weight(&self, _: &u32, sample: &Arc<Sample>) -> u64 {
        sample.weight()
    }
}

impl Below {
    fn new(built: Built, hidden: HashSet<u32>) -> Self {
        let ready = Cache::with_weighter((READY_BYTES / 4096) as usize, READY_BYTES, Weight);
        Self { built, hidden, ready, places: Cache::new(READY_PLACES) }
    }

    fn find(&self, hash: &Hash) -> Result<Option<Arc<Sample>>, StoreError> {
        if let Some(place) = self.places.get(&hash.head())
            && let Some(sample) = self.at(place)?.filter(|sample| sample.hashes.has(hash))
        {
            return Ok(Some(sample));
        }
        let mut places = Vec::new();
        self.built.places(hash.head(), &mut places)?;
        for place in places {
            if let Some(sample) = self.at(place)?.filter(|sample| sample.hashes.has(hash)) {
                self.places.insert(hash.head(), place);
                return Ok(Some(sample));
            }
        }
        Ok(None)
    }

    fn at(&self, place: u32) -> Result<Option<Arc<Sample>>, StoreError> {
        if let Some(sample) = self.ready.get(&place) {
            return Ok(Some(sample));
        }
        if self.hidden.contains(&place) {
            return Ok(None);
        }
        let sample = self.built.sample(place)?.map(Arc::new);
        if let Some(sample) = &sample {
            self.ready.insert(place, sample.clone());
        }
        Ok(sample)
    }
}

impl Shelf {
    /// Puts the samples of fixtures on a shelf, where they are also found by `names`. `store` keeps what the worlds make of them.
    #[must_use]
    pub fn new(store: Store, samples: Vec<Arc<Sample>>, names: impl Fn(&Sample) -> Vec<String>) -> Self {
        let mut by_name = HashTable::new();
        let mut index = HashTable::with_capacity(samples.len() * 4);
        for (place, sample) in (0_u32..).zip(&samples) {
            for hash in sample.hashes.all() {
                let entry = Entry { head: hash.head().to_be_bytes(), place };
                index.insert_unique(hash.head(), entry, Entry::head);
            }
            for name in names(sample) {
                let head = head_of_name(&name);
                by_name.insert_unique(head, Entry { head: head.to_be_bytes(), place }, Entry::head);
            }
        }
        Self { index, names: by_name, samples, below: None, store }
    }

    /// The same above a built store, of whose samples those at the places `hidden` are replaced by the fixtures'.
    #[must_use]
    pub fn above(self, built: Built, hidden: HashSet<u32>) -> Self {
        Self { below: Some(Below::new(built, hidden)), ..self }
    }

    /// How many samples there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let below = |below: &Below| below.built.len() as usize - below.hidden.len();
        self.samples.len() + self.below.as_ref().map_or(0, below)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sample that has this hash.
    ///
    /// # Errors
    /// SQLite refuses.
    #[allow(clippy::unused_async, reason = "callers must not rely on an answer without a wait")]
    pub async fn find(&self, hash: &Hash) -> Result<Option<Arc<Sample>>, StoreError> {
        let head = hash.head();
        let mut here = self.index.iter_hash(head).filter(|entry| entry.head() == head);
        let sample = here.find_map(|entry| {
            self.samples.get(entry.place as usize).filter(|sample| sample.hashes.has(hash))
        });
        match (sample, &self.below) {
            (Some(sample), _) => Ok(Some(sample.clone())),
            (None, Some(below)) => below.find(hash),
            (None, None) => Ok(None),
        }
    }

    /// The samples that may go by this name, and perhaps others.
    ///
    /// # Errors
    /// SQLite refuses.
    #[allow(clippy::unused_async, reason = "callers must not rely on an answer without a wait")]
    pub async fn named(&self, name: &str) -> Result<Vec<Arc<Sample>>, StoreError> {
        let head = head_of_name(name);
        let here = self.names.iter_hash(head).filter(|entry| entry.head() == head);
        let mut places: Vec<u32> = here.map(|entry| entry.place).collect();
        places.sort_unstable();
        places.dedup();
        let here = places.iter().filter_map(|place| self.samples.get(*place as usize));
        let mut samples: Vec<Arc<Sample>> = here.cloned().collect();
        if let Some(below) = &self.below {
            places.clear();
            below.built.named(head, &mut places)?;
            places.dedup();
            for place in places {
                samples.extend(below.at(place)?);
            }
        }
        Ok(samples)
    }

    /// The sample at this place: first those of the fixtures in their order, then those of the built store.
    ///
    /// # Errors
    /// SQLite refuses.
    #[allow(clippy::unused_async, reason = "callers must not rely on an answer without a wait")]
    pub async fn at(&self, place: u32) -> Result<Option<Arc<Sample>>, StoreError> {
        if let Some(sample) = self.samples.get(place as usize) {
            return Ok(Some(sample.clone()));
        }
        let place = place - self.first_below();
        self.below.as_ref().map_or(Ok(None), |below| below.at(place))
    }

    /// Adds the places of the samples that may have a hash with this head.
    ///
    /// # Errors
    /// SQLite refuses.
    pub(super) fn places(&self, head: u64, places: &mut Vec<u32>) -> Result<(), StoreError> {
        let found = self.index.iter_hash(head).filter(|entry| entry.head() == head);
        places.extend(found.map(|entry| entry.place));
        if let Some(below) = &self.below {
            let first = places.len();
            below.built.places(head, places)?;
            places[first..].iter_mut().for_each(|place| *place += self.first_below());
        }
        Ok(())
    }

    /// Samples whose name holds `name` (in any ASCII case) and whose newest verdict is `verdict`, either empty for
    /// any: `limit` of them after the first `skip`, in the order of their places.
    ///
    /// # Errors
    /// SQLite refuses.
    #[allow(clippy::unused_async, reason = "callers must not rely on an answer without a wait")]
    pub async fn list(
        &self,
        name: &str,
        verdict: &str,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Arc<Sample>>, StoreError> {
        let here = self.wanted(name, verdict);
        let mut list: Vec<Arc<Sample>> = here.clone().skip(skip).take(limit).cloned().collect();
        if let Some(below) = &self.below
            && list.len() < limit
        {
            let skip = skip.saturating_sub(here.count());
            let more = below.built.list(name, verdict, skip, limit - list.len())?;
            let replaced = |sample: &Sample| sample.hashes.all().any(|hash| self.has(&hash));
            list.extend(more.into_iter().filter(|sample| !replaced(sample)).map(Arc::new));
        }
        Ok(list)
    }

    /// How many samples [`Shelf::list`] would give without a limit; one of the built store that a fixture replaces
    /// counts too, and leaves a gap in the list.
    ///
    /// # Errors
    /// SQLite refuses.
    #[allow(clippy::unused_async, reason = "callers must not rely on an answer without a wait")]
    pub async fn count(&self, name: &str, verdict: &str) -> Result<usize, StoreError> {
        let below = match &self.below {
            Some(below) => below.built.count(name, verdict)?,
            None => 0,
        };
        Ok(self.wanted(name, verdict).count() + below)
    }

    /// The store of what the worlds make of the samples.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether a sample may have the hash of these digits: one has a hash that begins with the same sixteen.
    #[must_use]
    pub fn may_have(&self, digits: &str) -> bool {
        let Some(head) = digits.get(..16).and_then(|head| u64::from_str_radix(head, 16).ok()) else {
            return false;
        };
        let mut places = Vec::new();
        self.places(head, &mut places).is_ok() && !places.is_empty()
    }

    /// The place of the first sample of the built store.
    fn first_below(&self) -> u32 {
        u32::try_from(self.samples.len()).unwrap_or(u32::MAX)
    }

    fn has(&self, hash: &Hash) -> bool {
        let head = hash.head();
        let mut here = self.index.iter_hash(head).filter(|entry| entry.head() == head);
        here.any(|entry| self.samples.get(entry.place as usize).is_some_and(|sample| sample.hashes.has(hash)))
    }

    fn wanted(&self, name: &str, verdict: &str) -> impl Iterator<Item = &Arc<Sample>> + Clone {
        let name = name.to_ascii_lowercase();
        let verdict = verdict.to_owned();
        self.samples.iter().filter(move |sample| {
            (verdict.is_empty() || sample.scans.last().is_some_and(|scan| scan.verdict.word() == verdict))
                && (name.is_empty() || sample.name.to_ascii_lowercase().contains(&name))
        })
    }
}

/// What a world has of its own on top of the shared samples.
#[derive(Clone, Debug, Default)]
pub struct Own {
    samples: Vec<Arc<Sample>>,
    by_hash: HashMap<Hash, Arc<Sample>>,
    hidden: HashSet<Key>,
}

impl Own {
    /// Adds a sample, in place of whichever shares a hash with it.
    pub fn put(&mut self, sample: Arc<Sample>) {
        self.drop_sharing(&sample.hashes);
        for hash in sample.hashes.all() {
            self.by_hash.insert(hash, sample.clone());
        }
        self.samples.push(sample);
    }

    /// Takes a sample away, be it the world's own or a shared one.
    pub fn remove(&mut self, sample: &Sample) {
        self.drop_sharing(&sample.hashes);
        self.hidden.insert(sample.key());
    }

    /// Hides a shared sample that one of the world's own replaces.
    pub fn hide(&mut self, key: Key) {
        self.hidden.insert(key);
    }

    /// The world's own sample that has this hash.
    #[must_use]
    pub fn find(&self, hash: &Hash) -> Option<&Arc<Sample>> {
        self.by_hash.get(hash)
    }

    /// Whether a shared sample is hidden in this world.
    #[must_use]
    pub fn hides(&self, key: &Key) -> bool {
        self.hidden.contains(key)
    }

    /// The world's own samples, oldest first.
    #[must_use]
    pub fn samples(&self) -> &[Arc<Sample>] {
        &self.samples
    }

    /// Whether the world has nothing of its own.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty() && self.hidden.is_empty()
    }

    fn drop_sharing(&mut self, hashes: &Hashes) {
        let gone: Vec<Arc<Sample>> =
            hashes.all().filter_map(|hash| self.by_hash.get(&hash).cloned()).collect();
        for sample in gone {
            self.samples.retain(|other| other.key() != sample.key());
            self.by_hash.retain(|_, other| other.key() != sample.key());
        }
    }
}
