//! `cloud` sends samples to Spectra Intelligence.

use super::*;
use crate::harness::{advance, get, start, start_with};

const FIXTURES: &str = r#"
accounts:
  spectra_analyze: [ {token: exampletoken} ]
  spectra_intelligence: [ {user: u, password: p} ]
samples:
  - { name: foo.txt, content: "foo\n", verdict: clean, spectra_intelligence: { known: false } }
  - { name: foobar.txt, content: "foobar\n", verdict: clean, spectra_intelligence: { stored: false } }
"#;

async fn rescan(emulator: &Emulator, hash: &str) -> (u16, String) {
    let answer = get(&format!("/api/rescan/v1/query/sha1/{hash}")).basic("u", "p").send(emulator).await;
    (answer.status, answer.text().to_owned())
}

async fn lists(emulator: &Emulator) -> serde_json::Value {
    let body = serde_json::json!({"rl": {"query": {"hash_type": "sha1", "hashes": [FOO, FOOBAR]}}});
    let ask = post("/api/rescan/v1/bulk_query/json").basic("u", "p");
    ask.header("Content-Type", "application/octet-stream").body(body.to_string()).send(emulator).await.json()
}

#[tokio::test]
async fn the_file_is_in_storage_there_once_the_analysis_ends() {
    let emulator = start(FIXTURES).await;
    let unavailable = (404, "Requested sample unavailable".to_owned());
    let sent = (200, "Sample sent for rescanning".to_owned());
    for hash in [FOO, FOOBAR] {
        authorized(&single(hash)).form("analysis=core").send(&emulator).await;
    }
    advance(&emulator, 30.0);
    assert_eq!(rescan(&emulator, FOO).await, unavailable, "core stays on the appliance");

    for hash in [FOO, FOOBAR] {
        let answer = authorized(&single(hash)).form("analysis=cloud").send(&emulator).await;
        assert_eq!(answer.status, 201);
    }
    advance(&emulator, 29.999);
    assert_eq!(lists(&emulator).await["rl"]["unknown_hashes"], serde_json::json!([FOO]));
    assert_eq!(rescan(&emulator, FOOBAR).await, unavailable);
    advance(&emulator, 0.001);
    assert_eq!(rescan(&emulator, FOO).await, sent);
    assert_eq!(lists(&emulator).await["rl"]["sent_for_rescan"], serde_json::json!([FOO, FOOBAR]));
    // A second analysis does not take it away again.
    authorized(&single(FOO)).form("analysis=cloud").send(&emulator).await;
    assert_eq!(rescan(&emulator, FOO).await, sent);
}

#[tokio::test]
async fn bulk_sends_samples_too_and_an_analysis_can_be_ended() {
    let until_ended =
        |builder: scandouble::Builder| builder.setting("spectra-analyze.analysis-time", "when-told");
    let emulator = start_with(FIXTURES, until_ended).await;
    let body = format!(r#"{{"hash_value":["{FOO}"],"analysis":"cloud"}}"#);
    authorized(BULK).json(&body).send(&emulator).await;
    advance(&emulator, 3600.0);
    assert_eq!(rescan(&emulator, FOO).await.0, 404);
    post(&format!("/_scandouble/samples/{FOO}/advance")).send(&emulator).await;
    assert_eq!(rescan(&emulator, FOO).await.0, 200);
}

#[tokio::test]
async fn an_appliance_that_is_not_connected_sends_nothing() {
    let off = |builder: scandouble::Builder| builder.setting("spectra-analyze.cloud-connected", "false");
    let emulator = start_with(FIXTURES, off).await;
    authorized(&single(FOO)).form("analysis=cloud,core").send(&emulator).await;
    advance(&emulator, 30.0);
    assert_eq!(rescan(&emulator, FOO).await.0, 404);
}
