//! Accounts with their limits, and what each API would answer.

use scandouble::internals::vendors;
use serde_json::{Value, json};

use super::{KNOWN, emulator, look_up, problem};
use crate::harness::{advance, ask, get, start_builtin};

/// The accounts of one API.
fn of<'a>(list: &'a Value, api: &str) -> &'a Value {
    let apis = list["apis"].as_array().expect("a list");
    apis.iter().find(|one| one["api"] == api).expect("the API")
}

#[tokio::test]
async fn accounts_have_their_credentials_limits_and_a_request_that_works() {
    let emulator = emulator().await;
    look_up(&emulator, "", KNOWN).await;
    let list = get("/_scandouble/accounts").send(&emulator).await.json();
    let cloud = &of(&list, "metadefender-cloud")["accounts"];
    let expected = json!([{
        "name": "k7",
        "credentials": [{"name": "key", "value": "k7"}],
        "suspended": false,
        "entitled": true,
        "limits": [
            {"name": "lookup_limit", "used": 1, "limit": 7, "resets_at": "2026-03-02T12:00:00.000Z"},
            {"name": "upload_limit", "used": 0, "limit": 4000},
        ],
        "example": {
            "method": "POST",
            "path": "/v2/hash",
            "headers": [{"name": "Content-Type", "value": "application/json"}, {"name": "apikey", "value": "k7"}],
            "body": "{\"hash\":[\"7117fff2d0fd294462b3c802b7cb8753579f23f3946b99cf55f38e873f013f10\"]}",
        },
    }]);
    assert_eq!(*cloud, expected);
    let user = &of(&list, "spectra-intelligence")["accounts"][0];
    assert_eq!(
        user["credentials"],
        json!([{"name": "user", "value": "u/one"}, {"name": "password", "value": "p"}])
    );
    let daily = json!({"name": "daily_quota", "used": 0, "limit": null});
    assert!(user["limits"].as_array().expect("limits").contains(&daily), "{user}");
    emulator.stop().await.expect("stops");
}

#[tokio::test]
async fn limits_follow_the_clock_and_looking_counts_nothing() {
    let emulator = emulator().await;
    let limits = async || {
        let list = get("/_scandouble/accounts").send(&emulator).await.json();
        of(&list, "metadefender-cloud")["accounts"][0]["limits"][0].clone()
    };
    assert_eq!(limits().await, json!({"name": "lookup_limit", "used": 0, "limit": 7}), "no window is open");
    look_up(&emulator, "", KNOWN).await;
    advance(&emulator, 3600.0);
    let open = limits().await;
    assert_eq!((&open["used"], &open), (&json!(1), &limits().await));
    advance(&emulator, 24.0 * 3600.0);
    assert_eq!(limits().await["used"], 0);
    emulator.stop().await.expect("stops");
}

#[tokio::test]
async fn every_example_is_answered_as_a_success() {
    let emulator = start_builtin().await;
    let list = get("/_scandouble/accounts").send(&emulator).await.json();
    for api in list["apis"].as_array().expect("a list") {
        let account = &api["accounts"][0];
        let example = &account["example"];
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let mut request =
            ask(&text(&example["method"]), &text(&example["path"])).body(text(&example["body"]));
        for header in example["headers"].as_array().expect("headers") {
            request = request.header(&text(&header["name"]), &text(&header["value"]));
        }
        let answer = request.send(&emulator).await;
        assert!((200..300).contains(&answer.status), "{}: {}", api["api"], answer.text());
    }
    emulator.stop().await.expect("stops");
}

#[tokio::test]
async fn each_api_shows_what_it_would_answer() {
    let emulator = emulator().await;
    let path = format!("/_scandouble/samples/{KNOWN}/answers");
    let shown = get(&path).send(&emulator).await.json();
    let answers = shown["answers"].as_array().expect("a list");
    let apis: Vec<_> = answers.iter().map(|answer| answer["api"].as_str().expect("a name")).collect();
    assert_eq!(apis, vendors::ALL.iter().map(|api| api.name).collect::<Vec<_>>());
    let real = look_up(&emulator, "", KNOWN).await;
    let cloud = answers.iter().find(|answer| answer["api"] == "metadefender-cloud").expect("the API");
    assert_eq!(cloud["response"]["body"], real.text());
    assert_eq!(cloud["behaviours"][0]["name"], "metadefender-cloud/bulk.ok");
    assert_eq!(cloud["account"], "k7");
    let unknown = "0".repeat(32);
    let shown = get(&format!("/_scandouble/samples/{unknown}/answers")).send(&emulator).await.json();
    assert_eq!(shown["answers"][3]["response"]["body"], format!("{{\"{unknown}\":\"Not Found\"}}"));
    let wrong = get("/_scandouble/samples/xyz/answers").send(&emulator).await;
    assert!(problem(&wrong, 400).contains("xyz"));
    emulator.stop().await.expect("stops");
}

#[tokio::test]
async fn a_preview_records_queues_and_counts_nothing() {
    let emulator = start_builtin().await;
    let eicar = "44d88612fea8a8f36de82e1278abb02f";
    let state = async || {
        let mut all = Vec::new();
        for path in ["journal", "coverage", "accounts", "worlds", &format!("samples/{eicar}")] {
            let mut part = get(&format!("/_scandouble/{path}")).send(&emulator).await.json();
            // Every request to the server has a number, these too.
            part.as_object_mut().expect("an object").remove("last_request");
            all.push(part);
        }
        all
    };
    let before = state().await;
    for prefix in ["", "/_world/never-created"] {
        let path = format!("{prefix}/_scandouble/samples/{eicar}/answers");
        let first = get(&path).send(&emulator).await.json();
        assert_eq!(first, get(&path).send(&emulator).await.json());
        assert_eq!(first["answers"][1]["behaviours"][0]["name"], "spectra-analyze/analyze.single.queued");
    }
    assert_eq!(state().await, before);
    emulator.stop().await.expect("stops");
}
