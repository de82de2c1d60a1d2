//! The fixture fields of this API.

use serde::Deserialize;
use serde_json::Value;

use crate::accounts::Account;
use crate::document::{Field, Shape};
use crate::vendors::Fixtures;

/// The name of this API.
pub(super) const NAME: &str = crate::vendors::reversinglabs::CLOUD_SERVICE;

/// The fixture key of this API.
pub(super) const KEY: &str = crate::vendors::reversinglabs::CLOUD_KEY;

/// The name of an account's own rate limit.
pub(super) const RATE: &str = "rate";
/// The name of an account's own daily quota.
pub(super) const DAILY: &str = "daily_quota";
/// The name of an account's own monthly quota.
pub(super) const MONTHLY: &str = "monthly_quota";

const ANY_COUNT: Shape = Shape::Count { min: 0, max: u64::MAX };

/// The fields of an account.
const ACCOUNT: &[Field] = &[
    Field::required("user", Shape::Text, "The user name; it may hold a slash, like u/name."),
    Field::required("password", Shape::Text, "The password."),
    Field::new("suspended", Shape::Flag, "Whether the account is refused like an unknown one."),
    Field::new("entitled", Shape::Flag, "Whether the account may use this API; true unless said otherwise."),
    Field::new(RATE, ANY_COUNT, "Requests in any one second, in place of the setting; 0 is no limit."),
    Field::new(DAILY, ANY_COUNT, "Units in a day, in place of the setting; 0 is no quota."),
    Field::new(MONTHLY, ANY_COUNT, "Units in a month, in place of the setting; 0 is no quota."),
];

/// What this API adds to fixtures.
pub(super) const FIXTURES: Fixtures = Fixtures {
    sample: &[
        Field::new("known", Shape::Flag, "Whether the service has ever seen the sample; true by default."),
        Field::new("stored", Shape::Flag, "Whether the file is in the service's storage; true by default."),
    ],
    examples: Some(include_str!("../../../fixtures/vendor-examples/spectra-intelligence.yaml")),
    account: ACCOUNT,
    rescans: true,
    read_account: account,
    ..Fixtures::NONE
};

#[derive(Deserialize)]
#[serde(default)]
struct Entry {
    user: Option<String>,
    password: Option<String>,
    suspended: bool,
    entitled: bool,
    rate: Option<u64>,
    daily_quota: Option<u64>,
    monthly_quota: Option<u64>,
}

// Not derived: an account is entitled unless the fixture says otherwise.
impl Default for Entry {
    fn default() -> Self {
        Self {
            user: None,
            password: None,
            suspended: false,
            entitled: true,
            rate: None,
            daily_quota: None,
            monthly_quota: None,
        }
    }
}

/// Reads an account from an entry that has been checked.
fn account(entry: &Value) -> Account {
    let entry = Entry::deserialize(entry).unwrap_or_default();
    let limits = [(RATE, entry.rate), (DAILY, entry.daily_quota), (MONTHLY, entry.monthly_quota)];
    let limits = limits.into_iter().filter_map(|(name, limit)| Some((name.to_owned(), limit?)));
    Account {
        user: entry.user,
        password: entry.password,
        suspended: entry.suspended,
        unentitled: !entry.entitled,
        limits: limits.collect(),
        ..Account::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_becomes_an_account() {
        let entry = serde_json::json!({"user": "u/one", "password": "p", "entitled": false, "rate": 3});
        let account = account(&entry);
        assert_eq!((account.user.as_deref(), account.password.as_deref()), (Some("u/one"), Some("p")));
        assert!(account.unentitled && !account.suspended);
        assert_eq!(account.limits.into_iter().collect::<Vec<_>>(), [("rate".to_owned(), 3)]);
    }
}
