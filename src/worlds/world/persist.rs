//! Conversion of a world to persisted entries, and back.
//!
//! An entry has a part, a key within the part, and a JSON value; the constants below list the parts. [`State::changes`] returns
//! the entries of a changed part as they are now. [`World::restore`] builds a world from all its entries. Faults, the
//! journal and coverage belong to one run of the server and are not persisted.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Base, State, World};
use crate::accounts::{Account, Holder, Session};
use crate::clock::{Clock, Hand};
use crate::ids::hex;
use crate::samples::{Hash, Key, Rule, Sample};
use crate::settings::Settings;
use crate::store::{ChangedPart, EntryChange, PersistedEntry};
use crate::worlds::{Batch, Counts, QueueEntry, SampleOverlay, UploadEntry};

// Parts with one entry, whose key is empty.
const CLOCK: &str = "clock";
const SETTINGS: &str = "settings";
const RULES: &str = "rules";
const ACCOUNTS: &str = "accounts";
const WITHOUT_ACCOUNTS: &str = "without-accounts";
const SESSIONS: &str = "sessions";
// Parts with an entry for each sample; the key is its SHA-256.
const SAMPLE: &str = "sample";
const HIDDEN: &str = "hidden";
const UPLOAD: &str = "upload";
const QUEUE: &str = "queue";
// The uploads by URL; the key is the number.
const URL_UPLOAD: &str = "url-upload";
// Batches of uploads; the key is the identifier.
const BATCH: &str = "batch";
// The limits that are counted for each account; the key is the API and the account, with a space between.
const COUNTS: &str = "counts";

/// A sample of the world's own.
#[derive(Serialize, Deserialize)]
struct NumberedSample {
    /// Its position in insertion order within the world, starting at 1.
    number: u64,
    sample: Arc<Sample>,
}

/// The counts of one account.
#[derive(Serialize, Deserialize)]
struct AccountCounts {
    api: String,
    account: String,
    counts: Counts,
}

/// An account of the world's own.
#[derive(Serialize, Deserialize)]
struct AccountEntry {
    api: String,
    account: Account,
}

/// A session. The account is stored with it, since an account that exists only in its session has no other place.
#[derive(Serialize, Deserialize)]
struct SessionEntry {
    api: String,
    id: String,
    account: Account,
    /// Absent in the files of earlier versions.
    #[serde(default, with = "crate::clock::optional_millis")]
    used: Option<Timestamp>,
    #[serde(default)]
    ended: bool,
}

impl State {
    /// The changes that bring the persisted entries of `part` up to date.
    #[must_use]
    pub fn changes(&self, part: &ChangedPart) -> Vec<EntryChange> {
        match part {
            ChangedPart::All => self.all_changes(),
            ChangedPart::Configuration => self.configuration_changes(),
            ChangedPart::Sample(key) => self.sample_changes(key),
            ChangedPart::Upload(key) => vec![self.change(UPLOAD, hex(key), self.uploads.entry(key))],
            ChangedPart::UrlUpload(number) => {
                vec![self.change(URL_UPLOAD, number.to_string(), self.urls.get(*number))]
            }
            ChangedPart::Batch(id) => vec![self.change(BATCH, id.clone(), self.batches.entry(id).as_deref())],
            ChangedPart::Queue(key) => vec![self.change(QUEUE, hex(key), self.queue().entry(key))],
            ChangedPart::Counts(holder) => {
                let counts = self.limits().find(holder.borrowed()).cloned();
                vec![self.counts_change(holder, counts)]
            }
        }
    }

    fn all_changes(&self) -> Vec<EntryChange> {
        // Parts that no longer exist would otherwise keep their entries.
        let mut changes = vec![EntryChange::RemoveWorld(self.world.to_string())];
        changes.extend(self.configuration_changes());
        let own = self.overlay.load_full();
        let keys: HashSet<Key> =
            own.samples().map(|sample| sample.key()).chain(own.hidden().copied()).collect();
        changes.extend(keys.iter().flat_map(|key| self.sample_changes(key)));
        for sample in self.uploads.samples() {
            changes.push(self.change(UPLOAD, hex(&sample.key()), self.uploads.entry(&sample.key())));
        }
        let urls = self.urls.numbers().into_iter();
        changes.extend(urls.map(|number| self.change(URL_UPLOAD, number.to_string(), self.urls.get(number))));
        for id in self.batches.ids() {
            changes.push(self.change(BATCH, id.clone(), self.batches.entry(&id).as_deref()));
        }
        let queue = self.queue();
        changes.extend(queue.keys().map(|key| self.change(QUEUE, hex(key), queue.entry(key))));
        drop(queue);
        let limits = self.limits();
        changes.extend(limits.all().map(|(holder, counts)| self.counts_change(holder, Some(counts.clone()))));
        drop(limits);
        // All entries have been removed already.
        changes.retain(|change| !matches!(change, EntryChange::Remove(..)));
        changes
    }

