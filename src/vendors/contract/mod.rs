//! The contract of a vendor API: one table of endpoints, and what the program asks a vendor besides.
//!
//! A vendor is data and functions of its own folder, put together in one [`Vendor`]. Routing, `Allow`, 404 and 405, what
//! an endpoint reads, and every list of endpoints follow from its table.
//!
//! The types here refer to each other: an endpoint's handler takes a [`Call`], and a call knows its endpoint. What they do is
//! in the files beside this one.

mod admit;
mod answered;
mod call;
mod client;
mod endpoint;
mod endpoints;
mod example;
mod fixtures;
mod form;
mod refusals;
mod route;
mod target;
pub mod views;

use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{HeaderMap, Method};
use jiff::Timestamp;

pub use self::answered::Answered;
pub use self::client::{Client, ExampleRequest, LimitUse, NameAndValue};
pub use self::endpoint::{Answer, Handler, Reads, Waiting, Words};
pub use self::endpoints::Endpoints;
pub use self::example::Example;
pub use self::fixtures::{Fixtures, Importer};
pub use self::refusals::{Auth, CredentialPlace, Refusals, key_and_user};
pub use self::route::{Decoding, Params};
pub(crate) use self::target::Target;
use crate::accounts::Account;
use crate::journal::body::Layout;
use crate::journal::{Behaviour, Reply};
use crate::samples::Sample;
use crate::settings::{Setting, Settings};
use crate::worlds::State;

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
    /// The beginnings of paths that belong to it, served or not, besides the paths of its endpoints: `/v2/` is everything
    /// below it, `/api/samples` is that path and everything below it.
    pub prefixes: &'static [&'static str],
    /// How its server compares percent-encoded paths.
    pub decoding: Decoding,
    /// Whether its server ignores the case of methods.
    pub any_case_methods: bool,
    /// Its table of endpoints.
    pub endpoints: Endpoints,
    /// Paths that exist at the vendor and that no endpoint here serves, with placeholders: `/hash/{hash}/cancel`. A `/*` at
    /// the end means everything below. They belong to the vendor, which answers them with its own 404. A path without
    /// placeholders is compared before those of endpoints with them.
    pub not_emulated: &'static [&'static str],
    /// What a request must pass before its endpoint's handler runs, in the order in which the vendor refuses.
    pub checks: &'static [Check],
    /// How it identifies callers.
    pub auth: Auth,
    /// How it refuses.
    pub refusals: Refusals,
    /// What its clients send, and what limits them.
    pub client: Client,
    /// Its rows of the catalogue of behaviours, in order.
    pub behaviours: &'static [&'static Behaviour],
    /// Its settings.
    pub settings: &'static [&'static Setting],
    /// What it adds to fixtures.
    pub fixtures: Fixtures,
    /// What it learns from recorded replies; `None` if nothing is imported for it.
    pub importer: Option<Importer>,
    /// The hashes of a request that its answer called invalid, as they were sent.
    pub invalid_hashes: fn(&Answered<'_>) -> Vec<String>,
}

/// One endpoint, a row of the table: its paths and methods, what it reads, what it answers, and its handler.
#[derive(Clone, Copy)]
#[must_use]
pub struct Endpoint {
    /// The methods that it takes, as `Allow` lists them. Lists of endpoints name the first one.
    pub methods: &'static [&'static str],
    /// Its paths with placeholders: `/hash/{hash}`. The first one stands for the endpoint.
    pub paths: &'static [&'static str],
    /// Paths that it serves too and that no list of endpoints names.
    pub unlisted: &'static [&'static str],
    /// The function that answers.
    pub handler: &'static dyn Handler,
    /// What it does, for the API's document: one line.
    pub summary: &'static str,
    /// The place on the vendor's page that documents it, or the clients that were observed to call it.
    pub page: &'static str,
    /// The behaviours that only endpoints such as this one answer, most specific first.
    pub answers: &'static [&'static Behaviour],
    /// Requests for the API's document. If there are none, it shows a request of the endpoint's path without a body.
    pub examples: &'static [Example],
    /// Whether it needs no account.
    pub anonymous: bool,
    /// Whether it does not read a credential either, as an endpoint that opens a session does.
    pub public: bool,
    /// Whether a slash may follow its paths.
    pub slash: bool,
    /// Its own replies for statuses that have nothing to do with the request, where they differ from the vendor's.
    pub words: &'static [Words],
    /// Whether the body is a file or contains one: then it is stored nowhere, the journal included.
    pub takes_file: bool,
    reads: Reads,
}

