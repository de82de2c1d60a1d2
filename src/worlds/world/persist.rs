//! A world as it is written down, part by part, and how it is taken back.
//!
//! Faults, the journal and the coverage of a test run end with the server.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Base, State, World};
use crate::accounts::{Account, Holder};
use crate::clock::{Clock, Hand};
use crate::ids::hex;
use crate::samples::{Hash, Key, Rule, Sample};
use crate::store::ChangedPart;
use crate::store::{EntryChange, PersistedEntry};
use crate::worlds::Counts;
use crate::worlds::{QueueEntry, UploadEntry};

/// The parts; each but the first five has one entry for each key.
const CLOCK: &str = "clock";
const SETTINGS: &str = "settings";
const RULES: &str = "rules";
const ACCOUNTS: &str = "accounts";
const SESSIONS: &str = "sessions";
const SAMPLE: &str = "sample";
const HIDDEN: &str = "hidden";
const UPLOAD: &str = "upload";
const QUEUE: &str = "queue";
const COUNTS: &str = "counts";

/// A sample of the world's own.
#[derive(Serialize, Deserialize)]
struct OwnSample {
    /// The how manieth it was that the world was given.
    number: u64,
    sample: Arc<Sample>,
}

/// The counts of one account.
#[derive(Serialize, Deserialize)]
struct Counted {
    api: String,
    account: String,
    counts: Counts,
}

/// An account of the world's own.
#[derive(Serialize, Deserialize)]
struct OwnAccount {
    api: String,
    account: Account,
}

/// A session, or an account of its own with what is known of it.
#[derive(Serialize, Deserialize)]
struct Session {
    api: String,
    id: String,
    account: Account,
}

impl State {
    /// What has to be written so that what is kept of `what` is what stands now.
    #[must_use]
    pub fn changes(&self, what: &ChangedPart) -> Vec<EntryChange> {
        match what {
            ChangedPart::All => self.everything(),
            ChangedPart::Configuration => self.ways(),
            ChangedPart::Sample(key) => self.sample_changes(key),
            ChangedPart::Upload(key) => vec![self.change(UPLOAD, hex(key), self.uploads.entry(key))],
            ChangedPart::Queue(key) => vec![self.change(QUEUE, hex(key), self.queue().entry(key))],
            ChangedPart::Counts(holder) => {
                let counts = self.limits().find(holder).cloned();
                vec![self.counts_change(holder, counts)]
            }
        }
    }

    fn everything(&self) -> Vec<EntryChange> {
        let mut changes = vec![EntryChange::RemoveWorld(self.world.to_string())];
        changes.extend(self.ways());
        let own = self.overlay.load_full();
        let keys: HashSet<Key> =
            own.samples().map(|sample| sample.key()).chain(own.hidden().copied()).collect();
        changes.extend(keys.iter().flat_map(|key| self.sample_changes(key)));
        for sample in self.uploads.samples() {
            changes.push(self.change(UPLOAD, hex(&sample.key()), self.uploads.entry(&sample.key())));
        }
        let queue = self.queue();
        changes.extend(queue.keys().map(|key| self.change(QUEUE, hex(key), queue.entry(key))));
        drop(queue);
        let limits = self.limits();
        changes.extend(limits.all().map(|(holder, counts)| self.counts_change(holder, Some(counts.clone()))));
        drop(limits);
        changes.retain(|change| !matches!(change, EntryChange::Remove(..)));
        changes
    }

    /// Clock, settings, rules, accounts, sessions: small, and seldom changed.
    fn ways(&self) -> Vec<EntryChange> {
        let (base, key) = (&self.base, String::new);
        let settings = self.settings.load();
        let settings: serde_json::Map<_, _> = settings
            .unlike(&base.settings)
            .map(|(name, value)| (name.to_owned(), Value::from(value)))
            .collect();
        let rules = self.rules.load_full();
        let accounts = self.accounts.load();
        let own = accounts.all().filter(|(api, account)| !base.accounts.of(api).contains(account));
        let own: Vec<_> = own
            .map(|(api, account)| OwnAccount { api: api.to_owned(), account: Account::clone(account) })
            .collect();
        let sessions: Vec<_> = self.sessions.all();
        let sessions: Vec<_> = sessions
            .into_iter()
            .map(|(api, id, account)| Session { api: api.to_owned(), id, account: Account::clone(&account) })
            .collect();
        vec![
            self.change(CLOCK, key(), Some(self.clock.hand())),
            self.change(SETTINGS, key(), Some(settings).filter(|settings| !settings.is_empty())),
            self.change(RULES, key(), Some(&*rules).filter(|rules| **rules != *base.rules)),
            self.change(ACCOUNTS, key(), Some(own).filter(|own| !own.is_empty())),
            self.change(SESSIONS, key(), Some(sessions).filter(|sessions| !sessions.is_empty())),
        ]
    }