    /// Clock, settings, rules, accounts and sessions. They are small and seldom change, so they are written together.
    fn configuration_changes(&self) -> Vec<EntryChange> {
        let (base, key) = (&self.base, String::new);
        let settings = self.settings.load();
        let settings: serde_json::Map<_, _> = settings
            .unlike(&base.settings)
            .map(|(name, value)| (name.to_owned(), Value::from(value)))
            .collect();
        let rules = self.rules.load_full();
        let accounts = self.accounts.load();
        let cleared: Vec<_> = accounts.cleared().collect();
        let own = accounts
            .all()
            // Shared accounts are read from the fixtures at the next start. Of an API whose shared accounts the world has
            // removed, all accounts are its own.
            .filter(|(api, account)| cleared.contains(api) || !base.accounts.of(api).contains(account));
        let own: Vec<_> = own
            .map(|(api, account)| AccountEntry { api: api.to_owned(), account: Account::clone(account) })
            .collect();
        let sessions: Vec<_> = self.sessions.all();
        let sessions: Vec<_> = sessions
            .into_iter()
            .map(|session| SessionEntry {
                api: session.api.to_owned(),
                id: session.id,
                account: Account::clone(&session.account),
                used: Some(session.used),
                ended: session.ended,
            })
            .collect();
        vec![
            self.change(CLOCK, key(), Some(self.clock.hand())),
            self.change(SETTINGS, key(), Some(settings).filter(|settings| !settings.is_empty())),
            self.change(RULES, key(), Some(&*rules).filter(|rules| **rules != *base.rules)),
            self.change(WITHOUT_ACCOUNTS, key(), Some(&cleared).filter(|cleared| !cleared.is_empty())),
            self.change(ACCOUNTS, key(), Some(own).filter(|own| !own.is_empty())),
            self.change(SESSIONS, key(), Some(sessions).filter(|sessions| !sessions.is_empty())),
        ]
    }

    fn sample_changes(&self, key: &Key) -> Vec<EntryChange> {
        let own = self.overlay.load();
        let sample = own.numbered(key).cloned().map(|(number, sample)| NumberedSample { number, sample });
        let hidden = own.hides(key).then_some(true);
        vec![self.change(SAMPLE, hex(key), sample), self.change(HIDDEN, hex(key), hidden)]
    }

    fn counts_change(&self, holder: &Holder, counts: Option<Counts>) -> EntryChange {
        let (api, account) = (holder.api.to_owned(), holder.account.clone());
        // Names of APIs have no space, so the key is unambiguous.
        let key = format!("{api} {account}");
        self.change(COUNTS, key, counts.map(|counts| AccountCounts { api, account, counts }))
    }

    fn change(&self, part: &'static str, key: String, value: Option<impl Serialize>) -> EntryChange {
        let world = self.world.to_string();
        // All maps in these values have text as keys, so the conversion to JSON cannot fail.
        match value.map(|value| json!(value).to_string()) {
            Some(value) => EntryChange::Put(PersistedEntry { world, part: part.to_owned(), key, value }),
            None => EntryChange::Remove(world, part, key),
        }
    }
}

