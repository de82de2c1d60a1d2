//! What clients send: a look-up of one hash, with a key if the account has one.

use crate::accounts::Account;
use crate::samples::Hash;
use crate::vendors::{Client, ExampleRequest};

pub(super) const CLIENT: Client = Client { look_up, limits: Client::UNLIMITED };

fn look_up(account: &Account, hash: &Hash) -> ExampleRequest {
    ExampleRequest::get(format!("/hash/{hash}")).header("apikey", account.key.clone())
}
