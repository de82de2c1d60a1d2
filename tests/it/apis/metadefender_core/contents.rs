//! Archives whose contents are still being scanned, or are scanned again later.

use serde_json::json;

use super::{assert_answer, assert_result};
use crate::harness::{Answer, advance, get, instant, post, start};

const OUTER: &str = "/hash/00000000000000000000000000000001";
const SLOW: &str = "00000000000000000000000000000003";

/// An archive in an archive, and in it a file that takes 100 seconds.
const NESTED: &str = "
samples:
  - name: outer.zip
    md5: '00000000000000000000000000000001'
    sha1: '0000000000000000000000000000000000000001'
    sha256: '0000000000000000000000000000000000000000000000000000000000000001'
    size: 3
    scanned_at: 2026-01-01T00:00:00Z
    engines: [{ engine: A, verdict: clean, definitions: 2025-12-31T00:00:00Z, scan_time: 5, wait_time: 7 }]
    children: [{ sample: inner.zip, path: inner.zip }]
    metadefender_core: { data_id: outer, queue_time: 1, total_time: 2, processing_time: 3 }
  - name: inner.zip
    md5: '00000000000000000000000000000002'
    size: 4
    scanned_at: 2026-01-01T00:00:00Z
    engines: [{ engine: A, verdict: clean, definitions: 2025-12-31T00:00:00Z, scan_time: 5, wait_time: 7 }]
    children: [slow.exe]
    metadefender_core: { data_id: inner }
  - name: slow.exe
    md5: '00000000000000000000000000000003'
    finishes_after: 100s
    engines:
      - { engine: A, verdict: infected, threat: T, definitions: 2025-12-31T00:00:00Z, scan_time: 5, wait_time: 7 }
      - { engine: B, verdict: infected, threat: T, definitions: 2025-12-31T00:00:00Z, scan_time: 5, wait_time: 7 }
";

