//! The builder of an emulator.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::document::setters;
use crate::fixtures::{Recipe, Source};
use crate::server::{
    Address, ByteLimit, ListenAddress, MaxCount, Mount, ServerConfig, Timeout, TransportLimits,
};
use crate::vendors;

/// What an [`Emulator`](super::Emulator) is started with.
#[derive(Debug, Default)]
#[must_use = "an emulator does nothing until it is started"]
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
    setters! { pub it:
        /// Listens on this address instead of a free port; another call adds another address.
        listen(address: impl Into<Address>) =>
            it.config.listen_addresses.push(ListenAddress { address: address.into(), api: None, tls: false });
        /// Listens on an address for one API only, or with TLS: see [`ListenAddress`].
        listen_on(listen_address: ListenAddress) => it.config.listen_addresses.push(listen_address);
    }

    /// Listens on an address for this API only, which is served at the root.
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
    pub fn tls(self, address: impl Into<Address>) -> Self {
        self.listen_on(ListenAddress { address: address.into(), api: None, tls: true })
    }

    setters! { pub it:
        /// Adds a name or an address to the certificate, in addition to those of this machine.
        tls_name(name: impl Into<String>) => it.config.names.push(name.into());
        /// Uses the certificate (or chain) and key in these PEM files instead of a generated one.
        tls_certificate(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) =>
            it.config.certificate = Some((certificate.into(), key.into()));
        /// Signs certificates with the authority in these PEM files instead of a generated one.
        ca(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) =>
            it.config.authority = Some((certificate.into(), key.into()));
        /// Writes the certificate authority that clients have to trust to this file at the start, as PEM.
        ca_file(path: impl Into<PathBuf>) => it.config.authority_file = Some(path.into());
        /// Answers for this host, by its name or as a proxy, in addition to the vendors' own: `HOST`, or `HOST=API` for one API.
        proxy_host(host: impl Into<String>) => it.config.hosts.push(host.into());
    }

    /// Serves one API under a path prefix as well: `/core`.
    pub fn mount(mut self, api: &str, prefix: &str) -> Self {
        match Mount::new(api, prefix) {
            Ok(mount) => self.config.mounts.push(mount),
            Err(what) => self.invalid.push(what),
        }
        self
    }

    setters! { pub it:
        /// Sets all limits of the transport at once.
        limits(limits: TransportLimits) => it.config.limits = limits;
        /// Closes a connection when the head of a request takes longer than this, 30 seconds by default; `None` disables
        /// it. All timeouts are real time, whatever the clock of a world shows.
        header_timeout(after: impl Into<Option<Duration>>) => it.config.limits.header_timeout = Timeout(after.into());
        /// Closes a connection when its TLS handshake takes longer than this, 10 seconds by default.
        handshake_timeout(after: impl Into<Option<Duration>>) =>
            it.config.limits.handshake_timeout = Timeout(after.into());
        /// Refuses a request with 408 when no more bytes of its body arrive for this long, 30 seconds by default.
        body_timeout(after: impl Into<Option<Duration>>) => it.config.limits.body_timeout = Timeout(after.into());
        /// Closes a connection when no request arrives for this long, two minutes by default.
        idle_timeout(after: impl Into<Option<Duration>>) => it.config.limits.idle_timeout = Timeout(after.into());
        /// Resets a connection when its client reads no more of a response for this long, 30 seconds by default.
        write_timeout(after: impl Into<Option<Duration>>) => it.config.limits.write_timeout = Timeout(after.into());
        /// Limits the connections at a time, 4000 by default. Beyond the limit, only requests to the admin API are served.
        max_connections(most: impl Into<Option<usize>>) => it.config.limits.max_connections = MaxCount(most.into());
        /// Limits the bytes of all bodies in memory, 256 MiB by default. Bodies beyond the limit are refused with 503.
        max_body_memory(bytes: impl Into<Option<u64>>) => it.config.limits.max_body_memory = ByteLimit(bytes.into());
        /// Loads a fixture file, a folder of them, or a built-in set (`builtin:starter`). The first source replaces the
        /// built-in sets; later ones add to it.
        fixtures(path: impl AsRef<Path>) => it.recipe.sources.push(Source::of_path(path.as_ref()));
        /// Loads fixtures from a text. Errors refer to it by `name`, whose extension determines the format.
        fixtures_text(name: impl Into<String>, text: impl Into<String>) =>
            it.recipe.sources.push(Source::Text { name: name.into(), text: text.into() });
        /// Activates a profile of the fixtures: its entries are added, and override the rest of their set. Another call
        /// activates another profile as well.
        profile(name: impl Into<String>) => it.recipe.profiles.push(name.into());
        /// Opens a store made by `scandouble build` instead of loading the built-in sets; fixtures add to it. Several emulators
        /// may share one file.
        store(path: impl Into<PathBuf>) => it.recipe.store = Some(path.into());
        /// Loads fixtures again when their files change, without interrupting requests. Errors are logged, and the fixtures before
        /// stay active.
        watch() => it.watch = true;
        /// Persists the state of worlds in this file.
        db(path: impl Into<PathBuf>) => it.db = Some(path.into());
        /// Sets a setting for all worlds. It overrides the fixtures.
        setting(name: impl Into<String>, value: impl Into<String>) =>
            it.recipe.settings.push((name.into(), value.into()));
        /// Requires `Authorization: Bearer TOKEN` on every request to the admin API except `health`.
        admin_token(token: impl Into<String>) => it.token = Some(Secret(token.into()));
        /// Starts a scenario in the default world: `slow`, or `slow@metadefender-cloud` for one API only. A reset of that world's
        /// faults ends it.
        scenario(scenario: impl Into<String>) => it.scenarios.push(scenario.into());
    }
}
