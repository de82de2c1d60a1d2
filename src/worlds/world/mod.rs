//! One isolated world: its own samples on top of the shared fixtures, and all state that tests and clients change.
//!
//! A request takes the world's [`State`] once and keeps it, so that a reset never changes a request in flight.

mod additions;
mod batches;
mod copies;
mod definitions;
mod parts;
mod persist;
mod samples;

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::accounts::{Accounts, Admission, CredentialRef, HolderRef, Session, SessionState, Sessions};
use crate::clock::Clock;
use crate::document::TimeSpec;
use crate::faults::Faults;
use crate::journal::{Behaviour, Journal, Tally};
use crate::samples::{
    AfterRescan, Cause, Engines, Key, NewestDefinitions, Overlays, Progress, Rule, Sample, Scan,
};
use crate::settings::{AUTH, Pace, Settings};
use crate::store::{ChangeLog, ChangedPart, SampleIndex};
use crate::worlds::{
    Ask, Batches, Counts, Instant, Limits, Queue, Queued, SampleOverlay, SharedLimits, Uploads, UrlUploads,
};

pub use additions::{Additions, OwnAccount};
pub use parts::Part;
pub(crate) use persist::Restored;

/// The state that the fixtures define. All worlds share it, and it never changes.
#[derive(Debug)]
pub struct Base {
    /// The samples.
    pub index: SampleIndex,
    /// The newest definitions of engines in these samples.
    pub(crate) definitions: Arc<NewestDefinitions>,
    /// The accounts.
    pub accounts: Arc<Accounts>,
    /// The processing rules, in order; the first is the default one.
    pub rules: Arc<Vec<Rule>>,
    /// The settings, from defaults, fixtures and flags.
    pub settings: Arc<Settings>,
    /// How many behaviours each API has, by its name.
    pub behaviours: std::collections::HashMap<&'static str, usize>,
    /// Where changes are marked to be saved, if the server persists them.
    pub change_log: Option<Arc<ChangeLog>>,
}

/// A world.
#[derive(Debug)]
pub struct World {
    name: String,
    state: ArcSwap<State>,
    /// Held while parts of the state are read, changed and written back.
    changing: Mutex<()>,
    /// Large additions wait for each other; see [`World::turn`].
    turns: Semaphore,
    // Real time of the last use, in milliseconds since the server started.
    used_ms: AtomicU64,
}

/// Everything of a world that can change. Parts are shared between successive states unless they are reset.
#[derive(Clone, Debug)]
pub struct State {
    /// The world's name.
    pub world: Arc<str>,
    /// The fixtures underneath.
    pub base: Arc<Base>,
    /// Its clock.
    pub clock: Arc<Clock>,
    /// Its own samples.
    pub overlay: Arc<ArcSwap<SampleOverlay>>,
    /// The uploads; their samples hide its own.
    pub uploads: Arc<Uploads>,
    /// The uploads by URL.
    pub urls: Arc<UrlUploads>,
    /// The uploads that clients have grouped.
    pub batches: Arc<Batches>,
    /// Who is logged in.
    pub(crate) sessions: Arc<Sessions>,
    /// Its accounts: the shared ones and its own.
    pub accounts: Arc<ArcSwap<Accounts>>,
    /// Its processing rules.
    pub rules: Arc<ArcSwap<Vec<Rule>>>,
    /// Its settings.
    pub settings: Arc<ArcSwap<Settings>>,
    /// The faults that are injected.
    pub faults: Arc<Faults>,
    /// Every exchange.
    pub journal: Journal,
    /// How often each behaviour was answered, by API.
    pub coverage: Arc<HashMap<&'static str, Arc<Tally>>>,
    /// Whether requests leave the queue and the counts as they are.
    reads_only: bool,
    definitions: Arc<definitions::Cached>,
    queue: Arc<Mutex<Queue>>,
    limits: Arc<SharedLimits>,
    /// Whether this is a copy to try calls on, of which nothing is saved.
    is_scratch: bool,
}

impl Base {
    /// The API of this name, if there is one.
    #[must_use]
    pub fn api(&self, name: &str) -> Option<&'static str> {
        self.behaviours.get_key_value(name).map(|(name, _)| *name)
    }
}