/// The whole reply for the outer archive.
fn outer(detected_by: u32, percentage: u32, code: u16, name: &str, result: &str, reason: &str) -> String {
    let kind = r#""file_type":"application/zip","file_type_description":"Zip archive data, at least v2.0 to extract","#;
    [
        r#"{"data_id":"outer","extracted_files":{"files_in_archive":[{"data_id":"inner","#,
        &format!(r#""detected_by":{detected_by},"display_name":"inner.zip","file_size":4,{kind}"#),
        &format!(r#""progress_percentage":{percentage},"scan_all_result_i":{code},"scanned_with":1}}]}},"#),
        &format!(r#""file_info":{{"display_name":"outer.zip","file_size":3,{kind}"#),
        r#""md5":"00000000000000000000000000000001","sha1":"0000000000000000000000000000000000000001","#,
        r#""sha256":"0000000000000000000000000000000000000000000000000000000000000001","#,
        r#""upload_timestamp":"2025-12-31T23:59:59.999Z"},"#,
        &format!(r#""scan_results":{{"data_id":"outer","progress_percentage":{percentage},"#),
        &format!(r#""scan_all_result_a":"{name}","scan_all_result_i":{code},"scan_details":{{"A":{{"#),
        r#""def_time":"2025-12-31T00:00:00.000Z","location":"local","scan_result_i":0,"scan_time":5,"#,
        r#""wait_time":7,"threat_found":""}},"start_time":"2026-01-01T00:00:00.000Z","total_avs":1,"#,
        &format!(
            r#""total_time":2}},"process_info":{{"processing_time":3,"progress_percentage":{percentage},"#
        ),
        r#""user_agent":"webscan","profile":"File scan","queue_time":1,"#,
        &format!(r#""result":"{result}","blocked_reason":"{reason}","file_type_skipped_scan":false}},"#),
        r#""vulnerability_info":{}}"#,
    ]
    .concat()
}

#[tokio::test]
async fn an_archive_is_in_progress_while_anything_inside_is_scanned() {
    let emulator = start(NESTED).await;
    let behaviours = "hash.in-progress hash.found.archive";
    for (seconds, percentage) in [(0.0, 0), (40.0, 40), (59.999, 99)] {
        advance(&emulator, seconds);
        let body = outer(0, percentage, 255, "In Progress", "Processing", "");
        let answer = get(OUTER).send(&emulator).await;
        assert_answer(&answer, 200, &body, behaviours, "documented; body=assumed");
        assert_eq!(get("/file/outer").send(&emulator).await.text(), body);
    }
    let hidden = get(OUTER).header("include-inprogress", "false").send(&emulator).await;
    let missing = r#"{"00000000000000000000000000000001":"Not Found"}"#;
    assert_answer(&hidden, 200, missing, "hash.include-inprogress hash.not-found", "documented");
    advance(&emulator, 0.001);
    let body = outer(2, 100, 1, "Infected", "Blocked", "Scan result: Infected");
    let done = get(OUTER).send(&emulator).await;
    assert_answer(&done, 200, &body, "hash.found.archive hash.found", "documented");
}

#[tokio::test]
async fn an_archive_finishes_when_a_file_inside_ends_manually() {
    let emulator = start(&NESTED.replace("finishes_after: 100s", "in_progress: true")).await;
    advance(&emulator, 1_000_000.0);
    assert_result(&get(OUTER).send(&emulator).await, "hash.in-progress hash.found.archive", &[]);
    let ended = post(&format!("/_scandouble/samples/{SLOW}/advance")).send(&emulator).await;
    assert_eq!(ended.status, 200, "{}", ended.text());
    let body = outer(2, 100, 1, "Infected", "Blocked", "Scan result: Infected");
    assert_eq!(get(OUTER).send(&emulator).await.text(), body);
}

/// An archive that can be uploaded, with a file that a rescan finds infected.
const RESCANNED: &str = "
samples:
  - { name: outer.zip, content: outer, verdict: clean, children: [sleeper.exe] }
  - { name: sleeper.exe, content: sleeper, verdict: clean, after_rescan: { verdict: infected, after: 10s } }
";

fn md5(content: &str) -> String {
    use md5::Digest as _;
    scandouble::internals::ids::hex(&md5::Md5::digest(content))
}

#[tokio::test]
async fn a_finished_result_of_an_archive_does_not_change_with_later_rescans() {
    let emulator = start(RESCANNED).await;
    let path = format!("/hash/{}", md5("outer"));
    let before = get(&path).send(&emulator).await;
    let found = "hash.found.archive hash.found";
    assert_result(&before, found, &[("/scan_results/scan_all_result_i", json!(0))]);
    let id = before.json()["data_id"].as_str().expect("a text").to_owned();

    let state = emulator.world("default").state();
    let hash = scandouble::internals::samples::Hash::parse(&md5("sleeper")).expect("a hash");
    let sample = state.find(&hash).expect("reads").expect("is there");
    let pace = scandouble::internals::settings::Pace::AtOnce;
    let ask = scandouble::internals::worlds::Ask {
        sample: &sample,
        engine: "e",
        pace,
        rescan_of: &["any"],
        sends_to: None,
    };
    state.ask(&[ask], instant(crate::harness::NOW));
    advance(&emulator, 3600.0);
    let child = get(&format!("/hash/{}", md5("sleeper"))).send(&emulator).await;
    assert_result(&child, "hash.found", &[("/scan_results/scan_all_result_i", json!(1))]);
    assert_eq!(get(&path).send(&emulator).await.body, before.body, "the rescan came later");

    // A new upload of the archive has a new result, which uses the newest one of the file.
    let sent = post("/file").header("filename", "outer.zip").body("outer").send(&emulator).await;
    let new = sent.json()["data_id"].as_str().expect("a text").to_owned();
    assert_ne!(new, id);
    advance(&emulator, 2.0);
    let after = get(&path).send(&emulator).await;
    let values = [("/data_id", json!(new)), ("/scan_results/scan_all_result_i", json!(1))];
    assert_result(&after, found, &values);
    let old: Answer = get(&format!("/file/{id}")).send(&emulator).await;
    assert_eq!(old.body, before.body);
}
