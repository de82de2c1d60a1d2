//! The parameters of requests for a journal.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::admin::decode::shorten;
use crate::admin::problem::Problem;
use crate::document::parse_span;
use crate::findings::{ExchangeQuery, Filter, FindingKindOrAny};
use crate::journal::Api;
use crate::worlds::World;

/// The longest time that a request waits for an entry.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// The maximum number of entries in a list unless its query sets `limit`.
pub(super) const DEFAULT_LIMIT: usize = 1000;

/// Whose journals are read.
#[derive(Clone, Debug)]
pub(in crate::admin) enum Scope {
    /// That of the world with this name, which need not exist.
    World(String),
    /// Those of all worlds.
    All,
}

/// The scope for the parameter `world` of a request for this resource whose path names `world`.
pub(in crate::admin) fn scope(
    parameter: Option<&str>,
    world: &World,
    resource: &str,
) -> Result<Scope, Problem> {
    match parameter {
        None => Ok(Scope::World(world.name().to_owned())),
        Some("all") => Ok(Scope::All),
        Some(name) => Err(Problem::unprocessable(format!(
            "`world` must be all; the {resource} of one world is at /_world/{}/_scandouble/{resource}",
            shorten(name)
        ))),
    }
}

/// Which entries are wanted. All of it is text, which serde can read from a flattened field.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::admin) struct FilterQuery {
    /// An API.
    #[schemars(with = "Option<Api>", example = &"<api>")]
    api: Option<String>,
    /// A behaviour of the response, by full name or id; `*` matches any text.
    #[serde(alias = "behavior")]
    behaviour: Option<String>,
    /// The account's name or key.
    account: Option<String>,
    /// The method.
    #[schemars(example = &"POST")]
    method: Option<String>,
    /// The path as sent, without the world's prefix; `*` matches any text.
    #[schemars(example = "/v2/*")]
    path: Option<String>,
    /// A method and a path with placeholders.
    #[schemars(example = "POST /v2/hash")]
    endpoint: Option<String>,
    /// A status, or a class of statuses.
    #[schemars(regex(pattern = "^([1-5][0-9]{2}|[1-5]xx)$"), example = &"2xx")]
    status: Option<String>,
    /// The id of a fault rule that fired; `*` matches any text.
    fault: Option<String>,
    /// A kind of finding, or `any`.
    #[schemars(with = "Option<FindingKindOrAny>")]
    finding: Option<String>,
    /// A hash, or a part of one, in the path or the body: at most 128 hexadecimal digits.
    #[schemars(regex(pattern = "^[0-9A-Fa-f]{1,128}$"))]
    hash: Option<String>,
}

impl FilterQuery {
    pub(super) fn into_filter(self) -> Result<Filter, Problem> {
        let criteria = ExchangeQuery {
            api: self.api,
            behaviour: self.behaviour,
            account: self.account,
            method: self.method,
            path: self.path,
            endpoint: self.endpoint,
            // In a verification a status may also be a number, but a query string has only text.
            status: self.status.map(Value::String),
            fault: self.fault,
            finding: self.finding,
            hash: self.hash,
            ..ExchangeQuery::default()
        };
        criteria.into_filter().map_err(Problem::unprocessable)
    }
}

/// The query of a list. The table of operations refuses other parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(in crate::admin) struct JournalQuery {
    /// `all` for the journals of all worlds, in the order of their requests, instead of that of the world of the path.
    #[schemars(extend("const" = "all"))]
    world: Option<String>,
    #[serde(flatten)]
    pub(super) filter: FilterQuery,
    /// Only entries with a greater number in their world; not with `world=all`. The numbering continues after a reset. A number
    /// greater than the newest one, such as that of a removed world or an earlier server, means 0.
    #[schemars(example = 0)]
    pub(super) since: Option<u64>,
    /// Only entries with a greater request number. A number greater than the newest one, such as that of an earlier server,
    /// means 0.
    pub(super) after: Option<u64>,
    /// The maximum number of entries: the first ones after `since` or `after`, or the last ones without them.
    #[schemars(extend("default" = DEFAULT_LIMIT), example = 10)]
    pub(super) limit: Option<usize>,
    /// How long to wait for a matching entry, in real time, at most 60s.
    #[schemars(regex(pattern = "^(([0-5]?[0-9]|60)s?|1m|[0-5]?[0-9]{1,4}ms)$"), example = &"10ms")]
    pub(super) wait: Option<String>,
    /// JSON, or an HTTP archive.
    #[schemars(extend("enum" = ["json", "har"], "default" = "json"), example = &"json")]
    format: Option<String>,
}

/// The query of a stream.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(in crate::admin) struct EventsQuery {
    /// `all` for the journals of all worlds, instead of that of the world of the path.
    #[schemars(extend("const" = "all"))]
    pub(super) world: Option<String>,
    #[serde(flatten)]
    pub(super) filter: FilterQuery,
    /// Begin after this request number, instead of with the next entry. The header `Last-Event-ID` takes precedence.
    #[schemars(example = 0)]
    pub(super) after: Option<u64>,
    /// End the stream after this real time, at most 60s.
    #[schemars(regex(pattern = "^(([0-5]?[0-9]|60)s?|1m|[0-5]?[0-9]{1,4}ms)$"), example = &"10ms")]
    pub(super) wait: Option<String>,
}

impl JournalQuery {
    pub(super) fn scope(&self, world: &World) -> Result<Scope, Problem> {
        let scope = scope(self.world.as_deref(), world, "journal")?;
        match scope {
            Scope::All if self.since.is_some() => Err(Problem::unprocessable(
                "`since` is a number within one world; with `world=all` use `after`, a request number",
            )),
            _ => Ok(scope),
        }
    }

    pub(super) fn is_har(&self) -> Result<bool, Problem> {
        match self.format.as_deref() {
            None | Some("json") => Ok(false),
            Some("har") => Ok(true),
            Some(other) => Err(Problem::unprocessable(format!(
                "`format` must be json or har, not \"{}\"",
                shorten(other)
            ))),
        }
    }
}

/// The duration of the parameter `wait`.
pub(super) fn wait(parameter: Option<&str>) -> Result<Option<Duration>, Problem> {
    let Some(text) = parameter else { return Ok(None) };
    let bad = |error: String| Problem::unprocessable(format!("`wait`: {error}"));
    let span = parse_span(text).map_err(bad)?;
    let wait = Duration::try_from(span).map_err(|error| bad(error.to_string()))?;
    if wait > MAX_WAIT {
        let most = MAX_WAIT.as_secs();
        return Err(bad(format!("the maximum is {most}s; send the request again to wait longer")));
    }
    Ok(Some(wait))
}
