//! `/journal`: the requests that clients sent to a world and the responses that they got.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State as Extract;
use axum::response::{IntoResponse as _, Response};
use futures_util::future::BoxFuture;
use http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::decode::shorten;
use super::extract::{PathParameter, Query};
use super::offload;
use super::openapi::{self, Har, Operation, schema};
use super::problem::Problem;
use super::response::ok;
use crate::document::parse_span;
use crate::findings;
use crate::findings::{ExchangeQuery, Filter, FindingKindOrAny};
use crate::journal::AnnotatedEntry;
use crate::journal::Api;
use crate::journal::ExchangeView;
use crate::journal::Snapshot;
use crate::journal::har;
use crate::journal::json;
use crate::worlds::World;
use crate::worlds::Worlds;

/// The longest time that a request waits for an entry.
const MAX_WAIT: Duration = Duration::from_secs(60);
/// The maximum number of entries in a response unless the query sets `limit`.
const DEFAULT_LIMIT: usize = 1000;

/// Notices when a client closes its side of the connection. The server adds it to the extensions of a request.
#[derive(Clone)]
pub(crate) struct ClientClosed(Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>);

impl ClientClosed {
    /// `closed` returns a future that resolves when the client closes its side.
    pub(crate) fn new<F>(closed: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(closed())))
    }
}

/// The query of [`list`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct JournalQuery {
    /// An API.
    #[schemars(with = "Option<Api>", example = &"<api>")]
    api: Option<String>,
    /// A behaviour of the response, by full name or id; `*` matches any text.
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
    /// Only entries with a greater number. The numbering continues after a reset. A number greater than the newest one, such as
    /// that of a removed world or an earlier server, means 0.
    #[schemars(example = 0)]
    since: Option<u64>,
    /// The maximum number of entries: the first ones after `since`, or the last ones without `since`.
    #[schemars(extend("default" = DEFAULT_LIMIT), example = 10)]
    limit: Option<usize>,
    /// How long to wait for a matching entry, in real time, at most 60s.
    #[schemars(regex(pattern = "^(([0-5]?[0-9]|60)s?|1m|[0-5]?[0-9]{1,4}ms)$"), example = &"10ms")]
    wait: Option<String>,
    /// JSON, or an HTTP archive.
    #[schemars(extend("enum" = ["json", "har"], "default" = "json"), example = &"json")]
    format: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Journal")]
struct JournalList<'a> {
    world: &'a str,
    /// The number of entries dropped by the limits of the journal since it was last cleared.
    dropped: u64,
    /// The number of the oldest entry in the journal; if it is empty, that of the next entry.
    first_held: u64,
    /// The number of the newest entry, also after it was dropped. Use it as `since` to wait for the next one.
    last: u64,
    /// The number of entries that match; `entries` can hold fewer.
    matching: usize,
    entries: Vec<ExchangeView<'a>>,
}

