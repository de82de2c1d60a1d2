//! What clients send: a look-up of hashes, with a key.

use super::limits;
use crate::accounts::Account;
use crate::samples::Hash;
use crate::vendors::{Client, ExampleRequest};

pub(super) const CLIENT: Client = Client { look_up, limits: limits::uses };

fn look_up(account: &Account, hash: &Hash) -> ExampleRequest {
    ExampleRequest::post_json("/v2/hash".to_owned(), format!(r#"{{"hash":["{hash}"]}}"#))
        .header("apikey", account.key.clone())
}
