//! The samples that all worlds share, in front of the store: those of fixtures, above a built store in its file.
//!
//! Of either as many samples are kept ready as fit into [`READY_BYTES`], and a look-up of one of those asks no one. For
//! fixtures there is an index of twelve bytes for each hash and each name in memory; a built store brings its own, so
//! that opening it costs nothing and a look-up of what is not ready reads two pages of the file.

use std::collections::HashSet;
use std::sync::Arc;

use hashbrown::HashTable;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::{Built, Load, Store, StoreError};
use crate::samples::{Hash, Near, Sample, heads};
use crate::store::head_of_name;

/// How many bytes of samples are kept ready, with what rooms make of them: of the fixtures, and of a built store.
const READY_BYTES: u64 = 50 << 20;
/// How many places of hashes are kept ready, each being 16 bytes.
const READY_PLACES: usize = 64 << 10;

/// The samples that all worlds share. It never changes: new fixtures are a new shelf.
#[derive(Debug)]
pub struct Shelf {
    index: HashTable<Entry>,
    names: HashTable<Entry>,
    ready: Ready,
    len: usize,
    below: Option<Below>,
    store: Store,
    load: Load,
}

type Ready = Cache<u32, Arc<Sample>, Weight>;

fn ready() -> Ready {
    Cache::with_weighter((READY_BYTES / 4096) as usize, READY_BYTES, Weight)
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
    ready: Ready,
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
        Self { built, hidden, ready: ready(), places: Cache::new(READY_PLACES) }
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
            // Only what is asked for again is kept ready: a sample that is asked for once would push out another, and
            // letting that go costs more than reading this one anew.
            let sample = match self.ready.get(&place) {
                Some(sample) => Some(sample),
                None => self.read(place)?,
            };
            if let Some(sample) = sample.filter(|sample| sample.hashes.has(hash)) {
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
        let sample = self.read(place)?;
        if let Some(sample) = &sample {
            self.ready.insert(place, sample.clone());
        }
        Ok(sample)
    }

    fn read(&self, place: u32) -> Result<Option<Arc<Sample>>, StoreError> {
        if self.hidden.contains(&place) {
            return Ok(None);
        }
        Ok(self.built.sample(place)?.map(Arc::new))
    }
}

