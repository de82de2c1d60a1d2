//! Injected faults: what a rule puts in place of the endpoint's answer, or before it.

use http::{StatusCode, header};

use super::outcome::{Outcome, answer};
use crate::faults::{FaultTarget, Substitute};
use crate::journal::Reply;
use crate::vendors::{Call, Vendor};

/// The outcome that a matching rule brings about, if there is one. How the answer travels is decided on delivery.
pub(super) async fn inject(vendor: &'static Vendor, call: &mut Call) -> Option<Outcome> {
    let target = FaultTarget {
        api: vendor.name,
        method: call.method.as_str(),
        path: &call.path,
        account: call.account.name(),
        body: call.body(),
    };
    let injection = call.state.faults.inject(&target).await?;
    if injection.delay().await {
        // It is answered, and counted, by the time at which that happens.
        (call.now, call.origin) = call.state.clock.read();
    }
    let reply = match (injection.effect.refusal, &injection.effect.answer) {
        (Some(refusal), _) => (vendor.refusals.account)(call, refusal).unwrap_or_else(|| {
            substitute(call, &Substitute { status: 429, body: None, headers: Vec::new() })
        }),
        (None, Some(answer)) => substitute(call, answer),
        (None, None) => answer(vendor, call).await,
    };
    Some(Outcome { reply, injection: Some(injection) })
}

/// The injected answer: in the test's words, else the vendor's, else without any.
fn substitute(call: &Call, answer: &Substitute) -> Reply {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let bare = Reply {
        status,
        headers: Vec::new(),
        body: Default::default(),
        behaviours: Vec::new(),
        findings: Vec::new(),
    };
    let mut reply = match &answer.body {
        Some((body, content_type)) => {
            Reply { body: body.clone(), ..bare }.header(header::CONTENT_TYPE, content_type.clone())
        }
        None => call.words(answer.status, "Injected by scandouble").unwrap_or(bare),
    };
    // A header of the test's stands in place of the vendor's.
    reply.headers.retain(|(name, _)| answer.headers.iter().all(|(given, _)| given != name));
    for (name, value) in &answer.headers {
        reply = reply.header(name.clone(), value.clone());
    }
    reply
}
