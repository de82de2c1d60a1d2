//! Credentials of accounts that belong to one world. A request with such a credential goes to that world.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};

use super::{DEFAULT, Worlds};
use crate::accounts::Credential;
use crate::journal::redact;
use crate::worlds::{Additions, OwnAccount, Part, State, World};

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
        /// The user name, or the redacted key.
        claim: String,
        /// The world that has it.
        owner: String,
    },
    /// The world was removed, or replaced by another one of the same name.
    #[error(
        "the world \"{0}\" was removed while the fixture arrived; nothing was loaded: send it again to make the world \
         anew"
    )]
    Gone(String),
}

/// The credentials that pick a world: an API and a key or user name, and the name of the world.
type Claims = HashMap<(&'static str, String), String>;

impl Worlds {
    /// Which world a credential picks, and the state in which that world has its account.
    #[must_use]
    pub fn of_credential(
        &self,
        api: &'static str,
        credential: &Credential,
    ) -> Option<(Arc<World>, Arc<State>)> {
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        // Held to the end: a reset would take the account away and leave the claim.
        let claims = self.claims();
        let name = claims.get(&(api, credential.claim().to_owned()))?;
        let world = if name == DEFAULT { &self.default } else { others.get(name)? };
        world.touch(self.age());
        Some((world.clone(), world.state()))
    }

    /// Whether any credential picks a world.
    #[must_use]
    pub fn has_claims(&self) -> bool {
        self.any_claims.load(Ordering::Relaxed)
    }

    /// Adds samples, rules, settings and accounts to a world, all of them or none, in one step with the credentials that
    /// pick it from then on. False, and nothing is added, if the world's samples are not those of `additions.version` any
    /// more: the caller then has to work out the additions again.
    ///
    /// # Errors
    /// Another world has one of the credentials, or this one has been removed, so that its claims could never be freed.
    pub fn add(&self, world: &World, additions: Additions) -> Result<bool, NotClaimed> {
        // Held to the end, so that no world is removed while it claims.
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        if !self.is_present(world, &others) {
            return Err(NotClaimed::Gone(world.name().to_owned()));
        }
        let mut claims = self.claims();
        let keys = |account: &OwnAccount| {
            let api = account.api;
            account.claims.clone().into_iter().map(move |claim| (api, claim))
        };
        let keys: Vec<_> = additions.accounts.iter().flat_map(keys).collect();
        // All are checked before anything changes, so that a refused fixture changes nothing.
        for key in &keys {
            if let Some(owner) = claims.get(key).filter(|owner| *owner != world.name()) {
                let (api, claim) = key;
                // The message goes to the client. A user name is not secret, but a key is.
                let is_user = additions.accounts.iter().any(|one| one.account.user.as_deref() == Some(claim));
                let claim = if is_user { claim.clone() } else { redact::key(claim) };
                return Err(NotClaimed::Taken { api, claim, owner: owner.clone() });
            }
        }
        let without_accounts = additions.without_accounts.clone();
        if !world.add(additions) {
            return Ok(false);
        }
        // The credentials of removed accounts are free for other worlds.
        claims.retain(|(api, _), owner| owner != world.name() || !without_accounts.contains(api));
        claims.extend(keys.into_iter().map(|key| (key, world.name().to_owned())));
        self.note(&claims);
        Ok(true)
    }

    /// Puts parts of a world back to its fixtures, in one step with the credentials that pick it.
    pub fn reset(&self, world: &World, parts: &[Part]) {
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        let mut claims = self.claims();
        // The world may have been removed since, and another one of the same name keeps its claims.
        if parts.contains(&Part::Samples) && self.is_present(world, &others) {
            claims.retain(|_, owner| owner != world.name());
            self.note(&claims);
        }
        let old = world.reset(self.base(), parts);
        drop(claims);
        drop(others);
        // Freeing a large state takes time, in which other requests need the locks.
        drop(old);
    }

    /// Frees the credentials of a world.
    pub(super) fn release_claims(&self, world: &World) {
        let mut claims = self.claims();
        claims.retain(|_, owner| owner != world.name());
        self.note(&claims);
    }

    /// Whether the world of this name is this one.
    fn is_present(&self, world: &World, others: &HashMap<String, Arc<World>>) -> bool {
        let present = if world.name() == DEFAULT { Some(&self.default) } else { others.get(world.name()) };
        present.is_some_and(|present| std::ptr::eq(&**present, world))
    }

    fn note(&self, claims: &Claims) {
        self.any_claims.store(!claims.is_empty(), Ordering::Relaxed);
    }

    fn claims(&self) -> MutexGuard<'_, Claims> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
