//! Fault rules as the admin API returns them.

use std::time::Duration;

use serde_json::{Map, Value};

use super::wire::{RuleView, WireDelivery, WireEffect, WireLatency, WireMatch, WireRefusal, WireWhen};
use crate::faults::{Delivery, Effect, Latency, Refusal, RequestMatcher, Rule, RuleStatus, When};
use crate::findings::account_name;
use crate::worlds::State;

/// A rule as it was sent, with its counters. An account that is an API key is redacted.
pub(super) fn view(status: &RuleStatus, state: &State) -> RuleView {
    let Rule { id, matching, when, effect } = &status.rule;
    RuleView {
        id: id.clone(),
        matching: matching_view(matching, state),
        when: match *when {
            When::Always => WireWhen::Always,
            When::Next(count) => WireWhen::Next(count),
            When::Every(step) => WireWhen::Every(step),
            When::Chance { probability, seed } => WireWhen::Chance { probability, seed },
        },
        then: effect_view(effect),
        seen: status.seen,
        fired: status.fired,
    }
}

fn matching_view(matching: &RequestMatcher, state: &State) -> WireMatch {
    WireMatch {
        api: matching.api.map(str::to_owned),
        endpoint: matching.endpoint.as_ref().map(|(method, path)| format!("{method} {path}")),
        account: matching.account.as_deref().map(|name| account_name(name, state)),
        hash: matching.hash.as_ref().map(ToString::to_string),
    }
}

fn effect_view(effect: &Effect) -> WireEffect {
    let answer = effect.answer.as_ref();
    let (body, content_type) =
        answer.and_then(|answer| answer.body.as_ref()).map(|(body, kind)| (body, kind)).unzip();
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = answer.into_iter().flat_map(|answer| &answer.headers);
    let headers = headers.map(|(name, value)| (name.to_string(), Value::String(lossy(value.as_bytes()))));
    WireEffect {
        status: answer.map(|answer| answer.status),
        reason: effect.reason.clone(),
        body: body.map(|body| Value::String(lossy(body))),
        content_type: content_type.map(|kind| lossy(kind.as_bytes())),
        headers: headers.collect::<Map<_, _>>(),
        // Reading the rule made it one of the headers.
        retry_after: None,
        refuse: effect.refusal.map(|refusal| match refusal {
            Refusal::Revoked => WireRefusal::Revoked,
            Refusal::Exhausted => WireRefusal::Exhausted,
        }),
        latency: effect.latency.map(|latency| match latency {
            Latency::Fixed(wait) => WireLatency::Fixed(millis(wait)),
            Latency::Uniform(from, to) => WireLatency::Uniform { from: millis(from), to: millis(to) },
            Latency::Lognormal { p50, p99 } => WireLatency::Lognormal { p50: millis(p50), p99: millis(p99) },
        }),
        delivery: match effect.delivery {
            Delivery::Whole => None,
            Delivery::ResetBefore => Some(WireDelivery::Reset),
            Delivery::ResetMidway => Some(WireDelivery::ResetMidway),
            Delivery::CutShort => Some(WireDelivery::CutShort),
            Delivery::Malformed => Some(WireDelivery::Malformed),
            Delivery::Never => Some(WireDelivery::Never),
            Delivery::Trickle { bytes, every } => Some(WireDelivery::Trickle { bytes, every: millis(every) }),
        },
    }
}

fn millis(wait: Duration) -> String {
    format!("{}ms", wait.as_millis())
}
