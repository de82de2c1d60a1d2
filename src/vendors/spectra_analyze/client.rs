//! What clients send: a reanalysis of one sample, with a token.

use super::auth;
use crate::accounts::Account;
use crate::samples::Hash;
use crate::vendors::{Client, ExampleRequest};

pub(super) const CLIENT: Client = Client { look_up, limits: Client::UNLIMITED };

fn look_up(account: &Account, hash: &Hash) -> ExampleRequest {
    let login = || account.user.as_deref().zip(account.password.as_deref());
    let token = account.key.clone();
    let token = token.or_else(|| login().map(|(user, password)| auth::issued(account, user, password)));
    ExampleRequest::post_json(format!("/api/samples/{hash}/analyze/"), r#"{"analysis":"cloud"}"#.to_owned())
        .header("Authorization", token.map(|token| format!("Token {token}")))
}
