//! All worlds of a server, by name, and the credentials that pick one.

mod claims;
mod writer;

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::accounts::Account;
use crate::clock;
use crate::journal::{Journals, Tally};
use crate::samples::{Hash, Sample};
use crate::settings::{JOURNAL_BYTES_TOTAL, MAX_WORLDS, Pace, WORLD_IDLE};
use crate::store::{ChangedPart, StateFile, StoreError};
use crate::worlds::{Additions, Base, OwnAccount, Restored, State, World, any_has, tallies};

pub(crate) use claims::NotClaimed;

/// How long a stopping server waits for the last write, and for the file to close.
const LAST_WRITE: Duration = Duration::from_secs(2);
/// How long a write may take before the server's health says so.
const SLOW_WRITE: Duration = Duration::from_secs(1);

/// The world of every request that names no other.
pub const DEFAULT: &str = "default";

/// All worlds of the server.
///
/// Its locks are taken in this order: `others`, `claims`, then that of a world.
#[derive(Debug)]
pub struct Worlds {
    base: ArcSwap<Base>,
    default: Arc<World>,
    others: RwLock<HashMap<String, Arc<World>>>,
    claims: Mutex<HashMap<(&'static str, String), String>>,
    any_claims: AtomicBool,
    // The answers of removed worlds; they count in the coverage of all worlds.
    gone: hashbrown::HashMap<&'static str, Arc<Tally>>,
    journals: Arc<Journals>,
    started: Instant,
    /// How many worlds were ever created.
    created: watch::Sender<u64>,
    /// The task that saves what changes, if anything is saved.
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// Why a world cannot be created.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoWorld {
    /// The name is not one that a world can have.
    #[error(
        "\"{0}\" cannot name a world; use 1 to 100 letters, digits, '.', '_', '-' or '~', as in /_world/test-42/…"
    )]
    Name(String),
    /// There are as many as the settings allow, and all of them are in use.
    #[error(
        "there are {0} worlds already, none of them idle; delete some (DELETE /_scandouble/worlds/{{name}}), or start \
         scandouble with a higher max-worlds or a shorter world-idle"
    )]
    Full(u64),
}

impl Worlds {
    /// Creates the default world and restores those that `file` holds. From then on, changes are saved to that file. `claims`
    /// returns the credentials of an account.
    ///
    /// # Errors
    /// The file cannot be read, or holds what this version cannot read.
    pub async fn open(
        base: Base,
        mut file: Option<StateFile>,
        claims: impl Fn(&'static str, &Account) -> Vec<String>,
    ) -> Result<Arc<Self>, StoreError> {
        let entries = match &mut file {
            Some(file) => file.entries().await?,
            None => Vec::new(),
        };
        let gone = tallies(&base);
        let base = Arc::new(base);
        let restored = writer::restore(&base, &entries).map_err(StoreError::NotRead)?;
        let mut others: HashMap<_, _> =
            restored.iter().map(|one| (one.world.name().to_owned(), one.world.clone())).collect();
        let default = others.remove(DEFAULT);
        let worlds = Arc::new(Self {
            default: default.unwrap_or_else(|| Arc::new(World::new(DEFAULT, base.clone()))),
            base: ArcSwap::new(base.clone()),
            others: RwLock::new(others),
            claims: Mutex::default(),
            any_claims: AtomicBool::new(false),
            gone,
            journals: Journals::new(base.settings.get(&JOURNAL_BYTES_TOTAL)),
            started: clock::stopwatch(),
            created: watch::Sender::default(),
            writer: Mutex::default(),
        });
        worlds.list().iter().for_each(|world| world.state().journal.join(&worlds.journals));
        for Restored { world, without_accounts, accounts } in restored {
            let own = |(api, account): (&'static str, Account)| {
                let claims = claims(api, &account);
                OwnAccount { api, account, claims }
            };
            let accounts = accounts.into_iter().map(own).collect();
            let additions = Additions { without_accounts, accounts, ..Additions::default() };
            // This also claims the credentials of the accounts.
            worlds.add(&world, additions).map_err(|error| StoreError::NotRead(error.to_string()))?;
        }
        if let (Some(change_log), Some(file)) = (base.change_log.clone(), file) {
            worlds.default.state().mark(|| ChangedPart::All);
            let writer = tokio::spawn(writer::write(Arc::downgrade(&worlds), change_log, file));
            *worlds.writer.lock().unwrap_or_else(PoisonError::into_inner) = Some(writer);
        }
        Ok(worlds)
    }

    /// Waits until all earlier changes are saved, if the server persists them.
    ///
    /// # Errors
    /// It could not be saved.
    pub async fn wait_until_saved(&self) -> Result<(), StoreError> {
        match &self.base.load().change_log.clone() {
            Some(change_log) => change_log.wait_until_saved().await,
            None => Ok(()),
        }
    }

    /// The default world.
    #[must_use]
    pub fn default_world(&self) -> &Arc<World> {
        &self.default
    }

    /// Why changes cannot be saved at present; `None` if they can. This tries again to save what failed before.
    pub async fn persistence_error(&self) -> Option<String> {
        match tokio::time::timeout(SLOW_WRITE, self.wait_until_saved()).await {
            Ok(Ok(())) => None,
            Ok(Err(StoreError::NotSaved(reason))) => Some(reason),
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("a write takes longer than {} s", SLOW_WRITE.as_secs())),
        }
    }

