//! The list of operations.

use serde_json::Value;

use super::emulator;
use crate::harness::{ask, get};

#[tokio::test]
async fn the_index_lists_every_operation_with_the_prefix_of_the_world() {
    let emulator = emulator().await;
    let document = get("/_scandouble/openapi.json").send(&emulator).await.json();
    let paths = document["paths"].as_object().expect("paths");
    let documented: usize = paths.values().map(|item| item.as_object().expect("methods").len()).sum();
    for (prefix, world) in [("", "default"), ("/_world/t42", "t42")] {
        for end in ["", "/"] {
            let answer =
                get(&format!("{prefix}/_scandouble{end}")).header("accept", "*/*").send(&emulator).await;
            assert_eq!(answer.header("content-type"), Some("application/json"));
            let index = answer.json();
            assert_eq!((&index["name"], &index["world"]), (&Value::from("scandouble"), &Value::from(world)));
            let operations = index["operations"].as_array().expect("a list");
            assert_eq!(operations.len(), documented);
            let clock = serde_json::json!({
                "method": "POST", "path": format!("{prefix}/_scandouble/clock/advance"), "summary": "Advance the clock"
            });
            assert!(operations.contains(&clock), "{operations:?}");
        }
    }
    emulator.stop().await.expect("stops");
}

#[tokio::test]
async fn unsupported_methods_are_refused_with_the_allowed_ones() {
    let emulator = emulator().await;
    let answer = ask("PUT", "/_scandouble/").send(&emulator).await;
    let detail = super::problem(&answer, 405);
    assert_eq!(detail, "/_scandouble/ does not support PUT; GET /_scandouble/ lists the operations");
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
    emulator.stop().await.expect("stops");
}
