//! What clients send: a look-up of hashes, with a key.

use jiff::Timestamp;

use super::{fields, limits};
use crate::accounts::Account;
use crate::samples::Hash;
use crate::vendors::{Client, ExampleRequest, LimitUse};
use crate::worlds::{Counts, DAY, State};

pub(super) const CLIENT: Client = Client { look_up, limits };

fn look_up(account: &Account, hash: &Hash) -> ExampleRequest {
    ExampleRequest::post_json("/v2/hash".to_owned(), format!(r#"{{"hash":["{hash}"]}}"#))
        .header("apikey", account.key.clone())
}

fn limits(state: &State, account: &Account, counts: &mut Counts, now: Timestamp) -> Vec<LimitUse> {
    let view = counts.window.look(now, DAY);
    let limit = Some(limits::limit(state, account));
    // A window that is not open has no time at which it closes.
    let resets_in = (view.used > 0).then_some(view.resets_in);
    vec![LimitUse { name: fields::LOOKUPS, used: view.used, limit, resets_in }]
}
