//! The limit on connections, and the reserve that keeps the admin API reachable beyond it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::admin::Connections;
use crate::server::limits::{Timeout, TransportLimits};

/// How many connections are accepted beyond the limit.
const RESERVE: usize = 32;
/// The longest timeouts of connections of the reserve, so that idle ones do not use it up.
const PATIENCE: Duration = Duration::from_secs(2);

/// Hands out permits for connections.
#[derive(Debug)]
pub(in crate::server) struct ConnectionLimit {
    /// None without a limit.
    regular: Option<Arc<Semaphore>>,
    reserve: Arc<Semaphore>,
    counts: Arc<Connections>,
}

/// Counts one connection, with its tunnels, until it is dropped.
#[derive(Debug)]
pub(in crate::server) struct ConnectionPermit {
    /// Whether only requests to the admin API are served.
    pub(in crate::server) is_reserve: bool,
    _permit: Option<OwnedSemaphorePermit>,
    counts: Arc<Connections>,
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.counts.closed();
    }
}

impl ConnectionLimit {
    pub(in crate::server) fn new(limits: &TransportLimits, counts: Arc<Connections>) -> Self {
        let regular =
            limits.connections().map(|most| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))));
        Self { regular, reserve: Arc::new(Semaphore::new(RESERVE)), counts }
    }

    /// A permit for an accepted connection. Waits while even the reserve is used up.
    pub(in crate::server) async fn acquire(&self) -> ConnectionPermit {
        let (is_reserve, permit) = match &self.regular {
            None => (false, None),
            Some(regular) => match regular.clone().try_acquire_owned() {
                Ok(permit) => (false, Some(permit)),
                // The limit is reached. With the reserve used up as well, this waits until a connection of either kind
                // ends; meanwhile further clients wait in the queue of the operating system.
                Err(_) => tokio::select! {
                    biased;
                    permit = self.reserve.clone().acquire_owned() => (true, permit.ok()),
                    permit = regular.clone().acquire_owned() => (false, permit.ok()),
                },
            },
        };
        self.counts.opened();
        ConnectionPermit { is_reserve, _permit: permit, counts: self.counts.clone() }
    }
}

impl ConnectionPermit {
    /// The limits of this connection, `limits` being those of the server.
    pub(super) fn limits(&self, limits: TransportLimits) -> TransportLimits {
        let sooner = |timeout: Timeout| Timeout(Some(timeout.0.map_or(PATIENCE, |time| time.min(PATIENCE))));
        match self.is_reserve {
            true => TransportLimits {
                header_timeout: sooner(limits.header_timeout),
                handshake_timeout: sooner(limits.handshake_timeout),
                idle_timeout: sooner(limits.idle_timeout),
                ..limits
            },
            false => limits,
        }
    }
}
