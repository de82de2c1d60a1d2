//! The memory that all bodies of a server may take together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How much further the admin API's bodies may go, so that small calls get through whatever clients upload.
const ADMIN_RESERVE: u64 = 1 << 20;

/// How many bytes of bodies are held, and how many may be.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    held: Arc<AtomicU64>,
    most: u64,
}

impl Budget {
    /// A budget of `most` bytes, or one without a limit. `held` is where the bytes are counted.
    pub(super) fn new(most: Option<u64>, held: Arc<AtomicU64>) -> Self {
        Self { held, most: most.unwrap_or(u64::MAX) }
    }

    /// A budget for bodies of the admin API: the same bytes, with a little more room.
    pub(super) fn for_admin(&self) -> Self {
        Self { held: self.held.clone(), most: self.most.saturating_add(ADMIN_RESERVE) }
    }

    /// Nothing yet, of this budget.
    pub(super) fn reservation(&self) -> Reservation {
        Reservation { budget: self.clone(), bytes: 0 }
    }
}

/// A part of the budget, which it has again when this is dropped.
#[derive(Debug)]
pub(super) struct Reservation {
    budget: Budget,
    bytes: u64,
}

impl Reservation {
    /// Takes `more` bytes; `false`, and nothing taken, if the budget does not have them.
    pub(super) fn grow(&mut self, more: u64) -> bool {
        let Budget { held, most } = &self.budget;
        let grown = |held: u64| held.checked_add(more).filter(|grown| grown <= most);
        let has = held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown).is_ok();
        if has {
            self.bytes += more;
        }
        has
    }

    /// Gives everything back.
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
    fn what_is_reserved_is_given_back() {
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