/// Where a request leads within a vendor's table. It is looked up once for each request and travels with the call.
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// The endpoint that has the path.
    pub endpoint: Option<&'static Endpoint>,
    /// Whether that endpoint takes the method.
    pub takes_method: bool,
    /// Whether an endpoint would have the path if a slash followed.
    pub lacks_slash: bool,
    /// The values of the path's parameters.
    pub params: Params,
}

/// One request, and all that its answer depends on.
#[derive(Debug)]
pub struct Call {
    /// The state of its world, taken once.
    pub state: Arc<State>,
    /// The instant of the request on the world's clock.
    pub now: Timestamp,
    /// The instant from which relative fixture times count.
    pub origin: Timestamp,
    /// Whether the world's clock showed real time, neither moved nor stopped.
    pub(crate) is_real_time: bool,
    /// The active settings, taken once.
    pub settings: Arc<Settings>,
    /// The vendor that is asked; `None` where no vendor owns the path.
    pub vendor: Option<&'static Vendor>,
    /// Where its path leads within the vendor's table.
    pub route: Route,
    /// The method as it was sent.
    pub method: Method,
    /// What was requested.
    pub(crate) target: Target,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// The caller's account; anonymous until the vendor has identified the caller.
    pub account: Arc<Account>,
    /// The first sample that was found for it.
    pub found: OnceLock<Arc<Sample>>,
    /// Whether something was sent in place of a hash, or a hash of which no sample was found.
    pub(crate) missed: AtomicBool,
    /// The fields of the body, once the handler has asked for them.
    pub(crate) layout: OnceLock<Layout>,
}

/// A request's body.
#[derive(Clone, Debug)]
pub enum Body {
    /// All of it.
    Whole(Bytes),
    /// More than the settings allow; it was read and discarded.
    TooLarge,
    /// The client disconnected before its end; what arrived until then. No vendor sees it.
    BrokenOff(Bytes),
}

/// One thing that a request must pass.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// An endpoint has this path.
    Path,
    /// The endpoint takes this method.
    Method,
    /// The caller is known, unless the endpoint needs no account.
    Account,
    /// The body is within the limit.
    Size,
    /// Whatever else the vendor refuses, or answers, before the endpoint: limits, content types.
    Own(fn(&Call) -> Option<Reply>),
}

impl Vendor {
    /// What it calls a credential without a user name: `key` or `token`.
    pub fn key_name(&self) -> &'static str {
        let mut names = self.fixtures.account.iter().map(|field| field.name);
        names.find(|name| *name == "token").unwrap_or("key")
    }

    /// Every endpoint as lists name it: a method and a path with placeholders.
    pub fn listed(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.endpoints.iter().flat_map(|endpoint| endpoint.listed())
    }

    /// Whether a path lies inside its prefixes.
    pub fn covers(&self, path: &str) -> bool {
        self.prefixes.iter().any(|prefix| match path.strip_prefix(prefix) {
            // `/api/samples` must not cover `/api/samplesx`.
            Some(rest) => prefix.ends_with('/') || rest.is_empty() || rest.starts_with('/'),
            None => false,
        })
    }

    /// Whether a path, as it was sent, exists at the vendor but is not emulated.
    pub fn leaves_out(&self, path: &str) -> bool {
        // A form such as `/admin/*` also matches the paths of endpoints, here `/admin/license`.
        self.not_emulated.iter().any(|form| route::is_below(form, path)) && self.endpoint(path).is_none()
    }

    /// Looks up a request in the table.
    pub fn route(&self, method: &str, path: &str) -> Route {
        Route::find(self, method, path)
    }

    /// The endpoint at a path, whatever its method.
    pub fn endpoint(&self, path: &str) -> Option<&'static Endpoint> {
        // No endpoint takes an empty method, so the first one with the path is found.
        self.route("", path).endpoint
    }

    /// What the endpoint of a request reads; `None` where no endpoint has the path, or none takes the method.
    pub fn reads(&self, method: &str, path: &str) -> Option<&'static Reads> {
        let route = self.route(method, path);
        route
            .endpoint
            .filter(|_| route.takes_method)
            .map(|endpoint| endpoint.reads(method))
            .unwrap_or_default()
    }

    /// Whether the body of a request to `path` is a file or contains one.
    pub fn takes_file(&self, path: &str) -> bool {
        self.endpoint(path).is_some_and(|endpoint| endpoint.takes_file)
    }

    /// Whether an endpoint may answer `behaviour`: one of its own, or one that no endpoint claims.
    pub fn may_answer(&self, endpoint: &Endpoint, behaviour: &Behaviour) -> bool {
        let has = |endpoint: &Endpoint| endpoint.answers.iter().any(|known| known.id == behaviour.id);
        // Behaviours that no row lists, such as internal errors, can come from any endpoint.
        has(endpoint) || !self.endpoints.iter().any(has)
    }
}

impl fmt::Debug for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