impl World {
    /// A world at its fixtures.
    #[must_use]
    pub fn new(name: &str, base: Arc<Base>) -> Self {
        let state = ArcSwap::from_pointee(State::new(name, base));
        Self {
            name: name.to_owned(),
            state,
            changing: Mutex::default(),
            turns: Semaphore::new(1),
            used_ms: AtomicU64::new(0),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its present state.
    #[must_use]
    pub fn state(&self) -> Arc<State> {
        self.state.load_full()
    }

    /// Changes the present state. Samples, accounts, rules and settings are not changed by other requests meanwhile.
    pub fn change<T>(&self, act: impl FnOnce(&State) -> T) -> T {
        let _changing = self.changing();
        act(&self.state())
    }

    /// Waits for its turn to add much to the world. Without turns, a large addition could be worked out again and again
    /// because small ones come in between.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a use, `age` after the server started.
    pub fn touch(&self, age: Duration) {
        self.used_ms.store(u64::try_from(age.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How long after the server started the world was last used.
    #[must_use]
    pub fn used_at(&self) -> Duration {
        Duration::from_millis(self.used_ms.load(Ordering::Relaxed))
    }
}

/// A count of zero for every behaviour of every API.
#[must_use]
pub(crate) fn tallies(base: &Base) -> HashMap<&'static str, Arc<Tally>> {
    base.behaviours.iter().map(|(api, len)| (*api, Arc::new(Tally::new(*len)))).collect()
}

impl State {
    /// A state at its fixtures.
    #[must_use]
    pub fn new(world: &str, base: Arc<Base>) -> Self {
        Self {
            world: world.into(),
            clock: Arc::new(Clock::running()),
            overlay: Arc::default(),
            uploads: Arc::default(),
            urls: Arc::default(),
            batches: Arc::default(),
            sessions: Arc::default(),
            accounts: Arc::new(ArcSwap::new(base.accounts.clone())),
            rules: Arc::new(ArcSwap::new(base.rules.clone())),
            settings: Arc::new(ArcSwap::new(base.settings.clone())),
            faults: Arc::default(),
            journal: Journal::default(),
            coverage: Arc::new(tallies(&base)),
            reads_only: false,
            definitions: Arc::default(),
            queue: Arc::default(),
            limits: Arc::default(),
            is_scratch: false,
            base,
        }
    }

    /// Checks a credential for `api` by the world's accounts and settings.
    #[must_use]
    pub fn admit<'a>(&self, api: &str, credential: Option<impl Into<CredentialRef<'a>>>) -> Admission {
        self.accounts.load().admit(api, credential, self.settings.load().get(&AUTH))
    }

    /// The scans of a sample at `now`, oldest first, including what a rescan has changed by then.
    #[must_use]
    pub fn scans<'a>(&self, sample: &'a Sample, now: Timestamp) -> Cow<'a, [Scan]> {
        if sample.after_rescan.is_empty() {
            return Cow::Borrowed(&sample.scans);
        }
        let mut scans = Cow::Borrowed(&sample.scans[..]);
        // What was uploaded after a rescan holds what that found.
        let found = sample.rescans();
        let queue = self.queue();
        for (after, at) in sample.after_rescan.iter().zip(queue.changes(&sample.key())).skip(found) {
            // Changes take hold in order: if this one has not, no later one has.
            let Some(at) = at.0.filter(|at| *at <= now) else { break };
            let scan = rescan(sample, after, at, scans.last().and_then(|scan| scan.rule.clone()));
            scans.to_mut().push(scan);
        }
        scans
    }

    /// Whether a scan of `sample` is done at `now`.
    #[must_use]
    pub fn is_done(&self, sample: &Sample, scan: &Scan, origin: Timestamp, now: Timestamp) -> bool {
        match scan.progress {
            Progress::Done => true,
            _ => scan.is_done(origin, self.queue().ended_at(&sample.key()), now),
        }
    }

    /// When the scans of a sample were ended through the admin API, if they were.
    #[must_use]
    pub fn ended_at(&self, key: &Key) -> Option<Timestamp> {
        self.queue().ended_at(key)
    }

    /// Asks for analyses, all by one request; the outcomes in order.
    pub fn ask(&self, asks: &[Ask<'_>], now: Timestamp) -> Vec<Queued> {
        self.look_and_ask(|_| (), asks, now).1
    }

    /// Looks at the queue and asks for analyses, in one step.
    pub fn look_and_ask<T>(
        &self,
        look: impl FnOnce(&Queue) -> T,
        asks: &[Ask<'_>],
        now: Timestamp,
    ) -> (T, Vec<Queued>) {
        let mut queue = self.queue();
        let seen = look(&queue);
        if self.reads_only {
            return (seen, queue.would_answer(asks, now));
        }
        let outcomes = queue.ask(asks, now);
        drop(queue);
        asks.iter().for_each(|ask| self.mark(|| ChangedPart::Queue(ask.sample.key())));
        (seen, outcomes)
    }

    /// Ends everything that runs on `sample` at `now`; how many analyses and uploads were ended.
    pub fn finish(&self, sample: &Sample, now: Timestamp) -> usize {
        let uploads = self.uploads.finish(&sample.key(), now);
        self.mark_uploads();
        let analyses = self.queue().finish(sample, now);
        self.mark(|| ChangedPart::Queue(sample.key()));
        uploads + analyses
    }

    /// Whether an API has the file of a sample at `now`; `None` if it neither received nor lost it.
    #[must_use]
    pub fn holds(&self, key: &Key, api: &str, now: Timestamp) -> Option<bool> {
        self.queue().holds(key, api, now)
    }

    /// Notes that an API receives the file of a sample at `from`, if it does not have it by then.
    pub fn send(&self, key: &Key, api: &'static str, from: Instant) {
        self.queue().send(*key, api, from);
        self.mark(|| ChangedPart::Queue(*key));
    }

    /// Notes that an API no longer has the file of a sample.
    pub fn take_away(&self, key: &Key, api: &'static str, now: Timestamp) {
        self.queue().take_away(*key, api, now);
        self.mark(|| ChangedPart::Queue(*key));
    }

    /// The queue, to look at; change it through [`State::ask`] and [`State::finish`].
    pub fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the counts of limits and quotas of one account, or counts.
    pub fn counts<T>(&self, holder: HolderRef<'_>, act: impl FnOnce(&mut Counts) -> T) -> T {
        if self.reads_only {
            return act(&mut self.limits().find(holder).cloned().unwrap_or_default());
        }
        let (outcome, gone) = self.limits.count(holder, (|| self.clock.now(), DAY), act);
        gone.into_iter().for_each(|holder| self.mark(|| ChangedPart::Counts(holder)));
        self.mark(|| ChangedPart::Counts(holder.to_owned()));
        outcome
    }

    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock()
    }

    /// Opens a session.
    pub(crate) fn log_in(&self, session: Session) {
        self.sessions.open(session);
        self.mark(|| ChangedPart::Configuration);
    }

    /// Uses a session at `now`. Sessions end after they were idle for this long.
    #[must_use]
    pub(crate) fn use_session(&self, api: &str, id: &str, now: Timestamp, idle: Pace) -> SessionState {
        let session = self.sessions.use_at(api, id, now, idle);
        if let SessionState::Open(_, true) = session {
            self.mark(|| ChangedPart::Configuration);
        }
        session
    }

    /// Ends a session; false if it was not open.
    pub(crate) fn log_out(&self, api: &str, id: &str, now: Timestamp, idle: Pace) -> bool {
        let ended = self.sessions.close(api, id, now, idle);
        self.mark(|| ChangedPart::Configuration);
        ended
    }

    /// Marks a changed part of the world, to be saved. The part is not evaluated if nothing is persisted.
    pub fn mark(&self, part: impl FnOnce() -> ChangedPart) {
        if let Some(change_log) = &self.base.change_log
            && !self.is_scratch
        {
            change_log.mark(&self.world, part());
        }
    }

    /// Counts one answer.
    pub fn count(&self, behaviour: &Behaviour) {
        if let Some(tally) = self.coverage.get(behaviour.api) {
            tally.count(behaviour);
        }
    }
}

/// What a rescan found at `at`.
fn rescan(sample: &Sample, after: &AfterRescan, at: Timestamp, rule: Option<String>) -> Scan {
    let at = TimeSpec::At(at);
    Scan {
        at,
        rule,
        verdict: after.verdict,
        threat: after.threat.clone(),
        engines: Engines::derived(sample.key(), after.verdict, &after.threat, at),
        progress: Progress::Done,
        overlays: Overlays::new(),
        cause: Cause::Rescan,
    }
}

/// The length of a day on the clock.
pub(crate) const DAY: SignedDuration = SignedDuration::from_hours(24);
