//! `/journal`: the requests that clients sent to a world, or to all of them, and the responses that they got.

mod client;
mod events;
mod query;
mod reader;
mod search;

use std::sync::Arc;

use axum::Extension;
use axum::extract::State as Extract;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

pub(crate) use self::client::ClientClosed;
pub(super) use self::query::{Scope, scope};

use self::client::end_of_wait;
use self::query::{JournalQuery, wait};
use self::reader::{JournalReader, Since};
use self::search::{JournalList, Limit, Search};
use super::decode::shorten;
use super::extract::{PathParameter, Query};
use super::offload;
use super::openapi::{self, Har, Operation, schema, text};
use super::problem::Problem;
use super::response::ok;
use crate::journal::ExchangeView;
use crate::worlds::{World, Worlds};

/// Lists entries, oldest first. With `wait`, responds as soon as there is one that matches.
pub(super) async fn list(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    client: Option<Extension<ClientClosed>>,
    Query(query): Query<JournalQuery>,
) -> Result<Response, Problem> {
    let (filter, wait) = (query.filter.clone().into_filter()?, wait(query.wait.as_deref())?);
    let is_har = query.is_har()?;
    let scope = query.scope(&world)?;
    let end = wait.map(|wait| end_of_wait(Some(wait), client.map(|Extension(client)| client)));
    tokio::pin!(end);
    // A wait that ended before the world existed must not be polled again.
    let mut is_over = false;
    if let (Some(end), Scope::World(name)) = (end.as_mut().as_pin_mut(), &scope) {
        // A world that does not exist yet has no journal, so this waits for its creation.
        tokio::select! {
            biased;
            _ = worlds.created(name) => {}
            () = end => is_over = true,
        }
    }
    let reader = JournalReader { scope, worlds, filter: Arc::new(filter) };
    let since = reader.valid(Since { number: query.since.unwrap_or(0), request: query.after.unwrap_or(0) });
    let search = Search { reader, limit: Limit::of(&query), is_har };
    if let Some(end) = end.as_mut().as_pin_mut().filter(|_| !is_over) {
        search.wait(since, end).await?;
    }
    offload::run(async move { search.response(since).await }).await
}

/// The query of [`get`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct EntryQuery {
    /// `all` for an entry of any world, by its request number.
    #[schemars(extend("const" = "all"))]
    world: Option<String>,
}

pub(super) async fn get(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    PathParameter(number): PathParameter,
    Query(query): Query<EntryQuery>,
) -> Result<Response, Problem> {
    let scope = scope(query.world.as_deref(), &world, "journal")?;
    let number: u64 = number.parse().map_err(|_| {
        Problem::bad_request(format!(
            "\"{}\" is not the number of an entry; GET /_scandouble/journal lists them",
            shorten(&number)
        ))
    })?;
    let reader = JournalReader { scope, worlds, filter: Arc::default() };
    offload::run(async move { one(&reader, number).await }).await?
}

async fn one(reader: &JournalReader, number: u64) -> Result<Response, Problem> {
    let mut found = match reader.scope {
        Scope::World(_) => reader.find(|entry| entry.number == number).await,
        Scope::All => reader.find(|entry| entry.request == number).await,
    };
    let Some(exchange) = found.exchanges.first_mut() else {
        return Err(Problem::not_found(match reader.scope {
            Scope::World(_) => format!(
                "the journal has no entry {number}; it holds {} to {}, and its limits have dropped {}",
                found.first_held, found.last, found.dropped
            ),
            Scope::All => format!(
                "no journal has a request {number}; it was not recorded, or has been dropped, cleared or reset since"
            ),
        }));
    };
    let redactor = found.worlds.complete(exchange, &reader.worlds);
    Ok(ok(ExchangeView::of(exchange, redactor)).into_response())
}

/// The query of [`clear`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct ClearQuery {
    /// `all` for all worlds, instead of the world of the path.
    #[schemars(extend("const" = "all"))]
    pub(super) world: Option<String>,
}

/// Removes all entries and resets the count of dropped ones. The numbering continues.
pub(super) async fn clear(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    Query(query): Query<ClearQuery>,
) -> Result<StatusCode, Problem> {
    let cleared = match scope(query.world.as_deref(), &world, "journal")? {
        Scope::World(_) => vec![world],
        Scope::All => worlds.list(),
    };
    cleared.iter().for_each(|world| world.state().journal.clear());
    Ok(StatusCode::NO_CONTENT)
}

const NUMBER: openapi::PathParameter = openapi::PathParameter {
    name: "number",
    about: "The number of an entry in its world, or its request number with `world=all`.",
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
            .replies(204, "Done. The response has no body.")
            .problems(&[422]),
        openapi::get("/journal/events", events::stream)
            .named("streamJournal", "Stream new entries")
            .about(
                "Server-sent events: for each entry a message whose data is the entry and whose id is its request \
                 number. An event `dropped` says that entries of a `world`, `through` a request number, were removed by the limits of \
                 its journal before they could be sent. The stream goes on until the client closes it or the server \
                 stops.",
            )
            .header(&events::LAST_EVENT_ID)
            .replies_with(200, "The events.", vec![("text/event-stream", text)])
            .problems(&[422]),
        openapi::get("/journal/{number}", get)
            .named("getEntry", "Show an exchange")
            .parameter(&NUMBER)
            .replies_with(200, "The exchange.", vec![("application/json", schema::<ExchangeView<'_>>)])
            .problems(&[404, 422]),
    ]
}
