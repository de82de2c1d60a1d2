//! The journal of a world: every exchange as it came and as it was answered, bounded by count and bytes.
//!
//! An entry keeps what was there anyway (the header map, the body's bytes); masking and rendering are for whoever
//! reads it. What the bounds pushed out is counted, so that nobody mistakes absence for proof.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method};
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::accounts::Account;
use crate::reply::Reply;

/// A body smaller than this is copied rather than kept in the buffer in which it came.
const SMALL: usize = 64 * 1024;

/// One exchange.
#[derive(Debug)]
pub struct Entry {
    /// Its number in the world, from 1, without gaps.
    pub number: u64,
    /// The instant of the request on the world's clock.
    pub at: Timestamp,
    /// Real time from the whole request to the whole answer.
    pub took: Duration,
    /// The API, if the path belongs to one.
    pub api: Option<&'static str>,
    /// Who called.
    pub account: Arc<Account>,
    /// The method.
    pub method: Method,
    /// What stood before the vendor's path.
    pub prefix: String,
    /// The vendor's path, still encoded.
    pub path: String,
    /// The query, without the question mark.
    pub query: Option<String>,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The request's body; `None` if it was too large to be kept, or an uploaded file.
    pub body: Option<Bytes>,
    /// The answer that was meant, whatever a fault made of its delivery.
    pub reply: Arc<Reply>,
    /// The faults that fired, by id.
    pub faults: Vec<String>,
}

impl Entry {
    /// Copies what still lies in the connection's read buffer. Kept as it came, a few hundred bytes of headers would
    /// hold on to kilobytes, and the connection would need a new buffer for every request.
    fn let_go(&mut self) {
        let len = self.headers.values().map(HeaderValue::len).sum();
        let mut copied = BytesMut::with_capacity(len);
        for value in self.headers.values_mut() {
            copied.extend_from_slice(value.as_bytes());
            let sensitive = value.is_sensitive();
            if let Ok(copy) = HeaderValue::from_maybe_shared(copied.split().freeze()) {
                *value = copy;
                value.set_sensitive(sensitive);
            }
        }
        if let Some(body) = self.body.as_mut().filter(|body| body.len() < SMALL) {
            *body = Bytes::copy_from_slice(body);
        }
    }

    /// Roughly what it costs in memory, in bytes.
    #[must_use]
    pub fn weight(&self) -> usize {
        let headers: usize =
            self.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 64).sum();
        let body = self.body.as_ref().map_or(0, Bytes::len);
        512 + headers
            + body
            + self.path.len()
            + self.query.as_ref().map_or(0, String::len)
            + self.reply.body.len()
    }
}

/// The exchanges of one world, oldest first, as one generation of its requests writes them. Clones are one journal.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    book: Arc<Book>,
    generation: u64,
}

#[derive(Debug, Default)]
struct Book {
    ring: Mutex<Ring>,
    arrival: Notify,
}

#[derive(Debug, Default)]
struct Ring {
    // Each with its weight.
    entries: VecDeque<(usize, Arc<Entry>)>,
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
    /// Writes down an exchange, then drops the oldest until at most `entries` and `bytes` are kept. One of a request from
    /// before the journal was turned over is left out.
    pub fn record(&self, mut entry: Entry, entries: u64, bytes: u64) {
        entry.let_go();
        let weight = entry.weight();
        let mut entry = Arc::new(entry);
        // Every request passes here: what the bounds push out is weighed before and freed after the lock.
        let mut gone = Vec::new();
        let mut ring = self.ring();
        if ring.generation != self.generation {
            return;
        }
        ring.last += 1;
        if let Some(entry) = Arc::get_mut(&mut entry) {
            entry.number = ring.last;
        }
        ring.bytes += weight;
        ring.entries.push_back((weight, entry));
        while ring.entries.len() as u64 > entries || ring.bytes as u64 > bytes {
            let Some((weight, oldest)) = ring.entries.pop_front() else { break };
            ring.bytes -= weight;
            ring.dropped += 1;
            gone.push(oldest);
        }
        drop(ring);
        self.book.arrival.notify_waiters();
    }

    /// What it holds now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.after(0)
    }

    /// What it holds now, of the entries only those with a number above `number`.
    #[must_use]
    pub fn after(&self, number: u64) -> Snapshot {
        let ring = self.ring();
        let known = ring.entries.partition_point(|(_, entry)| entry.number <= number);
        let entries = ring.entries.range(known..).map(|(_, entry)| entry.clone()).collect();
        Snapshot { entries, dropped: ring.dropped, last: ring.last }
    }

    /// How many entries it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ring().entries.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets everything, what was dropped included. Numbers go on.
    pub fn clear(&self) {
        self.ring().clear();
    }

    /// Forgets everything, and leaves out what requests of the generations so far have yet to write. Numbers go on, and
    /// so does whoever waits. New requests write to the [newest](Self::newest) generation.
    pub fn turn_over(&self) {
        let mut ring = self.ring();
        ring.clear();
        ring.generation += 1;
    }

    /// The same journal for requests that begin now.
    #[must_use]
    pub fn newest(&self) -> Self {
        Self { book: self.book.clone(), generation: self.ring().generation }
    }

    /// Ends every wait, now and later: there is no world any more that would write.
    pub fn end(&self) {
        self.ring().ended = true;
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
                let ring = self.ring();
                (ring.last > number, ring.ended)
            };
            if has_more || ended {
                return has_more;
            }
            arrival.await;
        }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.book.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn clear(&mut self) {
        self.entries.clear();
        (self.bytes, self.dropped) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        journal.record(entry("/4"), 10, 600);
        assert_eq!(journal.snapshot().entries.len(), 1, "bytes bound it too");
        journal.clear();
        journal.record(entry("/5"), 10, u64::MAX);
        let held = journal.snapshot();
        assert_eq!((held.entries[0].number, held.dropped), (5, 0));
        journal.clear();
        assert_eq!((journal.snapshot().first_held(), journal.is_empty()), (6, true));
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
