//! Reads the journal of a world, or those of all worlds in the order of their request numbers.

use std::collections::HashMap;
use std::sync::Arc;

use super::query::Scope;
use crate::findings::{self, Filter};
use crate::journal::redact::Redactor;
use crate::journal::{AnnotatedEntry, Entry};
use crate::worlds::{State, World, Worlds};

/// Reads journals.
#[derive(Clone)]
pub(super) struct JournalReader {
    pub(super) scope: Scope,
    pub(super) worlds: Arc<Worlds>,
    pub(super) filter: Arc<Filter>,
}

/// The position of a reader: it reads entries with greater numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Since {
    /// A number within one world.
    pub(super) number: u64,
    /// A request number.
    pub(super) request: u64,
}

impl Since {
    fn is_before(self, entry: &Entry) -> bool {
        entry.number > self.number && entry.request > self.request
    }
}

/// What a journal, or all of them, hold at one instant. The numbers are those of the world, or request numbers for all
/// worlds.
pub(super) struct Found {
    /// The entries that match, in the order of their request numbers.
    pub(super) exchanges: Vec<AnnotatedEntry>,
    /// How many entries the bounds have removed since the journal was last cleared.
    pub(super) dropped: u64,
    /// The number of the oldest entry held, or of the next one.
    pub(super) first_held: u64,
    /// The number of the newest entry, held or not.
    pub(super) last: u64,
    /// No entry up to this request number is missing.
    pub(super) last_request: u64,
    /// For each world whose bounds have removed entries: the request number of the last one.
    pub(super) dropped_through: Vec<(Arc<str>, u64)>,
    pub(super) worlds: FoundWorlds,
}

/// Entries that were not seen before.
pub(super) struct NewEntries {
    pub(super) entries: Vec<Arc<Entry>>,
    /// No entry up to this request number is missing.
    pub(super) through: u64,
    /// Whether the bounds of a journal removed entries before they were seen.
    pub(super) has_dropped: bool,
}

/// The worlds of the exchanges that were found.
#[derive(Default)]
pub(super) struct FoundWorlds {
    states: HashMap<Arc<str>, Arc<State>>,
    redactors: HashMap<Arc<str>, Redactor>,
}

impl FoundWorlds {
    /// Adds the findings that take some work to an exchange. Returns the redactor of its world.
    pub(super) fn complete(&mut self, exchange: &mut AnnotatedEntry, worlds: &Worlds) -> &Redactor {
        let world = exchange.entry.world.clone();
        if let Some(state) = self.states.get(&world) {
            findings::complete(exchange, state, worlds);
        }
        let state = self.states.get(&world);
        self.redactors
            .entry(world)
            .or_insert_with(|| state.map_or_else(Redactor::default, |state| findings::redactor(state)))
    }

    /// The redactor for an exchange that is complete.
    pub(super) fn redactor(&self, exchange: &AnnotatedEntry) -> &Redactor {
        &self.redactors[&exchange.entry.world]
    }
}

impl JournalReader {
    /// The worlds that are read.
    fn worlds(&self) -> Vec<Arc<World>> {
        match &self.scope {
            Scope::World(name) => self.worlds.find(name).into_iter().collect(),
            Scope::All => self.worlds.list(),
        }
    }

    /// The request number up to which entries can be read in order, given the greatest one before they are read: while
    /// several journals are read one after the other, later entries appear.
    fn horizon(&self, last_request: u64) -> u64 {
        match self.scope {
            Scope::World(_) => u64::MAX,
            Scope::All => last_request,
        }
    }

    /// `since`, with 0 for numbers above the newest one. They belong to another journal: that of a removed world of this
    /// name, or of an earlier server.
    pub(super) fn valid(&self, since: Since) -> Since {
        let last = match &self.scope {
            Scope::World(name) => {
                self.worlds.find(name).map_or(0, |world| world.state().journal.after_request(u64::MAX).last)
            }
            // A number within one world is refused together with all worlds, so there is none to check.
            Scope::All => u64::MAX,
        };
        let last_request = self.worlds.journals().last_request();
        let up_to = |number: u64, last: u64| if number <= last { number } else { 0 };
        Since { number: up_to(since.number, last), request: up_to(since.request, last_request) }
    }

