//! An emulator in-process: for the tests of Rust teams, for the project's own, and for the command line.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::admin::{Guard, Token};
use crate::api::Api;
use crate::document::Place;
use crate::faults::{Rule, SCENARIOS, Scenario};
use crate::fixtures::{self, Loaded, Source, Summary};
use crate::samples::{Built, Sample, Shelf, Store, StoreError};
use crate::server::{self, Address, Entrance, House, Listener, Mount, Plan, PlanError};
use crate::settings::Settings;
use crate::world::{Base, World};
use crate::worlds::Worlds;
use crate::{apis, document};

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
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<std::io::Result<()>>,
}

/// What an [`Emulator`] is started with.
#[derive(Debug, Default)]
pub struct Builder {
    ways: Plan,
    wrong: Vec<String>,
    sources: Vec<Source>,
    built: Option<PathBuf>,
    db: Option<PathBuf>,
    settings: Vec<(String, String)>,
    token: Option<Secret>,
    scenarios: Vec<String>,
}

/// A text that is not shown.
#[derive(Clone)]
struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Fixtures or settings have faults: all of them, in order of files and lines, the settings last.
    #[error("{}", list(.0))]
    Faults(Vec<document::Problem>),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot be reached as asked: an address is taken, a certificate or an API's name is wrong.
    #[error(transparent)]
    Ways(#[from] PlanError),
}

fn list(problems: &[document::Problem]) -> String {
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

    /// A world, made if there is none of this name.
    ///
    /// # Panics
    /// If the name is not one that a world can have, or there are too many worlds.
    #[must_use]
    pub fn world(&self, name: &str) -> Arc<World> {
        match self.worlds.get_or_make(name) {
            Ok(world) => world,
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
        // A request that still holds the store must not keep the process; what was written is safe in its log.
        let _ = tokio::time::timeout(CLOSING, self.store.close()).await;
        served
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
        match apis::required(api) {
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

    /// Loads a fixture file, a folder of them, or a built-in set (`builtin:starter`). The first source replaces the
    /// built-in sets; later ones add to it.
    #[must_use]
    pub fn fixtures(mut self, path: impl AsRef<Path>) -> Self {
        self.sources.push(Source::of_path(path.as_ref()));
        self
    }

    /// Loads fixtures from a text; `name` is what faults call it, its extension tells the notation.
    #[must_use]
    pub fn fixtures_text(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.sources.push(Source::Text { name: name.into(), text: text.into() });
        self
    }

    /// Opens a file that `scandouble build` made, in place of the built-in sets; fixtures add to it. Several emulators
    /// may share one.
    #[must_use]
    pub fn store(mut self, path: impl Into<PathBuf>) -> Self {
        self.built = Some(path.into());
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
        self.settings.push((name.into(), value.into()));
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

    /// Loads the fixtures, opens the store, and listens.
    ///
    /// # Errors
    /// Faults in fixtures, all of them at once; a setting that is not allowed; a store or an address that cannot be
    /// had.
    pub async fn start(self) -> Result<Emulator, StartError> {
        let built = self.built.as_deref().map(Built::open).transpose()?;
        let Set { loaded, settings, token, faults } = self.set(built.as_ref()).map_err(StartError::Faults)?;
        let mut plan = self.ways;
        if let Some(what) = self.wrong.into_iter().next() {
            return Err(PlanError::Wrong(what).into());
        }
        if plan.entrances.iter().all(|entrance| entrance.tls) {
            let address = SocketAddr::from(([127, 0, 0, 1], 0)).into();
            plan.entrances.insert(0, Entrance { address, api: None, tls: false });
        }
        let listeners = plan.bind().await?;
        let store = Store::open(self.db.as_deref()).await?;
        let names = |sample: &Sample| apis::ALL.iter().flat_map(|api| api.names(sample)).collect();
        let ways = plan.ways(&store, &listeners).await?;
        let shelf = Shelf::new(store.clone(), loaded.samples, names);
        let base = Base {
            shelf: match built {
                Some(built) => shelf.above(built, loaded.replaced),
                None => shelf,
            },
            accounts: Arc::new(loaded.accounts),
            rules: Arc::new(loaded.rules),
            settings: Arc::new(settings),
            behaviours: apis::ALL.iter().map(|api| (api.name(), api.behaviours().len())).collect(),
        };
        let worlds = Arc::new(Worlds::open(base).await?);
        let state = worlds.default_world().state();
        faults.into_iter().for_each(|rule| state.faults.put(rule));
        let (stop, stopped) = oneshot::channel();
        let guard = Guard::new(token, widest(&listeners));
        let entrances = listeners.iter().map(|listener| listener.entrance().clone()).collect();
        let (mounts, ca_pem) = (ways.mounts.clone(), ways.tls.authority().pem().to_owned());
        let stopped = async move {
            let _ = stopped.await;
        };
        let serving =
            tokio::spawn(server::serve(House::new(worlds.clone(), guard, ways), listeners, stopped));
        let (summary, stop) = (loaded.summary, Some(stop));
        Ok(Emulator { entrances, mounts, ca_pem, worlds, summary, store, stop, serving })
    }
}

/// What a [`Builder`] comes to.
struct Set {
    loaded: Loaded,
    settings: Settings,
    token: Option<Token>,
    faults: Vec<Rule>,
}

impl Builder {
    /// What to start with; or everything that is wrong with it.
    fn set(&self, built: Option<&Built>) -> Result<Set, Vec<document::Problem>> {
        let mut problems = Vec::new();
        let loaded = match built {
            Some(built) => fixtures::load_above(built, &self.sources),
            None => fixtures::load(&self.sources),
        };
        let loaded = loaded.map_err(|faults| problems.extend(faults)).ok();
        let mut settings =
            loaded.as_ref().map_or_else(|| Settings::new(apis::all_settings()), |l| l.settings.clone());
        let mut note = |file: &str, what: String| {
            let (file, place) = (file.to_owned(), Place::default());
            problems.push(document::Problem { file, place, what, help: String::new() });
        };
        for (name, value) in &self.settings {
            settings.set(name, value).unwrap_or_else(|what| note("settings", what));
        }
        let mut faults = Vec::new();
        for text in &self.scenarios {
            match scenario(text) {
                Ok(rules) => faults.extend(rules),
                Err(what) => note("scenarios", what),
            }
        }
        let token = self.token.as_ref().and_then(|Secret(text)| {
            Token::new(text).map_err(|what| note("admin-token", what.to_owned())).ok()
        });
        match loaded {
            Some(loaded) if problems.is_empty() => Ok(Set { loaded, settings, token, faults }),
            _ => Err(problems),
        }
    }
}

/// The rules of `NAME` or `NAME@API`.
fn scenario(text: &str) -> Result<Vec<Rule>, String> {
    let (name, api) = text.split_once('@').map_or((text, None), |(name, api)| (name, Some(api)));
    let scenario = Scenario::named(name).ok_or_else(|| {
        let known: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        format!("there is no scenario \"{name}\"; there are {}", known.join(", "))
    })?;
    let api = api.map(apis::required).transpose()?;
    Ok(scenario.rules(api.map(Api::name)))
}

/// The address that the most can reach, for the guard: one that is not this machine's alone, if there is one.
fn widest(listeners: &[Listener]) -> SocketAddr {
    let addresses = listeners.iter().filter_map(|listener| listener.entrance().address.tcp());
    let widest = addresses.min_by_key(|address| address.ip().is_loopback());
    widest.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)))
}
