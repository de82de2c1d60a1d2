//! A world as a test in Rust uses it: what the admin API does, as typed calls.

mod clock;
mod coverage;
mod fault;
mod verification;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub use self::clock::WorldClock;
pub use self::coverage::Coverage;
pub use self::fault::Fault;
pub use self::verification::{Call, Verification, VerifyError};
use crate::document::Diagnostic;
use crate::faults::Scenario;
use crate::fixtures::{self, LoadError};
use crate::settings::Settings;
use crate::store::ChangedPart;
use crate::vendors;
use crate::worlds::{self, DEFAULT, Part, State, Worlds};

/// An isolated world of an [`Emulator`](super::Emulator): its own samples, accounts, queue, limits, faults, settings, clock
/// and journal, on top of the fixtures that all worlds share.
///
/// Give each test a world of its own, and the client under test the world's [`url`](Self::url); then tests run in parallel.
///
/// ```
/// use std::time::Duration;
/// use scandouble::{Call, Emulator, Fault, Verification};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = Emulator::builder().start().await?;
/// let world = emulator.world("quota");
/// world.load("samples: [{ name: dropper.exe, content: harmless, verdict: infected }]").await?;
/// world.clock().freeze_at("2026-03-01T12:00:00Z")?;
/// world.inject(Fault::new().api("metadefender-cloud").status(503).retry_after(120).next(1))?;
///
/// // Here the client under test runs against this base URL.
/// assert!(world.url().ends_with("/_world/quota"));
///
/// world.clock().advance(Duration::from_secs(24 * 60 * 60));
/// world.verify(Verification::new().expect(Call::new().api("metadefender-cloud").never())).await?;
/// assert_eq!(world.coverage().count("metadefender-cloud/limit.exceeded"), Some(0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct World {
    base_url: String,
    world: Arc<worlds::World>,
    worlds: Arc<Worlds>,
}

/// What was loaded into a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loaded {
    /// The number of samples.
    pub samples: usize,
    /// How many of them replaced a sample that the world had.
    pub replaced: usize,
    /// The number of accounts.
    pub accounts: usize,
    /// The number of processing rules.
    pub rules: usize,
    /// The number of settings.
    pub settings: usize,
}

/// Why a call on a [`World`] was refused. Nothing has changed then.
///
/// Its debug output is text as well, so that a failed `unwrap` in a test can be read.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// The fixture has errors: all of them, with file, line and column.
    #[error("{}", super::list(.0))]
    Fixture(Vec<Diagnostic>),
    /// The fixture cannot be read, or has a credential that belongs to another world.
    #[error("{0}")]
    NotLoaded(String),
    /// A name or a value does not exist or is not allowed. The text says what is, or suggests what was probably meant.
    #[error("{0}")]
    Invalid(String),
}

impl fmt::Debug for WorldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixture(errors) => f.write_str(&super::with_excerpts(errors)),
            other => write!(f, "{other}"),
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("name", &self.name()).field("url", &self.url()).finish_non_exhaustive()
    }
}

impl World {
    pub(super) fn new(base_url: String, world: Arc<worlds::World>, worlds: Arc<Worlds>) -> Self {
        Self { base_url, world, worlds }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.world.name()
    }

    /// The base URL for the client under test: `http://127.0.0.1:49152/_world/t42`. The default world's has no path.
    #[must_use]
    pub fn url(&self) -> String {
        match self.name() {
            DEFAULT => self.base_url.clone(),
            name => format!("{}/_world/{name}", self.base_url),
        }
    }

    /// Loads a fixture, in YAML or JSON, or samples as JSON Lines or CSV with a header row. Only this world sees it. It is
    /// loaded as a whole or not at all.
    ///
    /// # Errors
    /// [`WorldError::Fixture`] or [`WorldError::NotLoaded`].
    pub async fn load(&self, fixture: &str) -> Result<Loaded, WorldError> {
        self.load_as("fixture", fixture).await
    }

