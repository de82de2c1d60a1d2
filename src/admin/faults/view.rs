//! Fault rules as the admin API returns them.

use std::time::Duration;

use http::HeaderValue;
use serde_json::{Map, Value, json};

use crate::faults::{Delivery, Effect, Latency, Refusal, Rule, RuleStatus, When};
use crate::findings::account_name;
use crate::worlds::State;

/// A rule as it was sent, with its counters. An account that is an API key is redacted.
pub(super) fn view(status: &RuleStatus, state: &State) -> Value {
    let Rule { id, matching, when, effect } = &status.rule;
    let mut view = Map::new();
    view.insert("id".to_owned(), json!(id));
    let mut matched = Map::new();
    let endpoint = matching.endpoint.as_ref().map(|(method, path)| format!("{method} {path}"));
    let parts = [
        ("api", matching.api.map(str::to_owned)),
        ("endpoint", endpoint),
        ("account", matching.account.as_deref().map(|name| account_name(name, state))),
        ("hash", matching.hash.as_ref().map(ToString::to_string)),
    ];
    matched.extend(parts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?)))));
    view.insert("match".to_owned(), Value::Object(matched));
    view.insert("when".to_owned(), view_when(*when));
    view.insert("then".to_owned(), Value::Object(view_effect(effect)));
    view.insert("seen".to_owned(), json!(status.seen));
    view.insert("fired".to_owned(), json!(status.fired));
    Value::Object(view)
}

fn view_when(when: When) -> Value {
    match when {
        When::Always => json!("always"),
        When::Next(count) => json!({ "next": count }),
        When::Every(step) => json!({ "every": step }),
        When::Chance { probability, seed } => {
            json!({ "chance": { "probability": probability, "seed": seed } })
        }
    }
}

fn view_effect(effect: &Effect) -> Map<String, Value> {
    let mut view = Map::new();
    let mut put = |key: &str, value: Value| view.insert(key.to_owned(), value);
    if let Some(answer) = &effect.answer {
        put("status", json!(answer.status));
        if let Some(reason) = &effect.reason {
            put("reason", json!(reason));
        }
        if let Some((body, content_type)) = &answer.body {
            put("body", json!(String::from_utf8_lossy(body)));
            put("content_type", json!(String::from_utf8_lossy(content_type.as_bytes())));
        }
        if !answer.headers.is_empty() {
            let text = |value: &HeaderValue| json!(String::from_utf8_lossy(value.as_bytes()));
            let headers = answer.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
            put("headers", Value::Object(headers.collect()));
        }
    }
    match effect.refusal {
        Some(Refusal::Revoked) => drop(put("refuse", json!("revoked"))),
        Some(Refusal::Exhausted) => drop(put("refuse", json!("exhausted"))),
        None => {}
    }
    let text = |wait: Duration| format!("{}ms", wait.as_millis());
    match effect.latency {
        Some(Latency::Fixed(wait)) => drop(put("latency", json!(text(wait)))),
        Some(Latency::Uniform(from, to)) => {
            drop(put("latency", json!({ "from": text(from), "to": text(to) })))
        }
        Some(Latency::Lognormal { p50, p99 }) => {
            drop(put("latency", json!({ "p50": text(p50), "p99": text(p99) })));
        }
        None => {}
    }
    let delivery = match effect.delivery {
        Delivery::Whole => return view,
        Delivery::ResetBefore => json!("reset"),
        Delivery::ResetMidway => json!("reset-midway"),
        Delivery::CutShort => json!("cut-short"),
        Delivery::Malformed => json!("malformed"),
        Delivery::Never => json!("never"),
        Delivery::Trickle { bytes, every } => json!({ "trickle": { "bytes": bytes, "every": text(every) } }),
    };
    put("delivery", delivery);
    view
}
