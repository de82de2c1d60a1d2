//! Samples known by different hashes are merged when a later reply shows that they are the same.

use serde_json::{Value, json};

use super::{har, imported, serving, session};
use crate::harness::program::{outcome_fed, program};
use crate::harness::{get, post};

const MD5: &str = "44d88612fea8a8f36de82e1278abb02f";
const SHA256: &str = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";

#[tokio::test]
async fn a_reply_with_more_hashes_merges_samples() {
    let key = |ask: crate::harness::Ask| ask.header("apikey", "exampleapikey");
    let bulk = json!({ "hash": [MD5, SHA256] }).to_string();
    // `session` imports the replies and compares the answers.
    let notes = session(&[key(post("/v2/hash")).json(&bulk), get(&format!("/hash/{SHA256}"))]).await;
    assert!(notes.iter().all(|line| !line.contains("claims")), "{notes:#?}");
}

/// A HAR entry of a bulk lookup with version 2 of the Cloud API.
fn bulk(hashes: &[&str], reply: &Value) -> Value {
    json!({ "startedDateTime": "2026-03-01T12:00:00Z",
            "request": { "method": "POST", "url": "https://api.metadefender.com/v2/hash", "headers": [],
                         "postData": { "text": json!({ "hash": hashes }).to_string() } },
            "response": { "status": 200, "headers": [], "content": { "text": reply.to_string() } } })
}

fn core(hashes: &Value) -> Value {
    let reply = json!({ "data_id": "d", "file_info": hashes, "scan_results": { "scan_all_result_i": 1 }, "process_info": {} });
    json!({ "startedDateTime": "2026-03-01T12:00:01Z",
            "request": { "method": "GET", "url": format!("http://core.test/hash/{MD5}"), "headers": [] },
            "response": { "status": 200, "headers": [], "content": { "text": reply.to_string() } } })
}

#[tokio::test]
async fn merged_samples_have_the_data_of_both() {
    let seen = |hash: &str| json!({ "hash": hash, "scan_result_i": 1, "data_id": "same" });
    let other = json!({ "hash": "0cc175b9c0f1b6a831c399e269772661", "scan_result_i": 0, "data_id": "other" });
    let text = har(&[
        bulk(&[MD5, "0cc175b9c0f1b6a831c399e269772661", SHA256], &json!([seen(MD5), other, seen(SHA256)])),
        core(&json!({ "md5": MD5, "sha256": SHA256, "display_name": "eicar.com" })),
    ]);
    let (fixture, notes) = imported("same-samples.har", &text);
    let samples = fixture["samples"].as_array().expect("samples");
    assert_eq!(samples.len(), 2, "{fixture:#} {notes:#?}");
    assert_eq!(
        (&samples[0]["md5"], &samples[0]["sha256"], &samples[0]["name"]),
        (&json!(MD5), &json!(SHA256), &json!("eicar.com"))
    );
    assert_eq!(samples[0]["metadefender_cloud"]["data_id"], "same");
    assert_eq!(samples[1]["metadefender_cloud"]["data_id"], "other");
    serving(&fixture).await.stop().await.expect("stops");
}

#[tokio::test]
async fn contradicting_samples_are_not_merged() {
    let seen = |hash: &str| json!({ "hash": hash, "scan_result_i": 1, "data_id": hash });
    let another = "d".repeat(64);
    let text = har(&[
        core(&json!({ "md5": MD5, "sha256": SHA256 })),
        bulk(&[&another], &json!([seen(&another)])),
        core(&json!({ "md5": MD5, "sha256": another })),
    ]);
    let (fixture, notes) = imported("contradicting.har", &text);
    assert_eq!(fixture["samples"].as_array().expect("samples").len(), 2, "{fixture:#}");
    let what = format!("sha256 is {another}, elsewhere {SHA256}; the first one is kept");
    assert!(notes.iter().any(|line| line.ends_with(&what)), "{notes:#?}");
    serving(&fixture).await.stop().await.expect("stops");
}

#[test]
fn an_import_that_gives_an_invalid_fixture_fails() {
    let reply = json!({ "data_id": "d", "file_info": { "md5": "44d88612", "display_name": "a" },
                        "scan_results": { "scan_all_result_i": 1 }, "process_info": {} });
    let (code, out, err) = outcome_fed(&mut program(&["import", "-"]), &reply.to_string());
    let (checked, _, _) = outcome_fed(&mut program(&["check", "-"]), &out);
    let message = "scandouble: this fixture cannot be loaded as it is; correct the places listed under \"the fixture\"\n";
    assert_eq!((code, checked), (1, 1), "{err}\n{out}");
    assert!(err.ends_with(message) && err.contains("lost: the fixture: "), "{err}");
}
