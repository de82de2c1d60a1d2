//! How an emulator is asked for: one call for each thing that can be chosen.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::fixtures::{Recipe, Source};
use crate::server::{Address, Bounds, ByteLimit, Entrance, Most, Mount, Plan, Timeout};
use crate::vendors;

/// What an [`Emulator`](super::Emulator) is started with.
#[derive(Debug, Default)]
pub struct Builder {
    pub(super) ways: Plan,
    pub(super) wrong: Vec<String>,
    pub(super) recipe: Recipe,
    pub(super) db: Option<PathBuf>,
    pub(super) watch: bool,
    pub(super) token: Option<Secret>,
    pub(super) scenarios: Vec<String>,
}

/// A text that is not shown.
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
        self.ways.entrances.push(Entrance { address: address.into(), api: None, tls: false });
        self
    }

    /// Listens on this address as [`Entrance`] says it: for one API alone, or with TLS.
    #[must_use]
    pub fn entrance(mut self, entrance: Entrance) -> Self {
        self.ways.entrances.push(entrance);
        self
    }

    /// Listens for this API alone: only it answers there, at the root.
    #[must_use]
    pub fn listen_for(mut self, api: &str, address: impl Into<Address>) -> Self {
        match vendors::required(api) {
            Ok(api) => self.entrance(Entrance { address: address.into(), api: Some(api), tls: false }),
            Err(what) => {
                self.wrong.push(what);
                self
            }
        }
    }

    /// Speaks https on this address as well, with a certificate of its own.
    #[must_use]
    pub fn tls(self, address: impl Into<Address>) -> Self {
        self.entrance(Entrance { address: address.into(), api: None, tls: true })
    }

    /// Adds a name or an address to the certificate, beside those of this machine itself.
    #[must_use]
    pub fn tls_name(mut self, name: impl Into<String>) -> Self {
        self.ways.names.push(name.into());
        self
    }

    /// Shows the certificate (or chain) and key in these files, as PEM, in place of one of its own.
    #[must_use]
    pub fn tls_certificate(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.ways.certificate = Some((certificate.into(), key.into()));
        self
    }

    /// Signs its own certificates by the authority in these files, as PEM, in place of one of its own.
    #[must_use]
    pub fn ca(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.ways.authority = Some((certificate.into(), key.into()));
        self
    }

    /// Writes down, at the start, what clients have to trust: a certificate as PEM.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ways.authority_file = Some(path.into());
        self
    }

    /// Stands in for this host, by its name or as a proxy, beside the vendors' own: `HOST`, or `HOST=API` for one API.
    #[must_use]
    pub fn proxy_host(mut self, host: impl Into<String>) -> Self {
        self.ways.hosts.push(host.into());
        self
    }

    /// Serves one API under a prefix as well: `/core`.
    #[must_use]
    pub fn mount(mut self, api: &str, prefix: &str) -> Self {
        match Mount::new(api, prefix) {
            Ok(mount) => self.ways.mounts.push(mount),
            Err(what) => self.wrong.push(what),
        }
        self
    }

    /// Sets all bounds of the transport at once.
    #[must_use]
    pub fn bounds(mut self, bounds: Bounds) -> Self {
        self.ways.bounds = bounds;
        self
    }

    /// Closes a connection when the head of a request takes longer than this, 30 seconds by default; `None` never does. This
    /// and the other timeouts are real time, whatever the clock of a world shows.
    #[must_use]
    pub fn header_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.ways.bounds.header_timeout = Timeout(after.into());
        self
    }

    /// Closes a connection when its TLS handshake takes longer than this, 10 seconds by default.
    #[must_use]
    pub fn handshake_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.ways.bounds.handshake_timeout = Timeout(after.into());
        self
    }

    /// Refuses a request with 408 when none of its body's bytes came for this long, 30 seconds by default.
    #[must_use]
    pub fn body_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.ways.bounds.body_timeout = Timeout(after.into());
        self
    }

    /// Closes a connection on which no request came for this long, two minutes by default.
    #[must_use]
    pub fn idle_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.ways.bounds.idle_timeout = Timeout(after.into());
        self
    }

    /// Resets a connection whose client took nothing of an answer for this long, 30 seconds by default.
    #[must_use]
    pub fn write_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.ways.bounds.write_timeout = Timeout(after.into());
        self
    }

    /// Serves so many connections at a time, 4000 by default. Of the ones beyond, only requests to the admin API are served.
    #[must_use]
    pub fn max_connections(mut self, most: impl Into<Option<usize>>) -> Self {
        self.ways.bounds.max_connections = Most(most.into());
        self
    }

    /// Holds so many bytes of bodies at a time, 256 MiB by default, and refuses bodies beyond with 503.
    #[must_use]
    pub fn max_body_memory(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.ways.bounds.max_body_memory = ByteLimit(bytes.into());
        self
    }

    /// Loads a fixture file, a folder of them, or a built-in set (`builtin:starter`). The first source replaces the
    /// built-in sets; later ones add to it.
    #[must_use]
    pub fn fixtures(mut self, path: impl AsRef<Path>) -> Self {
        self.recipe.sources.push(Source::of_path(path.as_ref()));
        self
    }

    /// Loads fixtures from a text; `name` is what faults call it, its extension tells the notation.
    #[must_use]
    pub fn fixtures_text(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.recipe.sources.push(Source::Text { name: name.into(), text: text.into() });
        self
    }

    /// Picks a profile of the fixtures: what they say under this name is added, and wins over the rest of its set. Another
    /// call picks another one beside it.
    #[must_use]
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.recipe.profiles.push(name.into());
        self
    }

    /// Opens a file that `scandouble build` made, in place of the built-in sets; fixtures add to it. Several emulators
    /// may share one.
    #[must_use]
    pub fn store(mut self, path: impl Into<PathBuf>) -> Self {
        self.recipe.store = Some(path.into());
        self
    }

    /// Loads fixtures again when their files change, without a break. A change with faults is logged, and leaves what was
    /// in force.
    #[must_use]
    pub fn watch(mut self) -> Self {
        self.watch = true;
        self
    }

    /// Keeps the store in this file instead of in memory.
    #[must_use]
    pub fn db(mut self, path: impl Into<PathBuf>) -> Self {
        self.db = Some(path.into());
        self
    }

    /// Sets a setting for all worlds, above what fixtures say.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.recipe.settings.push((name.into(), value.into()));
        self
    }

    /// Asks every call to the operator's door, but `health`, for `Authorization: Bearer TOKEN`.
    #[must_use]
    pub fn admin_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(Secret(token.into()));
        self
    }

    /// Starts a ready-made fault in the default world: `slow`, or `slow@metadefender-cloud` for one API alone. A reset of
    /// that world's faults ends it.
    #[must_use]
    pub fn scenario(mut self, scenario: impl Into<String>) -> Self {
        self.scenarios.push(scenario.into());
        self
    }
}
