//! What clients of a vendor API send and what limits them, for people who set one up.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::accounts::Account;
use crate::samples::Hash;
use crate::worlds::State;

/// What a vendor knows about its clients.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// The request by which this account asks about one hash.
    pub look_up: fn(&Account, &Hash) -> ExampleRequest,
    /// The limits of an account, and how far they are used by now. The state is one for reading.
    pub limits: fn(&State, &Account, Timestamp) -> Vec<LimitUse>,
}

/// A request as a client sends it, without the address of the server.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct ExampleRequest {
    /// The method.
    pub method: &'static str,
    /// The path and the query.
    pub path: String,
    /// The headers, in order.
    pub headers: Vec<NameAndValue>,
    /// The body; empty if there is none.
    pub body: String,
}

/// A name with its value: a header, or a part of a credential.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct NameAndValue {
    /// The name.
    pub name: &'static str,
    /// The value.
    pub value: String,
}

/// One limit of an account, and how far it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitUse {
    /// Its name in fixtures, or what it limits.
    pub name: &'static str,
    /// What has been used.
    pub used: u64,
    /// The most that can be used; `None` if there is no limit.
    pub limit: Option<u64>,
    /// The time until it is renewed, where that depends on its use.
    pub resets_in: Option<SignedDuration>,
}

impl Client {
    /// For APIs without limits.
    pub const UNLIMITED: fn(&State, &Account, Timestamp) -> Vec<LimitUse> = |_, _, _| Vec::new();
}

impl ExampleRequest {
    /// A GET request.
    pub fn get(path: String) -> Self {
        Self { method: "GET", path, headers: Vec::new(), body: String::new() }
    }

    /// A POST request with a JSON body.
    pub fn post_json(path: String, body: String) -> Self {
        let request = Self { method: "POST", path, headers: Vec::new(), body };
        request.header("Content-Type", Some("application/json".to_owned()))
    }

    /// Adds a header, if it has a value.
    pub fn header(mut self, name: &'static str, value: Option<String>) -> Self {
        self.headers.extend(value.map(|value| NameAndValue { name, value }));
        self
    }
}