    /// The entries that `is_wanted` accepts and the filter matches.
    pub(super) async fn find(&self, is_wanted: impl Fn(&Entry) -> bool) -> Found {
        // Read before the journals. A number is given while its journal is locked, so every entry up to this one is in its
        // journal by the time that journal is read.
        let server_last = self.worlds.journals().last_request();
        let horizon = self.horizon(server_last);
        let mut found = Found {
            exchanges: Vec::new(),
            dropped: 0,
            first_held: u64::MAX,
            last: 0,
            last_request: server_last,
            dropped_through: Vec::new(),
            worlds: FoundWorlds::default(),
        };
        for world in self.worlds() {
            let state = world.state();
            let snapshot = state.journal.snapshot();
            let is_wanted = |entry: &Entry| entry.request <= horizon && is_wanted(entry);
            let filter = &self.filter;
            // The entries are not filtered before: advice about an entry can depend on earlier ones.
            let matching =
                findings::exchanges_of(&snapshot.entries, is_wanted, filter, &state, &self.worlds).await;
            found.exchanges.extend(matching);
            found.dropped += snapshot.dropped;
            if let Scope::World(_) = self.scope {
                (found.first_held, found.last) = (snapshot.first_held(), snapshot.last);
                // Entries may have arrived since the number above was read. In a single journal they are complete.
                found.last_request = server_last.max(snapshot.last_request);
            } else if let Some(first) = snapshot.entries.first() {
                found.first_held = found.first_held.min(first.request);
            }
            if snapshot.dropped_through > 0 {
                found.dropped_through.push((state.world.clone(), snapshot.dropped_through));
            }
            // Findings and redaction then use the state that the entries were read from, even if the world is reset or removed
            // meanwhile.
            found.worlds.states.insert(state.world.clone(), state);
        }
        if let Scope::All = self.scope {
            found.last = server_last;
            found.exchanges.sort_by_key(|exchange| exchange.entry.request);
        }
        // Without any entry this is still `u64::MAX`, and becomes the number of the next entry.
        found.first_held = found.first_held.min(found.last + 1);
        found
    }

    /// The entries after `since` that the filter matches.
    pub(super) async fn find_since(&self, since: Since) -> Found {
        self.find(|entry| since.is_before(entry)).await
    }

    /// Adds the findings that take some work to the exchanges.
    pub(super) fn complete(&self, found: &mut Found) {
        for exchange in &mut found.exchanges {
            found.worlds.complete(exchange, &self.worlds);
        }
    }

    /// The entries with a request number above `seen`, whether the filter matches or not.
    pub(super) fn new_entries(&self, seen: u64) -> NewEntries {
        // Read before the journals, as in `find`.
        let server_last = self.worlds.journals().last_request();
        let horizon = self.horizon(server_last);
        let mut new = NewEntries { entries: Vec::new(), through: server_last.max(seen), has_dropped: false };
        for world in self.worlds() {
            let state = world.state();
            let snapshot = state.journal.after_request(seen);
            // The reader missed entries only if some were dropped after those that it has seen.
            new.has_dropped |= snapshot.dropped_through > seen;
            new.through = new.through.max(snapshot.last_request.min(horizon));
            new.entries.extend(snapshot.entries.into_iter().filter(|entry| entry.request <= horizon));
        }
        new
    }

    /// Waits for an entry with a request number above `seen`; false if there will be none.
    pub(super) async fn beyond(&self, seen: u64) -> bool {
        match &self.scope {
            Scope::World(name) => match self.worlds.find(name) {
                Some(world) => {
                    let journal = world.state().journal.clone();
                    journal.beyond(seen).await
                }
                None => false,
            },
            Scope::All => self.worlds.journals().beyond(seen).await,
        }
    }
}
