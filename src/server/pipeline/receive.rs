//! Receive: the body within limits, and the call that vendor APIs see.

use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::extract::Request;
use http::StatusCode;

use super::resolve::Target;
use crate::admin::TimedOut;
use crate::server::bodies::{self, BodyError, BodyLimits, Reservation};
use crate::server::{App, own_replies};
use crate::settings::MAX_BODY;
use crate::vendors::Call;

/// A request, and its body once that has been read.
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

/// The request without its body, which is returned beside it. The request is boxed, since it is large and moved from step to step.
pub(super) fn begin(app: &App, request: Request, target: Target) -> (Box<Received>, HttpBody) {
    let Target { state, vendor, prefix_len, is_recorded, .. } = target;
    let (head, body) = request.into_parts();
    let call = Call::new(state, vendor, head, prefix_len);
    let memory = app.budget.reservation();
    (Box::new(Received { call, error: None, memory, is_recorded }), body)
}

/// Reads the body.
pub(super) async fn body(app: &App, received: &mut Received, body: HttpBody) {
    // The limit is a setting of the world, so the world is resolved before the body is read.
    let max_body = received.call.settings.get(&MAX_BODY);
    let incoming = bodies::read(body, app.body_limits(max_body)).await;
    received.call.arrived(incoming.body);
    received.error = incoming.error;
    received.memory = incoming.memory;
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
