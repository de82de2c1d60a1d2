//! The memory that all bodies of a server may use together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many bytes more the bodies of the admin API may use, so that small calls succeed whatever clients upload.
const ADMIN_RESERVE: u64 = 1 << 20;

/// How many bytes of bodies are in memory, and how many may be.
#[derive(Clone, Debug)]
pub(in crate::server) struct Budget {
    held: Arc<AtomicU64>,
    most: u64,
}

impl Budget {
    /// A budget of `most` bytes, or one without a limit. `held` is where the bytes are counted.
    pub(in crate::server) fn new(most: Option<u64>, held: Arc<AtomicU64>) -> Self {
        Self { held, most: most.unwrap_or(u64::MAX) }
    }

    /// The budget for bodies of the admin API: the same bytes with a slightly higher limit.
    pub(in crate::server) fn for_admin(&self) -> Self {
        Self { held: self.held.clone(), most: self.most.saturating_add(ADMIN_RESERVE) }
    }

    /// A reservation of no bytes yet.
    pub(in crate::server) fn reservation(&self) -> Reservation {
        Reservation { budget: self.clone(), bytes: 0 }
    }
}

/// A share of the budget, returned to it on drop.
#[derive(Debug)]
pub(in crate::server) struct Reservation {
    budget: Budget,
    bytes: u64,
}

impl Reservation {
    /// Reserves `more` bytes. Returns `false` and reserves nothing if the budget does not have them.
    pub(in crate::server) fn grow(&mut self, more: u64) -> bool {
        let Budget { held, most } = &self.budget;
        // Checked and added in one atomic step: two requests at a time must not both get the last free bytes.
        let grown = |held: u64| held.checked_add(more).filter(|grown| grown <= most);
        let has = held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown).is_ok();
        if has {
            self.bytes += more;
        }
        has
    }

    /// Returns all bytes to the budget.
    pub(super) fn clear(&mut self) {
        self.budget.held.fetch_sub(std::mem::take(&mut self.bytes), Ordering::Relaxed);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_reservations_return_their_bytes() {
        let budget = Budget::new(Some(10), Arc::default());
        let mut one = budget.reservation();
        assert!(one.grow(4) && one.grow(4) && !one.grow(3));
        let mut other = budget.reservation();
        assert!(other.grow(2) && !other.grow(1));
        assert!(budget.for_admin().reservation().grow(ADMIN_RESERVE));
        drop(one);
        assert!(other.grow(8) && !other.grow(1));
        other.clear();
        assert!(budget.reservation().grow(10));
    }
}
