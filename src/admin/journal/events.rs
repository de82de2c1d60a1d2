//! `/journal/events`: new entries as a stream of server-sent events, whose ids are request numbers.
//!
//! A stream reads from the journals when its client has taken what was sent before, so a slow client takes no more memory
//! than a piece of the stream. What the bounds of a journal remove in the meantime is reported as an event `dropped`.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::State as Extract;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::{HeaderMap, header};
use serde::Serialize;

use super::client::{ClientClosed, end_of_wait};
use super::query::{EventsQuery, scope, wait};
use super::reader::{JournalReader, Since};
use crate::admin::decode::shorten;
use crate::admin::extract::Query;
use crate::admin::offload;
use crate::admin::openapi::{HeaderParameter, schema};
use crate::admin::problem::Problem;
use crate::findings;
use crate::journal::{ExchangeView, json};
use crate::worlds::{World, Worlds};

/// How many bytes a piece of the stream has before it is sent; the last event may exceed them.
const PIECE: usize = 256 * 1024;
/// How often an idle stream sends something, which shows whether the client is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a stream collects entries after the first new one, so that a busy server does not search for each of them.
const PAUSE: Duration = Duration::from_millis(10);
/// The first line of every stream. A client that loses it connects again after a second.
const GREETING: &str = "retry: 1000\n\n";

/// Streams the entries that match and are newer than `Last-Event-ID`, else than `after`, else than the request.
pub(in crate::admin) async fn stream(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    client: Option<Extension<ClientClosed>>,
    headers: HeaderMap,
    Query(query): Query<EventsQuery>,
) -> Result<Response, Problem> {
    let (filter, wait) = (query.filter.into_filter()?, wait(query.wait.as_deref())?);
    let after = last_event_id(&headers)?.or(query.after).unwrap_or(worlds.journals().last_request());
    let scope = scope(query.world.as_deref(), &world, "journal")?;
    let reader = JournalReader { scope, worlds, filter: Arc::new(filter) };
    let seen = reader.valid(Since { number: 0, request: after }).request;
    let end = Box::pin(end_of_wait(wait, client.map(|Extension(client)| client)));
    let feed = Feed { reader, seen, end, is_greeted: false };
    let pieces = futures_util::stream::unfold(feed, async |mut feed| {
        let piece = feed.next().await?;
        Some((Ok::<_, std::convert::Infallible>(piece), feed))
    });
    let head = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((head, Body::from_stream(pieces)).into_response())
}

pub(super) const LAST_EVENT_ID: HeaderParameter = HeaderParameter {
    name: "Last-Event-ID",
    about: "The id of the last event that the client has: the stream continues after it. Browsers send it when they connect \
            again.",
    schema: schema::<u64>,
    example: "0",
};

/// The id of the last event that the client has, if it names one. Browsers send it when they connect again.
fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(id) = headers.get(LAST_EVENT_ID.name) else { return Ok(None) };
    let number = id.to_str().ok().and_then(|text| text.parse().ok());
    number.map(Some).ok_or_else(|| {
        let id = String::from_utf8_lossy(id.as_bytes());
        Problem::bad_request(format!("`Last-Event-ID` must be a request number, not \"{}\"", shorten(&id)))
    })
}

/// The data of an event `dropped`: the bounds of a journal removed entries before the stream came to them.
#[derive(Serialize)]
struct Dropped<'a> {
    world: &'a str,
    /// The request number of the last one.
    through: u64,
}

/// What one client is sent.
struct Feed {
    reader: JournalReader,
    /// Everything up to this request number was sent.
    seen: u64,
    /// Resolves when the stream must end.
    end: BoxFuture<'static, ()>,
    is_greeted: bool,
}

impl Feed {
    /// The next piece of the stream, or none if it ends.
    async fn next(&mut self) -> Option<Bytes> {
        if !std::mem::replace(&mut self.is_greeted, true) {
            return Some(Bytes::from_static(GREETING.as_bytes()));
        }
        loop {
            let worlds = self.reader.worlds.clone();
            let journals = worlds.journals();
            // A client that reads fast must not keep a stopping server.
            if journals.is_stopped() || self.end.as_mut().now_or_never().is_some() {
                return None;
            }
            if let Some(piece) = self.new_events().await? {
                return Some(piece);
            }
            tokio::select! {
                // The world of the stream may be removed and created again, so this waits for entries of any world.
                has_more = journals.beyond(self.seen) => if !has_more { return None },
                () = self.end.as_mut() => return None,
                () = tokio::time::sleep(KEEP_ALIVE) => return Some(Bytes::from_static(b": keep-alive\n\n")),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The events for entries that the client has not seen, as many as fit into a piece; no piece if there are none.
    async fn new_events(&mut self) -> Option<Option<Bytes>> {
        let new = self.reader.new_entries(self.seen);
        let may_match = new.entries.iter().any(|entry| findings::may_pick(entry, &self.reader.filter));
        // The search below reads whole journals on another thread. Most entries of a busy server do not match, so it is avoided
        // for them.
        if !may_match && !new.has_dropped {
            self.seen = new.through;
            return Some(None);
        }
        let (reader, seen, through) = (self.reader.clone(), self.seen, new.through);
        let piece = offload::run(async move { piece(&reader, seen, through).await });
        // If the search fails, the stream ends. The client connects again and continues after the last id.
        let (text, seen) = piece.await.ok()?;
        self.seen = seen;
        Some((!text.is_empty()).then(|| Bytes::from(text)))
    }
}

/// The events for the entries after `seen` up to `through`, and the request number up to which they are complete.
async fn piece(reader: &JournalReader, seen: u64, through: u64) -> (String, u64) {
    let mut found = reader.find(|entry| entry.request > seen && entry.request <= through).await;
    let (mut entries, mut end) = (String::new(), through);
    for exchange in &mut found.exchanges {
        if entries.len() >= PIECE {
            break;
        }
        let redactor = found.worlds.complete(exchange, &reader.worlds);
        let id = exchange.entry.request;
        let _ = writeln!(entries, "id: {id}");
        push_data(&mut entries, &ExchangeView::of(exchange, redactor));
        // A full piece is continued after this entry. Otherwise everything up to `through` was read, whether it matched or not.
        end = if entries.len() >= PIECE { id } else { through };
    }
    let mut text = String::new();
    // What was dropped after the end of this piece is reported with a later one.
    for (world, dropped) in found.dropped_through.iter().filter(|(_, at)| (seen + 1..=end).contains(at)) {
        // Without an id: a client that loses the connection here goes on with the entries that follow.
        text.push_str("event: dropped\n");
        push_data(&mut text, &Dropped { world, through: *dropped });
    }
    text.push_str(&entries);
    (text, end)
}

/// Appends the data of an event, which ends it.
fn push_data(text: &mut String, data: &impl Serialize) {
    text.push_str("data: ");
    text.push_str(&String::from_utf8_lossy(&json(data)));
    text.push_str("\n\n");
}
