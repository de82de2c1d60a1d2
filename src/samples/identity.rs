//! Identities of samples. A cache of what follows from samples is told when one of its samples is dropped.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

/// A cache with an entry for each sample, by the number of the sample's identity. Its entries must not own samples.
pub(crate) trait Forget: Sync {
    /// Removes the entry of a sample that was dropped, if there is one.
    fn forget(&self, number: u64);
}

static CACHES: RwLock<Vec<&'static dyn Forget>> = RwLock::new(Vec::new());

/// Tells `cache` from now on of each dropped sample that [`Identity::mark_cached`] was called for.
pub(crate) fn register(cache: &'static dyn Forget) {
    CACHES.write().unwrap_or_else(PoisonError::into_inner).push(cache);
}

/// A number that no other sample in the process has, for caches of what follows from a sample.
#[derive(Debug)]
pub struct Identity {
    number: Option<u64>,
    /// Most samples of a large set are never looked up, and dropping them should cost nothing.
    is_cached: AtomicBool,
}

impl Default for Identity {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // Relaxed: only the number must be unique, it orders nothing else.
        Self { number: Some(NEXT.fetch_add(1, Ordering::Relaxed)), is_cached: AtomicBool::new(false) }
    }
}

impl Identity {
    /// That of a sample which is used once, so that nothing that follows from it needs to be cached.
    pub(crate) fn transient() -> Self {
        Self { number: None, is_cached: AtomicBool::new(false) }
    }

    /// The number; `None` for a sample that is used once.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        self.number
    }

    /// Notes that a registered cache may have an entry for the sample.
    pub(crate) fn mark_cached(&self) {
        self.is_cached.store(true, Ordering::Relaxed);
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        if let Some(number) = self.number.filter(|_| *self.is_cached.get_mut()) {
            let caches = CACHES.read().unwrap_or_else(PoisonError::into_inner);
            caches.iter().for_each(|cache| cache.forget(number));
        }
    }
}
