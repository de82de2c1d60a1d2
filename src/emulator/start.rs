//! The start: sets are read, the store is opened, the addresses are taken.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::builder::{Builder, Secret};
use super::{Emulator, StartError};
use crate::admin::{Guard, Token};
use crate::document::{Code, Diagnostic, Place, Severity};
use crate::faults::{Rule, SCENARIOS, Scenario};
use crate::fixtures::{Loaded, Loading, Reloader, Stamps};
use crate::server::{self, Entrance, House, Listener, PlanError};
use crate::store::{Built, StateFile, Store};
use crate::vendors;
use crate::worlds::Worlds;

impl Builder {
    /// Loads the fixtures, opens the store, and listens.
    ///
    /// # Errors
    /// Faults in fixtures, all of them at once; a setting that is not allowed; a store or an address that cannot be
    /// had.
    pub async fn start(self) -> Result<Emulator, StartError> {
        // Looked at before anything is read, so that no change goes unseen.
        let stamps = if self.watch { Stamps::of(&self.recipe, &[]) } else { Stamps::default() };
        let built = self.recipe.store.as_deref().map(Built::open).transpose()?;
        let Set { loaded, token, faults } = self.set(built.as_ref()).map_err(StartError::Invalid)?;
        let (recipe, mut plan) = (self.recipe, self.ways);
        if let Some(what) = self.wrong.into_iter().next() {
            return Err(PlanError::Wrong(what).into());
        }
        if plan.entrances.iter().all(|entrance| entrance.tls) {
            let address = SocketAddr::from(([127, 0, 0, 1], 0)).into();
            plan.entrances.insert(0, Entrance { address, api: None, tls: false });
        }
        let listeners = plan.bind().await?;
        let store = Store::open().await?;
        let mut state_file = match self.db.as_deref() {
            Some(path) => Some(StateFile::open(path).await?),
            None => None,
        };
        let ways = plan.ways(state_file.as_mut(), &listeners).await?;
        let loading = Loading::new(loaded, built);
        let mut summary = loading.summary().clone();
        let base = loading.base(store.clone(), state_file.is_some().then(Arc::default)).await?;
        let claims =
            |api, account: &_| vendors::named(api).map(|api| (api.auth.claims)(account)).unwrap_or_default();
        let worlds = Worlds::open(base, state_file, claims).await?;
        let state = worlds.default_world().state();
        faults.into_iter().for_each(|rule| state.faults.put(rule));
        let watched = self.watch && recipe.is_changeable();
        if self.watch {
            summary.notes.push(match watched {
                true => "the fixtures are watched: a change is loaded within a second".to_owned(),
                false => "nothing is watched: no fixture is a file".to_owned(),
            });
        }
        let reloader = Reloader::new(recipe, store.clone(), worlds.clone(), summary.clone(), watched);
        let reloader = Arc::new(reloader);
        let (hush, hushed) = oneshot::channel::<()>();
        if watched {
            let watching = reloader.clone().watch(stamps);
            tokio::spawn(async move {
                tokio::select! {
                    () = watching => {}
                    // Whoever holds the other end has stopped.
                    _ = hushed => {}
                }
            });
        }
        let (stop, stopped) = oneshot::channel();
        let guard = Guard::new(token, widest(&listeners));
        let entrances = listeners.iter().map(|listener| listener.entrance().clone()).collect();
        let (mounts, ca_pem) = (ways.mounts.clone(), ways.tls.authority().pem().to_owned());
        let stopped = async move {
            let _ = stopped.await;
        };
        let serving = tokio::spawn(server::serve(
            House::new(worlds.clone(), guard, reloader.clone(), ways, plan.bounds),
            listeners,
            stopped,
        ));
        let stop = Some(stop);
        Ok(Emulator {
            entrances,
            mounts,
            ca_pem,
            worlds,
            summary,
            store,
            reloader,
            stop,
            _watching: hush,
            serving,
        })
    }
}

static SCENARIO: Code =
    Code { name: "scenario", summary: "There is no scenario of this name.", severity: Severity::Error };
static ADMIN_TOKEN: Code = Code {
    name: "admin-token",
    summary: "The admin token cannot be sent in a header.",
    severity: Severity::Error,
};

/// What a [`Builder`] comes to.
struct Set {
    loaded: Loaded,
    token: Option<Token>,
    faults: Vec<Rule>,
}

impl Builder {
    /// What to start with; or everything that is wrong with it.
    fn set(&self, built: Option<&Built>) -> Result<Set, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let loaded = self.recipe.load(built).map_err(|faults| problems.extend(faults)).ok();
        let mut note = |code, file: &str, what: String| {
            problems.push(Diagnostic::new(file, Place::default(), code, what, ""));
        };
        let mut faults = Vec::new();
        for text in &self.scenarios {
            match scenario(text) {
                Ok(rules) => faults.extend(rules),
                Err(what) => note(&SCENARIO, "scenarios", what),
            }
        }
        let token = self.token.as_ref().and_then(|Secret(text)| {
            Token::new(text).map_err(|what| note(&ADMIN_TOKEN, "admin-token", what.to_owned())).ok()
        });
        match loaded {
            Some(loaded) if problems.is_empty() => Ok(Set { loaded, token, faults }),
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
    let api = api.map(vendors::required).transpose()?;
    Ok(scenario.rules(api.map(|api| api.name)))
}

/// The address that the most can reach, for the guard: one that is not this machine's alone, if there is one.
fn widest(listeners: &[Listener]) -> SocketAddr {
    let addresses = listeners.iter().filter_map(|listener| listener.entrance().address.tcp());
    let widest = addresses.min_by_key(|address| address.ip().is_loopback());
    widest.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)))
}