    /// Loads a fixture file, whose extension determines the format.
    ///
    /// # Errors
    /// [`WorldError::Fixture`] or [`WorldError::NotLoaded`].
    pub async fn load_file(&self, path: impl AsRef<Path>) -> Result<Loaded, WorldError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|error| WorldError::NotLoaded(format!("{}: {error}", path.display())))?;
        self.load_as(&path.display().to_string(), &text).await
    }

    async fn load_as(&self, name: &str, text: &str) -> Result<Loaded, WorldError> {
        // One load at a time, as in the admin API.
        let _turn = self.world.turn().await;
        let not_cancelled = Arc::<AtomicBool>::default();
        let loaded = fixtures::load_into(&self.worlds, &self.world, name, text, None, &[], not_cancelled);
        let outcome = loaded.map_err(|error| match error {
            LoadError::Invalid(diagnostics) => WorldError::Fixture(diagnostics),
            error => WorldError::NotLoaded(error.to_string()),
        })?;
        let fixtures::LoadOutcome { samples, replaced, accounts, rules, settings } = outcome;
        Ok(Loaded { samples: samples.len(), replaced, accounts, rules, settings })
    }

    /// Its clock.
    #[must_use]
    pub fn clock(&self) -> WorldClock<'_> {
        WorldClock::of(&self.world)
    }

    /// Changes a setting: `world.set("metadefender-cloud.lookup-limit", "2")`. `docs/settings.md` lists them.
    ///
    /// # Errors
    /// [`WorldError::Invalid`]: there is no such setting, or the value is not allowed.
    pub fn set(&self, setting: &str, value: impl fmt::Display) -> Result<(), WorldError> {
        let value = value.to_string();
        self.world.change(|state| {
            let mut settings = Settings::clone(&state.settings.load());
            settings.set_in_world(setting, &value).map_err(WorldError::Invalid)?;
            state.settings.store(Arc::new(settings));
            state.mark(|| ChangedPart::Configuration);
            Ok(())
        })
    }

    /// Adds a fault rule, or replaces the one with the same id. Returns the id.
    ///
    /// # Errors
    /// [`WorldError::Invalid`]: the rule has no effect, or names an API or an endpoint that does not exist.
    pub fn inject(&self, fault: Fault) -> Result<String, WorldError> {
        let rule = fault.into_rule().map_err(WorldError::Invalid)?;
        let id = rule.id.clone();
        self.world.state().faults.put(rule);
        Ok(id)
    }

    /// Starts a scenario, such as `quota-exhausted`, for all APIs or for one. [`World::clear_faults`] ends it.
    ///
    /// # Errors
    /// [`WorldError::Invalid`]: there is no such scenario or API.
    pub fn start_scenario(&self, name: &str, api: Option<&str>) -> Result<(), WorldError> {
        let scenario = Scenario::required(name).map_err(WorldError::Invalid)?;
        let api = api.map(vendors::required).transpose().map_err(WorldError::Invalid)?;
        let state = self.world.state();
        scenario.rules(api.map(|api| api.name)).into_iter().for_each(|rule| state.faults.put(rule));
        Ok(())
    }

    /// Removes the fault rule with this id, and ends the delay of the requests that it holds up; false if there is none.
    pub fn remove_fault(&self, id: &str) -> bool {
        self.world.state().faults.remove(id)
    }

    /// Removes all fault rules, also those of scenarios, and ends the delay of the requests that they hold up.
    pub fn clear_faults(&self) {
        self.world.state().faults.clear();
    }

    /// Verifies what clients sent to this world, according to its journal.
    ///
    /// # Errors
    /// What was expected and what was received instead, or why the verification itself is invalid.
    pub async fn verify(&self, verification: Verification) -> Result<(), VerifyError> {
        verification.judge(&self.world.state(), &self.worlds).await
    }

    /// Which behaviours of the APIs clients have exercised in this world.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        Coverage::of_world(&self.world)
    }

    /// Puts the whole world back to the fixtures, in one step. Requests in flight finish with the old state.
    pub fn reset(&self) {
        self.worlds.reset(&self.world, &Part::ALL);
    }

    /// Its state, for this repository's own tests. It changes without notice.
    #[doc(hidden)]
    #[must_use]
    pub fn state(&self) -> Arc<State> {
        self.world.state()
    }
}
