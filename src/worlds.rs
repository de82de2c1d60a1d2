//! All worlds of a server, by name, and the credentials that pick one.

mod keep;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use crate::accounts::{Account, Credential};
use crate::behaviours::Tally;
use crate::clock;
use crate::keeper::What;
use crate::samples::{Hash, Sample, StoreError};
use crate::settings::{MAX_WORLDS, Pace, WORLD_IDLE};
use crate::world::{Base, Part, Restored, World, tallies};

/// The world of every request that names no other.
pub const DEFAULT: &str = "default";

/// Every world there is.
#[derive(Debug)]
pub struct Worlds {
    base: ArcSwap<Base>,
    default: Arc<World>,
    others: RwLock<HashMap<String, Arc<World>>>,
    claims: Mutex<HashMap<(&'static str, String), String>>,
    any_claims: AtomicBool,
    // What worlds that are gone had answered; the coverage of all worlds counts it.
    gone: HashMap<&'static str, Arc<Tally>>,
    started: Instant,
}

/// An account that a world brings.
#[derive(Debug)]
pub struct OwnAccount {
    /// The API's name.
    pub api: &'static str,
    /// The account.
    pub account: Account,
    /// The keys, tokens and user names by which it is known.
    pub claims: Vec<String>,
}

/// Why there is no world of a name.
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

/// Why a world cannot have accounts of its own.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotClaimed {
    /// Another world has one of their credentials.
    #[error(
        "the {api} credential \"{claim}\" belongs to the world \"{owner}\"; use another, or delete that world"
    )]
    Taken {
        /// The API.
        api: &'static str,
        /// The key or user name.
        claim: String,
        /// The world that has it.
        owner: String,
    },
    /// The world of this name is no longer the one that was meant, or is no more.
    #[error(
        "the world \"{0}\" was removed while the fixture arrived; nothing was loaded: send it again to make the world \
         anew"
    )]
    Gone(String),
}

