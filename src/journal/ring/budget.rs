//! A bound on the memory of all journals of a server together.
//!
//! Each journal has bounds of its own. If their sum exceeds the budget, the largest journals lose their oldest entries, down
//! to a common size, until a sixteenth of the budget is free. So few requests pay for a look at all journals, and a small
//! journal keeps its entries whatever happens in other worlds.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};

use super::SharedRing;

/// The budget of all journals of a server.
#[derive(Debug)]
pub struct Budget {
    limit: AtomicU64,
    // An entry may be removed before it was counted, so the sum may be negative for a moment.
    held: AtomicI64,
    dropped: AtomicU64,
    rings: Mutex<Vec<Weak<SharedRing>>>,
}

impl Budget {
    /// A budget of so many bytes.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self {
            limit: AtomicU64::new(limit),
            held: AtomicI64::new(0),
            dropped: AtomicU64::new(0),
            rings: Mutex::default(),
        }
    }

    /// Changes the limit, in bytes, from the next entry on.
    pub fn set(&self, limit: u64) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// The bytes that all journals hold.
    #[must_use]
    pub fn held(&self) -> u64 {
        u64::try_from(self.held.load(Ordering::Relaxed)).unwrap_or_default()
    }

    /// How many entries the bounds of journals and this budget have removed.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Counts entries that the bounds of a journal removed.
    pub(crate) fn note_dropped(&self, entries: usize) {
        self.dropped.fetch_add(entries as u64, Ordering::Relaxed);
    }

    pub(crate) fn join(&self, ring: Weak<SharedRing>) {
        let mut rings = self.rings();
        // Removed journals are dropped only when the list would grow, which keeps the cost of joining low.
        if rings.len() == rings.capacity() {
            rings.retain(|ring| ring.strong_count() > 0);
        }
        rings.push(ring);
    }

    /// Counts the bytes that a journal added and freed.
    pub(crate) fn count(&self, added: usize, freed: usize) {
        let change = added as i64 - freed as i64;
        self.held.fetch_add(change, Ordering::Relaxed);
        if change > 0 && self.is_exceeded() {
            self.enforce();
        }
    }

    fn is_exceeded(&self) -> bool {
        self.held() > self.limit.load(Ordering::Relaxed)
    }

    /// Removes the oldest entries of the largest journals.
    fn enforce(&self) {
        // One request at a time: a second one usually finds that enough is free.
        let mut rings = self.rings();
        if !self.is_exceeded() {
            return;
        }
        rings.retain(|ring| ring.strong_count() > 0);
        let all: Vec<_> = rings.iter().filter_map(Weak::upgrade).collect();
        let limit = self.limit.load(Ordering::Relaxed);
        let level = level(all.iter().map(|ring| ring.lock().bytes as u64).collect(), limit - limit / 16);
        let mut dropped = Vec::new();
        for ring in &all {
            let before = dropped.len();
            let freed = ring.lock().shrink(u64::MAX, level, &mut dropped);
            self.held.fetch_sub(freed as i64, Ordering::Relaxed);
            if dropped.len() > before {
                ring.arrival.notify_waiters();
            }
        }
        self.note_dropped(dropped.len());
        // The entries are freed without the lock.
        drop(rings);
    }

    fn rings(&self) -> MutexGuard<'_, Vec<Weak<SharedRing>>> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The maximum size at which these sizes, cut down to it, add up to `most`.
fn level(mut sizes: Vec<u64>, most: u64) -> u64 {
    sizes.sort_unstable();
    let mut left = most;
    for (at, size) in sizes.iter().enumerate() {
        // What small journals leave is shared among the larger ones.
        let share = left / (sizes.len() - at) as u64;
        if *size > share {
            return share;
        }
        left -= size;
    }
    u64::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_cut_to_a_common_size() {
        assert_eq!(level(vec![10, 100, 1000], 300), 190);
        assert_eq!(level(vec![100, 100, 100], 150), 50);
        assert_eq!(level(vec![1, 2], 3), u64::MAX);
        assert_eq!(level(vec![1, 2], 0), 0);
    }
}
