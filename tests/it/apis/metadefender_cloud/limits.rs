//! The look-up limit of a key.

use super::*;
use crate::harness::{advance, get};

const EXCEEDED: &str = r#"{"err":"Signature lookup limit reached, try again later"}"#;

#[track_caller]
fn assert_limit_exceeded(answer: &Answer) {
    assert_answer(answer, 403, EXCEEDED, &["limit.exceeded"], "documented; body=assumed");
}

fn two(hashes: &[&str]) -> Ask {
    post("/hash").header("apikey", "two").body(serde_json::json!({ "hash": hashes }).to_string())
}

#[tokio::test]
async fn the_first_hashes_are_served_and_the_rest_are_limited() {
    let emulator = start().await;
    let answer = two(&["abc", CLEAN, FAILED]).header("include_scan_details", "0").send(&emulator).await;
    let body = format!(
        "[{{\"hash\":\"abc\",\"scan_result\":5,\"data_id\":null}},{{\"hash\":\"{CLEAN}\",\"scan_result\":0,\"data_id\":\"pinned\"}},\
         {{\"hash\":\"{FAILED}\",\"scan_result\":403,\"data_id\":null}}]"
    );
    assert_answer(&answer, 200, &body, &["bulk.partly-limited", "bulk.unknown", "bulk.ok"], "documented");
    assert_eq!(limits(&answer), ["2", "0", "2", "86400s"]);
    let answer = two(&[CLEAN]).send(&emulator).await;
    assert_limit_exceeded(&answer);
    assert_eq!(limits(&answer), ["2", "0", "2", "86400s"]);
    let answer = bulk(&[CLEAN]).send(&emulator).await;
    assert_eq!(limits(&answer), ["4000", "3999", "1", "86400s"], "another key has its own");
}

#[tokio::test]
async fn exactly_the_limit_is_not_limited() {
    let emulator = start().await;
    let answer = two(&[UNKNOWN, UNKNOWN]).send(&emulator).await;
    assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-cloud/bulk.unknown"));
    let emulator = start().await;
    let answer = two(&[UNKNOWN, UNKNOWN, CLEAN]).send(&emulator).await;
    let names = "metadefender-cloud/bulk.partly-limited, metadefender-cloud/bulk.unknown";
    assert_eq!(answer.header("scandouble-behaviour"), Some(names), "nothing was found");
}

#[tokio::test]
async fn the_window_lasts_a_day_from_the_first_look_up() {
    let emulator = start().await;
    let answer = post("/hash").header("apikey", "two").body("{").send(&emulator).await;
    assert_eq!(limits(&answer), ["2", "2", "0", "86400s"]);
    advance(&emulator, 3600.0);
    assert_eq!(limits(&two(&["x"]).send(&emulator).await), ["2", "1", "1", "86400s"]);
    advance(&emulator, 1.5);
    assert_eq!(limits(&two(&["x"]).send(&emulator).await), ["2", "0", "2", "86399s"], "rounded up");
    advance(&emulator, 86_398.0);
    let answer = two(&["x"]).send(&emulator).await;
    assert_limit_exceeded(&answer);
    assert_eq!(limits(&answer), ["2", "0", "2", "1s"]);
    advance(&emulator, 0.5);
    assert_eq!(limits(&two(&["x"]).send(&emulator).await), ["2", "1", "1", "86400s"], "a new window");
}

#[tokio::test]
async fn a_single_look_up_costs_one_found_or_not() {
    let emulator = start().await;
    for (hash, remaining) in [("x", "1"), (CLEAN, "0")] {
        let answer = get(&format!("/v2/hash/{hash}")).header("apikey", "two").send(&emulator).await;
        assert_eq!((answer.status, limits(&answer)[1]), (200, remaining));
    }
    assert_limit_exceeded(&get("/v2/hash/x").header("apikey", "two").send(&emulator).await);
}

#[tokio::test]
async fn refusals_cost_nothing() {
    let emulator = start().await;
    for (body, status) in [("{", 400), ("{}", 400), (r#"{"hash":[]}"#, 400)] {
        let answer = post("/hash").header("apikey", "two").body(body).send(&emulator).await;
        assert_eq!((answer.status, limits(&answer)[2]), (status, "0"));
    }
    assert_eq!(limits(&two(&["x"; 1001]).send(&emulator).await)[2], "0");
}

#[tokio::test]
async fn a_limit_of_seven_serves_exactly_seven_at_once() {
    let emulator =
        harness::start("accounts: { metadefender_cloud: [ { key: two, lookup_limit: 7 } ] }").await;
    let calls = (0..40).map(|_| two(&["x"]).send(&emulator));
    let answers = futures_util::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 7);
}
