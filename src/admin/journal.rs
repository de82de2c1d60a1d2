//! The journal of a world: what clients sent, and what they were answered.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State as Extract;
use axum::response::{IntoResponse as _, Response};
use futures_util::future::BoxFuture;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{Name, Query, ok};
use super::problem::Problem;
use crate::document::parse_span;
use crate::journal::Snapshot;
use crate::reading::{self, Exchange, Filter, Shown, Wanted, har};
use crate::reply::json;
use crate::world::World;
use crate::worlds::Worlds;

/// The longest that a request waits for an entry.
const LONGEST: Duration = Duration::from_secs(60);
/// How many entries an answer has unless it is asked for another number.
const USUAL: usize = 1000;

/// What says that a client has closed its side of the connection; the server adds it to a request's extensions.
#[derive(Clone)]
pub struct ClientClosed(Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>);

impl ClientClosed {
    /// `closed` makes a future that resolves once the client has closed its side.
    pub fn new<F>(closed: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(closed())))
    }
}

/// Which entries to list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
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
    /// Only entries with a greater number.
    since: Option<u64>,
    /// At most so many: the first ones after `since`, or the last ones if it is not given.
    limit: Option<usize>,
    /// How long to wait for at least one.
    wait: Option<String>,
    /// `json` or `har`.
    format: Option<String>,
}

#[derive(Serialize)]
struct List<'a> {
    world: &'a str,
    /// How many entries the bounds have dropped since the journal was last cleared.
    dropped: u64,
    /// The number of the oldest entry that is held, or that the next one will have.
    first_held: u64,
    /// The number of the newest entry there ever was; wait for more with `since`.
    last: u64,
    /// How many entries fit, of which `entries` may be a part.
    matching: usize,
    entries: Vec<Shown<'a>>,
}

impl Which {
    fn filter(&self) -> Result<Filter, Problem> {
        let which = self.clone();
        let wanted = Wanted {
            api: which.api,
            behaviour: which.behaviour,
            account: which.account,
            method: which.method,
            path: which.path,
            endpoint: which.endpoint,
            status: which.status.map(Value::String),
            fault: which.fault,
            finding: which.finding,
            hash: which.hash,
            ..Wanted::default()
        };
        wanted.read().map_err(Problem::unprocessable)
    }

    fn wait(&self) -> Result<Option<Duration>, Problem> {
        let Some(text) = self.wait.as_deref() else { return Ok(None) };
        let bad = |error: String| Problem::unprocessable(format!("wait: {error}"));
        let span = parse_span(text).map_err(bad)?;
        let wait = Duration::try_from(span).map_err(|error| bad(error.to_string()))?;
        if wait > LONGEST {
            return Err(bad(format!("at most {}s at a time; ask again", LONGEST.as_secs())));
        }
        Ok(Some(wait))
    }
}

/// Lists entries, oldest first; with `wait`, as soon as there is one.
pub(super) async fn list(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    client: Option<Extension<ClientClosed>>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let (filter, wait) = (which.filter()?, which.wait()?);
    let is_har = match which.format.as_deref() {
        None | Some("json") => false,
        Some("har") => true,
        Some(other) => {
            return Err(Problem::unprocessable(format!("format: json or har, not \"{other}\"")));
        }
    };
    // A number that this journal never gave is of another: of a world of this name that is gone, or a server before.
    let last = world.state().journal.after(u64::MAX).last;
    let since = which.since.filter(|since| *since <= last).unwrap_or(0);
    let look = Look { world: &world, worlds: &worlds, filter: &filter, since };
    let (held, mut exchanges) = match wait {
        Some(wait) => look.wait(wait, client.map(|Extension(client)| client)).await,
        None => look.now().await,
    };
    let matching = exchanges.len();
    let limit = which.limit.unwrap_or(USUAL);
    if which.since.is_some() {
        exchanges.truncate(limit);
    } else {
        exchanges.drain(..matching.saturating_sub(limit));
    }
    let state = world.state();
    for exchange in &mut exchanges {
        exchange.complete(&state, &worlds).await;
    }
    if is_har {
        return Ok(ok(har::archive(&exchanges, world.name())).into_response());
    }
    Ok(ok(List {
        world: world.name(),
        dropped: held.dropped,
        first_held: held.first_held(),
        last: held.last,
        matching,
        entries: exchanges.iter().map(Shown::of).collect(),
    })
    .into_response())
}

/// What is looked for.
struct Look<'a> {
    world: &'a World,
    worlds: &'a Worlds,
    filter: &'a Filter,
    since: u64,
}

impl Look<'_> {
    async fn now(&self) -> (Snapshot, Vec<Exchange>) {
        let state = self.world.state();
        let held = state.journal.snapshot();
        let mut exchanges = reading::exchanges(&held.entries, self.filter, &state, self.worlds).await;
        exchanges.retain(|exchange| exchange.entry.number > self.since);
        (held, exchanges)
    }

    /// Waits for a matching entry. A client that closes its side has gone, or will send nothing more; either way it is
    /// answered at once with what there is, so that nobody waits for one that has gone.
    async fn wait(&self, wait: Duration, client: Option<ClientClosed>) -> (Snapshot, Vec<Exchange>) {
        let closed = async {
            match client {
                Some(ClientClosed(closed)) => closed().await,
                None => std::future::pending().await,
            }
        };
        let end = async {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = closed => {}
            }
        };
        tokio::pin!(end);
        let mut seen = self.since;
        let journal = self.world.state().journal.clone();
        loop {
            // Only what is new is looked at, or a busy world would be read whole for each of its requests.
            let new = journal.after(seen);
            seen = seen.max(new.last);
            if new.entries.iter().any(|entry| reading::may_pick(entry, self.filter)) {
                let found = self.now().await;
                if !found.1.is_empty() {
                    return found;
                }
            }
            let has_more = tokio::select! {
                has_more = journal.beyond(seen) => has_more,
                () = &mut end => false,
            };
            if !has_more {
                return self.now().await;
            }
        }
    }
}

pub(super) async fn get(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    Name(number): Name,
) -> Result<Response, Problem> {
    let number: u64 = number.parse().map_err(|_| {
        Problem::bad_request(format!(
            "\"{number}\" is no number of an entry; GET /_scandouble/journal has them"
        ))
    })?;
    let state = world.state();
    let look = Look { world: &world, worlds: &worlds, filter: &Filter::default(), since: 0 };
    let (held, mut exchanges) = look.now().await;
    let Some(exchange) = exchanges.iter_mut().find(|exchange| exchange.entry.number == number) else {
        return Err(Problem::not_found(format!(
            "there is no entry {number}; the journal holds {} to {}, its bounds have dropped {}",
            held.first_held(),
            held.last,
            held.dropped
        )));
    };
    exchange.complete(&state, &worlds).await;
    Ok(([(http::header::CONTENT_TYPE, "application/json")], json(&Shown::of(exchange))).into_response())
}

/// Forgets every entry, and how many were dropped. Numbers go on.
pub(super) async fn clear(Extension(world): Extension<Arc<World>>) -> StatusCode {
    world.state().journal.clear();
    StatusCode::NO_CONTENT
}
