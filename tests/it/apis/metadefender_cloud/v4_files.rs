//! Version 4: uploads of files, and their results.

use super::*;
use crate::harness::{advance, clock, get};

/// SHA-1 and SHA-256 of `new`.
const NEW: (&str, &str) = (
    "C2A6B03F190DFB2B4AA91F8AF8D477A9BC3401DC",
    "11507A0E2F5E69D5DFA40A62A1BD7B6EE57E6BCD85C67C9B8431B36FFF21C437",
);

fn upload(content: &str) -> Ask {
    post("/v4/file").header("apikey", "k").body(content)
}

fn result(data_id: &str) -> Ask {
    get(&format!("/v4/file/{data_id}")).header("apikey", "k")
}

fn error(code: u32, text: &str) -> String {
    format!(r#"{{"error":{{"code":{code},"messages":["{text}"]}}}}"#)
}

async fn data_id(sent: Ask, emulator: &Emulator) -> String {
    let answer = sent.send(emulator).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data_id"].as_str().expect("text").to_owned()
}

#[tokio::test]
async fn an_upload_is_queued_then_in_progress_then_final() {
    let emulator = start().await;
    let sent =
        upload("new").header("filename", "new%20file.exe").header("rule", "sanitize").send(&emulator).await;
    let id = sent.json()["data_id"].as_str().expect("text").to_owned();
    assert!(id.len() == 32, "{id}");
    let body = format!(
        r#"{{"data_id":"{id}","status":"inqueue","in_queue":0,"queue_priority":"normal","sha1":"{}","sha256":"{}"}}"#,
        NEW.0, NEW.1
    );
    assert_answer(&sent, 200, &body, &["v4.file.accepted"], "documented; body=observed");
    advance(&emulator, 1.0);
    let running = result(&id).send(&emulator).await;
    assert_eq!(running.header("scandouble-behaviour"), Some("metadefender-cloud/v4.file.in-progress"));
    assert_eq!(running.header("scandouble-provenance"), Some("documented; body=assumed"));
    let report = running.json();
    let scan = &report["scan_results"];
    assert_eq!((&scan["progress_percentage"], &scan["scan_all_result_i"]), (&50.into(), &255.into()));
    assert_eq!((&scan["scan_all_result_a"], &scan["total_time"]), (&"In Progress".into(), &1000.into()));
    let codes: Vec<_> = scan["scan_details"].as_object().expect("engines").values().collect();
    let codes: Vec<_> = codes.iter().map(|engine| engine["scan_result_i"].as_u64()).collect();
    let (done, running) = ([Some(0); 4], [Some(255); 4]);
    assert_eq!(codes, [done, running].concat(), "half of the engines are done");
    let process = &report["process_info"];
    assert_eq!((&process["result"], &process["progress_percentage"]), (&"Processing".into(), &50.into()));
    assert_eq!(
        (&process["verdicts"], &report["scan_result_history_length"]),
        (&serde_json::json!([]), &0.into())
    );
    advance(&emulator, 1.0);
    let done = result(&id).send(&emulator).await;
    let by_hash = get(&format!("/v4/hash/{}", NEW.1)).header("apikey", "k").send(&emulator).await;
    assert_answer(&done, 200, by_hash.text(), &["v4.file.result"], "documented; body=observed");
    let report = done.json();
    assert_eq!((&report["data_id"], &report["rest_version"]), (&id.as_str().into(), &"4".into()));
    assert_eq!(report["process_info"]["profile"], "sanitize");
    assert_eq!(report["file_info"]["display_name"], "new file.exe");
    assert_eq!(report["scan_results"]["scan_all_result_a"], "No Threat Detected");
}

#[tokio::test]
async fn the_uploads_of_other_products_show_and_the_other_way_round() {
    let emulator = start().await;
    let core = post("/file").header("filename", "new.exe").body("new").send(&emulator).await.json();
    let core = core["data_id"].as_str().expect("text");
    let cloud = data_id(upload("new").header("filename", "again.exe"), &emulator).await;
    advance(&emulator, 2.0);
    for id in [core, &cloud] {
        let here = result(id).send(&emulator).await.json();
        let there = get(&format!("/file/{id}")).send(&emulator).await.json();
        assert_eq!((&here["data_id"], &there["data_id"]), (&id.into(), &id.into()));
        assert_eq!(here["file_info"]["display_name"], there["file_info"]["display_name"]);
    }
    let bulk = bulk(&[NEW.1]).send(&emulator).await.json();
    assert_eq!(bulk[0]["data_id"], cloud, "the newest one");
    let status = post("/api/samples/status/").header("Authorization", "Token exampletoken");
    let status = status.json(&format!(r#"{{"hash_values":["{}"]}}"#, NEW.0)).send(&emulator).await;
    assert!(status.text().contains(r#""status":"processed""#), "{}", status.text());
}

#[tokio::test]
async fn a_known_file_is_found_again() {
    let emulator = start().await;
    let id = data_id(upload("abc"), &emulator).await;
    assert_eq!(result("pinned").send(&emulator).await.json()["data_id"], "pinned", "of the fixture");
    advance(&emulator, 2.0);
    let report = result(&id).send(&emulator).await.json();
    assert_eq!(report["scan_result_history_length"], 2);
    assert_eq!(report["file_info"]["md5"], CLEAN.to_uppercase());
    assert_eq!(result("running").send(&emulator).await.json()["scan_results"]["scan_all_result_i"], 255);
    // The service has never seen this one; uploading it here is another matter.
    let hidden = "metadefender_cloud: { known: false }";
    let fixture = format!("samples: [ {{ name: h, content: hidden, verdict: infected, {hidden} }} ]");
    post("/_scandouble/samples").body(fixture).send(&emulator).await;
    let hash = "e564b4081d7a9ea4b00dada53bdae70c99b87b6fce869f0c3dd4d2bfa1e53e1c";
    let look = || get(&format!("/v4/hash/{hash}")).header("apikey", "k");
    assert_eq!(look().send(&emulator).await.status, 404);
    let id = data_id(upload("hidden"), &emulator).await;
    advance(&emulator, 2.0);
    let report = look().send(&emulator).await.json();
    assert_eq!((&report["data_id"], &report["scan_result_history_length"]), (&id.as_str().into(), &1.into()));
}

#[tokio::test]
async fn a_file_in_a_form_is_taken() {
    let emulator = start().await;
    let body =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.exe\"\r\n\r\nnew\r\n--b--\r\n";
    let form =
        || post("/v4/file").header("apikey", "k").header("Content-Type", "multipart/form-data; boundary=b");
    let sent = form().body(body).send(&emulator).await.json();
    assert_eq!(sent["sha256"], NEW.1);
    advance(&emulator, 2.0);
    let report = result(sent["data_id"].as_str().expect("text")).send(&emulator).await.json();
    assert_eq!(report["file_info"]["display_name"], "a.exe");
    let again = form().header("filename", "b.exe").body(body).send(&emulator).await.json();
    advance(&emulator, 2.0);
    let report = result(again["data_id"].as_str().expect("text")).send(&emulator).await.json();
    assert_eq!(report["file_info"]["display_name"], "b.exe", "the header wins");
    // Clients that join addresses carelessly ask for this path.
    let joined = post("/v4//file").header("apikey", "k").body("new").send(&emulator).await;
    assert_eq!(joined.status, 200);
}

#[tokio::test]
async fn refused_uploads() {
    let emulator = harness::start_with(FIXTURES, |builder| builder.setting("max-body", "10")).await;
    let empty = upload("").send(&emulator).await;
    let text = "Request body is empty; please send a binary file";
    assert_answer(&empty, 400, &error(400_145, text), &["v4.file.empty"], "observed");
    let url = upload("").header("downloadfrom", "https://example.org/a.exe").send(&emulator).await;
    let text = "Provided download URL is not valid or inaccessible";
    assert_answer(&url, 400, &error(400_146, text), &["v4.file.download-url"], "assumed");
    let large = upload("more than ten bytes").send(&emulator).await;
    let text = "Exceeded maximum file size allowed; maximum allowed is 200MB";
    assert_answer(&large, 400, &error(400_144, text), &["v4.file.too-large"], "observed");
    for id in ["nobody", "0123456789abcdef0123456789abcdef", CLEAN] {
        let answer = result(id).send(&emulator).await;
        let body = error(404_004, "The data_id was not found");
        assert_answer(&answer, 404, &body, &["v4.file.not-found"], "observed");
    }
    assert_eq!(empty.header("x-ratelimit-used"), Some("0"), "refusals cost nothing");
}

#[tokio::test]
async fn uploads_have_a_limit_of_their_own() {
    let fixture = "accounts: { metadefender_cloud: [ { key: k, upload_limit: 1, lookup_limit: 2 } ] }";
    let emulator = harness::start(fixture).await;
    let headers = |answer: &Answer| {
        let value = |name: &str| answer.header(&format!("x-ratelimit-{name}")).unwrap_or_default().to_owned();
        ["for", "limit", "remaining", "used", "reset-in"].map(value)
    };
    let first = upload("new").send(&emulator).await;
    assert_eq!(headers(&first), ["prevention_api", "1", "0", "1", "86400s"]);
    advance(&emulator, 3_600.0);
    let second = upload("new").send(&emulator).await;
    let text = "API key limit exceeded; retry after the limit is reset";
    assert_answer(&second, 429, &error(429_000, text), &["v4.limit.exceeded"], "observed");
    assert_eq!(headers(&second), ["prevention_api", "1", "0", "1", "82800s"]);
    let look = get("/v4/hash/abc").header("apikey", "k").send(&emulator).await;
    assert_eq!(headers(&look), ["reputation_api", "2", "1", "1", "86400s"]);
    let id = first.json()["data_id"].as_str().expect("text").to_owned();
    let asked = result(&id).send(&emulator).await;
    assert_eq!(
        (asked.status, headers(&asked)),
        (200, ["prevention_api", "1", "0", "1", "82800s"].map(str::to_owned))
    );
    advance(&emulator, 82_800.0);
    assert_eq!(upload("new").send(&emulator).await.status, 200);
}

#[tokio::test]
async fn uploads_and_bulk_look_ups_are_throttled_by_the_hour() {
    let throttle = |builder: scandouble::Builder| builder.setting("metadefender-cloud.throttle", "2");
    let emulator = harness::start_with(FIXTURES, throttle).await;
    let list = || post("/v4/hash").header("apikey", "k").json(r#"{"hash":["abc"]}"#);
    assert_eq!(upload("").send(&emulator).await.status, 400);
    assert_eq!(list().send(&emulator).await.status, 400);
    let body = r#"{"error":{"name":"ClientError","messages":"Your request has been throttled, maximum requests per hour: 2 for free users","code":429001,"status":429}}"#;
    for refused in [upload("new"), list()] {
        let answer = refused.send(&emulator).await;
        assert_answer(&answer, 429, body, &["v4.throttled"], "documented");
        assert_eq!(answer.header("x-ratelimit-used"), Some("0"), "it uses nothing of the daily limits");
    }
    // The page does not list these two.
    assert_eq!(result("nobody").send(&emulator).await.status, 404);
    assert_eq!(get("/v4/hash/abc").header("apikey", "k").send(&emulator).await.status, 404);
    advance(&emulator, 3_599.0);
    assert_eq!(upload("new").send(&emulator).await.status, 429);
    advance(&emulator, 1.0);
    assert_eq!(upload("new").send(&emulator).await.status, 200);
}

#[tokio::test]
async fn results_in_progress_show_the_queue_alone_if_wanted() {
    let short =
        |builder: scandouble::Builder| builder.setting("metadefender-cloud.file-in-progress", "queue");
    let emulator = harness::start_with(FIXTURES, short).await;
    let id = data_id(upload("new"), &emulator).await;
    advance(&emulator, 1.0);
    let answer = result(&id).send(&emulator).await;
    let uploaded = harness::NOW;
    let body = format!(r#"{{"data_id":"{id}","status":"inqueue","in_queue":1,"last_updated":"{uploaded}"}}"#);
    assert_answer(&answer, 200, &body, &["v4.file.in-queue"], "documented");
    advance(&emulator, 1.0);
    let report = result(&id).send(&emulator).await;
    assert_eq!(report.header("scandouble-behaviour"), Some("metadefender-cloud/v4.file.result"));
}

#[tokio::test]
async fn an_archive_is_in_progress_as_long_as_a_file_in_it() {
    let emulator = harness::start(
        "
accounts: { metadefender_cloud: [ { key: k } ] }
samples:
  - { name: a.zip, md5: 11111111111111111111111111111111, verdict: clean, scanned_at: now, children: [b.exe], metadefender_cloud: { data_id: a } }
  - { name: b.exe, md5: 22222222222222222222222222222222, verdict: infected, scanned_at: now, finishes_after: 100s }
",
    )
    .await;
    advance(&emulator, 30.0);
    let running = result("a").send(&emulator).await;
    assert_eq!(running.header("scandouble-behaviour"), Some("metadefender-cloud/v4.file.in-progress"));
    let scan = running.json()["scan_results"].clone();
    assert_eq!((&scan["progress_percentage"], &scan["total_time"]), (&30.into(), &30_000.into()));
    advance(&emulator, 70.0);
    let done = result("a").send(&emulator).await.json();
    assert_eq!(done["scan_results"]["scan_all_result_i"], 1);
}

#[tokio::test]
async fn an_upload_that_is_ended_manually_is_final_at_once() {
    let emulator = harness::start_with(FIXTURES, |builder| builder.setting("upload-time", "when-told")).await;
    let id = data_id(upload("new"), &emulator).await;
    clock(&emulator).advance(jiff::SignedDuration::from_hours(9));
    assert_eq!(result(&id).send(&emulator).await.json()["process_info"]["result"], "Processing");
    let ended = post(&format!("/_scandouble/samples/{}/advance", NEW.1)).send(&emulator).await;
    assert_eq!(ended.status, 200, "{}", ended.text());
    assert_eq!(result(&id).send(&emulator).await.json()["process_info"]["result"], "Allowed");
}
