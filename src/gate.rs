//! The gate: what every request passes before a room answers it.

use std::sync::Arc;

use http::StatusCode;

use crate::api::{Api, Call};
use crate::faults::{Strike, Substitute, Target};
use crate::reply::Reply;

/// The answer to a call, and the fault that struck it, if one did.
#[derive(Debug)]
pub struct Outcome {
    /// The answer as it is meant.
    pub reply: Reply,
    /// The fault; how the answer travels is for the server to carry out.
    pub strike: Option<Arc<Strike>>,
}

/// Leads a call through the room's pre-checks, its account and its limits, past the injected faults, to the answer.
pub async fn pass(api: &dyn Api, call: &mut Call) -> Outcome {
    if let Some(reply) = api.precheck(call) {
        return Outcome { reply, strike: None };
    }
    match api.admit(call) {
        Ok(account) => call.account = account,
        Err(reply) => return Outcome { reply, strike: None },
    }
    if let Some(reply) = api.check(call) {
        return Outcome { reply, strike: None };
    }
    let target = Target {
        api: api.name(),
        method: call.method.as_str(),
        path: &call.path,
        account: call.account.name(),
        body: call.body(),
    };
    let strike = call.state.faults.strike(&target).await;
    let Some(strike) = strike else { return Outcome { reply: api.answer(call).await, strike: None } };
    if strike.delay().await {
        // It is answered, and counted, by the time at which that happens.
        (call.now, call.origin) = call.state.clock.read();
    }
    let reply = match (strike.effect.refusal, &strike.effect.answer) {
        (Some(refusal), _) => match api.refusal(call, refusal) {
            Some(reply) => reply,
            None => substitute(api, call, &Substitute { status: 429, body: None, headers: Vec::new() }),
        },
        (None, Some(answer)) => substitute(api, call, answer),
        (None, None) => api.answer(call).await,
    };
    Outcome { reply, strike: Some(strike) }
}

/// The injected answer: in the test's words, else the vendor's, else without any.
fn substitute(api: &dyn Api, call: &Call, answer: &Substitute) -> Reply {
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
            Reply { body: body.clone(), ..bare }.header(http::header::CONTENT_TYPE, content_type.clone())
        }
        None => api.error(call, answer.status, "Injected by scandouble").unwrap_or(bare),
    };
    // A header of the test's stands in place of the room's.
    reply.headers.retain(|(name, _)| answer.headers.iter().all(|(given, _)| given != name));
    for (name, value) in &answer.headers {
        reply = reply.header(name.clone(), value.clone());
    }
    reply
}
