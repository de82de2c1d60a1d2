//! The credentials that a world is configured with, which are redacted wherever they stand.

use std::collections::{BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;

use super::edit::Edit;
use super::names::Secret;
use crate::worlds::State;

/// The shortest credential that is searched for, in bytes. A shorter one may be part of any word, so that only the name
/// of its place gives it away.
const SHORTEST: usize = 8;
/// How many bytes of a credential find the others that begin so.
const START: usize = 4;

/// Credentials by how they begin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    by_start: HashMap<[u8; START], Group>,
}

#[derive(Clone, Debug, Default)]
struct Group {
    lengths: BTreeSet<usize>,
    /// Each with what may be seen of it.
    values: HashMap<Vec<u8>, String>,
}

impl Known {
    /// The keys, passwords, logins and sessions of a world.
    pub(crate) fn of(state: &State) -> Self {
        let mut known = Self::default();
        let accounts = state.accounts.load();
        let users: BTreeSet<&str> =
            accounts.all().filter_map(|(_, account)| account.user.as_deref()).collect();
        for (_, account) in accounts.all() {
            if let Some(key) = &account.key {
                known.add(key, Secret::Key);
            }
            // A password that is a user name too stands in many places, and is no secret there.
            let Some(password) = &account.password else { continue };
            if !users.contains(password.as_str()) {
                known.add(password, Secret::Password);
            }
            if let Some(user) = &account.user {
                known.add(&BASE64.encode(format!("{user}:{password}")), Secret::Password);
            }
        }
        for (_, session, _) in state.sessions.all() {
            known.add(&session, Secret::Key);
        }
        known
    }

    fn add(&mut self, text: &str, secret: Secret) {
        if text.len() < SHORTEST {
            return;
        }
        if let Some(start) = text.as_bytes().first_chunk::<START>() {
            let group = self.by_start.entry(*start).or_default();
            group.lengths.insert(text.len());
            group.values.entry(text.as_bytes().to_vec()).or_insert_with(|| secret.mask(text));
        }
    }

    /// Where they stand in a text.
    pub(crate) fn find(&self, text: &[u8], edits: &mut Vec<Edit>) {
        if self.by_start.is_empty() {
            return;
        }
        let mut at = 0;
        while let Some(start) = text.get(at..).and_then(|rest| rest.first_chunk::<START>()) {
            at = match self.by_start.get(start).and_then(|group| group.at(text, at)) {
                Some((end, mask)) => {
                    edits.push(Edit::new(at..end, mask));
                    end
                }
                None => at + 1,
            };
        }
    }
}

impl Group {
    /// The end of the longest credential that begins here, and its mask.
    fn at(&self, text: &[u8], at: usize) -> Option<(usize, &str)> {
        self.lengths.iter().rev().find_map(|len| {
            let mask = self.values.get(text.get(at..at + len)?)?;
            Some((at + len, mask.as_str()))
        })
    }
}
