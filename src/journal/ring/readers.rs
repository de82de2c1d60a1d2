//! How many readers wait for an entry. While none does, a request need not take the lock of the list of waiting readers.

use std::sync::atomic::{AtomicU64, Ordering};

/// The number of readers that wait, or are about to.
#[derive(Debug, Default)]
pub(super) struct Readers(AtomicU64);

/// A reader that is counted until this is dropped.
pub(super) struct Reader<'a>(&'a AtomicU64);

impl Readers {
    /// Counts a reader. It must look for entries only afterwards: then it either finds an entry or is woken for it.
    pub(super) fn enter(&self) -> Reader<'_> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Reader(&self.0)
    }

    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(super) fn are_there(&self) -> bool {
        self.count() > 0
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