impl JournalQuery {
    fn filter(&self) -> Result<Filter, Problem> {
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

    fn wait(&self) -> Result<Option<Duration>, Problem> {
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
}

/// Lists entries, oldest first. With `wait`, responds as soon as there is one that matches.
pub(super) async fn list(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(mut world): Extension<Arc<World>>,
    client: Option<Extension<ClientClosed>>,
    Query(query): Query<JournalQuery>,
) -> Result<Response, Problem> {
    let (filter, wait) = (query.filter()?, query.wait()?);
    let is_har = match query.format.as_deref() {
        None | Some("json") => false,
        Some("har") => true,
        Some(other) => {
            return Err(Problem::unprocessable(format!(
                "`format` must be json or har, not \"{}\"",
                shorten(other)
            )));
        }
    };
    let end = wait.map(|wait| end_of_wait(wait, client.map(|Extension(client)| client)));
    tokio::pin!(end);
    let mut is_over = false;
    if let Some(end) = end.as_mut().as_pin_mut() {
        // The view of a world that does not exist yet never gets an entry, so this waits for its creation.
        tokio::select! {
            biased;
            created = worlds.created(world.name()) => world = created,
            () = end => is_over = true,
        }
    }
    let search = Search { world, worlds, filter: Arc::new(filter), limit: Limit::of(&query), is_har };
    // A greater number belongs to another journal: that of a removed world of this name, or of an earlier server.
    let last = search.world.state().journal.after(u64::MAX).last;
    let since = query.since.filter(|since| *since <= last).unwrap_or(0);
    if let Some(end) = end.as_mut().as_pin_mut().filter(|_| !is_over) {
        search.wait(since, end).await?;
    }
    offload::run(async move { search.response(since).await }).await
}

/// Resolves after `wait`, or when the client closes its side of the connection. The response is then sent at once, so that no
/// task waits for a client that is gone.
async fn end_of_wait(wait: Duration, client: Option<ClientClosed>) {
    let closed = async {
        match client {
            Some(ClientClosed(closed)) => closed().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        () = closed => {}
    }
}

/// Which of the matching entries a response holds.
#[derive(Clone, Copy, Debug)]
enum Limit {
    First(usize),
    Last(usize),
}

impl Limit {
    fn of(query: &JournalQuery) -> Self {
        let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
        if query.since.is_some() { Self::First(limit) } else { Self::Last(limit) }
    }

    fn apply(self, exchanges: &mut Vec<AnnotatedEntry>) {
        match self {
            Self::First(limit) => exchanges.truncate(limit),
            Self::Last(limit) => drop(exchanges.drain(..exchanges.len().saturating_sub(limit))),
        }
    }
}

/// A search in the journal of a world.
#[derive(Clone)]
struct Search {
    world: Arc<World>,
    worlds: Arc<Worlds>,
    filter: Arc<Filter>,
    limit: Limit,
    is_har: bool,
}

impl Search {
    /// A snapshot of the journal, and the entries after `since` that match.
    async fn find(&self, since: u64) -> (Snapshot, Vec<AnnotatedEntry>) {
        let state = self.world.state();
        let snapshot = state.journal.snapshot();
        let mut exchanges = findings::exchanges(&snapshot.entries, &self.filter, &state, &self.worlds).await;
        exchanges.retain(|exchange| exchange.entry.number > since);
        (snapshot, exchanges)
    }

    /// The response for the current state of the journal.
    async fn response(&self, since: u64) -> Response {
        let (snapshot, mut exchanges) = self.find(since).await;
        let matching = exchanges.len();
        self.limit.apply(&mut exchanges);
        let state = self.world.state();
        for exchange in &mut exchanges {
            findings::complete(exchange, &state, &self.worlds).await;
        }
        let redactor = findings::redactor(&state);
        if self.is_har {
            return ok(har::archive(&exchanges, self.world.name(), &redactor)).into_response();
        }
        let list = JournalList {
            world: self.world.name(),
            dropped: snapshot.dropped,
            first_held: snapshot.first_held(),
            last: snapshot.last,
            matching,
            entries: exchanges.iter().map(|exchange| ExchangeView::of(exchange, &redactor)).collect(),
        };
        ok(list).into_response()
    }

    /// Waits until an entry matches, or until `end`.
    async fn wait(&self, since: u64, mut end: Pin<&mut impl Future<Output = ()>>) -> Result<(), Problem> {
        let mut seen = since;
        let journal = self.world.state().journal.clone();
        loop {
            // Checks new entries only: in a busy world, reading the whole journal for each request is too slow.
            let new = journal.after(seen);
            seen = seen.max(new.last);
            if !new.entries.is_empty() && self.clone().finds(new, since).await? {
                return Ok(());
            }
            let has_more = tokio::select! {
                has_more = journal.beyond(seen) => has_more,
                () = &mut end => false,
            };
            if !has_more {
                return Ok(());
            }
        }
    }

    /// Whether an entry after `since` matches, given the new entries.
    async fn finds(self, new: Snapshot, since: u64) -> Result<bool, Problem> {
        offload::run(async move {
            let may_match = new.entries.iter().any(|entry| findings::may_pick(entry, &self.filter));
            may_match && !self.find(since).await.1.is_empty()
        })
        .await
    }
}

pub(super) async fn get(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    PathParameter(number): PathParameter,
) -> Result<Response, Problem> {
    let number: u64 = number.parse().map_err(|_| {
        Problem::bad_request(format!(
            "\"{}\" is not the number of an entry; GET /_scandouble/journal lists them",
            shorten(&number)
        ))
    })?;
    offload::run(async move { one(&world, &worlds, number).await }).await?
}

async fn one(world: &World, worlds: &Worlds, number: u64) -> Result<Response, Problem> {
    let state = world.state();
    let snapshot = state.journal.snapshot();
    let mut exchanges = findings::exchanges(&snapshot.entries, &Filter::default(), &state, worlds).await;
    let Some(exchange) = exchanges.iter_mut().find(|exchange| exchange.entry.number == number) else {
        return Err(Problem::not_found(format!(
            "the journal has no entry {number}; it holds {} to {}, and its limits have dropped {}",
            snapshot.first_held(),
            snapshot.last,
            snapshot.dropped
        )));
    };
    findings::complete(exchange, &state, worlds).await;
    let shown = json(&ExchangeView::of(exchange, &findings::redactor(&state)));
    Ok(([(http::header::CONTENT_TYPE, "application/json")], shown).into_response())
}

/// Removes all entries and resets the count of dropped ones. The numbering continues.
pub(super) async fn clear(Extension(world): Extension<Arc<World>>) -> StatusCode {
    world.state().journal.clear();
    StatusCode::NO_CONTENT
}

const NUMBER: openapi::PathParameter = openapi::PathParameter {
    name: "number",
    about: "The number of an entry.",
    schema: schema::<u64>,
    example: "1",
};

fn list_or_archive(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "oneOf": [generator.subschema_for::<JournalList<'_>>(), generator.subschema_for::<Har>()]
    })
}

/// Its operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        openapi::get("/journal", list)
            .named("listJournal", "List the journal")
            .replies_with(200, "The entries, oldest first.", vec![("application/json", list_or_archive)])
            .problems(&[422]),
        openapi::delete("/journal", clear)
            .named("clearJournal", "Clear the journal")
            .about("Removes all entries and resets the count of dropped ones. The numbering continues.")
            .replies(204, "Done. The response has no body."),
        openapi::get("/journal/{number}", get)
            .named("getEntry", "Show an exchange")
            .parameter(&NUMBER)
            .replies_with(200, "The exchange.", vec![("application/json", schema::<ExchangeView<'_>>)])
            .problems(&[404]),
    ]
}
