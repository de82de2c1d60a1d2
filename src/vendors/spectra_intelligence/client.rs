//! What clients send: a single rescan, with a user name and a password.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;

use super::fields::{DAILY, MONTHLY, RATE};
use super::limits::{self, rate};
use crate::accounts::Account;
use crate::samples::Hash;
use crate::vendors::{Client, ExampleRequest, LimitUse};
use crate::worlds::{Counts, State};

pub(super) const CLIENT: Client = Client { look_up, limits };

fn look_up(account: &Account, hash: &Hash) -> ExampleRequest {
    let login = account.user.as_ref().map(|user| {
        let password = account.password.as_deref().unwrap_or_default();
        format!("Basic {}", BASE64.encode(format!("{user}:{password}")))
    });
    let path = format!("/api/rescan/v1/query/{}/{hash}", hash.kind().name());
    ExampleRequest::get(path).header("Authorization", login)
}

fn limits(state: &State, account: &Account, now: Timestamp) -> Vec<LimitUse> {
    let settings = state.settings.load();
    let (daily, monthly) = limits::quotas(&settings, account);
    let used = |counts: &mut Counts| (counts.rate.look(now), counts.quota.look(now));
    let (second, (today, this_month)) = state.counts(limits::holder(account), used);
    let limit = |name, used, limit| LimitUse { name, used, limit, resets_in: None };
    vec![
        limit(RATE, second, Some(rate(&settings, account)).filter(|most| *most > 0)),
        limit(DAILY, today, daily),
        limit(MONTHLY, this_month, monthly),
    ]
}