    fn sample_changes(&self, key: &Key) -> Vec<EntryChange> {
        let own = self.overlay.load();
        let sample = own.numbered(key).cloned().map(|(number, sample)| OwnSample { number, sample });
        let hidden = own.hides(key).then_some(true);
        vec![self.change(SAMPLE, hex(key), sample), self.change(HIDDEN, hex(key), hidden)]
    }

    fn counts_change(&self, holder: &Holder, counts: Option<Counts>) -> EntryChange {
        let (api, account) = (holder.api.to_owned(), holder.account.clone());
        let key = format!("{api} {account}");
        self.change(COUNTS, key, counts.map(|counts| Counted { api, account, counts }))
    }

    fn change(&self, part: &'static str, key: String, value: Option<impl Serialize>) -> EntryChange {
        let world = self.world.to_string();
        // Everything that is kept has text for keys, so that it can be written as JSON.
        match value.map(|value| json!(value).to_string()) {
            Some(value) => EntryChange::Put(PersistedEntry { world, part: part.to_owned(), key, value }),
            None => EntryChange::Remove(world, part, key),
        }
    }
}

/// A world that was written down, taken back, and the accounts that are its own.
#[derive(Debug)]
pub struct Restored {
    /// The world.
    pub world: Arc<World>,
    /// Its own accounts, by their APIs.
    pub accounts: Vec<(&'static str, Account)>,
}

impl World {
    /// A world as it was written down, above the fixtures as they are now.
    ///
    /// # Errors
    /// An entry that this version cannot read; the text names it.
    pub fn restore(name: &str, base: Arc<Base>, entries: &[PersistedEntry]) -> Result<Restored, String> {
        let world = Self::new(name, base.clone());
        let mut state = State::clone(&world.state());
        let mut uploads = Vec::new();
        let mut accounts = Vec::new();
        let (mut own, mut settings) = ((*state.overlay.load_full()).clone(), (*base.settings).clone());
        let mut samples = Vec::new();
        for PersistedEntry { part, key, value, .. } in entries {
            let told = |error: &dyn std::fmt::Display| {
                format!("the {part} \"{key}\" of the world \"{name}\" cannot be read: {error}")
            };
            let no_hash = || told(&"its key is no SHA-256");
            match part.as_str() {
                CLOCK => state.clock = Arc::new(Clock::from_hand(read::<Hand>(value).map_err(|e| told(&e))?)),
                SETTINGS => {
                    let kept: serde_json::Map<String, Value> = read(value).map_err(|e| told(&e))?;
                    for (name, value) in &kept {
                        settings.set(name, value.as_str().unwrap_or_default()).map_err(|e| told(&e))?;
                    }
                }
                RULES => state.rules.store(Arc::new(read::<Vec<Rule>>(value).map_err(|e| told(&e))?)),
                ACCOUNTS => {
                    for OwnAccount { api, account } in read::<Vec<OwnAccount>>(value).map_err(|e| told(&e))? {
                        let api = base.api(&api).ok_or_else(|| told(&format!("there is no API {api}")))?;
                        accounts.push((api, account));
                    }
                }
                SESSIONS => {
                    for Session { api, id, account } in read::<Vec<Session>>(value).map_err(|e| told(&e))? {
                        let api = base.api(&api).ok_or_else(|| told(&format!("there is no API {api}")))?;
                        state.sessions.open(api, id, Arc::new(account));
                    }
                }
                SAMPLE => samples.push(read::<OwnSample>(value).map_err(|e| told(&e))?),
                HIDDEN => own.hide(sha256(key).ok_or_else(no_hash)?),
                UPLOAD => uploads.push(read::<UploadEntry>(value).map_err(|e| told(&e))?),
                QUEUE => {
                    let entry = read::<QueueEntry>(value).map_err(|e| told(&e))?;
                    state.queue().restore(sha256(key).ok_or_else(no_hash)?, entry);
                }
                COUNTS => {
                    let Counted { api, account, counts } = read(value).map_err(|e| told(&e))?;
                    let api = base.api(&api).ok_or_else(|| told(&format!("there is no API {api}")))?;
                    state.limits().restore(Holder { api, account }, counts);
                }
                _ => return Err(told(&"this version knows no such part")),
            }
        }
        samples.sort_by_key(|own| own.number);
        samples.into_iter().for_each(|one| own.restore(one.number, one.sample));
        state.overlay.store(Arc::new(own));
        state.settings.store(Arc::new(settings));
        state.uploads.restore(uploads);
        world.state.store(Arc::new(state));
        Ok(Restored { world: Arc::new(world), accounts })
    }
}

fn read<T: serde::de::DeserializeOwned>(value: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(value)
}

fn sha256(text: &str) -> Option<Key> {
    match Hash::parse(text)? {
        Hash::Sha256(key) => Some(key),
        _ => None,
    }
}
