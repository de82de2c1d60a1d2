//! Batches: files that are sent together, and their result.

use scandouble::Emulator;
use serde_json::json;

use super::{JSON, assert_answer};
use crate::harness::{Answer, Ask, advance, get, post, start, start_with};

const NONE: &str = "samples: []";

async fn create(emulator: &Emulator, ask: Ask) -> String {
    let answer = ask.send(emulator).await;
    let id = answer.json()["batch_id"].as_str().expect("a batch_id").to_owned();
    assert!(id.len() == 32 && id.bytes().all(|byte| b"0123456789abcdef".contains(&byte)), "{id}");
    assert_answer(&answer, 200, &format!(r#"{{"batch_id":"{id}"}}"#), "batch.created", "documented");
    id
}

async fn send(emulator: &Emulator, batch: &str, name: &str, body: &str) -> Answer {
    post("/file").header("batch", batch).header("filename", name).body(body).send(emulator).await
}

fn data_id(answer: &Answer) -> String {
    assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-core/file.accepted"));
    answer.json()["data_id"].as_str().expect("a data_id").to_owned()
}

/// A file of a batch: its identifier, name, size, type, and what is known of it.
fn item(id: &str, name: &str, size: usize, kind: &str, state: &str) -> String {
    format!(r#"{{"data_id":"{id}",{state}"display_name":"{name}","file_size":{size},{kind}"#)
}

#[tokio::test]
async fn a_batch_takes_files_is_closed_and_shows_their_results() {
    let emulator = start_with("{ rules: [{ name: First }, { name: Second }], samples: [] }", |builder| {
        builder.setting("uploads", "bad*=infected")
    })
    .await;
    let ask = post("/file/batch").header("rule", "Second").header("user_agent", "gate");
    let id = create(&emulator, ask.header("user-data", "http%3A%2F%2Flocalhost%2F")).await;
    advance(&emulator, 1.0);
    let good = data_id(&send(&emulator, &id, "good.txt", "good").await);
    advance(&emulator, 1.0);
    let bad = data_id(&send(&emulator, &id, "bad.txt", "worse").await);

    let engines = 8;
    let kind = r#""file_type":"text/plain","file_type_description":"ASCII text","#;
    let file = |id: &str,
                name: &str,
                size: usize,
                detected: u64,
                reason: &str,
                percentage: u32,
                result: &str,
                verdicts: &str,
                text: &str,
                code: u16| {
        item(id, name, size, kind, &format!(r#""detected_by":{detected},"#))
            + &format!(
                r#""process_info":{{"blocked_reason":"{reason}","progress_percentage":{percentage},"result":"{result}","verdicts":[{verdicts}]}},"progress_percentage":{percentage},"scan_all_result_a":"{text}","scan_all_result_i":{code},"scanned_with":{engines}}}"#
            )
    };
    let whole = |files: &str,
                 count: u32,
                 first: u32,
                 size: u32,
                 closed: bool,
                 reason: &str,
                 result: &str,
                 text: &str,
                 code: u16,
                 took: u32| {
        format!(
            r#"{{"batch_files":{{"batch_count":{count},"files_in_batch":[{files}],"first_index":{first},"page_size":{size}}},"batch_id":"{id}","is_closed":{closed},"process_info":{{"blocked_reason":"{reason}","file_type_skipped_scan":false,"profile":"Second","result":"{result}","user_agent":"gate"}},"scan_results":{{"batch_id":"{id}","scan_all_result_a":"{text}","scan_all_result_i":{code},"start_time":"2026-03-01T12:00:00.000Z","total_avs":0,"total_time":{took}}},"user_data":"http://localhost/"}}"#
        )
    };
    let one = file(&good, "good.txt", 4, 0, "", 50, "Processing", "", "In Progress", 255);
    let two = file(&bad, "bad.txt", 5, 0, "", 0, "Processing", "", "In Progress", 255);
    let path = format!("/file/batch/{id}");
    let status = get(&path).send(&emulator).await;
    let running = whole(&format!("{one},{two}"), 2, 0, 50, false, "", "Processing", "In Progress", 255, 2000);
    assert_answer(&status, 200, &running, "batch.status", "documented");

    let closed = post(&format!("{path}/close")).send(&emulator).await;
    let body = running.replace(r#""is_closed":false"#, r#""is_closed":true"#);
    assert_answer(&closed, 200, &body, "batch.closed", "documented");
    let late = send(&emulator, &id, "late.txt", "late").await;
    let refused = r#"{"err":"Batch is closed or does not exist."}"#;
    assert_answer(&late, 400, refused, "file.batch-invalid", "assumed");

    advance(&emulator, 10.0);
    let detected = get(&format!("/file/{bad}")).send(&emulator).await.json()["scan_results"]["scan_details"]
        .as_object()
        .expect("engines")
        .values()
        .filter(|engine| engine["scan_result_i"] == 1)
        .count() as u64;
    let one =
        file(&good, "good.txt", 4, 0, "", 100, "Allowed", r#""No Threat Detected""#, "No Threat Detected", 0);
    let two = file(&bad, "bad.txt", 5, detected, "Infected", 100, "Blocked", r#""Infected""#, "Infected", 1);
    let done = |files: &str, first, size| {
        whole(files, 2, first, size, true, "Infected", "Blocked", "Infected", 1, 4000)
    };
    let status = get(&path).send(&emulator).await;
    assert_answer(&status, 200, &done(&format!("{one},{two}"), 0, 50), "batch.status", "documented");
    let part = get(&format!("{path}?first=1&size=5")).send(&emulator).await;
    assert_answer(&part, 200, &done(&two, 1, 5), "batch.status", "documented");
    // The files have their own results, under the rule and the agent of the batch.
    let result = get(&format!("/file/{good}")).send(&emulator).await.json();
    assert_eq!(result["process_info"]["profile"], "Second");
    assert_eq!(result["process_info"]["user_agent"], "gate");
}

#[tokio::test]
async fn a_batch_that_is_not_there_is_not_found_and_takes_no_files() {
    let emulator = start(NONE).await;
    let id = create(&emulator, post("/file/batch")).await;
    let other = create(&emulator, post("/file/batch")).await;
    assert_ne!(id, other);
    let missing = r#"{"err":"Not found"}"#;
    for ask in [
        get("/file/batch/nobody"),
        post("/file/batch/nobody/close"),
        get(&format!("/_world/w/file/batch/{id}")),
    ] {
        assert_answer(&ask.send(&emulator).await, 404, missing, "batch.not-found", "documented");
    }
    let refused = send(&emulator, "nobody", "a.txt", "abc").await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        get("/hash/900150983cd24fb0d6963f7d28e17f72").send(&emulator).await.text(),
        r#"{"900150983cd24fb0d6963f7d28e17f72":"Not Found"}"#
    );
    let empty = get(&format!("/file/batch/{id}")).send(&emulator).await;
    let body = format!(
        r#"{{"batch_files":{{"batch_count":0,"files_in_batch":[],"first_index":0,"page_size":50}},"batch_id":"{id}","is_closed":false,"process_info":{{"blocked_reason":"","file_type_skipped_scan":false,"profile":"File scan","result":"Allowed","user_agent":"webscan"}},"scan_results":{{"batch_id":"{id}","scan_all_result_a":"No Threat Detected","scan_all_result_i":0,"start_time":"2026-03-01T12:00:00.000Z","total_avs":0,"total_time":0}},"user_data":""}}"#
    );
    assert_answer(&empty, 200, &body, "batch.status", "documented");
    assert_eq!(post("/_scandouble/reset").json(r#"{"parts":["samples"]}"#).send(&emulator).await.status, 200);
    assert_eq!(get(&format!("/file/batch/{id}")).send(&emulator).await.status, 404);
}

#[tokio::test]
async fn a_batch_names_the_user_who_created_it_and_findings_say_what_it_ignores() {
    let emulator = start("accounts: { metadefender_core: [{ user: admin, password: p }] }").await;
    let login = post("/login").json(r#"{"user":"admin","password":"p"}"#).send(&emulator).await;
    let key = login.json()["session_id"].as_str().expect("a session").to_owned();
    let ask = post("/file/batch")
        .header("apikey", &key)
        .header("rule", "Nobody")
        .header("user-data", &"x".repeat(1025));
    let id = create(&emulator, ask).await;
    let entries = emulator.world("default").state().journal.snapshot().entries;
    let texts: Vec<_> =
        entries.last().expect("a request").reply.findings.iter().map(|one| one.text.to_string()).collect();
    assert!(texts[0].contains("no rule of this name") && texts[1].contains("1024 bytes"), "{texts:?}");
    let status = get(&format!("/file/batch/{id}")).header("apikey", &key).send(&emulator).await;
    assert_eq!((status.status, status.header("content-type")), (200, Some(JSON)));
    assert_eq!(status.json()["process_info"]["username"], "LOCAL/admin");
    assert_eq!(status.json()["user_data"], json!("x".repeat(1025)));
}

#[tokio::test]
async fn an_archive_in_a_batch_counts_what_is_detected_inside() {
    let emulator = start(
        "
samples:
  - { name: outer.zip, content: outer, engines: [{ engine: A, verdict: clean }], children: [inner.zip] }
  - { name: inner.zip, md5: '00000000000000000000000000000002', engines: [{ engine: A, verdict: clean }], children: [bad.exe] }
  - name: bad.exe
    md5: '00000000000000000000000000000003'
    engines: [{ engine: B, verdict: infected }, { engine: C, verdict: suspicious }, { engine: D, verdict: clean }]
",
    )
    .await;
    let id = create(&emulator, post("/file/batch")).await;
    let sent = data_id(&send(&emulator, &id, "outer.zip", "outer").await);
    advance(&emulator, 5.0);
    let file =
        get(&format!("/file/batch/{id}")).send(&emulator).await.json()["batch_files"]["files_in_batch"][0]
            .clone();
    assert_eq!(
        (&file["data_id"], &file["detected_by"], &file["scan_all_result_i"]),
        (&json!(sent), &json!(2), &json!(1))
    );
}
