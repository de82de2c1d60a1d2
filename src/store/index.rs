//! The index of the samples that all worlds share: those of fixtures, on top of a built store if there is one.
//!
//! The samples of fixtures are in memory, with an index that takes twelve bytes for each hash and each name. Those of a
//! built store are cached up to [`CACHE_BYTES`]; it contains its own index, so opening it costs nothing, and a look-up of a
//! sample that is not cached reads two pages of the file.

use std::collections::HashSet;
use std::sync::Arc;

use hashbrown::HashTable;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::{Built, StoreError};
use crate::samples::{self, HalfFilter, Hash, Identity, Near, Sample, each_head};
use crate::store::head_of_name;

/// The size of the cache of a built store's samples. Some ten thousand fit.
const CACHE_BYTES: u64 = 20 << 20;
/// The number of hashes whose places are cached, at 16 bytes each.
const CACHED_PLACES: usize = 64 << 10;

/// The index of the shared samples. It never changes; reloaded fixtures get a new one.
#[derive(Debug)]
pub struct SampleIndex {
    samples: Vec<Arc<Sample>>,
    index: HashTable<Entry>,
    halves: HalfFilter,
    names: HashTable<Entry>,
    below: Option<BuiltLayer>,
}

type SampleCache = Cache<u32, Arc<Sample>, Weight>;

fn sample_cache() -> SampleCache {
    Cache::with_weighter((CACHE_BYTES / 4096) as usize, CACHE_BYTES, Weight)
}

/// The place of the sample of a hash. The index holds the head of a hash only, so callers compare the whole hash.
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

/// The built store below the fixtures.
#[derive(Debug)]
struct BuiltLayer {
    built: Built,
    // The places of samples that fixtures replace.
    hidden: HashSet<u32>,
    cache: SampleCache,
    places: Cache<u64, u32>,
}

#[derive(Clone, Debug)]
struct Weight;

impl Weighter<u32, Arc<Sample>> for Weight {
    fn weight(&self, _: &u32, sample: &Arc<Sample>) -> u64 {
        sample.weight()
    }
}

impl BuiltLayer {
    fn new(built: Built, hidden: HashSet<u32>) -> Self {
        Self { built, hidden, cache: sample_cache(), places: Cache::new(CACHED_PLACES) }
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
            // A sample is cached when it is looked up again, and so is what follows from it. Caching it at once would evict
            // another one, and freeing that costs more than reading this one again.
            let sample = match self.cache.get(&place) {
                Some(sample) => Some(sample),
                None => self.read(place, Identity::transient())?,
            };
            if let Some(sample) = sample.filter(|sample| sample.hashes.has(hash)) {
                self.places.insert(hash.head(), place);
                return Ok(Some(sample));
            }
        }
        Ok(None)
    }

    fn at(&self, place: u32) -> Result<Option<Arc<Sample>>, StoreError> {
        if let Some(sample) = self.cache.get(&place) {
            return Ok(Some(sample));
        }
        let sample = self.read(place, Identity::default())?;
        if let Some(sample) = &sample {
            self.cache.insert(place, sample.clone());
        }
        Ok(sample)
    }

    fn read(&self, place: u32, identity: Identity) -> Result<Option<Arc<Sample>>, StoreError> {
        if self.hidden.contains(&place) {
            return Ok(None);
        }
        Ok(self.built.sample(place)?.map(|sample| Arc::new(Sample { identity, ..sample })))
    }
}

impl SampleIndex {
    /// Indexes the samples of fixtures by their hashes and by `names`.
    pub fn of(samples: Vec<Arc<Sample>>, names: impl Fn(&Sample) -> Vec<String>) -> Self {
        let mut by_name = HashTable::new();
        // Four hashes for each sample. A table that grows moves all its entries each time.
        let mut index = HashTable::with_capacity(samples.len() * 4);
        let mut halves = HalfFilter::with_capacity(samples.len() * 4);
        for (place, sample) in (0_u32..).zip(&samples) {
            for hash in sample.hashes.all() {
                let entry = Entry { head: hash.head().to_be_bytes(), place };
                index.insert_unique(hash.head(), entry, Entry::head);
                halves.insert(hash.head());
            }
            for name in names(sample) {
                let head = head_of_name(&name);
                by_name.insert_unique(head, Entry { head: head.to_be_bytes(), place }, Entry::head);
            }
        }
        Self { samples, index, halves, names: by_name, below: None }
    }

