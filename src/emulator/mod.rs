//! An emulator in this process, for tests in Rust and for the command line.

mod builder;
mod start;
mod world;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::document;
use crate::fixtures::{ReloadError, Reloader, Status, Summary};
use crate::server::{ConfigError, ListenAddress, Mount, Tls};
use crate::store::StoreError;
use crate::worlds::Worlds;

pub use builder::Builder;
pub use world::{Call, Coverage, Fault, Loaded, Verification, VerifyError, World, WorldClock, WorldError};

/// A running emulator. Dropping it stops it.
#[derive(Debug)]
pub struct Emulator {
    listen_addresses: Vec<ListenAddress>,
    mounts: Vec<Mount>,
    tls: Arc<Tls>,
    worlds: Arc<Worlds>,
    summary: Summary,
    reloader: Arc<Reloader>,
    stop: Option<oneshot::Sender<()>>,
    // The task that watches fixtures ends when this is dropped.
    _stop_watching: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

/// Why an emulator did not start.
///
/// Its debug output is text as well, so that a failed `unwrap` in a test can be read.
#[derive(thiserror::Error)]
pub enum StartError {
    /// Fixtures or settings have errors: all of them, in order of files and lines, the settings last.
    #[error("{}", list(.0))]
    Invalid(Vec<document::Diagnostic>),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server cannot be configured as asked: an address is taken, or a certificate or the name of an API is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(errors) => f.write_str(&with_excerpts(errors)),
            other => write!(f, "{other}"),
        }
    }
}

/// The errors as the program prints them, each with its line and a caret, below the message of a failed `unwrap`.
fn with_excerpts(errors: &[document::Diagnostic]) -> String {
    errors.iter().map(|error| format!("\n{}", error.render(false))).collect()
}

fn list(errors: &[document::Diagnostic]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Emulator {
    /// An emulator on a free port of the loopback address, with the built-in fixtures, unless the builder changes that.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The first address that it listens on, preferably one for plain HTTP and all APIs; `0.0.0.0:0` if there are only Unix
    /// sockets.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        let tcp = |matches: &dyn Fn(&ListenAddress) -> bool| {
            self.listen_addresses.iter().filter(|one| matches(one)).find_map(|one| one.address.tcp())
        };
        let plain = |one: &ListenAddress| !one.tls && one.api.is_none();
        tcp(&plain).or_else(|| tcp(&|_| true)).unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)))
    }

    /// Its base URL: `http://127.0.0.1:49152`.
    #[must_use]
    pub fn url(&self) -> String {
        let first = self.listen_addresses.iter().find(|one| one.address.tcp() == Some(self.address()));
        first.or(self.listen_addresses.first()).map(ListenAddress::url).unwrap_or_default()
    }

    /// Its base URL for https, `https://127.0.0.1:49153`, if it was started with TLS.
    #[must_use]
    pub fn https_url(&self) -> Option<String> {
        let mut secure = self.listen_addresses.iter().filter(|one| one.tls);
        let all = secure.clone().find(|one| one.api.is_none());
        all.or_else(|| secure.next()).map(ListenAddress::url)
    }

    /// The certificate authority that clients have to trust for https, directly or through its proxy, as PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        self.tls.pem()
    }

    /// All addresses that it listens on.
    #[must_use]
    pub fn listen_addresses(&self) -> &[ListenAddress] {
        &self.listen_addresses
    }

    /// The path prefixes under which one API is served.
    #[must_use]
    pub fn mounts(&self) -> &[Mount] {
        &self.mounts
    }

    /// What was loaded.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Loads the fixtures again and applies them to all worlds, to each in one step. What tests and clients changed in the
    /// worlds stays.
    ///
    /// # Errors
    /// All errors in the fixtures, or a store that cannot be written; the fixtures before stay active then.
    pub async fn reload(&self) -> Result<Status, ReloadError> {
        self.reloader.reload().await
    }

    /// The world of this name, created on first use.
    ///
    /// # Panics
    /// If the name is not a valid name of a world, or there are too many worlds.
    #[must_use]
    pub fn world(&self, name: &str) -> World {
        match self.worlds.get_or_create(name) {
            Ok((world, _)) => World::new(self.url(), world, self.worlds.clone()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Which behaviours of the APIs clients have exercised in all worlds together, removed ones included.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        Coverage::of_all(&self.worlds)
    }

    /// Stops listening, gives requests in flight a moment to finish, and saves the last changes.
    ///
    /// # Errors
    /// The listener failed before.
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
        // The server first: requests in flight still change worlds, and closing the worlds saves the last changes.
        let served = (&mut self.serving).await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        self.worlds.close().await;
        served
    }
}
