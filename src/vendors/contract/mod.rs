//! The contract of a vendor API: one table of endpoints, and what the program asks a vendor beside it.
//!
//! A vendor is data and functions of its own folder, put together in one [`Vendor`]. Routing, `Allow`, 404 and 405, what
//! an endpoint reads, and every list of endpoints that people are shown follow from its table.

mod call;
mod endpoint;
mod route;
pub mod views;

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use serde_json::Value;

pub use self::call::{Body, Call};
pub use self::endpoint::{Endpoint, Handler, Reads, Words};
pub use self::route::{Decoding, Params, Route};
use crate::accounts::{Account, Credential};
use crate::document::Field;
use crate::faults::Refusal;
use crate::journal::Behaviour;
use crate::journal::Reply;
use crate::journal::recorded::RecordedExchange;
use crate::samples::Sample;
use crate::settings::Setting;
use crate::vendors::import::FixtureDraft;

/// One vendor API.
pub struct Vendor {
    /// Its name in behaviours, settings and flags: `example-scanner`.
    pub name: &'static str,
    /// Its name in fixtures: `example_scanner`.
    pub key: &'static str,
    /// The product and the API, for people: `Example Scanner v4`.
    pub product: &'static str,
    /// The hosts at which the vendor itself serves it, for clients that have them built in; none for an appliance.
    pub hosts: &'static [&'static str],
    /// The beginnings of paths that belong to it, served or not, beside the paths of its endpoints: `/v2/` is everything
    /// below it, `/api/samples` is that path and everything below it.
    pub prefixes: &'static [&'static str],
    /// How its server compares paths that are percent-encoded.
    pub decoding: Decoding,
    /// Whether its server reads methods without case.
    pub any_case_methods: bool,
    /// What it serves.
    pub endpoints: &'static [Endpoint],
    /// What a request must pass before its endpoint sees it, in the order in which the vendor refuses.
    pub checks: &'static [Check],
    /// How it knows its callers.
    pub auth: Auth,
    /// How it refuses.
    pub refusals: Refusals,
    /// Its rows of the catalogue, in order.
    pub behaviours: &'static [&'static Behaviour],
    /// What can be switched in it.
    pub settings: &'static [&'static Setting],
    /// What it adds to fixtures.
    pub fixtures: Fixtures,
    /// What it learns from recorded replies; `None` if nothing is imported for it.
    pub importer: Option<Importer>,
    /// The hashes of a request that its answer called invalid, as they were sent.
    pub invalid_hashes: fn(&Answered<'_>) -> Vec<String>,
}

/// One thing that a request must pass.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// An endpoint has this path.
    Path,
    /// The endpoint takes this method.
    Method,
    /// The caller is known, unless the endpoint asks for no account.
    Account,
    /// The body was not too large to keep.
    Size,
    /// Whatever else the vendor refuses, or answers, before the endpoint: limits, content types.
    Own(fn(&Call) -> Option<Reply>),
}

/// How a vendor knows its callers.
#[derive(Clone, Copy, Debug)]
pub struct Auth {
    /// The credential that a request brings, if it brings a well-formed one: it may pick the world.
    pub credential: fn(&HeaderMap) -> Option<Credential>,
    /// The credentials by which an account is known: its key and its user name, and what the vendor derives from them.
    pub claims: fn(&Account) -> Vec<String>,
    /// Who is calling, or the refusal in the vendor's words. Not asked at endpoints that need no account.
    pub authenticate: fn(&Call) -> Result<Arc<Account>, Reply>,
}

impl Auth {
    /// Nobody is asked who they are.
    pub const OPEN: Self =
        Self { credential: |_| None, claims: key_and_user, authenticate: |call| Ok(call.account.clone()) };
}

/// The key and the user name of an account, which is what most accounts are known by.
#[must_use]
pub fn key_and_user(account: &Account) -> Vec<String> {
    account.key.iter().chain(&account.user).cloned().collect()
}

/// How a vendor refuses.
#[derive(Clone, Copy, Debug)]
pub struct Refusals {
    /// No endpoint has the path.
    pub path: fn(&Call) -> Reply,
    /// The endpoint does not take the method.
    pub method: fn(&Call) -> Reply,
    /// The body was too large to keep.
    pub size: fn(&Call) -> Reply,
    /// The vendor's words for a status that has nothing to do with the request: injected, or an error of the emulator
    /// itself (500, with its message). `None` for a status for which the vendor's words are not known. Asked only where
    /// the endpoint has none of its own.
    pub status: fn(&Call, u16, &str) -> Option<Reply>,
    /// The refusal of an account whose credential is unknown or whose quota is used up; `None` where the vendor knows
    /// no such refusal.
    pub account: fn(&Call, Refusal) -> Option<Reply>,
}

