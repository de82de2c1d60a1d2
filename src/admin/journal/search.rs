//! A search in journals, and the response with what it finds.

use std::pin::Pin;
use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::query::{DEFAULT_LIMIT, JournalQuery, Scope};
use super::reader::{JournalReader, Since};
use crate::admin::offload;
use crate::admin::problem::Problem;
use crate::admin::response::ok;
use crate::findings;
use crate::journal::{AnnotatedEntry, Entry, ExchangeView, har};

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Journal")]
pub(super) struct JournalList<'a> {
    /// The world; null for all worlds. `first_held` and `last` are request numbers then.
    world: Option<&'a str>,
    /// The number of entries dropped by the limits of the journal since it was last cleared.
    dropped: u64,
    /// The number of the oldest entry in the journal; if it is empty, that of the next entry.
    first_held: u64,
    /// The number of the newest entry, also after it was dropped. Use it as `since` to wait for the next one.
    last: u64,
    /// The greatest request number so far. Use it as `after` to continue from here.
    last_request: u64,
    /// The number of entries that match; `entries` can hold fewer.
    matching: usize,
    entries: Vec<ExchangeView<'a>>,
}

/// Which of the matching entries a response holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    First(usize),
    Last(usize),
}

impl Limit {
    pub(super) fn of(query: &JournalQuery) -> Self {
        let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
        // A client with a starting point reads on from there and must not skip entries. Others want the newest ones.
        let has_start = query.since.is_some() || query.after.is_some();
        if has_start { Self::First(limit) } else { Self::Last(limit) }
    }

    fn apply(self, exchanges: &mut Vec<AnnotatedEntry>) {
        match self {
            Self::First(limit) => exchanges.truncate(limit),
            Self::Last(limit) => drop(exchanges.drain(..exchanges.len().saturating_sub(limit))),
        }
    }
}

/// A search in the journal of a world, or in those of all worlds.
#[derive(Clone)]
pub(super) struct Search {
    pub(super) reader: JournalReader,
    pub(super) limit: Limit,
    pub(super) is_har: bool,
}

impl Search {
    /// The response for the current state of the journals.
    pub(super) async fn response(&self, since: Since) -> Response {
        let mut found = self.reader.find_since(since).await;
        let matching = found.exchanges.len();
        self.limit.apply(&mut found.exchanges);
        self.reader.complete(&mut found);
        let world = match &self.reader.scope {
            Scope::World(name) => Some(name.as_str()),
            Scope::All => None,
        };
        let (exchanges, worlds) = (&found.exchanges, &found.worlds);
        if self.is_har {
            return ok(har::archive(exchanges, world, |exchange| worlds.redactor(exchange))).into_response();
        }
        let view = |exchange| ExchangeView::of(exchange, worlds.redactor(exchange));
        let list = JournalList {
            world,
            dropped: found.dropped,
            first_held: found.first_held,
            last: found.last,
            last_request: found.last_request,
            matching,
            entries: exchanges.iter().map(view).collect(),
        };
        ok(list).into_response()
    }

    /// Waits until an entry matches, or until `end`.
    pub(super) async fn wait(
        &self,
        since: Since,
        mut end: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<(), Problem> {
        let mut seen = since.request;
        loop {
            // Checks new entries only: in a busy world, reading the whole journal for each request is too slow.
            let new = self.reader.new_entries(seen);
            seen = new.through;
            if !new.entries.is_empty() && self.clone().finds(new.entries, since).await? {
                return Ok(());
            }
            let has_more = tokio::select! {
                has_more = self.reader.beyond(seen) => has_more,
                () = &mut end => false,
            };
            if !has_more {
                return Ok(());
            }
        }
    }

    /// Whether an entry after `since` matches, given the new entries.
    async fn finds(self, new: Vec<Arc<Entry>>, since: Since) -> Result<bool, Problem> {
        offload::run(async move {
            // The cheap check leaves findings out. Whether they match can depend on earlier entries, so only a search of the
            // whole journal is exact.
            let may_match = new.iter().any(|entry| findings::may_pick(entry, &self.reader.filter));
            may_match && !self.reader.find_since(since).await.exchanges.is_empty()
        })
        .await
    }
}