/// A world built from its persisted entries, and its own accounts.
#[derive(Debug)]
pub struct Restored {
    /// The world.
    pub world: Arc<World>,
    /// The APIs whose shared accounts it does not have.
    pub without_accounts: Vec<&'static str>,
    /// Its own accounts with their APIs. They are not part of the world yet: adding them also claims their credentials.
    pub accounts: Vec<(&'static str, Account)>,
}

impl World {
    /// Builds a world from its persisted entries, on top of the current fixtures.
    ///
    /// # Errors
    /// An entry that this version cannot read; the text names the entry.
    pub fn restore(name: &str, base: Arc<Base>, entries: &[PersistedEntry]) -> Result<Restored, String> {
        let world = Self::new(name, base.clone());
        let state = State::clone(&world.state());
        let mut restoring = Restoring {
            overlay: SampleOverlay::clone(&state.overlay.load()),
            settings: Settings::clone(&base.settings),
            base,
            state,
            samples: Vec::new(),
            uploads: Vec::new(),
            without_accounts: Vec::new(),
            batches: Vec::new(),
            accounts: Vec::new(),
        };
        for PersistedEntry { part, key, value, .. } in entries {
            restoring.apply(part, key, value).map_err(|error| {
                format!("the {part} \"{key}\" of the world \"{name}\" cannot be read: {error}")
            })?;
        }
        let without_accounts = std::mem::take(&mut restoring.without_accounts);
        let accounts = std::mem::take(&mut restoring.accounts);
        world.state.store(Arc::new(restoring.finish()));
        Ok(Restored { world: Arc::new(world), without_accounts, accounts })
    }
}

/// A world while its entries are read.
struct Restoring {
    base: Arc<Base>,
    state: State,
    overlay: SampleOverlay,
    settings: Settings,
    samples: Vec<NumberedSample>,
    uploads: Vec<UploadEntry>,
    without_accounts: Vec<&'static str>,
    batches: Vec<Batch>,
    accounts: Vec<(&'static str, Account)>,
}

impl Restoring {
    fn apply(&mut self, part: &str, key: &str, value: &str) -> Result<(), String> {
        let state = &mut self.state;
        match part {
            CLOCK => state.clock = Arc::new(Clock::from_hand(read::<Hand>(value)?)),
            SETTINGS => {
                let values: serde_json::Map<String, Value> = read(value)?;
                for (name, value) in &values {
                    self.settings.set(name, value.as_str().unwrap_or_default())?;
                }
            }
            RULES => state.rules.store(Arc::new(read::<Vec<Rule>>(value)?)),
            WITHOUT_ACCOUNTS => {
                for api in read::<Vec<String>>(value)? {
                    self.without_accounts.push(known_api(&self.base, &api)?);
                }
            }
            ACCOUNTS => {
                for AccountEntry { api, account } in read::<Vec<_>>(value)? {
                    self.accounts.push((known_api(&self.base, &api)?, account));
                }
            }
            SESSIONS => {
                for SessionEntry { api, id, account, used, ended } in read::<Vec<_>>(value)? {
                    let (api, account) = (known_api(&self.base, &api)?, Arc::new(account));
                    let used = used.unwrap_or_else(|| state.clock.now());
                    state.sessions.open(Session { api, id, account, used, ended });
                }
            }
            SAMPLE => self.samples.push(read(value)?),
            HIDDEN => self.overlay.hide(sha256(key)?),
            UPLOAD => self.uploads.push(read(value)?),
            URL_UPLOAD => {
                let number = key.parse().map_err(|_| "its key is not a number".to_owned())?;
                state.urls.restore(number, read(value)?);
                // Uploads of files and by URL share their numbers.
                state.uploads.reserve(number);
            }
            BATCH => self.batches.push(read(value)?),
            QUEUE => state.queue().restore(sha256(key)?, read::<QueueEntry>(value)?),
            COUNTS => {
                let AccountCounts { api, account, counts } = read(value)?;
                let api = known_api(&self.base, &api)?;
                state.limits().restore(Holder { api, account }, counts);
            }
            _ => return Err("this version has no such part".to_owned()),
        }
        Ok(())
    }

    /// The state with everything that depends on the order of samples or on all entries together.
    fn finish(mut self) -> State {
        // Entries come in the order of their hashes; samples replace each other in the order in which they were added.
        self.samples.sort_by_key(|sample| sample.number);
        for NumberedSample { number, sample } in self.samples {
            self.overlay.restore(number, sample);
        }
        self.state.overlay.store(Arc::new(self.overlay));
        self.state.settings.store(Arc::new(self.settings));
        self.state.uploads.restore(self.uploads);
        self.state.batches.restore(self.batches);
        self.state
    }
}

fn read<T: DeserializeOwned>(value: &str) -> Result<T, String> {
    serde_json::from_str(value).map_err(|error| error.to_string())
}

fn known_api(base: &Base, name: &str) -> Result<&'static str, String> {
    base.api(name).ok_or_else(|| format!("there is no API {name}"))
}

fn sha256(key: &str) -> Result<Key, String> {
    match Hash::parse(key) {
        Some(Hash::Sha256(key)) => Ok(key),
        _ => Err("its key is not a SHA-256".to_owned()),
    }
}
