//! What the journals of a server share: the numbers of its requests, news of entries, and a budget.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use tokio::sync::Notify;

use super::readers::Readers;
use super::{Budget, SharedRing};

/// All journals of a server together.
///
/// A journal numbers an entry while it is locked. A reader that takes [`last_request`](Self::last_request) first and reads the
/// journals after that finds every entry up to this number, and can go on from there without missing one.
#[derive(Debug)]
pub struct Journals {
    budget: Budget,
    last_request: AtomicU64,
    arrival: Notify,
    readers: Readers,
    is_stopped: AtomicBool,
}

impl Journals {
    /// No journals yet, which may take so many bytes together.
    #[must_use]
    pub fn new(budget: u64) -> Arc<Self> {
        Arc::new(Self {
            budget: Budget::new(budget),
            last_request: AtomicU64::new(0),
            arrival: Notify::new(),
            readers: Readers::default(),
            is_stopped: AtomicBool::new(false),
        })
    }

    /// The bytes that all journals may take together.
    #[must_use]
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// A number for a request, from 1, that no other request to this server has.
    pub fn next_request(&self) -> u64 {
        self.last_request.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// The greatest number that a request has.
    #[must_use]
    pub fn last_request(&self) -> u64 {
        self.last_request.load(Ordering::SeqCst)
    }

    /// Waits until a journal may have an entry with a request number above `number`; false if the server stops.
    pub async fn beyond(&self, number: u64) -> bool {
        let _counted = self.readers.enter();
        loop {
            let mut arrival = std::pin::pin!(self.arrival.notified());
            // Subscribe before looking, or an entry that arrives in between would be missed.
            arrival.as_mut().enable();
            if self.is_stopped() {
                return false;
            }
            if self.last_request() > number {
                return true;
            }
            arrival.await;
        }
    }

    /// How many readers wait for an entry of any journal.
    #[must_use]
    pub fn readers(&self) -> u64 {
        self.readers.count()
    }

    /// Whether the server stops.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::SeqCst)
    }

    /// Ends all waits, now and later, since the server stops.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::SeqCst);
        self.arrival.notify_waiters();
    }

    pub(super) fn join(&self, ring: Weak<SharedRing>) {
        self.budget.join(ring);
    }

    /// Wakes the readers that wait for an entry.
    pub(super) fn announce(&self) {
        if self.readers.are_there() {
            self.arrival.notify_waiters();
        }
    }
}
