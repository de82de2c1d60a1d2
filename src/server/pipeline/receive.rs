//! Receive: the body within limits, and the call that vendor APIs see.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::Request;
use http::{Method, StatusCode};

use super::resolve::Target;
use crate::accounts::Account;
use crate::admin::TimedOut;
use crate::server::bodies::{self, BodyError, BodyLimits, Reservation};
use crate::server::{App, own_replies};
use crate::settings::MAX_BODY;
use crate::vendors::{Call, Route};

/// A request with its body.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) call: Call,
    /// Why the body is not there.
    pub(super) error: Option<BodyError>,
    /// The body's share of the memory for bodies.
    pub(super) memory: Reservation,
    /// Whether the journal records the request.
    pub(super) is_recorded: bool,
}

/// Reads the body and looks up the endpoint. The result is boxed, since it is large and moved from step to step.
pub(super) async fn receive(app: &App, request: Request, target: Target) -> Box<Received> {
    let Target { state, vendor, prefix_len, is_recorded, .. } = target;
    let settings = state.settings.load_full();
    let (head, body) = request.into_parts();
    let incoming = bodies::read(body, app.body_limits(settings.get(&MAX_BODY))).await;
    // A request counts from when its body is complete, for limits and timestamps.
    let (now, origin) = state.clock.read();
    let path = match head.uri.authority().filter(|_| head.method == Method::CONNECT) {
        Some(authority) => authority.as_str(),
        None => head.uri.path(),
    };
    let (prefix, path) = path.split_at(prefix_len);
    let call = Call {
        now,
        origin,
        vendor,
        route: vendor.map_or_else(Route::default, |vendor| vendor.route(head.method.as_str(), path)),
        prefix: prefix.to_owned(),
        path: path.to_owned(),
        query: head.uri.query().map(str::to_owned),
        method: head.method,
        headers: head.headers,
        body: incoming.body,
        account: Arc::new(Account::default()),
        found: OnceLock::new(),
        layout: OnceLock::new(),
        settings,
        state,
    };
    Box::new(Received { call, error: incoming.error, memory: incoming.memory, is_recorded })
}

impl App {
    /// How long a client may take for the next bytes of a body.
    pub(super) fn body_timeout(&self) -> Option<Duration> {
        self.limits.body_timeout.0
    }

    /// The limits of a body for a vendor API.
    fn body_limits(&self, max_bytes: u64) -> BodyLimits {
        BodyLimits { max_bytes, memory: self.budget.reservation(), timeout: self.body_timeout() }
    }

    /// The limits of a body for the admin API.
    pub(super) fn admin_body_limits(&self, max_bytes: u64) -> BodyLimits {
        BodyLimits { max_bytes, memory: self.budget.for_admin().reservation(), timeout: self.body_timeout() }
    }

    /// Counts and logs a body that could not be read or stored, and makes the response with `refuse` from a status and a
    /// message.
    pub(super) fn refuse_body<T>(&self, error: BodyError, refuse: impl FnOnce(StatusCode, String) -> T) -> T {
        match error {
            BodyError::Truncated => refuse(StatusCode::BAD_REQUEST, own_replies::BODY_TRUNCATED.to_owned()),
            BodyError::TimedOut => {
                self.counts.timed_out(TimedOut::Body);
                tracing::info!("refused a request whose body stopped arriving (--body-timeout)");
                refuse(StatusCode::REQUEST_TIMEOUT, own_replies::BODY_TIMED_OUT.to_owned())
            }
            BodyError::OverBudget => {
                self.counts.refused_body();
                tracing::warn!(
                    "refused a body: all bodies together take too much memory (--max-body-memory)"
                );
                let limit = self.limits.max_body_memory;
                refuse(StatusCode::SERVICE_UNAVAILABLE, own_replies::over_budget(limit))
            }
        }
    }
}
