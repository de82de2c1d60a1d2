//! `/metrics`: counters of the server as Prometheus text.

mod exposition;
mod requests;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Extension;
use axum::extract::State as Extract;
use axum::response::{IntoResponse as _, Response};
use http::header;

pub(crate) use self::requests::{Answered, ApiLabel, Metrics};

use self::exposition::{Exposition, Kind};
use super::connections::Connections;
use super::openapi::{self, Operation, text};
use crate::worlds::Worlds;

/// The content type of the text format.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

async fn get(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(metrics): Extension<Arc<Metrics>>,
    Extension(connections): Extension<Arc<Connections>>,
) -> Response {
    let mut out = Exposition::default();
    metrics.write(&mut out);
    connections.write(&mut out);
    write_worlds(&worlds, &mut out);
    let is_saved = worlds.persistence_error().await.is_none();
    out.family(
        "store_up",
        Kind::Gauge,
        "1 if all changes are saved, or need not be; 0 while they cannot be saved.",
    );
    out.sample("store_up", &[], u64::from(is_saved));
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], out.into_text()).into_response()
}

/// Its operation.
pub(super) fn operation() -> Operation {
    openapi::get("/metrics", get)
        .named("getMetrics", "Get the metrics of the server")
        .about("Counters since the start of the server and current values, in the text format of Prometheus.")
        .replies_with(200, "The metrics.", vec![("text/plain", text)])
}

fn write_worlds(worlds: &Worlds, out: &mut Exposition) {
    let (journals, all) = (worlds.journals(), worlds.list());
    let entries: usize = all.iter().map(|world| world.state().journal.len()).sum();
    for (name, kind, help, value) in [
        ("worlds", Kind::Gauge, "Worlds, with the default one.", all.len() as u64),
        ("worlds_created_total", Kind::Counter, "Worlds created.", worlds.created_count()),
        ("store_samples", Kind::Gauge, "Samples that all worlds share.", worlds.base().index.len() as u64),
        ("journal_entries", Kind::Gauge, "Entries in the journals of all worlds.", entries as u64),
        ("journal_bytes", Kind::Gauge, "Bytes that the journals take.", journals.budget().held()),
        (
            "journal_dropped_total",
            Kind::Counter,
            "Entries that the limits of journals removed.",
            journals.budget().dropped(),
        ),
        (
            "journal_waiting",
            Kind::Gauge,
            "Streams and requests that wait for entries of all journals.",
            journals.readers(),
        ),
    ] {
        out.family(name, kind, help);
        out.sample(name, &[], value);
    }
}

impl Connections {
    fn write(&self, out: &mut Exposition) {
        let load = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
        for (name, kind, help, value) in [
            ("connections", Kind::Gauge, "Open connections.", &self.open),
            ("connections_accepted_total", Kind::Counter, "Connections accepted.", &self.accepted),
            (
                "connections_refused_total",
                Kind::Counter,
                "Requests refused because too many connections were open.",
                &self.refused,
            ),
            ("body_bytes", Kind::Gauge, "Bytes of bodies in memory.", &*self.body_bytes),
            (
                "bodies_refused_total",
                Kind::Counter,
                "Bodies refused because the bodies in memory took too much together.",
                &self.refused_bodies,
            ),
        ] {
            out.family(name, kind, help);
            out.sample(name, &[], load(value));
        }
        out.family("timeouts_total", Kind::Counter, "Connections and requests that a timeout ended.");
        // In the order of `TimedOut`, whose values index the counters.
        let timeouts = ["header", "handshake", "body", "idle", "write"];
        for (name, count) in timeouts.into_iter().zip(&self.timeouts) {
            out.sample("timeouts_total", &[("timeout", name)], load(count));
        }
        out.family("malformed_requests_total", Kind::Counter, "Requests that are not valid HTTP.");
        for (status, count) in super::connections::HTTP_ERRORS.into_iter().zip(&self.http_errors) {
            out.sample("malformed_requests_total", &[("status", &status.to_string())], load(count));
        }
    }
}
