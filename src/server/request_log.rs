//! The request log: one line for each request, at the level `info`.
//!
//! Requests that only look at the server are logged at `debug`: reading from the admin API, and what a browser asks for by
//! itself.

use std::time::Duration;

use axum::extract::Request;
use http::Method;

use crate::findings;
use crate::journal::{Entry, Finding};
use crate::worlds::State;

/// The target of the events. Each has fields with what the journal has of a request.
pub(crate) const TARGET: &str = "scandouble::request";

/// Logs an event with these fields at `debug` if the request is a `look`, else at `info`.
macro_rules! log {
    ($look:expr, $($fields:tt)*) => {
        match $look {
            true => tracing::debug!(target: TARGET, event = "request", $($fields)*),
            false => tracing::info!(target: TARGET, event = "request", $($fields)*),
        }
    };
}

/// Whether a request is logged.
fn is_logged(is_look: bool) -> bool {
    match is_look {
        true => tracing::enabled!(target: TARGET, tracing::Level::DEBUG),
        false => tracing::enabled!(target: TARGET, tracing::Level::INFO),
    }
}

/// Logs an answered request to a vendor API, or to a path that belongs to none.
pub(super) fn log_exchange(entry: &Entry, state: &State, is_recorded: bool) {
    if !is_logged(!is_recorded) {
        return;
    }
    // Making the redactor takes work for every known credential, so it is done only if the line is logged.
    let redactor = findings::redactor(state);
    let query = entry.head.query().map_or(String::new(), |query| format!("?{}", redactor.query(query)));
    let path = format!("{}{}{query}", entry.head.prefix(), redactor.path(entry.head.path()));
    let names: Vec<_> = entry.reply.behaviours.iter().map(|behaviour| behaviour.name).collect();
    let finding = |finding: &Finding| format!("{}: {}", finding.kind.word(), redactor.text(&finding.text));
    let findings: Vec<_> = findings::at_once(entry).iter().map(finding).collect();
    log!(
        !is_recorded,
        request = entry.request,
        world = &*entry.world,
        number = (entry.number > 0).then_some(entry.number),
        status = entry.reply.status.as_u16(),
        method = entry.method.as_str(),
        path,
        api = entry.api,
        behaviour = joined(&names, ", "),
        took_ms = millis(entry.took),
        faults = joined(&entry.faults, ", "),
        findings = joined(&findings, "; "),
    );
}

/// A request to the admin API, or one that the server refuses by itself.
pub(super) struct OwnRequest {
    method: Method,
    /// Without the query, which may hold anything.
    path: String,
}

impl OwnRequest {
    /// What the log says about a request; none if it is not logged.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let (method, uri) = (request.method(), request.uri());
        let path = if method == Method::CONNECT { uri.host().unwrap_or_default() } else { uri.path() };
        is_logged(false).then(|| Self { method: method.clone(), path: path.to_owned() })
    }

    /// Logs the answer to it. `api` is `admin`, or none.
    pub(super) fn log(&self, number: u64, status: u16, api: Option<&str>, took: Duration) {
        log!(
            api.is_some() && self.method.is_safe(),
            request = number,
            status = status,
            method = self.method.as_str(),
            path = &*self.path,
            api,
            took_ms = millis(took),
        );
    }
}

/// The texts in one; none if there are none.
fn joined<T: std::borrow::Borrow<str>>(texts: &[T], by: &str) -> Option<String> {
    (!texts.is_empty()).then(|| texts.join(by))
}

fn millis(took: Duration) -> f64 {
    took.as_micros() as f64 / 1000.0
}
