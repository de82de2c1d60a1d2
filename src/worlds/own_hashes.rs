//! Which hashes some world has of its own, so that a hash that no world has need not be looked for in each of them.

use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use hashbrown::HashMap;

use crate::samples::{Hash, Hashes, Sample};

/// How many own samples have a hash with this head, over all worlds of the process.
///
/// One index for all, since the samples of a world are changed in copies that know nothing of other worlds. A hash of another
/// server in the process only costs a search that finds nothing.
static COUNTS: LazyLock<RwLock<Counts>> = LazyLock::new(RwLock::default);

/// Whether some world may have a sample of its own with this hash. If not, none has.
pub(crate) fn any_has(hash: &Hash) -> bool {
    COUNTS.read().unwrap_or_else(PoisonError::into_inner).has(hash.head())
}

/// A sample of a world's own, which is counted for as long as this exists.
#[derive(Debug)]
pub(crate) struct OwnSample(Arc<Sample>);

impl OwnSample {
    /// Counts a sample.
    pub(crate) fn new(sample: Arc<Sample>) -> Self {
        COUNTS.write().unwrap_or_else(PoisonError::into_inner).add(&sample.hashes);
        Self(sample)
    }

    /// The sample.
    pub(crate) fn get(&self) -> &Arc<Sample> {
        &self.0
    }
}

impl Drop for OwnSample {
    fn drop(&mut self) {
        COUNTS.write().unwrap_or_else(PoisonError::into_inner).subtract(&self.0.hashes);
    }
}

/// Counts by the head of a hash, which takes a quarter of the memory of whole hashes.
#[derive(Debug, Default)]
struct Counts {
    by_head: HashMap<u64, u32>,
}

impl Counts {
    fn has(&self, head: u64) -> bool {
        self.by_head.contains_key(&head)
    }

    fn add(&mut self, hashes: &Hashes) {
        hashes.all().for_each(|hash| *self.by_head.entry(hash.head()).or_insert(0) += 1);
    }

    fn subtract(&mut self, hashes: &Hashes) {
        let counts = &mut self.by_head;
        for head in hashes.all().map(|hash| hash.head()) {
            match counts.get_mut(&head) {
                Some(count) if *count > 1 => *count -= 1,
                _ => _ = counts.remove(&head),
            }
        }
        // The memory for the samples of many worlds is returned after they are gone.
        if counts.len() < counts.capacity() / 8 {
            counts.shrink_to(counts.capacity() / 4);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_counts_for_as_long_as_a_world_has_it() {
        let (one, other) = (Hashes::of(b"one"), Hashes::of(b"other"));
        let mut counts = Counts::default();
        counts.add(&one);
        counts.add(&other);
        counts.add(&one);
        let has = |counts: &Counts, of: &Hashes| of.all().filter(|hash| counts.has(hash.head())).count();
        counts.subtract(&one);
        assert_eq!((has(&counts, &one), has(&counts, &other)), (4, 4), "another world has it, too");
        counts.subtract(&one);
        assert_eq!((has(&counts, &one), has(&counts, &other)), (0, 4));
    }

    #[test]
    fn the_memory_of_worlds_that_are_gone_is_returned() {
        let all: Vec<Hashes> = (0..1000_u32).map(|number| Hashes::of(&number.to_be_bytes())).collect();
        let mut counts = Counts::default();
        all.iter().for_each(|hashes| counts.add(hashes));
        all[1..].iter().for_each(|hashes| counts.subtract(hashes));
        assert!(counts.by_head.capacity() < 100, "{counts:?}");
        assert!(all[0].all().all(|hash| counts.has(hash.head())));
    }
}