/// What a vendor adds to fixtures.
#[derive(Clone, Copy, Debug)]
pub struct Fixtures {
    /// Its fields of a sample.
    pub sample: &'static [Field],
    /// Its fields of one scan of a sample.
    pub scan: &'static [Field],
    /// Its fields of a child in an archive.
    pub child: &'static [Field],
    /// The examples of the vendor's own page, as a fixture in YAML; part of `builtin:vendor-examples`.
    pub examples: Option<&'static str>,
    /// What an account of it holds.
    pub account: &'static [Field],
    /// The account of an entry that has been checked against [`Fixtures::account`].
    pub read_account: fn(&Value) -> Account,
    /// What it calls a sample's results and whatever else of a sample clients ask for by name.
    /// [`State::named`](crate::world::State::named) finds the sample by them.
    pub names: fn(&Sample) -> Vec<String>,
}

impl Fixtures {
    /// Nothing.
    pub const NONE: Self = Self {
        sample: &[],
        scan: &[],
        child: &[],
        examples: None,
        account: &[],
        read_account: |_| Account::default(),
        names: |_| Vec::new(),
    };
}

/// What a vendor learns from recorded replies.
#[derive(Clone, Copy, Debug)]
pub struct Importer {
    /// Whether a reply of which the request is not known is one of this API's.
    pub recognises: fn(&Value) -> bool,
    /// What a recorded exchange says of samples, accounts, rules and settings. What no fixture holds is noted, place by
    /// place. The route leads nowhere where the request is not known.
    pub learn: fn(&RecordedExchange, &Route, &mut FixtureDraft),
}

/// A request that was answered, as the journal remembers it.
pub struct Answered<'a> {
    /// Where its path led.
    pub route: &'a Route,
    /// The fields of its body, if it has any.
    pub fields: &'a dyn Fn() -> Option<Value>,
    /// The answer.
    pub reply: &'a Reply,
}

impl Answered<'_> {
    /// Whether the answer was this one.
    #[must_use]
    pub fn is(&self, behaviour: &'static Behaviour) -> bool {
        self.reply.behaviours.iter().any(|known| std::ptr::eq(*known, behaviour))
    }
}

impl fmt::Debug for Answered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answered")
            .field("route", self.route)
            .field("reply", self.reply)
            .finish_non_exhaustive()
    }
}

impl Vendor {
    /// Every endpoint as people are shown it: a method and a path with placeholders.
    pub fn listed(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.endpoints.iter().flat_map(|endpoint| endpoint.listed())
    }

    /// Whether a path (as it came, still encoded, without a world's prefix) is that of one of its endpoints.
    #[must_use]
    pub fn serves(&self, path: &str) -> bool {
        self.endpoints.iter().any(|endpoint| endpoint.has_path(path))
    }

    /// Whether a path lies inside its prefixes.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        self.prefixes.iter().any(|prefix| match path.strip_prefix(prefix) {
            Some(rest) => prefix.ends_with('/') || rest.is_empty() || rest.starts_with('/'),
            None => false,
        })
    }

    /// Where a request leads.
    #[must_use]
    pub fn route(&self, method: &str, path: &str) -> Route {
        Route::find(self, method, path)
    }

    /// The endpoint at a path, whatever its method.
    #[must_use]
    pub fn endpoint(&self, path: &str) -> Option<&'static Endpoint> {
        self.route("", path).endpoint
    }

    /// What a request to its endpoint is read for; `None` where no endpoint has the path, or none takes the method.
    #[must_use]
    pub fn reads(&self, method: &str, path: &str) -> Option<&'static Reads> {
        let route = self.route(method, path);
        route
            .endpoint
            .filter(|_| route.takes_method)
            .map(|endpoint| endpoint.reads(method))
            .unwrap_or_default()
    }

    /// Whether the body of a request to `path` is, or holds, a file.
    #[must_use]
    pub fn takes_file(&self, path: &str) -> bool {
        self.endpoint(path).is_some_and(|endpoint| endpoint.takes_file)
    }

    /// Whether an endpoint may answer `behaviour`: one of its own, or one that belongs to no endpoint in particular.
    #[must_use]
    pub fn may_answer(&self, endpoint: &Endpoint, behaviour: &Behaviour) -> bool {
        let has = |endpoint: &Endpoint| endpoint.answers.iter().any(|known| known.id == behaviour.id);
        has(endpoint) || !self.endpoints.iter().any(has)
    }
}

impl fmt::Debug for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
