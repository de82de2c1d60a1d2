//! The builder of an emulator.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::fixtures::{Recipe, Source};
use crate::server::{
    Address, ByteLimit, ListenAddress, MaxCount, Mount, ServerConfig, Timeout, TransportLimits,
};
use crate::vendors;

/// What an [`Emulator`](super::Emulator) is started with.
#[derive(Debug, Default)]
pub struct Builder {
    pub(super) config: ServerConfig,
    /// Invalid arguments, reported at the start.
    pub(super) invalid: Vec<String>,
    pub(super) recipe: Recipe,
    pub(super) db: Option<PathBuf>,
    pub(super) watch: bool,
    pub(super) token: Option<Secret>,
    pub(super) scenarios: Vec<String>,
}

/// A text that debug output leaves out.
#[derive(Clone)]
pub(super) struct Secret(pub(super) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Builder {
    /// Listens on this address instead of a free port; another call adds another address.
    #[must_use]
    pub fn listen(mut self, address: impl Into<Address>) -> Self {
        self.config.listen_addresses.push(ListenAddress { address: address.into(), api: None, tls: false });
        self
    }

    /// Listens on an address for one API only, or with TLS: see [`ListenAddress`].
    #[must_use]
    pub fn listen_on(mut self, listen_address: ListenAddress) -> Self {
        self.config.listen_addresses.push(listen_address);
        self
    }

    /// Listens on an address for this API only, which is served at the root.
    #[must_use]
    pub fn listen_for(mut self, api: &str, address: impl Into<Address>) -> Self {
        match vendors::required(api) {
            Ok(api) => self.listen_on(ListenAddress { address: address.into(), api: Some(api), tls: false }),
            Err(what) => {
                self.invalid.push(what);
                self
            }
        }
    }

    /// Listens for https on this address as well, with a generated certificate.
    #[must_use]
    pub fn tls(self, address: impl Into<Address>) -> Self {
        self.listen_on(ListenAddress { address: address.into(), api: None, tls: true })
    }

    /// Adds a name or an address to the certificate, in addition to those of this machine.
    #[must_use]
    pub fn tls_name(mut self, name: impl Into<String>) -> Self {
        self.config.names.push(name.into());
        self
    }

    /// Uses the certificate (or chain) and key in these PEM files instead of a generated one.
    #[must_use]
    pub fn tls_certificate(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.config.certificate = Some((certificate.into(), key.into()));
        self
    }

    /// Signs certificates with the authority in these PEM files instead of a generated one.
    #[must_use]
    pub fn ca(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.config.authority = Some((certificate.into(), key.into()));
        self
    }

    /// Writes the certificate authority that clients have to trust to this file at the start, as PEM.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.config.authority_file = Some(path.into());
        self
    }

    /// Answers for this host, by its name or as a proxy, in addition to the vendors' own: `HOST`, or `HOST=API` for one API.
    #[must_use]
    pub fn proxy_host(mut self, host: impl Into<String>) -> Self {
        self.config.hosts.push(host.into());
        self
    }

    /// Serves one API under a path prefix as well: `/core`.
    #[must_use]
    pub fn mount(mut self, api: &str, prefix: &str) -> Self {
        match Mount::new(api, prefix) {
            Ok(mount) => self.config.mounts.push(mount),
            Err(what) => self.invalid.push(what),
        }
        self
    }

    /// Sets all limits of the transport at once.
    #[must_use]
    pub fn limits(mut self, limits: TransportLimits) -> Self {
        self.config.limits = limits;
        self
    }

    /// Closes a connection when the head of a request takes longer than this, 30 seconds by default; `None` disables
    /// it. All timeouts are real time, whatever the clock of a world shows.
    #[must_use]
    pub fn header_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.config.limits.header_timeout = Timeout(after.into());
        self
    }

    /// Closes a connection when its TLS handshake takes longer than this, 10 seconds by default.
    #[must_use]
    pub fn handshake_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.config.limits.handshake_timeout = Timeout(after.into());
        self
    }

    /// Refuses a request with 408 when no more bytes of its body arrive for this long, 30 seconds by default.
    #[must_use]
    pub fn body_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.config.limits.body_timeout = Timeout(after.into());
        self
    }

    /// Closes a connection when no request arrives for this long, two minutes by default.
    #[must_use]
    pub fn idle_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.config.limits.idle_timeout = Timeout(after.into());
        self
    }

    /// Resets a connection when its client reads no more of a response for this long, 30 seconds by default.
    #[must_use]
    pub fn write_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.config.limits.write_timeout = Timeout(after.into());
        self
    }

    /// Limits the connections at a time, 4000 by default. Beyond the limit, only requests to the admin API are served.
    #[must_use]
    pub fn max_connections(mut self, most: impl Into<Option<usize>>) -> Self {
        self.config.limits.max_connections = MaxCount(most.into());
        self
    }

    /// Limits the bytes of all bodies in memory, 256 MiB by default. Bodies beyond the limit are refused with 503.
    #[must_use]
    pub fn max_body_memory(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.config.limits.max_body_memory = ByteLimit(bytes.into());
        self
    }

    /// Loads a fixture file, a folder of them, or a built-in set (`builtin:starter`). The first source replaces the
    /// built-in sets; later ones add to it.
    #[must_use]
    pub fn fixtures(mut self, path: impl AsRef<Path>) -> Self {
        self.recipe.sources.push(Source::of_path(path.as_ref()));
        self
    }

    /// Loads fixtures from a text. Errors refer to it by `name`, whose extension determines the format.
    #[must_use]
    pub fn fixtures_text(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.recipe.sources.push(Source::Text { name: name.into(), text: text.into() });
        self
    }

    /// Activates a profile of the fixtures: its entries are added, and override the rest of their set. Another call
    /// activates another profile as well.
    #[must_use]
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.recipe.profiles.push(name.into());
        self
    }

    /// Opens a store made by `scandouble build` instead of loading the built-in sets; fixtures add to it. Several emulators
    /// may share one file.
    #[must_use]
    pub fn store(mut self, path: impl Into<PathBuf>) -> Self {
        self.recipe.store = Some(path.into());
        self
    }

    /// Loads fixtures again when their files change, without interrupting requests. Errors are logged, and the fixtures before
    /// stay active.
    #[must_use]
    pub fn watch(mut self) -> Self {
        self.watch = true;
        self
    }

    /// Persists the state of worlds in this file.
    #[must_use]
    pub fn db(mut self, path: impl Into<PathBuf>) -> Self {
        self.db = Some(path.into());
        self
    }

    /// Sets a setting for all worlds. It overrides the fixtures.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.recipe.settings.push((name.into(), value.into()));
        self
    }

    /// Requires `Authorization: Bearer TOKEN` on every request to the admin API except `health`.
    #[must_use]
    pub fn admin_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(Secret(token.into()));
        self
    }

    /// Starts a scenario in the default world: `slow`, or `slow@metadefender-cloud` for one API only. A reset of that world's
    /// faults ends it.
    #[must_use]
    pub fn scenario(mut self, scenario: impl Into<String>) -> Self {
        self.scenarios.push(scenario.into());
        self
    }
}
