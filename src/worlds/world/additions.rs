//! Adding the contents of a fixture to a world, all of it at one instant.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{Base, State, World};
use crate::accounts::Account;
use crate::samples::{Key, Rule, RuleSet, Sample};
use crate::settings::Settings;
use crate::store::ChangedPart;
use crate::worlds::SampleOverlay;

/// An account of a world's own.
#[derive(Clone, Debug)]
pub struct OwnAccount {
    /// The API's name.
    pub api: &'static str,
    /// The account.
    pub account: Account,
    /// The keys, tokens and user names by which it is known.
    pub claims: Vec<String>,
}

/// What is added to a world.
#[derive(Debug, Default)]
pub struct Additions {
    /// The version of the samples that the additions depend on; `None` if they are valid for any.
    pub version: Option<Version>,
    /// Samples, each in place of every sample that shares a hash with it.
    pub samples: Vec<Arc<Sample>>,
    /// The keys of shared samples that these replace.
    pub hidden: HashSet<Key>,
    /// APIs whose accounts are removed first.
    pub without_accounts: Vec<&'static str>,
    /// Accounts, each in place of one of the same name.
    pub accounts: Vec<OwnAccount>,
    /// Processing rules, each in place of one of the same name.
    pub rules: Vec<Rule>,
    /// Settings, by name; they have been checked.
    pub settings: Vec<(String, String)>,
}

/// A world's samples at one instant, uploads aside.
#[derive(Clone, Debug)]
pub struct Version {
    base: Arc<Base>,
    overlay: Arc<SampleOverlay>,
}

impl Version {
    /// The world's own samples.
    pub(super) fn overlay(&self) -> &SampleOverlay {
        &self.overlay
    }
}

impl State {
    /// Which samples the world has now.
    #[must_use]
    pub fn version(&self) -> Version {
        Version { base: self.base.clone(), overlay: self.overlay.load_full() }
    }

    pub(super) fn is_at(&self, version: &Version) -> bool {
        Arc::ptr_eq(&self.base, &version.base) && Arc::ptr_eq(&self.overlay.load(), &version.overlay)
    }
}

impl World {
    /// Adds everything, or nothing if the world's samples are not those of `additions.version` any more; then false. A
    /// request sees all of it or nothing.
    pub(crate) fn add(&self, additions: Additions) -> bool {
        let Additions { version, samples, hidden, without_accounts, accounts, rules, settings } = additions;
        let _changing = self.changing();
        let old = self.state();
        // The additions were worked out without the lock, and may depend on samples that have changed since.
        if version.is_some_and(|version| !old.is_at(&version)) {
            return false;
        }
        // Changed parts are replaced in a copy: a request in flight keeps the old state as a whole.
        let mut state = State::clone(&old);
        if !samples.is_empty() {
            let mut own = SampleOverlay::clone(&old.overlay.load());
            hidden.into_iter().for_each(|key| own.hide(key));
            samples.iter().for_each(|sample| own.put(sample.clone()));
            state.overlay = Arc::new(ArcSwap::from_pointee(own));
        }
        if !accounts.is_empty() || !without_accounts.is_empty() {
            let mut all = (**old.accounts.load()).clone();
            without_accounts.into_iter().for_each(|api| all.clear(api));
            // Grouped, because adding accounts one by one takes quadratic time.
            let mut by_api: HashMap<&'static str, Vec<Account>> = HashMap::new();
            accounts.into_iter().for_each(|one| by_api.entry(one.api).or_default().push(one.account));
            by_api.into_iter().for_each(|(api, accounts)| all.extend(api, accounts));
            state.accounts = Arc::new(ArcSwap::from_pointee(all));
        }
        if !rules.is_empty() {
            let mut all = RuleSet::default();
            all.add(old.rules.load().iter().cloned());
            all.add(rules);
            state.rules = Arc::new(ArcSwap::from_pointee(all.into_list()));
        }
        if !settings.is_empty() {
            let mut all = Settings::clone(&old.settings.load());
            for (name, value) in &settings {
                // Whether it is allowed was checked before.
                let _ = all.set(name, value);
            }
            state.settings = Arc::new(ArcSwap::from_pointee(all));
        }
        let state = Arc::new(state);
        self.state.store(state.clone());
        // Uploads come before other samples, so the new ones are seen from here on.
        samples.iter().for_each(|sample| state.forget_uploads(&sample.hashes));
        state.mark_overlay(&old.overlay.load(), Some(ChangedPart::Configuration));
        true
    }
}
