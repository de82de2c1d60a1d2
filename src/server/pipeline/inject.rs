//! Inject: faults that replace the endpoint's answer, delay it, or change how it is delivered.

use std::sync::Arc;

use http::{StatusCode, header};

use crate::faults::{FaultTarget, Injection, Substitute};
use crate::journal::Reply;
use crate::vendors::{Call, Vendor};

/// An injected fault.
pub(super) struct InjectedFault {
    /// The reply in place of the endpoint's, if the fault replaces it.
    pub(super) reply: Option<Reply>,
    pub(super) fault: Arc<Injection>,
}

/// The fault of a rule that matches the call, after its delay.
pub(super) async fn inject(vendor: &'static Vendor, call: &mut Call) -> Option<InjectedFault> {
    let target = FaultTarget {
        api: vendor.name,
        method: call.method.as_str(),
        path: call.path(),
        account: call.account.name(),
        is_public: call.endpoint().is_some_and(|endpoint| endpoint.public),
        body: call.body(),
    };
    let fault = call.state.faults.inject(&target).await?;
    if fault.delay().await {
        // An injected latency delays the request: limits and timestamps use the time after the delay.
        call.read_clock();
    }
    // One rule cannot have both, but several rules together can. Where the API has no refusal of this kind, the answer
    // is a plain 429.
    let reply = match (fault.effect.refusal, &fault.effect.answer) {
        (Some(refusal), _) => Some((vendor.refusals.account)(call, refusal).unwrap_or_else(|| {
            substitute(call, &Substitute { status: 429, body: None, headers: Vec::new() })
        })),
        (None, Some(answer)) => Some(substitute(call, answer)),
        (None, None) => None,
    };
    Some(InjectedFault { reply, fault })
}

/// The reply that a rule describes. Without a body in the rule it has the vendor's body for that status, if there is one.
fn substitute(call: &Call, answer: &Substitute) -> Reply {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let empty = Reply {
        status,
        headers: Vec::new(),
        body: Default::default(),
        behaviours: Default::default(),
        findings: Vec::new(),
    };
    let mut reply = match &answer.body {
        Some((body, content_type)) => {
            Reply { body: body.clone(), ..empty }.header(header::CONTENT_TYPE, content_type.clone())
        }
        None => call.words(answer.status, "Injected by scandouble").unwrap_or(empty),
    };
    // A header of the rule replaces the vendor's header of that name.
    reply.headers.retain(|(name, _)| answer.headers.iter().all(|(given, _)| given != name));
    for (name, value) in &answer.headers {
        reply = reply.header(name.clone(), value.clone());
    }
    reply
}
