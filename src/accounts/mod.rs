//! Accounts: who may call which API, and what is particular to them.

mod sessions;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::settings::{AuthMode, SettingKey, Settings};

pub(crate) use self::sessions::{Session, SessionState, Sessions};

/// The account for which limits are counted, with its API.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Holder {
    /// The API's name.
    pub api: &'static str,
    /// The account's name.
    pub account: String,
}

/// A [`Holder`] that borrows its name, so that looking up the counts of a request takes no allocation.
#[derive(Clone, Copy, Debug, Hash)]
pub struct HolderRef<'a> {
    /// The API's name.
    pub api: &'static str,
    /// The account's name.
    pub account: &'a str,
}

impl Holder {
    /// The same without a name of its own.
    pub fn borrowed(&self) -> HolderRef<'_> {
        HolderRef { api: self.api, account: &self.account }
    }
}

impl HolderRef<'_> {
    /// The same with a name of its own.
    pub fn to_owned(self) -> Holder {
        Holder { api: self.api, account: self.account.to_owned() }
    }
}

// The derived hashes of the two agree: that of a `String` is that of its text.
impl hashbrown::Equivalent<Holder> for HolderRef<'_> {
    fn equivalent(&self, holder: &Holder) -> bool {
        self.api == holder.api && self.account == holder.account
    }
}

/// One account of one API. The fixture fields of an API say which of these fields it uses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// The user name, where the API has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password that goes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// A key or token that needs no user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// A suspended account is refused like an unknown one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
    /// Whether the account lacks the right to use the API at all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unentitled: bool,
    /// Limits of this account, by the API's names for them. They replace those of the settings.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, u64>,
}

impl Account {
    /// The name under which the account is counted and listed: its user, else its key, else `anonymous`.
    pub fn name(&self) -> &str {
        self.user.as_deref().or(self.key.as_deref()).unwrap_or("anonymous")
    }

    /// The account's own limit by the API's name for it, or else the value of `setting`.
    pub fn limit(&self, name: &str, settings: &Settings, setting: &'static SettingKey<u64>) -> u64 {
        self.limits.get(name).copied().unwrap_or_else(|| settings.get(setting))
    }
}

/// The credential that a request carries.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Credential {
    /// A key or token.
    Key(String),
    /// A user name with its password.
    Login {
        /// The user name.
        user: String,
        /// The password.
        password: String,
    },
}

impl Credential {
    /// The part that identifies the account: the key, or the user name.
    pub fn claim(&self) -> &str {
        match self {
            Self::Key(key) => key,
            Self::Login { user, .. } => user,
        }
    }
}

/// A [`Credential`] that borrows its texts, so that checking the credential of a request copies nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialRef<'a> {
    /// A key or token.
    Key(&'a str),
    /// A user name with its password.
    Login {
        /// The user name.
        user: &'a str,
        /// The password.
        password: &'a str,
    },
}

impl<'a> From<&'a Credential> for CredentialRef<'a> {
    fn from(credential: &'a Credential) -> Self {
        match credential {
            Credential::Key(key) => Self::Key(key),
            Credential::Login { user, password } => Self::Login { user, password },
        }
    }
}

/// The outcome of checking a credential.
#[derive(Clone, Debug)]
pub enum Admission {
    /// The request is made by this account.
    Granted(Arc<Account>),
    /// The request carries no credential, and one is required.
    Missing,
    /// The credential is unknown, its password wrong, or its account suspended.
    Wrong,
}

/// The accounts of all APIs, found by key and by user name.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    by_api: hashbrown::HashMap<&'static str, Vec<Arc<Account>>>,
    /// The APIs whose accounts were all removed once; those since then stand alone.
    cleared: BTreeSet<&'static str>,
}

impl Accounts {
    /// Adds an account, in place of one of the same name.
    pub fn add(&mut self, api: &'static str, account: Account) {
        let accounts = self.by_api.entry(api).or_default();
        accounts.retain(|known| known.name() != account.name());
        accounts.push(Arc::new(account));
    }

