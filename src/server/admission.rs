//! How many connections there may be, and the reserve by which the admin API stays reachable when there are too many.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::bounds::{Bounds, Timeout};
use crate::admin::Connections;

/// How many connections are accepted beyond the bound.
const RESERVE: usize = 32;
/// How long a connection of the reserve may take to say what it wants, so that idle ones do not use it up.
const PATIENCE: Duration = Duration::from_secs(2);

/// Lets connections in.
#[derive(Debug)]
pub(super) struct Admission {
    /// None without a bound.
    regular: Option<Arc<Semaphore>>,
    reserve: Arc<Semaphore>,
    counts: Arc<Connections>,
}

/// The place of one connection, for as long as anything of it is there.
#[derive(Debug)]
pub(super) struct Place {
    /// Whether only requests to the admin API are served.
    pub(super) is_reserve: bool,
    _permit: Option<OwnedSemaphorePermit>,
    counts: Arc<Connections>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.counts.closed();
    }
}

impl Admission {
    pub(super) fn new(bounds: &Bounds, counts: Arc<Connections>) -> Self {
        let regular =
            bounds.connections().map(|most| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))));
        Self { regular, reserve: Arc::new(Semaphore::new(RESERVE)), counts }
    }

    /// A place for a connection that was accepted; waits for one while even the reserve is full.
    pub(super) async fn place(&self) -> Place {
        let (is_reserve, permit) = match &self.regular {
            None => (false, None),
            Some(regular) => match regular.clone().try_acquire_owned() {
                Ok(permit) => (false, Some(permit)),
                Err(_) => tokio::select! {
                    biased;
                    permit = self.reserve.clone().acquire_owned() => (true, permit.ok()),
                    permit = regular.clone().acquire_owned() => (false, permit.ok()),
                },
            },
        };
        self.counts.opened();
        Place { is_reserve, _permit: permit, counts: self.counts.clone() }
    }
}

impl Place {
    /// The bounds of this connection.
    pub(super) fn bounds(&self, bounds: Bounds) -> Bounds {
        let sooner = |timeout: Timeout| Timeout(Some(timeout.0.map_or(PATIENCE, |time| time.min(PATIENCE))));
        match self.is_reserve {
            true => Bounds {
                header_timeout: sooner(bounds.header_timeout),
                handshake_timeout: sooner(bounds.handshake_timeout),
                idle_timeout: sooner(bounds.idle_timeout),
                ..bounds
            },
            false => bounds,
        }
    }
}
