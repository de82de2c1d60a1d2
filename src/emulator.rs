//! An emulator in-process: for the tests of Rust teams, for the project's own, and for the command line.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::admin::{Guard, Token};
use crate::api::Api;
use crate::document::Place;
use crate::faults::{Rule, SCENARIOS, Scenario};
use crate::fixtures::{self, Loaded, Source, Summary};
use crate::samples::{Built, Shelf, Store, StoreError};
use crate::settings::Settings;
use crate::world::{Base, World};
use crate::worlds::Worlds;
use crate::{apis, document, server};

/// How long the store is given to close.
const CLOSING: std::time::Duration = std::time::Duration::from_millis(300);

/// A running emulator. Dropping it stops it.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    worlds: Arc<Worlds>,
    summary: Summary,
    store: Store,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<std::io::Result<()>>,
}

/// What an [`Emulator`] is started with.
#[derive(Debug, Default)]
pub struct Builder {
    listen: Option<SocketAddr>,
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
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {source}; choose another with --listen, 127.0.0.1:0 picks a free port"
    )]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
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

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base address: `http://127.0.0.1:49152`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
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
    /// Listens on this address instead of a free port.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = Some(address);
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
        let Plan { loaded, settings, token, faults } =
            self.plan(built.as_ref()).map_err(StartError::Faults)?;
        let address = self.listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = listen(address).await?;
        let store = Store::open(self.db.as_deref()).await?;
        let shelf = Shelf::new(store.clone(), loaded.samples);
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
        let address = listener.local_addr().unwrap_or(address);
        let guard = Guard::new(token, address);
        let stopped = async move {
            let _ = stopped.await;
        };
        let serving = tokio::spawn(server::serve(listener, worlds.clone(), guard, stopped));
        Ok(Emulator { address, worlds, summary: loaded.summary, store, stop: Some(stop), serving })
    }
}

/// What a [`Builder`] comes to.
struct Plan {
    loaded: Loaded,
    settings: Settings,
    token: Option<Token>,
    faults: Vec<Rule>,
}

impl Builder {
    /// What to start with; or everything that is wrong with it.
    fn plan(&self, built: Option<&Built>) -> Result<Plan, Vec<document::Problem>> {
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
            Some(loaded) if problems.is_empty() => Ok(Plan { loaded, settings, token, faults }),
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
    let api = api
        .map(|name| {
            apis::named(name).ok_or_else(|| {
                let known: Vec<_> = apis::ALL.iter().map(|api| api.name()).collect();
                format!("there is no API \"{name}\"; there are {}", known.join(", "))
            })
        })
        .transpose()?;
    Ok(scenario.rules(api.map(Api::name)))
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    server::bind(address).await.map_err(|source| StartError::Listen { address, source })
}
