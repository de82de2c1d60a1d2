//! `POST /api/samples/status/`.

use super::*;
use crate::harness::start;

const ROW: &str = "spectra-analyze/status.ok";

fn statuses(entries: &[(&str, &str)]) -> String {
    let entry = |(hash, status): &(&str, &str)| format!(r#"{{"hash_value":"{hash}","status":"{status}"}}"#);
    let entries: Vec<String> = entries.iter().map(entry).collect();
    format!(r#"{{"hash_type":"sha1","results":[{}]}}"#, entries.join(","))
}

#[tokio::test]
async fn hashes_are_returned_as_sent_with_their_status() {
    let emulator = start(SAMPLES).await;
    let upper = FOOBAR.to_uppercase();
    let all = statuses(&[
        (&upper, "processed"),
        (NOBODY, "not_found"),
        (BAZ, "processed"),
        (ELSEWHERE, "not_found"),
        (NOBODY, "not_found"),
    ]);
    let hashes = [&upper, NOBODY, BAZ, ELSEWHERE, NOBODY];
    let form: Vec<String> = hashes.iter().map(|hash| format!("hash_values={hash}")).collect();
    let json = format!(r#"{{"hash_values":["{}"]}}"#, hashes.join(r#"",""#));
    for query in ["", "?status=", "?x=y"] {
        let path = format!("{STATUS}{query}");
        authorized(&path)
            .form(&form.join("&"))
            .send(&emulator)
            .await
            .assert_reply(200, JSON, &all, ROW, "observed");
        authorized(&path).json(&json).send(&emulator).await.assert_reply(200, JSON, &all, ROW, "observed");
    }
    let processed = statuses(&[(&upper, "processed"), (BAZ, "processed")]);
    let answer = authorized("/api/samples/status/?status=processed").json(&json).send(&emulator).await;
    answer.assert_reply(200, JSON, &processed, ROW, "observed");
    let missing = statuses(&[(NOBODY, "not_found"), (ELSEWHERE, "not_found"), (NOBODY, "not_found")]);
    let answer = authorized("/api/samples/status/?status=not_found").json(&json).send(&emulator).await;
    answer.assert_reply(200, JSON, &missing, ROW, "observed");
}

#[tokio::test]
async fn the_connection_test_of_the_vendors_sdk_gets_an_empty_list() {
    let emulator = start(SAMPLES).await;
    let answer = authorized("/api/samples/status/?status=processed")
        .form(&format!("hash_values={NOBODY}"))
        .send(&emulator)
        .await;
    answer.assert_reply(200, JSON, &statuses(&[]), ROW, "observed");
}

#[tokio::test]
async fn a_sample_under_reanalysis_is_processed() {
    let emulator = start(SAMPLES).await;
    authorized(&single(FOO)).form("analysis=cloud,core").send(&emulator).await;
    let answer = authorized(STATUS).json(&format!(r#"{{"hash_values":"{FOO}"}}"#)).send(&emulator).await;
    answer.assert_reply(200, JSON, &statuses(&[(FOO, "processed")]), ROW, "observed");
}

#[tokio::test]
async fn other_hash_types_are_named() {
    let emulator = start(SAMPLES).await;
    let md5 = "d3b07384d113edec49eaa6238ad5ff00";
    let answer = authorized(STATUS).form(&format!("hash_values={md5}")).send(&emulator).await;
    let body = format!(r#"{{"hash_type":"md5","results":[{{"hash_value":"{md5}","status":"processed"}}]}}"#);
    answer.assert_reply(200, JSON, &body, ROW, "observed");
}

#[tokio::test]
async fn invalid_hashes_are_refused_as_in_bulk() {
    let emulator = start(SAMPLES).await;
    let mixed = format!(r#"{{"hash_values":["{FOO}","d3b07384d113edec49eaa6238ad5ff00"]}}"#);
    for (json, body) in [
        ("{}", r#"{"hash_values":["This field is required."]}"#),
        (r#"{"hash_values":[]}"#, r#"{"hash_values":["This list may not be empty."]}"#),
        (r#"{"hash_values":["x"]}"#, INVALID_HASH),
        (&mixed, MIXED),
    ] {
        let answer = authorized(STATUS).json(json).send(&emulator).await;
        answer.assert_reply(400, JSON, body, "spectra-analyze/status.invalid", "assumed");
    }
    let request = authorized("/api/samples/status/?status=done").form(&format!("hash_values={FOO}"));
    let body = r#"{"status":["\"done\" is not a valid choice."]}"#;
    request.send(&emulator).await.assert_reply(400, JSON, body, "spectra-analyze/status.invalid", "assumed");
}
