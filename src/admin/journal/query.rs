//! The parameters of requests for a journal.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::admin::decode::shorten;
use crate::admin::problem::Problem;
use crate::document::parse_span;
use crate::findings::{ExchangeQuery, Filter};
use crate::worlds::World;

/// The longest time that a request waits for an entry.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// Whose journals are read.
#[derive(Clone, Debug)]
pub(super) enum Scope {
    /// That of the world with this name, which need not exist.
    World(String),
    /// Those of all worlds.
    All,
}

/// The scope for the parameter `world` of a request whose path names `world`.
pub(super) fn scope(parameter: Option<&str>, world: &World) -> Result<Scope, Problem> {
    match parameter {
        None => Ok(Scope::World(world.name().to_owned())),
        Some("all") => Ok(Scope::All),
        Some(name) => Err(Problem::unprocessable(format!(
            "`world` must be all; the journal of one world is at /_world/{}/_scandouble/journal",
            shorten(name)
        ))),
    }
}

/// The query of a list, or of a stream.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct JournalQuery {
    /// `all` for the journals of all worlds.
    world: Option<String>,
    api: Option<String>,
    behaviour: Option<String>,
    account: Option<String>,
    method: Option<String>,
    path: Option<String>,
    endpoint: Option<String>,
    status: Option<String>,
    fault: Option<String>,
    finding: Option<String>,
    hash: Option<String>,
    /// Only entries with a greater number in their world.
    pub(super) since: Option<u64>,
    /// Only entries with a greater request number.
    pub(super) after: Option<u64>,
    /// The maximum number of entries: the first ones after `since` or `after`, or the last ones without these.
    pub(super) limit: Option<usize>,
    /// How long to wait for an entry: a duration.
    wait: Option<String>,
    /// `json` or `har`.
    format: Option<String>,
}

impl JournalQuery {
    pub(super) fn filter(&self) -> Result<Filter, Problem> {
        let query = self.clone();
        let criteria = ExchangeQuery {
            api: query.api,
            behaviour: query.behaviour,
            account: query.account,
            method: query.method,
            path: query.path,
            endpoint: query.endpoint,
            status: query.status.map(Value::String),
            fault: query.fault,
            finding: query.finding,
            hash: query.hash,
            ..ExchangeQuery::default()
        };
        criteria.into_filter().map_err(Problem::unprocessable)
    }

    pub(super) fn scope(&self, world: &World) -> Result<Scope, Problem> {
        let scope = scope(self.world.as_deref(), world)?;
        match scope {
            Scope::All if self.since.is_some() => Err(Problem::unprocessable(
                "`since` is a number within one world; with `world=all` use `after`, a request number",
            )),
            _ => Ok(scope),
        }
    }

    pub(super) fn wait(&self) -> Result<Option<Duration>, Problem> {
        let Some(text) = self.wait.as_deref() else { return Ok(None) };
        let bad = |error: String| Problem::unprocessable(format!("`wait`: {error}"));
        let span = parse_span(text).map_err(bad)?;
        let wait = Duration::try_from(span).map_err(|error| bad(error.to_string()))?;
        if wait > MAX_WAIT {
            return Err(bad(format!(
                "the maximum is {}s; send the request again to wait longer",
                MAX_WAIT.as_secs()
            )));
        }
        Ok(Some(wait))
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
