//! The start of an emulator, where everything is wired together.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::builder::{Builder, Secret};
use super::{Emulator, StartError};
use crate::admin::{Guard, Token};
use crate::document::{Code, Diagnostic, Place, Severity};
use crate::faults::{Rule, Scenario};
use crate::fixtures::{Loaded, Loading, Reloader, Stamps};
use crate::server::{self, App, ConfigError, ListenAddress, Listener};
use crate::store::{Built, StateFile};
use crate::vendors;
use crate::worlds::Worlds;

impl Builder {
    /// Loads the fixtures, opens the store, and listens.
    ///
    /// # Errors
    /// Errors in fixtures and settings, all of them at once; a store that cannot be opened; an address that cannot be
    /// listened on.
    pub async fn start(self) -> Result<Emulator, StartError> {
        // Taken before the files are read, so that no later change is missed.
        let stamps = if self.watch { Stamps::of(&self.recipe, &[]) } else { Stamps::default() };
        let built = self.recipe.store.as_deref().map(Built::open).transpose()?;
        // Before an address is bound or a file is written, so that a start with invalid input changes nothing.
        let Inputs { loaded, token, rules } = self.inputs(built.as_ref()).map_err(StartError::Invalid)?;
        let (recipe, mut config) = (self.recipe, self.config);
        if let Some(what) = self.invalid.into_iter().next() {
            return Err(ConfigError::Invalid(what).into());
        }
        add_plain_listener(&mut config.listen_addresses);
        let listeners = config.bind().await?;
        let mut state_file = match self.db.as_deref() {
            Some(path) => Some(StateFile::open(path).await?),
            None => None,
        };
        let routing = config.routing(state_file.as_mut(), &listeners).await?;
        let loading = Loading::new(loaded, built);
        let mut summary = loading.summary().clone();
        let base = loading.base(state_file.is_some().then(Arc::default))?;
        let claims =
            |api, account: &_| vendors::named(api).map(|api| (api.auth.claims)(account)).unwrap_or_default();
        let worlds = Worlds::open(base, state_file, claims).await?;
        let state = worlds.default_world().state();
        // Faults are not persisted, so scenarios are started anew each time.
        rules.into_iter().for_each(|rule| state.faults.put(rule));
        let watched = self.watch && recipe.is_changeable();
        if self.watch {
            summary.notes.push(match watched {
                true => "the fixtures are watched: a change is loaded within a second".to_owned(),
                false => "nothing is watched: no fixture is a file".to_owned(),
            });
        }
        let reloader = Reloader::new(recipe, worlds.clone(), summary.clone(), watched);
        let reloader = Arc::new(reloader);
        let stop_watching = watch(&reloader, watched.then_some(stamps));
        let (stop, stopped) = oneshot::channel();
        let guard = Guard::new(token, most_public(&listeners));
        let listen_addresses = listeners.iter().map(|listener| listener.address().clone()).collect();
        let (mounts, ca_pem) = (routing.mounts.clone(), routing.tls.authority().pem().to_owned());
        let stopped = async move {
            let _ = stopped.await;
        };
        let serving = tokio::spawn(server::serve(
            App::new(worlds.clone(), guard, reloader.clone(), routing, config.limits),
            listeners,
            stopped,
        ));
        let stop = Some(stop);
        Ok(Emulator {
            listen_addresses,
            mounts,
            ca_pem,
            worlds,
            summary,
            reloader,
            stop,
            _stop_watching: stop_watching,
            serving,
        })
    }
}

/// Adds a listener for plain HTTP on a free port, unless there is one.
fn add_plain_listener(addresses: &mut Vec<ListenAddress>) {
    if addresses.iter().all(|address| address.tls) {
        let address = SocketAddr::from(([127, 0, 0, 1], 0)).into();
        addresses.insert(0, ListenAddress { address, api: None, tls: false });
    }
}

/// Watches the fixtures for changes since `stamps` were taken, if they were, until the returned sender is dropped.
fn watch(reloader: &Arc<Reloader>, stamps: Option<Stamps>) -> oneshot::Sender<()> {
    let (stop_watching, watching_stopped) = oneshot::channel::<()>();
    if let Some(stamps) = stamps {
        let watching = reloader.clone().watch(stamps);
        tokio::spawn(async move {
            tokio::select! {
                () = watching => {}
                // The emulator, which holds the sender, was dropped.
                _ = watching_stopped => {}
            }
        });
    }
    stop_watching
}

static SCENARIO: Code =
    Code { name: "scenario", summary: "The scenario does not exist.", severity: Severity::Error };
static ADMIN_TOKEN: Code = Code {
    name: "admin-token",
    summary: "The admin token cannot be sent in a header.",
    severity: Severity::Error,
};

/// What a [`Builder`] describes, loaded and checked.
struct Inputs {
    loaded: Loaded,
    token: Option<Token>,
    /// The rules of the scenarios to start with.
    rules: Vec<Rule>,
}

impl Builder {
    /// Loads fixtures and checks the other inputs. Returns every error at once.
    fn inputs(&self, built: Option<&Built>) -> Result<Inputs, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let loaded = self.recipe.load(built).map_err(|errors| problems.extend(errors)).ok();
        let mut note = |code, file: &str, what: String| {
            problems.push(Diagnostic::new(file, Place::default(), code, what, ""));
        };
        let mut rules = Vec::new();
        for text in &self.scenarios {
            match scenario(text) {
                Ok(more) => rules.extend(more),
                Err(what) => note(&SCENARIO, "scenarios", what),
            }
        }
        let token = self.token.as_ref().and_then(|Secret(text)| {
            Token::new(text).map_err(|what| note(&ADMIN_TOKEN, "admin-token", what.to_owned())).ok()
        });
        match loaded {
            Some(loaded) if problems.is_empty() => Ok(Inputs { loaded, token, rules }),
            _ => Err(problems),
        }
    }
}

/// The rules of a scenario, written as `NAME` or `NAME@API`.
fn scenario(text: &str) -> Result<Vec<Rule>, String> {
    let (name, api) = text.split_once('@').map_or((text, None), |(name, api)| (name, Some(api)));
    let scenario = Scenario::required(name)?;
    let api = api.map(vendors::required).transpose()?;
    Ok(scenario.rules(api.map(|api| api.name)))
}

/// The address that the guard checks: one that other machines can reach, if there is one.
fn most_public(listeners: &[Listener]) -> SocketAddr {
    let addresses = listeners.iter().filter_map(|listener| listener.address().address.tcp());
    // `false` comes before `true`. If one of the addresses is public, access must be checked as for that one.
    let address = addresses.min_by_key(|address| address.ip().is_loopback());
    address.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)))
}
