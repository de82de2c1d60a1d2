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
async fn a_browser_gets_a_page_whose_links_work() {
    let emulator = emulator().await;
    let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let answer = get("/_world/t42/_scandouble/").header("accept", accept).send(&emulator).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let page = answer.text();
    assert!(page.starts_with("<!doctype html>\n"), "{page}");
    assert!(page.contains("<h1>World t42</h1>"), "{page}");
    let links: Vec<_> = page
        .split("<a href=\"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(link, _)| link)
        .collect();
    assert!(links.len() > 10, "{links:?}");
    // A stream of events goes on.
    for link in links.into_iter().filter(|link| !link.ends_with("/events")) {
        assert!(link.starts_with("/_world/t42/_scandouble/"), "{link}");
        let answer = get(link).header("accept", accept).send(&emulator).await;
        assert_eq!(answer.status, 200, "{link}");
        let is_page = answer.header("content-type") == Some("text/html; charset=utf-8");
        assert_eq!(is_page, link.ends_with('/') || link.ends_with("/coverage"), "{link}");
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
