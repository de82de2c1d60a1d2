//! The journal of a world: every exchange as it came and as it was answered, bounded by count and bytes.
//!
//! An entry keeps what was there anyway (the header map, the body's bytes); masking and rendering are for whoever
//! reads it. What the bounds pushed out is counted, so that nobody mistakes absence for proof.

mod budget;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::Notify;

pub use budget::Budget;

use super::entry::{Entry, Weight};

/// The exchanges of one world, oldest first, as one generation of its requests writes them. Clones are one journal.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    book: Arc<Book>,
    generation: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Book {
    ring: Mutex<Ring>,
    arrival: Notify,
    budget: OnceLock<Arc<Budget>>,
}

#[derive(Debug, Default)]
struct Ring {
    // Each with its weight.
    entries: VecDeque<(Weight, Arc<Entry>)>,
    // The bodies that several hold, by address: how many entries have each, and its size.
    shared: HashMap<usize, (usize, usize)>,
    bytes: usize,
    last: u64,
    dropped: u64,
    generation: u64,
    ended: bool,
}

/// What a journal holds at an instant.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The entries, oldest first.
    pub entries: Vec<Arc<Entry>>,
    /// How many entries the bounds pushed out since the journal was last cleared.
    pub dropped: u64,
    /// The number of the newest entry there ever was; 0 before the first.
    pub last: u64,
}

impl Snapshot {
    /// The number of the oldest entry that is still held, or that the next one will have if none is.
    #[must_use]
    pub fn first_held(&self) -> u64 {
        self.entries.first().map_or(self.last + 1, |entry| entry.number)
    }
}

impl Journal {
    /// Counts this journal to a budget that it has with others.
    pub fn join(&self, budget: &Arc<Budget>) {
        if self.book.budget.set(budget.clone()).is_ok() {
            budget.join(Arc::downgrade(&self.book));
        }
    }

    /// Records an exchange, then drops the oldest until at most `entries` and `bytes` are kept, and the budget is too. One
    /// of a request from before the journal was turned over is left out.
    pub fn record(&self, mut entry: Entry, entries: u64, bytes: u64) {
        entry.detach();
        let weight = entry.weight();
        let mut entry = Arc::new(entry);
        // Every request passes here: what the bounds push out is weighed before and freed after the lock.
        let mut gone = Vec::new();
        let mut ring = self.book.ring();
        if ring.generation != self.generation {
            return;
        }
        ring.last += 1;
        if let Some(entry) = Arc::get_mut(&mut entry) {
            entry.number = ring.last;
        }
        let took = ring.push(weight, entry);
        let gave = ring.shrink(entries, bytes, &mut gone);
        drop(ring);
        self.book.arrival.notify_waiters();
        self.book.count(took, gave);
    }

    /// What it holds now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.after(0)
    }

    /// What it holds now, of the entries only those with a number above `number`.
    #[must_use]
    pub fn after(&self, number: u64) -> Snapshot {
        let ring = self.book.ring();
        let known = ring.entries.partition_point(|(_, entry)| entry.number <= number);
        let entries = ring.entries.range(known..).map(|(_, entry)| entry.clone()).collect();
        Snapshot { entries, dropped: ring.dropped, last: ring.last }
    }

    /// How many entries it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.book.ring().entries.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets everything, what was dropped included. Numbers go on.
    pub fn clear(&self) {
        let (gave, gone) = self.book.ring().clear();
        self.book.count(0, gave);
        drop(gone);
    }

    /// How many bytes of memory it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.book.ring().bytes
    }

    /// Forgets everything, and leaves out what requests of the generations so far have yet to write. Numbers go on, and
    /// so does whoever waits. New requests write to the [newest](Self::newest) generation.
    pub fn turn_over(&self) {
        let mut ring = self.book.ring();
        let (gave, gone) = ring.clear();
        ring.generation += 1;
        drop(ring);
        self.book.count(0, gave);
        drop(gone);
    }

    /// The same journal for requests that begin now.
    #[must_use]
    pub fn newest(&self) -> Self {
        Self { book: self.book.clone(), generation: self.book.ring().generation }
    }

    /// Ends every wait, now and later: there is no world any more that would write.
    pub fn end(&self) {
        self.book.ring().ended = true;
        self.book.arrival.notify_waiters();
    }

    /// Waits until there has been an entry with a number above `number`; false if the journal ended before there was.
    /// The caller bounds the wait.
    pub async fn beyond(&self, number: u64) -> bool {
        loop {
            let mut arrival = std::pin::pin!(self.book.arrival.notified());
            // Ask to be told before looking, or an entry that comes in between would be missed.
            arrival.as_mut().enable();
            let (has_more, ended) = {
                let ring = self.book.ring();
                (ring.last > number, ring.ended)
            };
            if has_more || ended {
                return has_more;
            }
            arrival.await;
        }
    }
}

impl Book {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, took: usize, gave: usize) {
        if let Some(budget) = self.budget.get() {
            budget.count(took, gave);
        }
    }
}

impl Drop for Book {
    fn drop(&mut self) {
        let bytes = self.ring().bytes;
        self.count(0, bytes);
    }
}

impl Ring {
    /// Adds an entry; what it takes, in bytes.
    fn push(&mut self, weight: Weight, entry: Arc<Entry>) -> usize {
        let mut took = weight.own;
        if let Some((address, size)) = weight.shared {
            let (holders, _) = self.shared.entry(address).or_insert((0, size));
            *holders += 1;
            if *holders == 1 {
                took += size;
            }
        }
        self.entries.push_back((weight, entry));
        self.bytes += took;
        took
    }

