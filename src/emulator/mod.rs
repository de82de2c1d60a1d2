//! An emulator in-process: for the tests of Rust teams, for the project's own, and for the command line.

mod builder;
mod start;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::document;
use crate::fixtures::{ReloadError, Reloader, Status, Summary};
use crate::server::{Entrance, Mount, PlanError};
use crate::store::{Store, StoreError};
use crate::worlds::World;
use crate::worlds::Worlds;

pub use builder::Builder;

/// How long the store is given to close.
const CLOSING: std::time::Duration = std::time::Duration::from_millis(300);

/// A running emulator. Dropping it stops it.
#[derive(Debug)]
pub struct Emulator {
    entrances: Vec<Entrance>,
    mounts: Vec<Mount>,
    ca_pem: String,
    worlds: Arc<Worlds>,
    summary: Summary,
    store: Store,
    reloader: Arc<Reloader>,
    stop: Option<oneshot::Sender<()>>,
    // What watches fixtures stops when this is dropped.
    _watching: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Fixtures or settings have errors: all of them, in order of files and lines, the settings last.
    #[error("{}", list(.0))]
    Invalid(Vec<document::Diagnostic>),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot be reached as asked: an address is taken, a certificate or an API's name is wrong.
    #[error(transparent)]
    Ways(#[from] PlanError),
}

fn list(problems: &[document::Diagnostic]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Emulator {
    /// An emulator on a free port of the loopback address, with the built-in fixtures, unless told otherwise.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The first port where it listens, one for plain HTTP and all APIs if there is one; `0.0.0.0:0` if there are only
    /// Unix sockets.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        let tcp = |wanted: &dyn Fn(&Entrance) -> bool| {
            self.entrances.iter().filter(|one| wanted(one)).find_map(|one| one.address.tcp())
        };
        let plain = |one: &Entrance| !one.tls && one.api.is_none();
        tcp(&plain).or_else(|| tcp(&|_| true)).unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)))
    }

    /// Its base address: `http://127.0.0.1:49152`.
    #[must_use]
    pub fn url(&self) -> String {
        let first = self.entrances.iter().find(|one| one.address.tcp() == Some(self.address()));
        first.or(self.entrances.first()).map(Entrance::url).unwrap_or_default()
    }

    /// Its base address for https, `https://127.0.0.1:49153`, if it was started with TLS.
    #[must_use]
    pub fn https_url(&self) -> Option<String> {
        let mut secure = self.entrances.iter().filter(|one| one.tls);
        let all = secure.clone().find(|one| one.api.is_none());
        all.or_else(|| secure.next()).map(Entrance::url)
    }

    /// What clients have to trust for https, at its own port or by way of its proxy: a certificate as PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Everywhere it listens.
    #[must_use]
    pub fn entrances(&self) -> &[Entrance] {
        &self.entrances
    }

    /// Under which prefixes one API answers.
    #[must_use]
    pub fn mounts(&self) -> &[Mount] {
        &self.mounts
    }

    /// What was loaded.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Reads the fixtures again and moves all worlds to them, each in one step; what tests and clients made of the worlds
    /// stays.
    ///
    /// # Errors
    /// Faults, all of them, or a store that refuses; then what was in force stays.
    pub async fn reload(&self) -> Result<Status, ReloadError> {
        self.reloader.reload().await
    }

    /// A world, made if there is none of this name.
    ///
    /// # Panics
    /// If the name is not one that a world can have, or there are too many worlds.
    #[must_use]
    pub fn world(&self, name: &str) -> Arc<World> {
        match self.worlds.get_or_create(name) {
            Ok((world, _)) => world,
            Err(error) => panic!("{error}"),
        }
    }

    /// Stops listening, lets requests in flight finish for a moment, and closes the store.
    ///
    /// # Errors
    /// The listener had failed before.
    pub async fn stop(mut self) -> std::io::Result<()> {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        self.wait().await
    }

    /// Waits until `signal` resolves or the listener fails, then stops.
    ///
    /// # Errors
    /// The listener failed.
    pub async fn run_until(mut self, signal: impl Future<Output = ()>) -> std::io::Result<()> {
        tokio::select! {
            () = signal => {}
            _ = &mut self.serving => return Err(std::io::Error::other("the listener stopped by itself")),
        }
        self.stop().await
    }

    async fn wait(&mut self) -> std::io::Result<()> {
        let served = (&mut self.serving).await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        self.worlds.close().await;
        // A request that still holds the store must not keep the process.
        let _ = tokio::time::timeout(CLOSING, self.store.close()).await;
        served
    }
}
