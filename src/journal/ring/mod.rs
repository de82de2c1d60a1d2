//! The journal of a world: a ring buffer of exchanges, bounded by count and bytes.
//!
//! An entry holds the request and the reply as they are; redaction and rendering happen when the journal is read. Entries
//! that the bounds removed are counted, so that a verification never takes them for absent.

mod budget;
mod readers;
mod server;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::Notify;

pub(crate) use budget::Budget;
pub(crate) use server::Journals;

use self::readers::Readers;
use super::entry::Entry;

/// The exchanges of one world, oldest first. Clones share the entries.
///
/// Requests write to the generation that was current when they began: those in flight when the journal is turned over leave
/// nothing in it.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    shared_ring: Arc<SharedRing>,
    generation: u64,
}

#[derive(Debug, Default)]
pub(crate) struct SharedRing {
    ring: Mutex<Ring>,
    arrival: Notify,
    readers: Readers,
    journals: OnceLock<Arc<Journals>>,
}

#[derive(Debug, Default)]
struct Ring {
    // Oldest first.
    entries: VecDeque<Arc<Entry>>,
    // Reply bodies that are also held elsewhere, by address: the number of entries with each, and its size.
    shared: hashbrown::HashMap<usize, (usize, usize)>,
    bytes: usize,
    last: u64,
    last_request: u64,
    dropped: u64,
    // The request number of the newest entry that the bounds removed.
    dropped_through: u64,
    generation: u64,
    ended: bool,
}

/// The contents of a journal at one instant.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The entries, oldest first.
    pub entries: Vec<Arc<Entry>>,
    /// How many entries the bounds removed since the journal was last cleared.
    pub dropped: u64,
    /// The number of the newest entry so far, whether it is still held or not; 0 before the first.
    pub last: u64,
    /// The request number of the newest entry so far, held or not; 0 before the first.
    pub last_request: u64,
    /// The request number of the newest entry that the bounds removed; 0 if they removed none.
    pub dropped_through: u64,
}

impl Snapshot {
    /// The number of the oldest entry held, or of the next one if none is.
    #[must_use]
    pub fn first_held(&self) -> u64 {
        self.entries.first().map_or(self.last + 1, |entry| entry.number)
    }
}

impl Journal {
    /// Makes this journal one of a server's. Until then, it numbers requests by itself.
    pub fn join(&self, journals: &Arc<Journals>) {
        if self.shared_ring.journals.set(journals.clone()).is_ok() {
            journals.join(Arc::downgrade(&self.shared_ring));
        }
    }

    /// Records an exchange, then removes the oldest entries until at most `entries` and `bytes` remain and the budget is
    /// kept. Returns the exchange with its numbers. One of an earlier generation is not recorded and has the number 0.
    pub fn record(&self, entry: impl Into<Arc<Entry>>, entries: u64, bytes: u64) -> Arc<Entry> {
        let mut entry = entry.into();
        if let Some(entry) = Arc::get_mut(&mut entry) {
            entry.detach();
            entry.weight = entry.weigh();
        }
        // Every request takes this lock: entries are weighed before it, and those removed are freed after it.
        let mut removed = Vec::new();
        let mut ring = self.shared_ring.lock();
        let is_recorded = ring.generation == self.generation;
        // Numbered under the lock, so that the entries of a journal are in the order of these numbers.
        let request = self.shared_ring.next_request(&ring);
        if is_recorded {
            ring.last += 1;
            ring.last_request = request;
        }
        if let Some(entry) = Arc::get_mut(&mut entry) {
            entry.number = if is_recorded { ring.last } else { 0 };
            entry.request = request;
        }
        if !is_recorded {
            return entry;
        }
        let added = ring.push(entry.clone());
        let freed = ring.shrink(entries, bytes, &mut removed);
        drop(ring);
        // After the lock, which the woken readers take at once.
        self.shared_ring.announce();
        self.shared_ring.count(added, freed);
        self.shared_ring.note_dropped(removed.len());
        entry
    }

