//! The concurrent cores of the emulator, compiled from `src` with the primitives of shuttle (`build.rs`): the registry of worlds
//! with the credentials that pick one, the limits, and the group commit. `tests` runs them under thousands of schedules.
//!
//! What they use of the rest is replaced by as little as they need. A world here consists of the credentials of its accounts.

#![allow(dead_code, unused_imports, unreachable_pub, clippy::all)]

pub mod accounts {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct Holder {
        pub api: &'static str,
        pub account: String,
    }

    #[derive(Clone, Copy, Debug, Hash)]
    pub struct HolderRef<'a> {
        pub api: &'static str,
        pub account: &'a str,
    }

    impl HolderRef<'_> {
        pub fn to_owned(self) -> Holder {
            Holder { api: self.api, account: self.account.to_owned() }
        }
    }

    impl hashbrown::Equivalent<Holder> for HolderRef<'_> {
        fn equivalent(&self, holder: &Holder) -> bool {
            self.api == holder.api && self.account == holder.account
        }
    }

    #[derive(Clone, Debug, Default)]
    pub struct Account {
        pub user: Option<String>,
        pub key: String,
    }

    pub struct Credential(pub String);

    impl Credential {
        pub fn claim(&self) -> &str {
            &self.0
        }
    }
}

pub mod clock {
    pub fn stopwatch() -> std::time::Instant {
        std::time::Instant::now()
    }

    /// The persisted form is not modelled.
    pub mod optional_millis {
        pub fn serialize<S: serde::Serializer>(
            _: &Option<jiff::Timestamp>,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            to.serialize_unit()
        }

        pub fn deserialize<'de, D: serde::Deserializer<'de>>(
            _: D,
        ) -> Result<Option<jiff::Timestamp>, D::Error> {
            Ok(None)
        }
    }
}

pub mod ids {}

pub mod journal {
    use std::sync::Arc;

    #[derive(Debug, Default)]
    pub struct Journals;

    impl Journals {
        pub fn new(_: u64) -> Arc<Self> {
            Arc::default()
        }

        pub fn budget(&self) -> &Self {
            self
        }

        pub fn set(&self, _: u64) {}

        pub fn stop(&self) {}
    }

    #[derive(Debug, Default)]
    pub struct Tally;

    impl Tally {
        pub fn hand_over(&self, _: &Self) {}
    }

    #[derive(Clone, Debug, Default)]
    pub struct Journal;

    impl Journal {
        pub fn join(&self, _: &Arc<Journals>) {}

        pub fn end(&self) {}
    }

    pub mod redact {
        pub fn key(key: &str) -> String {
            key.to_owned()
        }
    }
}

pub mod samples {
    pub type Key = u32;
    pub struct Hash;
    pub struct Sample;
}

pub mod settings {
    #[derive(Clone, Copy, Debug)]
    pub enum Pace {
        After(jiff::SignedDuration),
        AtOnce,
        WhenTold,
    }

    pub struct Value<T>(T);

    pub static JOURNAL_BYTES_TOTAL: Value<u64> = Value(0);
    pub static MAX_WORLDS: Value<u64> = Value(10);
    pub static WORLD_IDLE: Value<Pace> = Value(Pace::AtOnce);

    #[derive(Debug)]
    pub struct Settings;

    impl Settings {
        pub fn get<T: Copy>(&self, value: &Value<T>) -> T {
            value.0
        }
    }
}

pub mod store {
    use std::collections::BTreeSet;

    use shuttle::sync::{Arc, Mutex};

    pub use self::change_log::*;

    mod change_log {
        include!(concat!(env!("OUT_DIR"), "/store_change_log.rs"));
    }

    #[derive(Debug, thiserror::Error)]
    pub enum StoreError {
        #[error("{0}")]
        NotRead(String),
        #[error("{0}")]
        NotSaved(String),
    }

    /// An entry is a credential of a world.
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub struct PersistedEntry {
        pub world: String,
        pub key: String,
    }

    #[derive(Clone, Debug)]
    pub enum EntryChange {
        RemoveWorld(String),
        Put(PersistedEntry),
    }

    /// What is on the disk. A test may look at it at any moment, as after a kill.
    #[derive(Clone, Debug, Default)]
    pub struct Disk {
        pub entries: Arc<Mutex<BTreeSet<PersistedEntry>>>,
        /// How many writes fail before one succeeds.
        pub failing: Arc<Mutex<u32>>,
    }

    #[derive(Debug)]
    pub struct StateFile(pub Disk);

    impl StateFile {
        pub async fn write(&mut self, changes: &[EntryChange]) -> Result<(), StoreError> {
            {
                let mut failing = self.0.failing.lock().unwrap();
                if *failing > 0 {
                    *failing -= 1;
                    return Err(StoreError::NotSaved("the disk is full".to_owned()));
                }
            }
            let mut entries = self.0.entries.lock().unwrap();
            for change in changes {
                match change {
                    EntryChange::RemoveWorld(world) => entries.retain(|entry| entry.world != *world),
                    EntryChange::Put(entry) => {
                        entries.insert(entry.clone());
                    }
                }
            }
            Ok(())
        }

        pub async fn entries(&mut self) -> Result<Vec<PersistedEntry>, StoreError> {
            Ok(self.0.entries.lock().unwrap().iter().cloned().collect())
        }

        pub async fn close(self) {}
    }
}