    /// Drops the oldest entries until there are at most so many, and so many bytes; how many bytes that gave.
    fn shrink(&mut self, entries: u64, bytes: u64, gone: &mut Vec<Arc<Entry>>) -> usize {
        let before = self.bytes;
        while self.entries.len() as u64 > entries || self.bytes as u64 > bytes {
            let Some((weight, oldest)) = self.entries.pop_front() else { break };
            self.bytes -= weight.own;
            if let Some((address, size)) = weight.shared
                && let Some((holders, _)) = self.shared.get_mut(&address)
            {
                *holders -= 1;
                if *holders == 0 {
                    self.shared.remove(&address);
                    self.bytes -= size;
                }
            }
            self.dropped += 1;
            gone.push(oldest);
        }
        // A list that was long once does not stay so, or its places would outweigh what it holds.
        if self.entries.capacity() > 4 * self.entries.len() + 64 {
            self.entries.shrink_to(2 * self.entries.len());
        }
        before - self.bytes
    }

    /// Forgets all entries; what they took, and they themselves.
    fn clear(&mut self) -> (usize, VecDeque<(Weight, Arc<Entry>)>) {
        let gave = std::mem::take(&mut self.bytes);
        self.shared.clear();
        self.dropped = 0;
        (gave, std::mem::take(&mut self.entries))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderMap, Method};
    use jiff::Timestamp;

    use super::*;
    use crate::journal::Reply;

    fn entry(path: &str) -> Entry {
        Entry {
            number: 0,
            at: Timestamp::UNIX_EPOCH,
            took: Duration::ZERO,
            api: None,
            account: Arc::default(),
            method: Method::GET,
            prefix: String::new(),
            path: path.to_owned(),
            query: None,
            headers: HeaderMap::new(),
            body: None,
            is_file: false,
            reply: Arc::new(Reply::own(http::StatusCode::OK, "text/plain", "")),
            faults: Vec::new(),
        }
    }

    #[test]
    fn the_oldest_go_first_and_are_counted() {
        let journal = Journal::default();
        for path in ["/1", "/2", "/3"] {
            journal.record(entry(path), 2, u64::MAX);
        }
        let held = journal.snapshot();
        let paths: Vec<_> = held.entries.iter().map(|entry| (entry.number, entry.path.as_str())).collect();
        assert_eq!((paths.as_slice(), held.dropped), (&[(2, "/2"), (3, "/3")][..], 1));
        journal.record(entry("/4"), 10, 1000);
        assert_eq!(journal.snapshot().entries.len(), 1, "bytes bound it too");
        journal.clear();
        journal.record(entry("/5"), 10, u64::MAX);
        let held = journal.snapshot();
        assert_eq!((held.entries[0].number, held.dropped), (5, 0));
        journal.clear();
        assert_eq!((journal.snapshot().first_held(), journal.is_empty()), (6, true));
    }

    #[test]
    fn a_budget_takes_from_the_largest_and_counts_what_it_drops() {
        let with_body = |size: usize| Entry { body: Some(vec![b'x'; size].into()), ..entry("/") };
        let budget = Arc::new(Budget::new(1_000_000));
        let [small, large, gone] = [Journal::default(), Journal::default(), Journal::default()];
        [&small, &large, &gone].into_iter().for_each(|journal| journal.join(&budget));
        gone.record(with_body(300_000), 10, u64::MAX);
        small.record(with_body(1000), 10, u64::MAX);
        drop(gone);
        for _ in 0..20 {
            large.record(with_body(100_000), 100, u64::MAX);
            assert!(budget.held() <= 1_000_000, "{}", budget.held());
        }
        assert_eq!(budget.held(), (small.bytes() + large.bytes()) as u64);
        assert!(budget.held() > 800_000, "{}", budget.held());
        let (small, held) = (small.snapshot(), large.snapshot());
        assert_eq!((small.entries.len(), small.dropped), (1, 0), "the small one keeps what it has");
        assert_eq!(held.dropped, 20 - held.entries.len() as u64);
        assert_eq!(held.last, 20);
        large.clear();
        assert!(budget.held() < 10_000);
    }

    #[test]
    fn a_body_that_entries_share_is_weighed_once() {
        let journal = Journal::default();
        let body = bytes::Bytes::from(vec![b'x'; 100_000]);
        let reply = || {
            let reply = Reply::own(http::StatusCode::OK, "text/plain", body.clone());
            Entry { reply: Arc::new(reply), ..entry("/") }
        };
        journal.record(reply(), 3, u64::MAX);
        let one = journal.bytes();
        (0..5).for_each(|_| journal.record(reply(), 3, u64::MAX));
        assert!(one > 100_000 && journal.bytes() < one + 10_000, "{one} {}", journal.bytes());
        (0..3).for_each(|_| journal.record(entry("/"), 3, u64::MAX));
        assert!(journal.bytes() < 10_000, "{}", journal.bytes());
    }

    #[tokio::test]
    async fn a_wait_ends_with_the_entry_that_it_is_for() {
        let journal = Journal::default();
        let waiting = {
            let journal = journal.clone();
            tokio::spawn(async move { (journal.beyond(1).await, journal.snapshot().last) })
        };
        journal.record(entry("/a"), 10, u64::MAX);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        journal.turn_over();
        journal.record(entry("/late"), 10, u64::MAX);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "what comes late is left out");
        journal.newest().record(entry("/b"), 10, u64::MAX);
        assert_eq!(waiting.await.expect("ends"), (true, 2));
        journal.end();
        assert!(!journal.beyond(2).await && journal.beyond(1).await);
    }
}
