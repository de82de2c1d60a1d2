//! What must not be read in a world's journal: its keys, passwords, logins and sessions.

use std::collections::BTreeSet;

use crate::accounts::Account;
use crate::journal::redact::{self, Credential, Redactor};
use crate::worlds::State;

/// The redactor of a world, which knows the world's present credentials.
pub(crate) fn redactor(state: &State) -> Redactor {
    let accounts = state.accounts.load();
    let users: BTreeSet<&str> = accounts.all().filter_map(|(_, account)| account.user.as_deref()).collect();
    let mut credentials = Vec::new();
    for (_, account) in accounts.all() {
        credentials.extend(account.key.clone().map(Credential::Key));
        let Some(password) = &account.password else { continue };
        // A password that is also a user name occurs in many places where it is not a secret.
        if !users.contains(password.as_str()) {
            credentials.push(Credential::Password(password.clone()));
        }
        if let Some(user) = &account.user {
            credentials.push(Credential::Login { user: user.clone(), password: password.clone() });
        }
    }
    credentials.extend(state.sessions.all().into_iter().map(|session| Credential::Key(session.id)));
    Redactor::knowing(credentials)
}

/// The name of an account in a fault rule, redacted unless it is a user of the world: it may be a key.
pub(crate) fn account_name(name: &str, state: &State) -> String {
    let is_user = name == Account::default().name()
        || state.accounts.load().all().any(|(_, account)| account.user.as_deref() == Some(name));
    if is_user { name.to_owned() } else { redact::key(name) }
}