pub mod worlds {
    use std::collections::{BTreeSet, HashMap};
    use std::time::Duration;

    use arc_swap::ArcSwap;
    use shuttle::sync::{Arc, Mutex};

    pub use self::limits::*;
    pub use self::registry::*;
    use crate::accounts::Account;
    use crate::journal::{Journal, Tally};
    use crate::samples::{Hash, Sample};
    use crate::settings::Settings;
    use crate::store::{ChangeLog, ChangedPart, EntryChange, PersistedEntry};

    mod limits {
        include!(concat!(env!("OUT_DIR"), "/worlds_limits.rs"));
    }

    mod registry {
        include!(concat!(env!("OUT_DIR"), "/worlds_registry_mod.rs"));

        mod claims {
            include!(concat!(env!("OUT_DIR"), "/worlds_registry_claims.rs"));
        }

        mod writer {
            include!(concat!(env!("OUT_DIR"), "/worlds_registry_writer.rs"));
        }
    }

    pub fn any_has(_: &Hash) -> bool {
        true
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Part {
        Samples,
    }

    #[derive(Debug)]
    pub struct Base {
        pub generation: u32,
        pub settings: Settings,
        pub change_log: Option<Arc<ChangeLog>>,
    }

    #[derive(Debug)]
    pub struct OwnAccount {
        pub api: &'static str,
        pub account: Account,
        pub claims: Vec<String>,
    }

    #[derive(Debug, Default)]
    pub struct Additions {
        pub without_accounts: Vec<&'static str>,
        pub accounts: Vec<OwnAccount>,
    }

    #[derive(Debug, Default)]
    pub struct Faults;

    impl Faults {
        pub fn end_latencies(&self) {}
    }

    #[derive(Clone, Debug)]
    pub struct State {
        pub world: Arc<str>,
        pub base: Arc<Base>,
        pub journal: Journal,
        pub faults: Arc<Faults>,
        pub coverage: HashMap<&'static str, Arc<Tally>>,
        pub keys: BTreeSet<String>,
    }

    impl State {
        fn new(world: &str, base: Arc<Base>) -> Self {
            Self {
                world: world.into(),
                base,
                journal: Journal,
                faults: Arc::default(),
                coverage: HashMap::new(),
                keys: BTreeSet::new(),
            }
        }

        pub fn mark(&self, part: impl FnOnce() -> ChangedPart) {
            if let Some(change_log) = &self.base.change_log {
                change_log.mark(&self.world, part());
            }
        }

        pub fn own_sample(&self, _: &Hash) -> Option<Arc<Sample>> {
            None
        }

        pub fn changes(&self, part: &ChangedPart) -> Vec<EntryChange> {
            let world = || self.world.to_string();
            let remove = matches!(part, ChangedPart::All | ChangedPart::Configuration);
            let puts = self
                .keys
                .iter()
                .map(|key| EntryChange::Put(PersistedEntry { world: world(), key: key.clone() }));
            remove.then(|| EntryChange::RemoveWorld(world())).into_iter().chain(puts).collect()
        }
    }

    #[derive(Debug)]
    pub struct World {
        name: String,
        state: ArcSwap<State>,
        changing: Mutex<()>,
    }

    impl World {
        pub fn new(name: &str, base: Arc<Base>) -> Self {
            Self {
                name: name.to_owned(),
                state: ArcSwap::from_pointee(State::new(name, base)),
                changing: Mutex::default(),
            }
        }

        pub fn name(&self) -> &str {
            &self.name
        }

        pub fn state(&self) -> Arc<State> {
            // Where another thread may come in between.
            shuttle::thread::yield_now();
            self.state.load_full()
        }

        pub fn touch(&self, _: Duration) {}

        pub fn used_at(&self) -> Duration {
            Duration::ZERO
        }

        pub(crate) fn add(&self, additions: Additions) -> bool {
            let _changing = self.changing.lock().unwrap();
            let mut state = State::clone(&self.state());
            if !additions.without_accounts.is_empty() {
                state.keys.clear();
            }
            state.keys.extend(additions.accounts.into_iter().flat_map(|one| one.claims));
            let state = Arc::new(state);
            self.state.store(state.clone());
            state.mark(|| ChangedPart::Configuration);
            true
        }

        pub fn reset(&self, base: Arc<Base>, _: &[Part]) -> Arc<State> {
            let fresh = Arc::new(State::new(&self.name, base));
            let _changing = self.changing.lock().unwrap();
            let old = self.state();
            self.state.store(fresh.clone());
            fresh.mark(|| ChangedPart::All);
            old
        }

        pub fn rebase(&self, base: &Arc<Base>) {
            let _changing = self.changing.lock().unwrap();
            let state = State { base: base.clone(), ..State::clone(&self.state()) };
            self.state.store(Arc::new(state));
        }

        pub(crate) fn restore(_: &str, _: Arc<Base>, _: &[PersistedEntry]) -> Result<Restored, String> {
            Err("nothing is restored here".to_owned())
        }
    }

    #[derive(Debug)]
    pub struct Restored {
        pub world: Arc<World>,
        pub without_accounts: Vec<&'static str>,
        pub accounts: Vec<(&'static str, Account)>,
    }

    pub(crate) fn tallies(_: &Base) -> hashbrown::HashMap<&'static str, Arc<Tally>> {
        hashbrown::HashMap::new()
    }
}