    /// Adds accounts, each in place of one of the same name before it, in time linear in their number.
    pub fn extend(&mut self, api: &'static str, more: Vec<Account>) {
        // From the end, so that the last account of a name is the first one seen; then in order again.
        let mut last: Vec<Arc<Account>> = Vec::new();
        let mut names = HashSet::new();
        let known = self.by_api.remove(api).unwrap_or_default();
        for account in known.into_iter().chain(more.into_iter().map(Arc::new)).rev() {
            if names.insert(account.name().to_owned()) {
                last.push(account);
            }
        }
        last.reverse();
        if !last.is_empty() {
            self.by_api.insert(api, last);
        }
    }

    /// Removes all accounts of `api`.
    pub fn clear(&mut self, api: &'static str) {
        self.by_api.remove(api);
        self.cleared.insert(api);
    }

    /// The APIs whose accounts were removed.
    pub fn cleared(&self) -> impl Iterator<Item = &'static str> {
        self.cleared.iter().copied()
    }

    /// These accounts rebased from `from` onto `to`: the accounts of `to`, and those of `self` that are not in `from`. APIs
    /// whose accounts were removed get none of `to`.
    pub fn moved(&self, from: &Self, to: &Self) -> Self {
        let mut moved = to.clone();
        self.cleared().for_each(|api| moved.clear(api));
        for (api, accounts) in &self.by_api {
            // After a removal all accounts are the world's own, even those that equal a shared one.
            let replaced = if self.cleared.contains(api) { &[] } else { from.of(api) };
            let known: HashMap<&str, &Arc<Account>> =
                replaced.iter().map(|account| (account.name(), account)).collect();
            let own = accounts.iter().filter(|account| known.get(account.name()) != Some(account));
            moved.extend(api, own.map(|account| Account::clone(account)).collect());
        }
        moved
    }

    /// The accounts of `api`, in the order they were defined.
    pub fn of(&self, api: &str) -> &[Arc<Account>] {
        self.by_api.get(api).map_or(&[], Vec::as_slice)
    }

    /// Every account with its API, API by API.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Arc<Account>)> {
        let mut apis: Vec<_> = self.by_api.iter().collect();
        apis.sort_unstable_by_key(|(api, _)| **api);
        apis.into_iter().flat_map(|(api, accounts)| accounts.iter().map(move |account| (*api, account)))
    }

    /// The account of `api` that has this key.
    pub fn by_key(&self, api: &str, key: &str) -> Option<&Arc<Account>> {
        self.of(api).iter().find(|account| account.key.as_deref() == Some(key))
    }

    /// The account of `api` that has this user name.
    pub fn by_user(&self, api: &str, user: &str) -> Option<&Arc<Account>> {
        self.of(api).iter().find(|account| account.user.as_deref() == Some(user))
    }

    /// Checks the credential of a request to `api`.
    pub fn admit<'a>(
        &self,
        api: &str,
        credential: Option<impl Into<CredentialRef<'a>>>,
        mode: AuthMode,
    ) -> Admission {
        if mode == AuthMode::Off {
            return Admission::Granted(Arc::new(Account::default()));
        }
        let Some(credential) = credential.map(Into::into) else { return Admission::Missing };
        let known = match credential {
            CredentialRef::Key(key) => self.by_key(api, key),
            CredentialRef::Login { user, .. } => self.by_user(api, user),
        };
        match (known, mode) {
            // A configured account keeps its limits, but neither password nor suspension counts.
            (Some(account), AuthMode::Any) => Admission::Granted(account.clone()),
            (None, AuthMode::Any) => Admission::Granted(Arc::new(unknown_account(credential))),
            (Some(account), _) if !account.suspended && matches_password(account, credential) => {
                Admission::Granted(account.clone())
            }
            _ => Admission::Wrong,
        }
    }
}

fn matches_password(account: &Account, credential: CredentialRef<'_>) -> bool {
    match credential {
        CredentialRef::Key(_) => true,
        CredentialRef::Login { password, .. } => account.password.as_deref() == Some(password),
    }
}