    /// The present contents.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.after_request(0)
    }

    /// The present contents, of the entries only those with a request number above `request`.
    #[must_use]
    pub fn after_request(&self, request: u64) -> Snapshot {
        self.shared_ring.lock().snapshot(|entry| entry.request > request)
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared_ring.lock().entries.len()
    }

    /// Whether it has no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all entries and resets the count of dropped ones. Numbering continues.
    pub fn clear(&self) {
        let (freed, removed) = self.shared_ring.lock().clear();
        self.shared_ring.count(0, freed);
        drop(removed);
    }

    /// The memory that the entries take, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.shared_ring.lock().bytes
    }

    /// Removes all entries and starts a new generation, so that requests in flight are not recorded. Numbering continues, and
    /// so do waits. New requests write to the [newest](Self::newest) generation.
    pub fn turn_over(&self) {
        let mut ring = self.shared_ring.lock();
        let (freed, removed) = ring.clear();
        ring.generation += 1;
        drop(ring);
        self.shared_ring.count(0, freed);
        drop(removed);
    }

    /// The same journal for requests that begin now.
    #[must_use]
    pub fn newest(&self) -> Self {
        Self { shared_ring: self.shared_ring.clone(), generation: self.shared_ring.lock().generation }
    }

    /// Ends all waits, now and later, because the world was removed.
    pub fn end(&self) {
        self.shared_ring.lock().ended = true;
        self.shared_ring.announce();
    }

    /// Waits for an entry with a request number above `request`; false if the journal ended first. The caller limits the time.
    pub async fn beyond(&self, request: u64) -> bool {
        let _counted = self.shared_ring.readers.enter();
        loop {
            let mut arrival = std::pin::pin!(self.shared_ring.arrival.notified());
            // Subscribe before looking, or an entry that arrives in between would be missed.
            arrival.as_mut().enable();
            let (has_more, ended) = {
                let ring = self.shared_ring.lock();
                (ring.last_request > request, ring.ended)
            };
            if has_more || ended {
                return has_more;
            }
            arrival.await;
        }
    }
}

impl SharedRing {
    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_request(&self, ring: &Ring) -> u64 {
        self.journals.get().map_or(ring.last_request + 1, |journals| journals.next_request())
    }

    /// Wakes the readers that wait for an entry of this journal, or of any.
    fn announce(&self) {
        if self.readers.are_there() {
            self.arrival.notify_waiters();
        }
        if let Some(journals) = self.journals.get() {
            journals.announce();
        }
    }

    fn note_dropped(&self, entries: usize) {
        if let Some(journals) = self.journals.get().filter(|_| entries > 0) {
            journals.budget().note_dropped(entries);
        }
    }

    fn count(&self, added: usize, freed: usize) {
        if let Some(journals) = self.journals.get() {
            journals.budget().count(added, freed);
        }
    }
}

impl Drop for SharedRing {
    fn drop(&mut self) {
        let bytes = self.lock().bytes;
        self.count(0, bytes);
    }
}

impl Ring {
    /// The contents, with only those entries that are `new`. All entries after a new one must be new as well.
    fn snapshot(&self, new: impl Fn(&Entry) -> bool) -> Snapshot {
        let known = self.entries.partition_point(|entry| !new(entry));
        Snapshot {
            entries: self.entries.range(known..).cloned().collect(),
            dropped: self.dropped,
            last: self.last,
            last_request: self.last_request,
            dropped_through: self.dropped_through,
        }
    }

    /// Adds an entry. Returns the bytes that it takes.
    fn push(&mut self, entry: Arc<Entry>) -> usize {
        let mut added = entry.weight.own;
        if let Some((address, size)) = entry.weight.shared {
            let (holders, _) = self.shared.entry(address).or_insert((0, size));
            *holders += 1;
            // A body in several entries takes its memory once.
            if *holders == 1 {
                added += size;
            }
        }
        self.entries.push_back(entry);
        self.bytes += added;
        added
    }

    /// Moves the oldest entries to `removed` until at most `entries` and `bytes` remain. Returns the bytes freed.
    fn shrink(&mut self, entries: u64, bytes: u64, removed: &mut Vec<Arc<Entry>>) -> usize {
        let before = self.bytes;
        while self.entries.len() as u64 > entries || self.bytes as u64 > bytes {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.weight.own;
            if let Some((address, size)) = oldest.weight.shared
                && let Some((holders, _)) = self.shared.get_mut(&address)
            {
                *holders -= 1;
                if *holders == 0 {
                    self.shared.remove(&address);
                    self.bytes -= size;
                }
            }
            self.dropped += 1;
            self.dropped_through = oldest.request;
            removed.push(oldest);
        }
        // A list that was long once would otherwise keep its capacity, which no bound counts.
        if self.entries.capacity() > 4 * self.entries.len() + 64 {
            self.entries.shrink_to(2 * self.entries.len());
        }
        before - self.bytes
    }

    /// Removes all entries. Returns the bytes that they added, and the entries, to be freed without the lock.
    fn clear(&mut self) -> (usize, VecDeque<Arc<Entry>>) {
        let freed = std::mem::take(&mut self.bytes);
        self.shared.clear();
        self.dropped = 0;
        (freed, std::mem::take(&mut self.entries))
    }
}

#[cfg(test)]
mod tests;