impl Worlds {
    /// The default world, and those that the store kept; the credentials of their own accounts are told by `claims`.
    ///
    /// # Errors
    /// The store refuses, or holds what this version cannot read.
    pub async fn open(
        base: Base,
        claims: impl Fn(&'static str, &Account) -> Vec<String>,
    ) -> Result<Arc<Self>, StoreError> {
        let kept = base.shelf.store().kept().await?;
        let gone = tallies(&base);
        let base = Arc::new(base);
        let restored = keep::restore(&base, &kept).map_err(StoreError::NotRead)?;
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
            started: clock::stopwatch(),
        });
        for Restored { world, accounts } in restored {
            let own = |(api, account): (&'static str, Account)| {
                let claims = claims(api, &account);
                OwnAccount { api, account, claims }
            };
            let accounts = accounts.into_iter().map(own).collect();
            worlds.claim(&world, accounts).map_err(|error| StoreError::NotRead(error.to_string()))?;
        }
        if let Some(keeper) = base.keeper.clone() {
            worlds.default.state().mark(|| What::Everything);
            tokio::spawn(keep::write(Arc::downgrade(&worlds), keeper, base.shelf.store().clone()));
        }
        Ok(worlds)
    }

    /// Waits until everything that was changed before this call will outlive the server, if it keeps anything.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn settled(&self) -> Result<(), StoreError> {
        match &self.base.load().keeper.clone() {
            Some(keeper) => keeper.settled().await,
            None => Ok(()),
        }
    }

    /// The default world.
    #[must_use]
    pub fn default_world(&self) -> &Arc<World> {
        &self.default
    }

    /// The world of this name, if there is one.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Arc<World>> {
        if name == DEFAULT {
            return Some(self.default.clone());
        }
        self.others.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The world of this name, made if there is none.
    ///
    /// # Errors
    /// No world can have this name, or there are too many worlds.
    pub fn get_or_make(&self, name: &str) -> Result<Arc<World>, NoWorld> {
        if let Some(known) = self.find(name) {
            known.touch(self.age());
            return Ok(known);
        }
        if !is_name(name) {
            return Err(NoWorld::Name(name.to_owned()));
        }
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        // Looked up under the lock, so that no world is made on fixtures that all others have left.
        let base = self.base.load_full();
        let most = base.settings.count(&MAX_WORLDS);
        if let Some(known) = others.get(name) {
            return Ok(known.clone());
        }
        if others.len() as u64 >= most {
            self.drop_idle(&mut others, base.settings.pace(&WORLD_IDLE));
        }
        if others.len() as u64 >= most {
            return Err(NoWorld::Full(most));
        }
        let world = Arc::new(World::new(name, base));
        world.touch(self.age());
        others.insert(name.to_owned(), world.clone());
        world.state().mark(|| What::Everything);
        Ok(world)
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
        // Buried under the lock, so that a new world of the name does not lose what it claims meanwhile.
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        others.remove(name).inspect(|world| self.bury(world)).is_some()
    }

    /// Puts parts of a world back to its fixtures, in one step.
    pub fn reset(&self, world: &World, parts: &[Part]) {
        if parts.contains(&Part::Samples) {
            self.claims().retain(|_, owner| owner != world.name());
        }
        world.reset(self.base(), parts);
        // Other fixtures may have come into force in between.
        let base = self.base();
        if !Arc::ptr_eq(&world.state().base, &base) {
            world.rebase(&base);
        }
    }

    /// Which world a credential belongs to, if a world has claimed it.
    #[must_use]
    pub fn of_credential(&self, api: &'static str, credential: &Credential) -> Option<Arc<World>> {
        let name = self.claims().get(&(api, credential.claim().to_owned())).cloned()?;
        let world = self.find(&name)?;
        world.touch(self.age());
        Some(world)
    }

    /// Whether any credential picks a world.
    #[must_use]
    pub fn has_claims(&self) -> bool {
        self.any_claims.load(Ordering::Relaxed)
    }

    /// Gives a world accounts of its own; their credentials, listed beside each, pick it from then on. All are taken,
    /// or none.
    ///
    /// # Errors
    /// Another world has one of them, or this one has been removed: nobody could free what it claims.
    pub fn claim(&self, world: &World, accounts: Vec<OwnAccount>) -> Result<(), NotClaimed> {
        // Held to the end, so that no world goes while it claims; taken before the claims, as whatever removes worlds does.
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        let standing = if world.name() == DEFAULT { Some(&self.default) } else { others.get(world.name()) };
        if !standing.is_some_and(|standing| std::ptr::eq(&**standing, world)) {
            return Err(NotClaimed::Gone(world.name().to_owned()));
        }
        let mut claims = self.claims();
        let keys = |account: &OwnAccount| {
            let api = account.api;
            account.claims.clone().into_iter().map(move |claim| (api, claim))
        };
        for account in &accounts {
            for key in keys(account) {
                if let Some(owner) = claims.get(&key).filter(|owner| *owner != world.name()) {
                    return Err(NotClaimed::Taken { api: account.api, claim: key.1, owner: owner.clone() });
                }
            }
        }
        for key in accounts.iter().flat_map(keys) {
            claims.insert(key, world.name().to_owned());
        }
        self.any_claims.store(!claims.is_empty(), Ordering::Relaxed);
        let state = world.state();
        let mut all = (**state.accounts.load()).clone();
        let mut by_api: HashMap<&'static str, Vec<Account>> = HashMap::new();
        accounts.into_iter().for_each(|one| by_api.entry(one.api).or_default().push(one.account));
        by_api.into_iter().for_each(|(api, accounts)| all.extend(api, accounts));
        state.accounts.store(Arc::new(all));
        drop(claims);
        state.mark(|| What::Ways);
        Ok(())
    }

    /// A world other than `but`, of the first `most`, that has a sample of its own with this hash, and that sample.
    #[must_use]
    pub fn holding(&self, hash: &Hash, but: &str, most: usize) -> Option<(String, Arc<Sample>)> {
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        let worlds = std::iter::once(&self.default).chain(others.values()).take(most);
        worlds.filter(|world| world.name() != but).find_map(|world| {
            let sample = world.state().own_sample(hash)?;
            Some((world.name().to_owned(), sample))
        })
    }

    /// What worlds that are gone had answered, by API.
    #[must_use]
    pub fn gone(&self) -> &HashMap<&'static str, Arc<Tally>> {
        &self.gone
    }

    /// Moves all worlds to other fixtures, each in one step.
    pub fn rebase(&self, base: Base) {
        let base = Arc::new(base);
        let others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        // Nobody brings accounts meanwhile, which are read and written apart from each other.
        let _claims = self.claims();
        self.base.store(base.clone());
        std::iter::once(&self.default).chain(others.values()).for_each(|world| world.rebase(&base));
    }

    /// What the fixtures brought.
    #[must_use]
    pub fn base(&self) -> Arc<Base> {
        self.base.load_full()
    }

    /// Notes that a world was used.
    pub fn touch(&self, world: &World) {
        world.touch(self.age());
    }

    fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// Removes the worlds that nobody used for as long as `idle` says. Idleness is real time: a test that moves its
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
                self.bury(world);
            }
            keep
        });
    }

    fn bury(&self, world: &World) {
        let mut claims = self.claims();
        claims.retain(|_, owner| owner != world.name());
        self.any_claims.store(!claims.is_empty(), Ordering::Relaxed);
        drop(claims);
        let state = world.state();
        state.mark(|| What::Everything);
        state.journal.end();
        for (api, tally) in state.coverage.iter() {
            if let Some(sum) = self.gone.get(api) {
                tally.hand_over(sum);
            }
        }
    }

    fn claims(&self) -> MutexGuard<'_, HashMap<(&'static str, String), String>> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether `name` can be a world's: nothing in it needs encoding in a path.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-~".contains(&byte);
    (1..=100).contains(&name.len()) && name.bytes().all(allowed) && name != "." && name != ".."
}
