//! The journal of a world: what clients sent, and what they were answered.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State as Extract;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, FusedFuture};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{Name, Query, ok};
use super::offload;
use super::problem::Problem;
use crate::document::parse_span;
use crate::findings;
use crate::findings::{ExchangeQuery, Filter};
use crate::journal::AnnotatedEntry;
use crate::journal::ExchangeView;
use crate::journal::Snapshot;
use crate::journal::har;
use crate::journal::json;
use crate::worlds::World;
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
    entries: Vec<ExchangeView<'a>>,
}

impl Which {
    fn filter(&self) -> Result<Filter, Problem> {
        let which = self.clone();
        let query = ExchangeQuery {
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
            ..ExchangeQuery::default()
        };
        query.read().map_err(Problem::unprocessable)
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
    Extension(mut world): Extension<Arc<World>>,
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
    let end = wait.map(|wait| end_of_wait(wait, client.map(|Extension(client)| client)).fuse());
    tokio::pin!(end);
    if let Some(mut end) = end.as_mut().as_pin_mut() {
        // A world that does not exist is empty and stays so; this waits for the one that clients will use.
        tokio::select! {
            biased;
            created = worlds.created(world.name()) => world = created,
            () = &mut end => {}
        }
    }
    let look = Look { world, worlds, filter: Arc::new(filter), limit: Limit::of(&which), is_har };
    // A number that this journal never gave is of another: of a world of this name that is gone, or a server before.
    let last = look.world.state().journal.after(u64::MAX).last;
    let since = which.since.filter(|since| *since <= last).unwrap_or(0);
    if let Some(end) = end.as_mut().as_pin_mut() {
        look.wait(since, end).await?;
    }
    offload::run(async move { look.now(since).await }).await
}

/// Resolves after `wait`, or once the client has closed its side: it has gone, or will send nothing more. Either way it
/// is answered at once with what there is, so that nobody waits for one that has gone.
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

/// How many entries an answer has.
#[derive(Clone, Copy, Debug)]
enum Limit {
    First(usize),
    Last(usize),
}

impl Limit {
    fn of(which: &Which) -> Self {
        let limit = which.limit.unwrap_or(USUAL);
        if which.since.is_some() { Self::First(limit) } else { Self::Last(limit) }
    }

    fn apply(self, exchanges: &mut Vec<AnnotatedEntry>) {
        match self {
            Self::First(limit) => exchanges.truncate(limit),
            Self::Last(limit) => drop(exchanges.drain(..exchanges.len().saturating_sub(limit))),
        }
    }
}

/// What is looked for.
#[derive(Clone)]
struct Look {
    world: Arc<World>,
    worlds: Arc<Worlds>,
    filter: Arc<Filter>,
    limit: Limit,
    is_har: bool,
}

impl Look {
    /// The snapshot that is looked at, and the entries after `since` that fit.
    async fn find(&self, since: u64) -> (Snapshot, Vec<AnnotatedEntry>) {
        let state = self.world.state();
        let held = state.journal.snapshot();
        let mut exchanges = findings::exchanges(&held.entries, &self.filter, &state, &self.worlds).await;
        exchanges.retain(|exchange| exchange.entry.number > since);
        (held, exchanges)
    }

    /// The answer as the journal is now.
    async fn now(&self, since: u64) -> Response {
        let (held, mut exchanges) = self.find(since).await;
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
        let list = List {
            world: self.world.name(),
            dropped: held.dropped,
            first_held: held.first_held(),
            last: held.last,
            matching,
            entries: exchanges.iter().map(|exchange| ExchangeView::of(exchange, &redactor)).collect(),
        };
        ok(list).into_response()
    }

    /// Waits until there is an entry that fits, or for the end.
    async fn wait(
        &self,
        since: u64,
        mut end: Pin<&mut impl FusedFuture<Output = ()>>,
    ) -> Result<(), Problem> {
        let mut seen = since;
        let journal = self.world.state().journal.clone();
        loop {
            // Only what is new is looked at, or a busy world would be read whole for each of its requests.
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

    /// Whether there is an entry that fits, where these are new.
    async fn finds(self, new: Snapshot, since: u64) -> Result<bool, Problem> {
        offload::run(async move {
            let may_be = new.entries.iter().any(|entry| findings::may_pick(entry, &self.filter));
            may_be && !self.find(since).await.1.is_empty()
        })
        .await
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
    offload::run(async move { one(&world, &worlds, number).await }).await?
}

async fn one(world: &World, worlds: &Worlds, number: u64) -> Result<Response, Problem> {
    let state = world.state();
    let held = state.journal.snapshot();
    let mut exchanges = findings::exchanges(&held.entries, &Filter::default(), &state, worlds).await;
    let Some(exchange) = exchanges.iter_mut().find(|exchange| exchange.entry.number == number) else {
        return Err(Problem::not_found(format!(
            "there is no entry {number}; the journal holds {} to {}, its bounds have dropped {}",
            held.first_held(),
            held.last,
            held.dropped
        )));
    };
    findings::complete(exchange, &state, worlds).await;
    let shown = json(&ExchangeView::of(exchange, &findings::redactor(&state)));
    Ok(([(http::header::CONTENT_TYPE, "application/json")], shown).into_response())
}

/// Forgets every entry, and how many were dropped. Numbers go on.
pub(super) async fn clear(Extension(world): Extension<Arc<World>>) -> StatusCode {
    world.state().journal.clear();
    StatusCode::NO_CONTENT
}
