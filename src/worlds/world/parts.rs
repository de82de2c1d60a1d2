//! Replacing parts of a world in one step: a reset, and a change of fixtures.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{Base, State, World};
use crate::samples::{Rule, RuleSet};
use crate::store::ChangedPart;

/// A part of a world that can be reset to its fixtures alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its own samples, accounts and rules, uploads and sessions.
    Samples,
    /// The analysis queue, the scans that were ended by hand, and uploads.
    Queue,
    /// Rates, windows and quotas.
    Limits,
    /// Injected faults.
    Faults,
    /// The journal.
    Journal,
    /// The clock.
    Clock,
    /// The settings.
    Settings,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 7] =
        [Self::Samples, Self::Queue, Self::Limits, Self::Faults, Self::Journal, Self::Clock, Self::Settings];

    /// The part's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Samples => "samples",
            Self::Queue => "queue",
            Self::Limits => "limits",
            Self::Faults => "faults",
            Self::Journal => "journal",
            Self::Clock => "clock",
            Self::Settings => "settings",
        }
    }

    /// The part of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}

impl World {
    /// Puts parts back to the fixtures of `base`, in one step: requests in flight finish on the old state, which is
    /// returned.
    pub fn reset(&self, base: Arc<Base>, parts: &[Part]) -> Arc<State> {
        let fresh = State::new(&self.name, base);
        let changing = self.changing();
        let old = self.state();
        if parts.contains(&Part::Journal) {
            // Before the state is replaced, so that requests in flight do not write to the new journal.
            old.journal.turn_over();
        }
        let mut state = State { base: fresh.base.clone(), ..State::clone(&old) };
        for part in parts {
            match part {
                Part::Samples => {
                    state.overlay = fresh.overlay.clone();
                    state.uploads = fresh.uploads.clone();
                    state.urls = fresh.urls.clone();
                    state.batches = fresh.batches.clone();
                    state.sessions = fresh.sessions.clone();
                    state.accounts = fresh.accounts.clone();
                    state.rules = fresh.rules.clone();
                }
                Part::Queue => {
                    state.queue = fresh.queue.clone();
                    // Uploads are analysed too, and batches consist of uploads.
                    state.uploads = fresh.uploads.clone();
                    state.urls = fresh.urls.clone();
                    state.batches = fresh.batches.clone();
                }
                Part::Limits => state.limits = fresh.limits.clone(),
                Part::Faults => state.faults = fresh.faults.clone(),
                Part::Journal => state.journal = old.journal.newest(),
                Part::Clock => state.clock = fresh.clock.clone(),
                Part::Settings => state.settings = fresh.settings.clone(),
            }
        }
        self.state.store(Arc::new(state));
        drop(changing);
        if parts.contains(&Part::Faults) {
            // Requests that a removed rule delays go on at once.
            old.faults.end_latencies();
        }
        fresh.mark(|| ChangedPart::All);
        old
    }

    /// Moves to other fixtures, in one step: requests in flight finish on the old ones. What the world has of its own
    /// stays above them: samples, accounts and rules that it brought, settings that it changed, and all that happened.
    pub fn rebase(&self, base: &Arc<Base>) {
        let changing = self.changing();
        let old = self.state();
        let (from, settings) = (&old.base, old.settings.load());
        let known: HashMap<&str, &Rule> = from.rules.iter().map(|rule| (&*rule.name, rule)).collect();
        let mut rules = RuleSet::default();
        rules.add(base.rules.iter().cloned());
        // A rule that is not in the old fixtures, or differs there, is the world's own.
        rules.add(old.rules.load().iter().filter(|rule| known.get(&*rule.name) != Some(rule)).cloned());
        let accounts = old.accounts.load().moved(&from.accounts, &base.accounts);
        self.state.store(Arc::new(State {
            settings: Arc::new(ArcSwap::from_pointee(settings.moved(&from.settings, &base.settings))),
            accounts: Arc::new(ArcSwap::from_pointee(accounts)),
            rules: Arc::new(ArcSwap::from_pointee(rules.into_list())),
            base: base.clone(),
            // What is cached there would keep the previous fixtures in memory.
            definitions: Arc::default(),
            ..State::clone(&old)
        }));
        drop(changing);
        self.state().mark(|| ChangedPart::Configuration);
    }
}
