//! `/accounts`: the accounts of a world, what a client sends for each, and how far their limits are used.

use std::sync::Arc;

use axum::Extension;
use http::StatusCode;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::openapi::{self, Resource};
use super::problem::Problem;
use super::response::{Json, ok};
use crate::accounts::Account;
use crate::clock::{Instant, with_millis};
use crate::journal::Api;
use crate::samples::Hash;
use crate::vendors::{self, ExampleRequest, LimitUse, NameAndValue, Vendor};
use crate::worlds::{State, World};

/// The file that every scanner knows, for worlds without samples.
const EICAR_MD5: &str = "44d88612fea8a8f36de82e1278abb02f";

/// The accounts of all APIs.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Accounts")]
pub(super) struct AccountList {
    apis: Vec<ApiAccounts>,
}

/// The accounts of an API.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct ApiAccounts {
    #[schemars(with = "Api")]
    api: &'static str,
    product: &'static str,
    accounts: Vec<AccountView>,
    /// A look-up without an account.
    anonymous: ExampleRequest,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Account")]
struct AccountView {
    /// The user name, else the key.
    name: String,
    /// What identifies it, by the API's names: user, password, key, token.
    credentials: Vec<NameAndValue>,
    suspended: bool,
    /// Whether it has the right to use the API.
    entitled: bool,
    limits: Vec<LimitView>,
    /// A look-up of a sample of the world by this account.
    example: ExampleRequest,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Limit")]
struct LimitView {
    name: &'static str,
    used: u64,
    /// Null if there is no limit.
    limit: Option<u64>,
    /// When it is renewed, if it is in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Instant")]
    resets_at: Option<String>,
}

pub(super) async fn list(Extension(world): Extension<Arc<World>>) -> Result<Json<AccountList>, Problem> {
    // Showing the limits must not count as using them.
    let state = world.state().reading();
    let hash = example_hash(&state)?;
    let apis = vendors::ALL.iter().map(|api| accounts_of(api, &state, &hash)).collect();
    Ok(ok(AccountList { apis }))
}

/// The operations of accounts.
pub(super) fn resource() -> Resource {
    let list = openapi::get("/accounts", list)
        .named("listAccounts", "List the accounts and how far their limits are used")
        .about(
            "The accounts of each API with their credentials, which are made for tests, and a request that a client sends for \
             each.",
        )
        .replies(200, "The accounts of each API.");
    Resource { name: "accounts", about: "The accounts of a world and their limits.", operations: vec![list] }
}

/// The hash of the world's first sample.
fn example_hash(state: &State) -> Result<Hash, Problem> {
    let own = state.own_samples();
    let shared = state.base.index.list("", "", &Default::default(), 0, 1)?;
    let first = shared.first().or(own.first()).map(|sample| Hash::Sha256(sample.key()));
    first.or_else(|| Hash::parse(EICAR_MD5)).ok_or_else(|| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "No example", "no hash can serve as an example")
    })
}

fn accounts_of(api: &'static Vendor, state: &State, hash: &Hash) -> ApiAccounts {
    let now = state.clock.now();
    let accounts = state.accounts.load();
    let accounts = accounts.of(api.name).iter().map(|account| view(api, account, state, hash, now)).collect();
    let anonymous = (api.client.look_up)(&Account::default(), hash);
    ApiAccounts { api: api.name, product: api.product, accounts, anonymous }
}

fn view(api: &'static Vendor, account: &Account, state: &State, hash: &Hash, now: Timestamp) -> AccountView {
    let limits = (api.client.limits)(state, account, now);
    let parts = [("user", &account.user), ("password", &account.password), (api.key_name(), &account.key)];
    let credentials = parts.into_iter().filter_map(|(name, value)| {
        let value = value.clone()?;
        Some(NameAndValue { name, value })
    });
    AccountView {
        name: account.name().to_owned(),
        credentials: credentials.collect(),
        suspended: account.suspended,
        entitled: !account.unentitled,
        limits: limits.into_iter().map(|limit| limit_view(limit, now)).collect(),
        example: (api.client.look_up)(account, hash),
    }
}

fn limit_view(limit: LimitUse, now: Timestamp) -> LimitView {
    let LimitUse { name, used, limit, resets_in } = limit;
    let resets_at = resets_in.and_then(|span| now.checked_add(span).ok()).map(with_millis);
    LimitView { name, used, limit, resets_at }
}