    /// Tries once more to save everything, logs what is lost, and closes the file.
    pub async fn close(&self) {
        let Some(change_log) = self.base.load().change_log.clone() else { return };
        let unsaved = change_log.unsaved();
        // No response waits for changes that are made in-process.
        self.list().iter().for_each(|world| world.state().mark(|| ChangedPart::All));
        let reason = match tokio::time::timeout(LAST_WRITE, change_log.wait_until_saved()).await {
            Ok(Ok(())) => None,
            Ok(Err(StoreError::NotSaved(reason))) => Some(reason),
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("the last write took longer than {} s", LAST_WRITE.as_secs())),
        };
        if let Some(reason) = reason {
            let what =
                if unsaved.is_empty() { "made in-process".to_owned() } else { format!("of {unsaved}") };
            tracing::error!("the latest changes {what} are lost: {reason}");
        }
        change_log.stop();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            // A write that hangs must not keep the process.
            let _ = tokio::time::timeout(LAST_WRITE, writer).await;
        }
    }

    /// The world of this name, if there is one.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Arc<World>> {
        if name == DEFAULT {
            return Some(self.default.clone());
        }
        self.others.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The world of this name, for reading. If there is none, this is an empty world that is not registered, so that reading
    /// creates nothing.
    ///
    /// # Errors
    /// No world can have this name.
    pub fn view(&self, name: &str) -> Result<Arc<World>, NoWorld> {
        match self.used(name) {
            Some(known) => Ok(known),
            None if is_name(name) => Ok(Arc::new(World::new(name, self.base()))),
            None => Err(NoWorld::Name(name.to_owned())),
        }
    }

    /// The world of this name, created if there is none; and whether it was created.
    ///
    /// # Errors
    /// No world can have this name, or there are too many worlds.
    pub fn get_or_create(&self, name: &str) -> Result<(Arc<World>, bool), NoWorld> {
        if let Some(known) = self.used(name) {
            return Ok((known, false));
        }
        if !is_name(name) {
            return Err(NoWorld::Name(name.to_owned()));
        }
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that no world is created on fixtures that all others have left.
        let base = self.base();
        let most = base.settings.get(&MAX_WORLDS);
        if let Some(known) = others.get(name) {
            known.touch(self.age());
            return Ok((known.clone(), false));
        }
        // Idle worlds are removed only to make room: a test may come back to its world.
        if others.len() as u64 >= most {
            self.drop_idle(&mut others, base.settings.get(&WORLD_IDLE));
        }
        if others.len() as u64 >= most {
            return Err(NoWorld::Full(most));
        }
        let world = Arc::new(World::new(name, base));
        world.state().journal.join(&self.journals);
        world.touch(self.age());
        others.insert(name.to_owned(), world.clone());
        // After it is in the map: the writer would take a marked world that is not there for a removed one.
        world.state().mark(|| ChangedPart::All);
        drop(others);
        self.created.send_modify(|count| *count += 1);
        Ok((world, true))
    }

    /// The world of this name, as soon as there is one.
    pub async fn created(&self, name: &str) -> Arc<World> {
        let mut created = self.created.subscribe();
        loop {
            // Before looking, or a world that is created in between would be missed.
            created.mark_unchanged();
            if let Some(world) = self.used(name) {
                return world;
            }
            // The sender lives as long as `self`.
            let _ = created.changed().await;
        }
    }

    /// The world of this name, if there is one, which is used now. It cannot be removed as idle in between.
    fn used(&self, name: &str) -> Option<Arc<World>> {
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        let world = if name == DEFAULT { &self.default } else { others.get(name)? };
        world.touch(self.age());
        Some(world.clone())
    }

    /// Every world, idle or not, the default one first, the others by name.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<World>> {
        let mut worlds: Vec<_> =
            self.others.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        worlds.sort_by(|one, other| one.name().cmp(other.name()));
        worlds.insert(0, self.default.clone());
        worlds
    }

    /// Removes a world and frees its credentials; its coverage is kept. False if there is none, or it is the default.
    pub fn remove(&self, name: &str) -> bool {
        // Retired under the lock, so that a new world of the same name cannot lose the credentials that it claims.
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        others.remove(name).inspect(|world| self.retire(world)).is_some()
    }

    /// Ends every injected latency and every wait for a journal, since the server stops.
    pub fn end_waits(&self) {
        self.journals.stop();
        for world in self.list() {
            let state = world.state();
            state.faults.end_latencies();
            state.journal.end();
        }
    }

    /// A world other than `but`, of the first `most`, that has a sample of its own with this hash, and that sample.
    #[must_use]
    pub fn holding(&self, hash: &Hash, but: &str, most: usize) -> Option<(String, Arc<Sample>)> {
        // Nearly every hash that is unknown in one world is so in all of them, and looking into each takes 330 instructions.
        if !any_has(hash) {
            return None;
        }
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        let worlds = std::iter::once(&self.default).chain(others.values()).take(most);
        worlds.filter(|world| world.name() != but).find_map(|world| {
            let sample = world.state().own_sample(hash)?;
            Some((world.name().to_owned(), sample))
        })
    }

    /// The name of a world other than `but`, of the first `most`, whose state satisfies `is_it`.
    #[must_use]
    pub fn of_state(&self, but: &str, most: usize, is_it: impl Fn(&State) -> bool) -> Option<String> {
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        let mut worlds = std::iter::once(&self.default).chain(others.values()).take(most);
        let world = worlds.find(|world| world.name() != but && is_it(&world.state()))?;
        Some(world.name().to_owned())
    }

    /// The answers of removed worlds, by API.
    #[must_use]
    pub fn gone(&self) -> &hashbrown::HashMap<&'static str, Arc<Tally>> {
        &self.gone
    }

    /// Moves all worlds to other fixtures, each in one step.
    pub fn rebase(&self, base: Base) {
        let base = Arc::new(base);
        let others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        // Under the lock, so that no world is created on the previous fixtures meanwhile.
        self.base.store(base.clone());
        self.journals.budget().set(base.settings.get(&JOURNAL_BYTES_TOTAL));
        std::iter::once(&self.default).chain(others.values()).for_each(|world| world.rebase(&base));
    }

    /// The current fixtures.
    #[must_use]
    pub fn base(&self) -> Arc<Base> {
        self.base.load_full()
    }

    /// How many worlds were created, apart from the default one.
    #[must_use]
    pub fn created_count(&self) -> u64 {
        *self.created.borrow()
    }

    /// What the journals of all worlds share.
    #[must_use]
    pub fn journals(&self) -> &Journals {
        &self.journals
    }

    /// Notes that a world was used.
    pub fn touch(&self, world: &World) {
        world.touch(self.age());
    }

    fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// Removes the worlds that were not used for as long as `idle` says. Idleness is real time: a test that moves its
    /// clock by a day does not lose its world.
    fn drop_idle(&self, others: &mut HashMap<String, Arc<World>>, idle: Pace) {
        let idle = match idle {
            Pace::After(idle) => Duration::try_from(idle).unwrap_or_default(),
            Pace::AtOnce => Duration::ZERO,
            Pace::WhenTold => return,
        };
        let now = self.age();
        others.retain(|_, world| {
            let keep = now.saturating_sub(world.used_at()) < idle;
            if !keep {
                self.retire(world);
            }
            keep
        });
    }

    fn retire(&self, world: &World) {
        self.release_claims(world);
        let state = world.state();
        // The writer looks for the world by its name and, not finding it, removes its entries.
        state.mark(|| ChangedPart::All);
        state.journal.end();
        state.faults.end_latencies();
        for (api, tally) in state.coverage.iter() {
            // Requests in flight still count, and their counts must not be lost.
            if let Some(sum) = self.gone.get(api) {
                tally.hand_over(sum);
            }
        }
    }
}

impl Drop for Worlds {
    fn drop(&mut self) {
        if let Some(change_log) = &self.base.load().change_log {
            change_log.stop();
        }
    }
}

/// Whether `name` can be a world's: nothing in it needs encoding in a path.
#[must_use]
pub(crate) fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-~".contains(&byte);
    (1..=100).contains(&name.len()) && name.bytes().all(allowed) && name != "." && name != ".."
}