fn unknown_account(credential: CredentialRef<'_>) -> Account {
    match credential {
        CredentialRef::Key(key) => Account { key: Some(key.to_owned()), ..Account::default() },
        CredentialRef::Login { user, .. } => Account { user: Some(user.to_owned()), ..Account::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts() -> Accounts {
        let mut accounts = Accounts::default();
        let user = Account {
            user: Some("u/one".to_owned()),
            password: Some("secret".to_owned()),
            ..Account::default()
        };
        accounts.add("api", user);
        let out = Account { key: Some("out".to_owned()), suspended: true, ..Account::default() };
        accounts.add("api", out);
        accounts
    }

    fn login(password: &str) -> Credential {
        Credential::Login { user: "u/one".to_owned(), password: password.to_owned() }
    }

    #[test]
    fn enforced_accounts_need_the_right_password_and_no_suspension() {
        let accounts = accounts();
        let admit = |credential: &Credential| accounts.admit("api", Some(credential), AuthMode::Enforce);
        assert!(matches!(admit(&login("secret")), Admission::Granted(_)));
        assert!(matches!(admit(&login("wrong")), Admission::Wrong));
        assert!(matches!(admit(&Credential::Key("out".to_owned())), Admission::Wrong));
        assert!(matches!(
            accounts.admit("api", None::<CredentialRef<'_>>, AuthMode::Enforce),
            Admission::Missing
        ));
        assert!(matches!(
            accounts.admit("other", Some(&login("secret")), AuthMode::Enforce),
            Admission::Wrong
        ));
    }

    #[test]
    fn adding_many_accounts_equals_adding_them_one_by_one() {
        let account =
            |key: &str, suspended| Account { key: Some(key.to_owned()), suspended, ..Account::default() };
        let more = [account("a", false), account("out", false), account("b", false), account("a", true)];
        let (mut one_by_one, mut together) = (accounts(), accounts());
        more.iter().for_each(|account| one_by_one.add("api", account.clone()));
        together.extend("api", more.to_vec());
        assert_eq!(one_by_one.of("api"), together.of("api"));
        assert_eq!(
            together.of("api").iter().map(|account| account.name()).collect::<Vec<_>>(),
            ["u/one", "out", "b", "a"]
        );
    }

    #[test]
    fn accounts_are_listed_in_the_order_of_their_apis() {
        let mut accounts = Accounts::default();
        let apis = ["a", "b", "c", "d", "e", "f"];
        for api in ["e", "b", "f", "a", "d", "c"] {
            accounts.add(api, Account::default());
        }
        assert_eq!(accounts.all().map(|(api, _)| api).collect::<Vec<_>>(), apis);
    }

    #[test]
    fn removed_accounts_stay_removed_when_the_shared_ones_change() {
        let key = |key: &str| Account { key: Some(key.to_owned()), ..Account::default() };
        let mut own = accounts();
        own.clear("api");
        own.add("api", key("own"));
        let mut other = accounts();
        other.add("api", key("new"));
        let moved = own.moved(&accounts(), &other).moved(&other, &accounts());
        assert_eq!(moved.of("api").iter().map(|account| account.name()).collect::<Vec<_>>(), ["own"]);
        assert_eq!(moved.cleared().collect::<Vec<_>>(), ["api"]);
    }

    #[test]
    fn any_takes_strangers_and_off_asks_no_one() {
        let accounts = accounts();
        let key = Credential::Key("new".to_owned());
        let Admission::Granted(account) = accounts.admit("api", Some(&key), AuthMode::Any) else {
            panic!("refused")
        };
        assert_eq!(account.name(), "new");
        let user = Credential::Login { user: "new".to_owned(), password: "any".to_owned() };
        for (credential, name) in [(&user, "new"), (&login("wrong"), "u/one")] {
            let admission = accounts.admit("api", Some(credential), AuthMode::Any);
            let is_expected = matches!(&admission, Admission::Granted(account) if account.name() == name);
            assert!(is_expected, "{admission:?}");
        }
        assert!(matches!(
            accounts.admit("api", None::<CredentialRef<'_>>, AuthMode::Any),
            Admission::Missing
        ));
        let Admission::Granted(account) = accounts.admit("api", None::<CredentialRef<'_>>, AuthMode::Off)
        else {
            panic!("refused")
        };
        assert_eq!(account.name(), "anonymous");
    }
}