impl Shelf {
    /// Writes the samples of fixtures to `store` and puts them on a shelf, where they are also found by `names`.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn fill(
        store: Store,
        samples: Vec<Arc<Sample>>,
        names: impl Fn(&Sample) -> Vec<String>,
    ) -> Result<Self, StoreError> {
        let load = store.fill(&samples).await?;
        let (len, ready) = (samples.len(), ready());
        let mut by_name = HashTable::new();
        let mut index = HashTable::with_capacity(len * 4);
        for (place, sample) in (0_u32..).zip(samples) {
            for hash in sample.hashes.all() {
                let entry = Entry { head: hash.head().to_be_bytes(), place };
                index.insert_unique(hash.head(), entry, Entry::head);
            }
            for name in names(&sample) {
                let head = head_of_name(&name);
                by_name.insert_unique(head, Entry { head: head.to_be_bytes(), place }, Entry::head);
            }
            ready.insert(place, sample);
        }
        Ok(Self { index, names: by_name, ready, len, below: None, store, load })
    }

    /// The same above a built store, of whose samples those at the places `hidden` are replaced by the fixtures'.
    #[must_use]
    pub fn above(self, built: Built, hidden: HashSet<u32>) -> Self {
        Self { below: Some(Below::new(built, hidden)), ..self }
    }

    /// Clears the samples away from the store; nobody may look for any after this.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn clear_away(&self) -> Result<(), StoreError> {
        self.store.clear_away(self.load).await
    }

    /// How many samples there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let below = |below: &Below| below.built.len() as usize - below.hidden.len();
        self.len + self.below.as_ref().map_or(0, below)
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
    pub async fn find(&self, hash: &Hash) -> Result<Option<Arc<Sample>>, StoreError> {
        if let Some(sample) = self.here(hash).await? {
            return Ok(Some(sample));
        }
        self.below.as_ref().map_or(Ok(None), |below| below.find(hash))
    }

    /// The fixtures' sample that has this hash.
    async fn here(&self, hash: &Hash) -> Result<Option<Arc<Sample>>, StoreError> {
        let head = hash.head();
        // The index's iterator cannot be held over an await, so each of the few entries of a head is fetched anew.
        for nth in 0.. {
            let entry = self.index.iter_hash(head).filter(|entry| entry.head() == head).nth(nth).copied();
            let Some(entry) = entry else { break };
            let sample = self.fixture(entry.place).await?;
            if let Some(sample) = sample.filter(|sample| sample.hashes.has(hash)) {
                return Ok(Some(sample));
            }
        }
        Ok(None)
    }

    /// The fixtures' sample at this place.
    async fn fixture(&self, place: u32) -> Result<Option<Arc<Sample>>, StoreError> {
        if let Some(sample) = self.ready.get(&place) {
            return Ok(Some(sample));
        }
        let sample = self.store.sample(self.load, place).await?.map(Arc::new);
        if let Some(sample) = &sample {
            self.ready.insert(place, sample.clone());
        }
        Ok(sample)
    }

    /// The samples that may go by this name, and perhaps others.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn named(&self, name: &str) -> Result<Vec<Arc<Sample>>, StoreError> {
        let head = head_of_name(name);
        let here = self.names.iter_hash(head).filter(|entry| entry.head() == head);
        let mut places: Vec<u32> = here.map(|entry| entry.place).collect();
        places.sort_unstable();
        places.dedup();
        let mut samples = Vec::with_capacity(places.len());
        for place in &places {
            samples.extend(self.fixture(*place).await?);
        }
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
    pub async fn at(&self, place: u32) -> Result<Option<Arc<Sample>>, StoreError> {
        match place.checked_sub(self.first_below()) {
            None => self.fixture(place).await,
            Some(place) => self.below.as_ref().map_or(Ok(None), |below| below.at(place)),
        }
    }

    /// A sample of which a hash becomes `text` by one slip. It costs some hundred look-ups in the index.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn near(&self, text: &str) -> Result<Option<Near>, StoreError> {
        let mut places = Vec::new();
        for head in heads(text) {
            self.places(head, &mut places)?;
        }
        for place in places {
            let Some(sample) = self.at(place).await? else { continue };
            if let Some(near) = Near::of(&sample, text) {
                return Ok(Some(near));
            }
        }
        Ok(None)
    }

    /// Adds the places of the samples that may have a hash with this head.
    ///
    /// # Errors
    /// SQLite refuses.
    fn places(&self, head: u64, places: &mut Vec<u32>) -> Result<(), StoreError> {
        // Near misses look up hundreds of hashes, almost all unknown, which `find` rejects faster than the iterator does.
        if self.index.find(head, |entry| entry.head() == head).is_some() {
            let found = self.index.iter_hash(head).filter(|entry| entry.head() == head);
            places.extend(found.map(|entry| entry.place));
        }
        if let Some(below) = &self.below {
            let first = places.len();
            below.built.places(head, places)?;
            places[first..].iter_mut().for_each(|place| *place += self.first_below());
        }
        Ok(())
    }

    /// The place of the sample that has this hash.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn place_of(&self, hash: &Hash) -> Result<Option<u32>, StoreError> {
        let mut places = Vec::new();
        self.places(hash.head(), &mut places)?;
        for place in places {
            if self.at(place).await?.is_some_and(|sample| sample.hashes.has(hash)) {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// Samples but those at the places `hidden`, whose name holds `name` (in any ASCII case) and whose newest verdict is
    /// `verdict`, either empty for any: `limit` of them after the first `skip`, in the order of their places.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn list(
        &self,
        name: &str,
        verdict: &str,
        hidden: &HashSet<u32>,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Arc<Sample>>, StoreError> {
        let (here, under) = self.split(hidden);
        let mut list = self.store.list(self.load, name, verdict, &here, skip, limit).await?;
        if let Some(below) = &self.below
            && list.len() < limit
        {
            let skip = skip.saturating_sub(self.store.count(self.load, name, verdict, &here).await?);
            list.extend(below.built.list(name, verdict, &under, skip, limit - list.len())?);
        }
        Ok(list.into_iter().map(Arc::new).collect())
    }

    /// How many samples [`Shelf::list`] would give without a limit.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn count(&self, name: &str, verdict: &str, hidden: &HashSet<u32>) -> Result<usize, StoreError> {
        let (here, under) = self.split(hidden);
        let below = match &self.below {
            Some(below) => below.built.count(name, verdict, &under)?,
            None => 0,
        };
        Ok(self.store.count(self.load, name, verdict, &here).await? + below)
    }

    /// The places among the fixtures, and those in the built store with the ones that a fixture replaces.
    fn split(&self, hidden: &HashSet<u32>) -> (Vec<u32>, Vec<u32>) {
        let (here, under): (Vec<u32>, Vec<u32>) =
            hidden.iter().partition(|place| **place < self.first_below());
        let mut all: HashSet<u32> = under.into_iter().map(|place| place - self.first_below()).collect();
        all.extend(self.below.iter().flat_map(|below| &below.hidden));
        (here, all.into_iter().collect())
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
        u32::try_from(self.len).unwrap_or(u32::MAX)
    }
}
