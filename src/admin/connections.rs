//! Counters of the server's connections, shown by `GET /health`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use schemars::JsonSchema;
use serde::Serialize;

/// The timeouts of a connection. Their order is that of the counters, in `view` and in the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimedOut {
    /// The request head did not arrive in time.
    Header,
    /// The TLS handshake was not completed.
    Handshake,
    /// The request body stopped arriving.
    Body,
    /// No further request arrived.
    Idle,
    /// The client did not read the response.
    Write,
}

/// Counters since the start of the server; `open` and `body_bytes` are current values.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    pub(super) open: AtomicU64,
    pub(super) accepted: AtomicU64,
    pub(super) refused: AtomicU64,
    /// Bytes of request bodies in memory.
    pub body_bytes: Arc<AtomicU64>,
    pub(super) refused_bodies: AtomicU64,
    pub(super) timeouts: [AtomicU64; 5],
    pub(super) http_errors: [AtomicU64; 3],
}

/// The statuses that count as HTTP errors.
pub(super) const HTTP_ERRORS: [u16; 3] = [400, 414, 431];

fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

impl Connections {
    /// A connection was accepted.
    pub(crate) fn opened(&self) {
        add(&self.accepted);
        add(&self.open);
    }

    /// A connection ended.
    pub(crate) fn closed(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    /// A connection was refused because too many were open.
    pub(crate) fn refused(&self) {
        add(&self.refused);
    }

    /// A body was refused because the bodies in memory are too large together.
    pub(crate) fn refused_body(&self) {
        add(&self.refused_bodies);
    }

    /// A timeout ended a connection or a request.
    pub(crate) fn timed_out(&self, timeout: TimedOut) {
        add(&self.timeouts[timeout as usize]);
    }

    /// A request was refused as invalid HTTP, with this status.
    pub(crate) fn http_error(&self, status: u16) {
        if let Some(at) = HTTP_ERRORS.iter().position(|known| *known == status) {
            add(&self.http_errors[at]);
        }
    }

    pub(super) fn view(&self) -> ConnectionsView {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let [header, handshake, body, idle, write] = self.timeouts.each_ref().map(load);
        let [bad_request, uri_too_long, head_too_large] = self.http_errors.each_ref().map(load);
        ConnectionsView {
            open: load(&self.open),
            accepted: load(&self.accepted),
            refused: load(&self.refused),
            body_bytes: load(&self.body_bytes),
            refused_bodies: load(&self.refused_bodies),
            timeouts: Timeouts { header, handshake, body, idle, write },
            http_errors: HttpErrors { bad_request, uri_too_long, head_too_large },
        }
    }
}

/// Counters of connections since the start of the server.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Connections")]
pub(super) struct ConnectionsView {
    /// Connections that are currently open.
    open: u64,
    accepted: u64,
    /// Requests that got a 503 because of `--max-connections`.
    refused: u64,
    /// Bytes of bodies that are currently in memory; `--max-body-memory` is the limit.
    body_bytes: u64,
    /// Requests that got a 503 because of `--max-body-memory`.
    refused_bodies: u64,
    timeouts: Timeouts,
    http_errors: HttpErrors,
}

/// Connections and requests that timed out.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct Timeouts {
    header: u64,
    handshake: u64,
    body: u64,
    idle: u64,
    write: u64,
}

/// Requests refused as invalid HTTP, by status.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct HttpErrors {
    #[serde(rename = "400")]
    bad_request: u64,
    #[serde(rename = "414")]
    uri_too_long: u64,
    #[serde(rename = "431")]
    head_too_large: u64,
}