    /// Puts the index on top of a built store, whose samples at the places `hidden` are replaced by fixtures.
    pub fn above(self, built: Built, hidden: HashSet<u32>) -> Self {
        Self { below: Some(BuiltLayer::new(built, hidden)), ..self }
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        let below = |below: &BuiltLayer| below.built.sample_count() as usize - below.hidden.len();
        self.samples.len() + self.below.as_ref().map_or(0, below)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sample that has this hash.
    ///
    /// # Errors
    /// SQLite refuses.
    pub fn find(&self, hash: &Hash) -> Result<Option<Arc<Sample>>, StoreError> {
        if let Some(sample) = self.here(hash) {
            return Ok(Some(sample.clone()));
        }
        self.below.as_ref().map_or(Ok(None), |below| below.find(hash))
    }

    /// The sample of fixtures with this hash.
    fn here(&self, hash: &Hash) -> Option<&Arc<Sample>> {
        let head = hash.head();
        // Most hashes of a list may be unknown, and `find` rejects one with a third of the instructions of the iterator.
        self.index.find(head, |entry| entry.head() == head)?;
        let entries = self.index.iter_hash(head).filter(|entry| entry.head() == head);
        entries.filter_map(|entry| self.fixture(entry.place)).find(|sample| sample.hashes.has(hash))
    }

    /// The fixtures' sample at this place.
    fn fixture(&self, place: u32) -> Option<&Arc<Sample>> {
        self.samples.get(place as usize)
    }

    /// The samples that may have this name. Only the head of a name is indexed, so others may be among them.
    ///
    /// # Errors
    /// SQLite refuses.
    pub fn named(&self, name: &str) -> Result<Vec<Arc<Sample>>, StoreError> {
        let head = head_of_name(name);
        let here = self.names.iter_hash(head).filter(|entry| entry.head() == head);
        let mut places: Vec<u32> = here.map(|entry| entry.place).collect();
        places.sort_unstable();
        places.dedup();
        let mut samples = Vec::with_capacity(places.len());
        samples.extend(places.iter().filter_map(|place| self.fixture(*place)).cloned());
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
    pub fn at(&self, place: u32) -> Result<Option<Arc<Sample>>, StoreError> {
        match place.checked_sub(self.first_below()) {
            None => Ok(self.fixture(place).cloned()),
            Some(place) => self.below.as_ref().map_or(Ok(None), |below| below.at(place)),
        }
    }

    /// A sample with a hash that differs from `text` by one digit. It takes some hundred look-ups in the index, unless the
    /// filter rules out that there is one. `hash` is what the text is as a hash, if it is one.
    ///
    /// # Errors
    /// SQLite refuses.
    pub fn near(&self, text: &str, hash: Option<&Hash>) -> Result<Option<Near>, StoreError> {
        // A built store has no such filter.
        if self.below.is_none() && !self.halves.may_have_near(text, hash) {
            return Ok(None);
        }
        let mut places = Vec::new();
        // The callback cannot return an error, so it is kept until the end.
        let mut found = Ok(());
        each_head(text, |head| {
            if found.is_ok() {
                found = self.places(head, &mut places);
            }
        });
        found?;
        for place in places {
            let Some(sample) = self.at(place)? else { continue };
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
    #[inline]
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
    pub fn place_of(&self, hash: &Hash) -> Result<Option<u32>, StoreError> {
        let mut places = Vec::new();
        self.places(hash.head(), &mut places)?;
        for place in places {
            if self.at(place)?.is_some_and(|sample| sample.hashes.has(hash)) {
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
    pub fn list(
        &self,
        name: &str,
        verdict: &str,
        hidden: &HashSet<u32>,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Arc<Sample>>, StoreError> {
        let (here, under) = self.split(hidden);
        let mut list: Vec<_> = self.listed(name, verdict, &here).skip(skip).take(limit).cloned().collect();
        if let Some(below) = &self.below
            && list.len() < limit
        {
            // `skip` counts over both. What the fixtures did not use up is left for the built store.
            let skip = skip.saturating_sub(self.listed(name, verdict, &here).count());
            let more = below.built.list(name, verdict, &under, skip, limit - list.len())?;
            list.extend(more.into_iter().map(Arc::new));
        }
        Ok(list)
    }

    /// The fixtures' samples but those at the places `hidden`, filtered as [`SampleIndex::list`] does.
    fn listed(&self, name: &str, verdict: &str, hidden: &HashSet<u32>) -> impl Iterator<Item = &Arc<Sample>> {
        let name = name.to_ascii_lowercase();
        (0_u32..).zip(&self.samples).filter_map(move |(place, sample)| {
            let newest = sample.scans.last().map_or("", |scan| scan.verdict.word());
            let is_listed = !hidden.contains(&place)
                && (verdict.is_empty() || newest == verdict)
                && (name.is_empty() || sample.name.to_ascii_lowercase().contains(&name));
            is_listed.then_some(sample)
        })
    }

    /// The number of samples that [`SampleIndex::list`] returns without a limit.
    ///
    /// # Errors
    /// SQLite refuses.
    pub fn count(&self, name: &str, verdict: &str, hidden: &HashSet<u32>) -> Result<usize, StoreError> {
        let (here, under) = self.split(hidden);
        let below = match &self.below {
            Some(below) => below.built.count(name, verdict, &under)?,
            None => 0,
        };
        Ok(self.listed(name, verdict, &here).count() + below)
    }

    /// The places among the fixtures, and those in the built store with the ones that a fixture replaces.
    fn split(&self, hidden: &HashSet<u32>) -> (HashSet<u32>, Vec<u32>) {
        let (here, under): (HashSet<u32>, HashSet<u32>) =
            hidden.iter().partition(|place| **place < self.first_below());
        let mut all: HashSet<u32> = under.into_iter().map(|place| place - self.first_below()).collect();
        // SQL filters and counts the rows, so it must know of those that fixtures replace.
        all.extend(self.below.iter().flat_map(|below| &below.hidden));
        (here, all.into_iter().collect())
    }

    /// Whether some sample has a hash that begins with the same sixteen digits.
    pub fn may_have(&self, digits: &str) -> bool {
        let Some(head) = digits.get(..16).and_then(samples::digits).map(u64::from_be_bytes) else {
            return false;
        };
        let mut places = Vec::new();
        self.places(head, &mut places).is_ok() && !places.is_empty()
    }

    /// The place of the first sample of the built store.
    fn first_below(&self) -> u32 {
        u32::try_from(self.samples.len()).unwrap_or(u32::MAX)
    }
}
