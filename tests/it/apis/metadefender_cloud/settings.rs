//! Settings: what unknown hashes cost, what unfinished results show, and the names of the result.

use super::*;
use crate::harness::{get, start_with};

async fn with(name: &str, value: &str) -> Emulator {
    let name = format!("metadefender-cloud.{name}");
    start_with(FIXTURES, |builder| builder.setting(&name, value)).await
}

#[tokio::test]
async fn unknown_hashes_can_be_free() {
    let emulator = with("count-unknown", "false").await;
    let two = |ask: Ask| ask.header("apikey", "two");
    let item = |hash: &str, code: u16, data_id: &str| {
        format!("{{\"hash\":\"{hash}\",\"scan_result\":{code},\"data_id\":{data_id}}}")
    };
    let list = |hashes: &[&str]| post("/hash").body(serde_json::json!({ "hash": hashes }).to_string());
    let answer = two(list(&[UNKNOWN, "abc", CLEAN, UNFINISHED])).send(&emulator).await;
    assert_eq!((answer.status, limits(&answer)), (200, ["2", "1", "1", "86400s"]));
    for free in [format!("/v2/hash/{UNKNOWN}"), format!("/v4/hash/{UNKNOWN}")] {
        assert_eq!(limits(&two(get(&free)).send(&emulator).await)[1], "1", "{free}");
    }
    // One look-up remains: the second known hash is left out, and the unknown ones around it are not.
    let answer = two(list(&[UNKNOWN, CLEAN, SUSPICIOUS, "abc"])).send(&emulator).await;
    let items = [
        item(UNKNOWN, 5, "null"),
        item(CLEAN, 0, "\"pinned\""),
        item(SUSPICIOUS, 403, "null"),
        item("abc", 5, "null"),
    ];
    let body = format!("[{}]", items.join(","));
    assert_answer(&answer, 200, &body, &["bulk.partly-limited", "bulk.unknown", "bulk.ok"], "documented");
    let answer = two(list(&[UNKNOWN])).send(&emulator).await;
    assert_eq!(answer.status, 403, "none remains, so nothing is looked up");
    let v4 = |hashes: &[&str]| post("/v4/hash").json(&serde_json::json!({ "hash": hashes }).to_string());
    let k = v4(&[UNKNOWN, CLEAN, CLEAN]).header("apikey", "k").send(&emulator).await;
    assert_eq!((k.status, limits(&k)[2]), (200, "2"));
}

#[tokio::test]
async fn an_unfinished_result_can_show_its_data_id() {
    let emulator = with("unfinished", "data-id").await;
    let body = format!("[{{\"hash\":\"{UNFINISHED}\",\"scan_result\":5,\"data_id\":\"later\"}}]");
    let answer = bulk(&[UNFINISHED]).send(&emulator).await;
    assert_answer(&answer, 200, &body, &["bulk.in-progress"], "assumed");
    let body = format!(
        "{{\"data\":[{{\"data_id\":\"later\",\"scan_result_i\":5,\"hash\":\"{UNFINISHED}\",\"total_detected_avs\":-1}}]}}"
    );
    let v4 = post("/v4/hash").header("apikey", "k").json(&format!("{{\"hash\":[\"{UNFINISHED}\"]}}"));
    assert_answer(&v4.send(&emulator).await, 200, &body, &["v4.bulk.unknown"], "observed");
    let body = format!("[{{\"hash\":\"{PROGRESSED}\",\"scan_result\":6,\"data_id\":\"done\"}}]");
    assert_answer(&bulk(&[PROGRESSED]).send(&emulator).await, 200, &body, &["bulk.ok"], "documented");
}

#[tokio::test]
async fn the_result_can_have_the_names_of_later_revisions() {
    let emulator = with("result-key", "later-revision").await;
    let body = format!(
        "[{{\"hash\":\"{CLEAN}\",\"scan_result_i\":0,\"data_id\":\"pinned\"}},\
         {{\"hash\":\"abc\",\"scan_result\":5,\"scan_result_i\":5,\"data_id\":null}}]"
    );
    let answer = bulk(&[CLEAN, "abc"]).send(&emulator).await;
    assert_answer(&answer, 200, &body, &["bulk.unknown", "bulk.ok"], "assumed");
}
