//! Answer: the reply to a call, from a check, an injected fault, or the endpoint's handler.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use futures_util::FutureExt as _;
use http::{Method, StatusCode};

use super::inject::inject;
use super::resolve::{MissingWorld, Target};
use super::{receive, response};
use crate::faults::Injection;
use crate::journal::{FindingKind, Reply};
use crate::server::bodies::BodyError;
use crate::server::{App, own_replies};
use crate::vendors::{Call, Vendor};
use crate::worlds::{NoWorld, World};

/// The reply to a call, and the fault that was injected.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) reply: Reply,
    pub(super) fault: Option<Arc<Injection>>,
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self { reply, fault: None }
    }
}

/// The vendor's outcome, once the changes that it depends on are persisted. A panic becomes the vendor's internal error.
pub(super) async fn outcome(vendor: &'static Vendor, call: &mut Call) -> Outcome {
    let outcome = AssertUnwindSafe(decide(vendor, call)).catch_unwind().await;
    let mut outcome = outcome.unwrap_or_else(|panic| {
        let message = panic_message(&*panic);
        tracing::error!(api = vendor.name, path = call.path(), "internal error: {message}");
        let reply = call.words(500, "Internal error in scandouble; its log says more");
        reply.unwrap_or_else(own_replies::internal_error).into()
    });
    // A crash after the response must not undo what the response says.
    if let Some(change_log) = &call.state.base.change_log
        && let Err(error) = change_log.wait_until_saved().await
    {
        outcome = call.words(500, &error.to_string()).unwrap_or_else(own_replies::internal_error).into();
    }
    for behaviour in &outcome.reply.behaviours {
        call.state.count(behaviour);
    }
    outcome
}

/// A check refuses, a fault is injected, or the endpoint answers.
async fn decide(vendor: &'static Vendor, call: &mut Call) -> Outcome {
    // A fault replaces the endpoint's answer. What the vendor refuses earlier is refused as usual.
    if let Some(refusal) = vendor.check(call) {
        return refusal.into();
    }
    // Most worlds have no rules. Boxed, since the future of every request would otherwise have room for this one.
    let injected = match call.state.faults.is_empty() {
        true => None,
        false => Box::pin(inject(vendor, call)).await,
    };
    // Asking whether something is there has no effects, besides counting against a rate.
    if call.method == Method::HEAD {
        call.state = Arc::new(call.state.reading());
    }
    match injected {
        None => vendor.answer(call).await.into(),
        Some(injected) => {
            let reply = match injected.reply {
                Some(reply) => reply,
                None => vendor.answer(call).await,
            };
            Outcome { reply, fault: Some(injected.fault) }
        }
    }
}

/// The reply to a request whose body could not be read or stored. It is not one of the vendor's behaviours.
pub(super) fn body_refused(app: &App, call: &Call, error: BodyError) -> Outcome {
    let (mut reply, detail) = app.refuse_body(error, |status, detail| {
        let reply = call.words(status.as_u16(), &detail);
        (reply.unwrap_or_else(|| own_replies::body_refused(status, detail.clone())), detail)
    });
    reply.behaviours.clear();
    // A full budget is not a mistake of this client.
    if error != BodyError::OverBudget {
        reply = reply.finding(FindingKind::Deviation, detail, "");
    }
    reply.into()
}

/// The response for a world that cannot be created. A vendor API answers one world too many with its own 503.
pub(super) async fn no_world(app: &App, request: Request, missing: MissingWorld) -> Response {
    let MissingWorld { reason, vendor, prefix_len } = missing;
    if vendor.is_none() || !matches!(reason, NoWorld::Full(_)) {
        return response::after_body(app, request, &own_replies::no_world(&reason)).await;
    }
    // Few vendor APIs can say the reason in their reply.
    tracing::warn!("{reason}");
    // The vendor's own 503 needs a call, and a call needs a world. This one is empty and not registered.
    let state = World::new("", app.worlds.base()).state();
    let target = Target { state, vendor, foreign_host: None, prefix_len, is_recorded: false };
    let (mut received, body) = receive::begin(app, request, target);
    receive::body(app, &mut received, body).await;
    let reply = received.call.words(StatusCode::SERVICE_UNAVAILABLE.as_u16(), &reason.to_string());
    // The emulator's own headers are left out: this is not one of the vendor's behaviours.
    response::whole(&reply.unwrap_or_else(|| own_replies::no_world(&reason)))
}

/// The message of a panic.
pub(super) fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a message")
}
