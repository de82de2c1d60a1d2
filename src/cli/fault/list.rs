//! Fault rules as a table.

use serde_json::{Map, Value};

use crate::cli::table::{items, table};

/// The rules of an answer that has a list of them.
pub(in crate::cli) fn list(answer: &Value) -> String {
    let rows = items(answer, "faults").map(|rule| {
        let counts = format!("{} of {}", rule["fired"], rule["seen"]);
        [text(&rule["id"]), matching(&rule["match"]), when(&rule["when"]), effect(&rule["then"]), counts]
    });
    table(["ID", "MATCHES", "WHEN", "THEN", "FIRED"], rows)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn matching(value: &Value) -> String {
    let empty = Map::new();
    let parts = value.as_object().unwrap_or(&empty).iter().map(|(key, value)| match key.as_str() {
        "api" | "endpoint" => text(value),
        key => format!("{key} {}", text(value)),
    });
    let parts: Vec<_> = parts.collect();
    if parts.is_empty() { "everything".to_owned() } else { parts.join(", ") }
}

fn when(value: &Value) -> String {
    let Some((key, value)) = value.as_object().and_then(|when| when.iter().next()) else {
        return text(value);
    };
    match key.as_str() {
        "chance" => format!("chance {} (seed {})", value["probability"], value["seed"]),
        key => format!("{key} {value}"),
    }
}

fn effect(value: &Value) -> String {
    let empty = Map::new();
    let parts = value.as_object().unwrap_or(&empty).iter().map(|(key, value)| match (key.as_str(), value) {
        ("status", status) => status.to_string(),
        ("body", body) => format!("a body of {} bytes", text(body).len()),
        ("headers", Value::Object(headers)) => headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", text(value)))
            .collect::<Vec<_>>()
            .join(", "),
        ("latency", Value::Object(latency)) => match (latency.get("p50"), latency.get("from")) {
            (Some(p50), _) => format!("latency p50 {}, p99 {}", text(p50), text(&value["p99"])),
            (_, Some(from)) => format!("latency {} to {}", text(from), text(&value["to"])),
            _ => format!("latency {value}"),
        },
        ("delivery", Value::Object(delivery)) => {
            let trickle = delivery.get("trickle").unwrap_or(&Value::Null);
            format!("{} bytes every {}", trickle["bytes"], text(&trickle["every"]))
        }
        ("delivery", way) => text(way),
        (key, value) => format!("{key} {}", text(value)),
    });
    parts.collect::<Vec<_>>().join(", ")
}
