//! `Scandouble-Request`: every answer has a number of its own, which leads to the entry in the journal.

use std::collections::BTreeSet;

use scandouble::Emulator;
use serde_json::json;
use tokio::task::JoinSet;

use crate::admin::{KNOWN, call_admin, emulator, get_json, look_up, problem};
use crate::harness::{self, Answer, ask, exchange, get, post};

const JOURNAL: &str = "/_scandouble/journal";

#[track_caller]
fn number(answer: &Answer) -> u64 {
    let value = answer.header("scandouble-request").unwrap_or_else(|| panic!("no number: {answer:?}"));
    value.parse().expect("a number")
}

async fn raw(emulator: &Emulator, request: &str) -> Answer {
    exchange(emulator.address(), request.as_bytes()).await
}

#[tokio::test]
async fn every_answer_has_the_next_number() {
    let emulator = harness::start_with(crate::admin::FIXTURE, |builder| {
        builder.setting("max-worlds", "1").setting("behaviour-headers", "false")
    })
    .await;
    let fault = r#"{"match":{"endpoint":"GET /version"},"then":{"status":418}}"#;
    let reset = r#"{"match":{"endpoint":"POST /login"},"then":{"delivery":"cut-short"}}"#;
    let answers = [
        look_up(&emulator, "", KNOWN).await,
        call_admin(&emulator, "PUT", "/_scandouble/faults/f", fault).await,
        call_admin(&emulator, "PUT", "/_scandouble/faults/g", reset).await,
        get("/version").send(&emulator).await,
        post("/login").json("{}").send(&emulator).await,
        get("/hash/abc").send(&emulator).await,
        ask("HEAD", "/version").send(&emulator).await,
        ask("PATCH", "/v2/hash").send(&emulator).await,
        get("/nowhere").send(&emulator).await,
        get("/favicon.ico").send(&emulator).await,
        get("/_world/one/version").send(&emulator).await,
        get("/_world/two/version").send(&emulator).await,
        get("/_world/not%20valid/version").send(&emulator).await,
        get(JOURNAL).send(&emulator).await,
        get("/_scandouble/nothing").send(&emulator).await,
        get("/_scandouble/health").send(&emulator).await,
        ask("HEAD", "/_scandouble/health").send(&emulator).await,
        get(JOURNAL).header("Origin", "http://elsewhere.example").send(&emulator).await,
        raw(&emulator, "GET /version HTTP/1.1\r\nConnection: close\r\n\r\n").await,
        raw(&emulator, "GET http://example.org/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await,
        raw(&emulator, "CONNECT example.org:443 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await,
    ];
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(&statuses[..4], [200, 200, 200, 418]);
    let numbers: Vec<u64> = answers.iter().map(number).collect();
    assert_eq!(numbers, (1..=answers.len() as u64).collect::<Vec<_>>(), "{answers:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn numbers_are_unique_among_parallel_requests_and_in_the_order_of_each_journal() {
    let emulator = emulator().await;
    let address = emulator.address();
    let mut requests = JoinSet::new();
    for at in 0..60 {
        let request = get(&format!("/_world/w{}/version", at % 3)).bytes();
        requests.spawn(async move { number(&exchange(address, &request).await) });
    }
    let answered: BTreeSet<u64> = requests.join_all().await.into_iter().collect();
    assert_eq!(answered.len(), 60);
    let mut recorded = BTreeSet::new();
    for world in 0..3 {
        let list = get_json(&emulator, &format!("/_world/w{world}{JOURNAL}")).await;
        let entries = list["entries"].as_array().expect("entries");
        let numbers: Vec<_> = entries.iter().filter_map(|entry| entry["request_number"].as_u64()).collect();
        assert!(numbers.is_sorted(), "{numbers:?}");
        let own: Vec<_> = entries.iter().filter_map(|entry| entry["number"].as_u64()).collect();
        assert_eq!(own, (1..=20).collect::<Vec<_>>());
        recorded.extend(numbers);
    }
    assert_eq!(recorded, answered);
}

#[tokio::test]
async fn the_number_of_an_answer_finds_its_entry() {
    let emulator = emulator().await;
    get("/_world/a/version").send(&emulator).await;
    let answer = look_up(&emulator, "/_world/b", KNOWN).await;
    let request = number(&answer);
    let entry = get_json(&emulator, &format!("{JOURNAL}/{request}?world=all")).await;
    assert_eq!(
        (&entry["world"], &entry["number"], &entry["request_number"]),
        (&json!("b"), &json!(1), &json!(request))
    );
    assert_eq!(entry, get_json(&emulator, &format!("/_world/b{JOURNAL}/1")).await);
    assert_eq!(entry, get_json(&emulator, &format!("/_world/b{JOURNAL}")).await["entries"][0]);
    let har = get_json(&emulator, &format!("/_world/b{JOURNAL}?format=har")).await;
    let har = &har["log"]["entries"][0];
    assert_eq!(
        (&har["_world"], &har["_number"], &har["_request_number"]),
        (&json!("b"), &json!(1), &json!(request))
    );
    let unrecorded = number(&get("/_scandouble/health").send(&emulator).await);
    let missing = get(&format!("{JOURNAL}/{unrecorded}?world=all")).send(&emulator).await;
    assert!(problem(&missing, 404).starts_with(&format!("no journal has a request {unrecorded}; ")));
    problem(&get(&format!("{JOURNAL}/1?world=b")).send(&emulator).await, 422);
}
