//! What comes of a call: a check refuses, a fault is injected, or the endpoint answers.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;

use super::elsewhere;
use super::inject::inject;
use crate::faults::Injection;
use crate::journal::Reply;
use crate::vendors::{Call, Check, Vendor};

/// What came of a call: the answer as it is meant, and the fault that was injected.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) reply: Reply,
    pub(super) injection: Option<Arc<Injection>>,
}

impl Outcome {
    /// An answer without a fault.
    pub(super) fn of(reply: Reply) -> Self {
        Self { reply, injection: None }
    }
}

/// The vendor's outcome, counted and safe on disk. A panic on the way becomes the vendor's own internal error.
pub(super) async fn settle(vendor: &'static Vendor, call: &mut Call) -> Outcome {
    let outcome = AssertUnwindSafe(ask(vendor, call)).catch_unwind().await;
    let mut outcome = outcome.unwrap_or_else(|panic| {
        let why = panic_text(&*panic);
        tracing::error!(api = vendor.name, path = call.path, "a fault in the emulator: {why}");
        let words = call.words(500, "Internal error in scandouble; its log says more");
        Outcome::of(words.unwrap_or_else(elsewhere::broken))
    });
    // No answer leaves before what it says would survive a crash.
    if let Some(keeper) = &call.state.base.keeper
        && let Err(error) = keeper.settled().await
    {
        outcome = Outcome::of(call.words(500, &error.to_string()).unwrap_or_else(elsewhere::broken));
    }
    for behaviour in &outcome.reply.behaviours {
        call.state.count(behaviour);
    }
    outcome
}

/// A check refuses, a fault is injected, or the endpoint answers.
async fn ask(vendor: &'static Vendor, call: &mut Call) -> Outcome {
    if let Some(refusal) = check(vendor, call) {
        return Outcome::of(refusal);
    }
    match inject(vendor, call).await {
        Some(outcome) => outcome,
        None => Outcome::of(answer(vendor, call).await),
    }
}

/// What the vendor refuses before the endpoint sees the call, in the vendor's order.
fn check(vendor: &'static Vendor, call: &mut Call) -> Option<Reply> {
    let endpoint = call.endpoint();
    for check in vendor.checks {
        let refusal = match check {
            Check::Path => endpoint.is_none().then(|| (vendor.refusals.path)(call)),
            Check::Method => {
                (endpoint.is_some() && !call.route.takes_method).then(|| (vendor.refusals.method)(call))
            }
            Check::Account if endpoint.is_some_and(|endpoint| endpoint.anonymous) => None,
            Check::Account => match (vendor.auth.authenticate)(call) {
                Ok(account) => {
                    call.account = account;
                    None
                }
                Err(refusal) => Some(refusal),
            },
            Check::Size => call.body().is_none().then(|| (vendor.refusals.size)(call)),
            Check::Own(refuse) => refuse(call),
        };
        if refusal.is_some() {
            return refusal;
        }
    }
    None
}

/// The endpoint's answer.
pub(super) async fn answer(vendor: &'static Vendor, call: &Call) -> Reply {
    let Some(endpoint) = call.endpoint() else { return (vendor.refusals.path)(call) };
    let reply = endpoint.handler.answer(call).await;
    debug_assert!(
        reply.behaviours.iter().all(|behaviour| vendor.may_answer(endpoint, behaviour)),
        "{endpoint:?} answers {:?}, which its row does not list",
        reply.behaviours
    );
    reply
}

/// The message of a panic.
pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a message")
}
