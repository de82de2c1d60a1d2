//! Copies of a world's state, for calls that must not change it.

use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;

use super::{State, tallies};
use crate::journal::Journal;
use crate::worlds::SharedLimits;

impl State {
    /// The same state for a request without effects: it is answered as usual, but nothing is queued or counted.
    #[must_use]
    pub fn reading(&self) -> Self {
        Self { reads_only: true, ..self.clone() }
    }

    /// A copy for trying any call: what a call changes is lost with it. It has no uploads and no sessions.
    #[must_use]
    pub fn isolated(&self) -> Self {
        Self {
            overlay: Arc::new(ArcSwap::new(self.overlay.load_full())),
            uploads: Arc::default(),
            urls: Arc::default(),
            batches: Arc::default(),
            sessions: Arc::default(),
            queue: Arc::new(Mutex::new(self.queue().clone())),
            limits: Arc::new(SharedLimits::new(self.limits().clone())),
            journal: Journal::default(),
            coverage: Arc::new(tallies(&self.base)),
            is_scratch: true,
            ..self.clone()
        }
    }
}
