//! What all journals of a server may hold together.
//!
//! Each journal has bounds of its own. Where their sum would still be too much, the largest journals lose their oldest
//! entries, down to one size for all of them, until a sixteenth of the budget is free. So a request seldom pays for
//! looking at all journals, and a small one keeps its entries whatever others do.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};

use super::Book;

/// The budget of all journals of a server.
#[derive(Debug)]
pub struct Budget {
    limit: AtomicU64,
    // An entry may be given back before it was counted, so that the sum may be below zero for a moment.
    held: AtomicI64,
    books: Mutex<Vec<Weak<Book>>>,
}

impl Budget {
    /// A budget of so many bytes.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self { limit: AtomicU64::new(limit), held: AtomicI64::new(0), books: Mutex::default() }
    }

    /// Changes how many bytes there may be, from the next entry on.
    pub fn set(&self, limit: u64) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// How many bytes all journals hold.
    #[must_use]
    pub fn held(&self) -> u64 {
        u64::try_from(self.held.load(Ordering::Relaxed)).unwrap_or_default()
    }

    pub(crate) fn join(&self, book: Weak<Book>) {
        let mut books = self.books();
        if books.len() == books.capacity() {
            books.retain(|book| book.strong_count() > 0);
        }
        books.push(book);
    }

    /// Counts what a journal took and gave back.
    pub(crate) fn count(&self, took: usize, gave: usize) {
        let change = took as i64 - gave as i64;
        self.held.fetch_add(change, Ordering::Relaxed);
        if change > 0 && self.is_exceeded() {
            self.enforce();
        }
    }

    fn is_exceeded(&self) -> bool {
        self.held() > self.limit.load(Ordering::Relaxed)
    }

    /// Drops the oldest entries of the largest journals.
    fn enforce(&self) {
        // One at a time: whoever comes second mostly finds it done.
        let mut books = self.books();
        if !self.is_exceeded() {
            return;
        }
        books.retain(|book| book.strong_count() > 0);
        let all: Vec<_> = books.iter().filter_map(Weak::upgrade).collect();
        let limit = self.limit.load(Ordering::Relaxed);
        let level = level(all.iter().map(|book| book.ring().bytes as u64).collect(), limit - limit / 16);
        let mut dropped = Vec::new();
        for book in &all {
            let before = dropped.len();
            let gave = book.ring().shrink(u64::MAX, level, &mut dropped);
            self.held.fetch_sub(gave as i64, Ordering::Relaxed);
            if dropped.len() > before {
                book.arrival.notify_waiters();
            }
        }
        // What was dropped is freed without the lock.
        drop(books);
    }

    fn books(&self) -> MutexGuard<'_, Vec<Weak<Book>>> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The size at which, if none is larger, these sizes come to `most` together.
fn level(mut sizes: Vec<u64>, most: u64) -> u64 {
    sizes.sort_unstable();
    let mut left = most;
    for (at, size) in sizes.iter().enumerate() {
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
    fn the_largest_give_down_to_one_size() {
        assert_eq!(level(vec![10, 100, 1000], 300), 190);
        assert_eq!(level(vec![100, 100, 100], 150), 50);
        assert_eq!(level(vec![1, 2], 3), u64::MAX);
        assert_eq!(level(vec![1, 2], 0), 0);
    }
}
