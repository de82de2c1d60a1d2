//! Scans in progress, their end, and rescans.

use serde_json::json;

use super::{assert_answer, assert_result};
use crate::harness::{advance, clock, get, instant, start};

const MD5: &str = "0cc175b9c0f1b6a831c399e269772661";
const PATH: &str = "/hash/0cc175b9c0f1b6a831c399e269772661";

const TAKES: &str = "
samples:
  - name: a
    md5: 0cc175b9c0f1b6a831c399e269772661
    sha1: 86f7e437faa5a7fce15d1ddcb9eaeaea377667b8
    sha256: ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb
    size: 1
    scanned_at: -10s
    finishes_after: 90s
    engines:
      - { engine: A, verdict: clean, definitions: -1d, scan_time: 5, wait_time: 7 }
      - { engine: B, verdict: infected, threat: T, definitions: -2d, scan_time: 6.5, wait_time: 8 }
    metadefender_core: { data_id: d, queue_time: 4, total_time: 11, processing_time: 22, scan_all_result_a: Pinned }
";

fn running(percentage: u32, first: &str, elapsed: u32) -> String {
    let unfinished = r#""scan_result_i":255,"scan_time":0,"wait_time":0,"threat_found":"""#;
    [
        r#"{"data_id":"d","file_info":{"display_name":"a","file_size":1,"file_type":"application/octet-stream","#,
        r#""file_type_description":"data","md5":"0cc175b9c0f1b6a831c399e269772661","#,
        r#""sha1":"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8","#,
        r#""sha256":"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb","#,
        r#""upload_timestamp":"2026-03-01T11:59:49.996Z"},"#,
        &format!(r#""scan_results":{{"data_id":"d","progress_percentage":{percentage},"#),
        r#""scan_all_result_a":"In Progress","scan_all_result_i":255,"scan_details":{"#,
        &format!(r#""A":{{"def_time":"2026-02-28T12:00:00.000Z","location":"local",{first}}},"#),
        &format!(r#""B":{{"def_time":"2026-02-27T12:00:00.000Z","location":"local",{unfinished}}}}},"#),
        &format!(r#""start_time":"2026-03-01T11:59:50.000Z","total_avs":2,"total_time":{elapsed}}},"#),
        &format!(r#""process_info":{{"processing_time":{elapsed},"progress_percentage":{percentage},"#),
        r#""user_agent":"webscan","profile":"File scan","queue_time":4,"result":"Processing","#,
        r#""blocked_reason":"","file_type_skipped_scan":false},"vulnerability_info":{}}"#,
    ]
    .concat()
}

#[tokio::test]
async fn progress_follows_the_clock_until_the_result_is_final() {
    let emulator = start(TAKES).await;
    let unfinished = r#""scan_result_i":255,"scan_time":0,"wait_time":0,"threat_found":"""#;
    let finished = r#""scan_result_i":0,"scan_time":5,"wait_time":7,"threat_found":"""#;
    let provenance = "documented; body=assumed";
    for (seconds, percentage, first, elapsed) in [
        (0.0, 11, unfinished, 10_000),
        (34.999, 49, unfinished, 44_999),
        (0.001, 50, finished, 45_000),
        (44.999, 99, finished, 89_999),
    ] {
        advance(&emulator, seconds);
        let answer = get(PATH).send(&emulator).await;
        assert_answer(&answer, 200, &running(percentage, first, elapsed), "hash.in-progress", provenance);
    }
    advance(&emulator, 0.001);
    let done = get(PATH).send(&emulator).await;
    let values = [
        ("/scan_results/progress_percentage", json!(100)),
        ("/scan_results/scan_all_result_i", json!(1)),
        ("/scan_results/scan_all_result_a", json!("Pinned")),
        ("/scan_results/scan_details/B/scan_result_i", json!(1)),
        ("/scan_results/scan_details/B/scan_time", json!(7)),
        ("/scan_results/total_time", json!(11)),
        ("/process_info/processing_time", json!(22)),
        ("/process_info/blocked_reason", json!("Scan result: Pinned")),
    ];
    assert_result(&done, "hash.found", &values);
    advance(&emulator, 1_000_000.0);
    assert_eq!(get(PATH).send(&emulator).await.body, done.body);
}

#[tokio::test]
async fn a_scan_in_progress_ends_only_manually() {
    let emulator =
        start(&format!("samples: [{{ name: a, md5: {MD5}, verdict: infected, in_progress: true }}]")).await;
    let first = get(PATH).send(&emulator).await;
    assert_result(&first, "hash.in-progress", &[("/scan_results/total_time", json!(0))]);
    advance(&emulator, 86_400.0);
    let later = get(PATH).send(&emulator).await;
    assert_result(&later, "hash.in-progress", &[("/scan_results/total_time", json!(86_400_000))]);
    let percentage =
        |answer: &crate::harness::Answer| answer.json()["process_info"]["progress_percentage"].as_u64();
    assert_eq!(percentage(&first), percentage(&later));
    assert!(percentage(&first) < Some(100));
    let state = emulator.world("default").state();
    let hash = scandouble::internals::samples::Hash::parse(MD5).expect("a hash");
    let sample = state.find(&hash).expect("reads").expect("is there");
    state.finish(&sample, instant("2026-03-02T12:00:00Z"));
    let done = get(PATH).send(&emulator).await;
    let values = [
        ("/scan_results/scan_all_result_a", json!("Infected")),
        ("/scan_results/total_time", json!(86_400_000)),
        ("/process_info/result", json!("Blocked")),
    ];
    assert_result(&done, "hash.found", &values);
    clock(&emulator).freeze(Some(instant("2026-03-02T11:59:59Z")));
    assert_result(&get(PATH).send(&emulator).await, "hash.in-progress", &[]);
}

#[tokio::test]
async fn an_earlier_finished_result_wins_over_a_running_one() {
    let scans = "{ verdict: clean, scanned_at: 2026-01-01, metadefender_core: { data_id: old } }, \
                 { verdict: infected, finishes_after: 30s, metadefender_core: { data_id: new } }";
    let emulator = start(&format!("samples: [{{ name: a, md5: {MD5}, scans: [{scans}] }}]")).await;
    let old = [("/data_id", json!("old"))];
    let answer = get(PATH).send(&emulator).await;
    assert_result(&answer, "hash.found", &old);
    // The page only says that the result is the most recent one.
    assert_eq!(answer.header("scandouble-provenance"), Some("documented; body=assumed"));
    let ruled = get(PATH).header("rule", "File scan").send(&emulator).await;
    assert_result(&ruled, "hash.found.rule hash.found", &old);
    assert_eq!(ruled.header("scandouble-provenance"), Some("documented; body=assumed"));
    let header = get(PATH).header("include-inprogress", "true").send(&emulator).await;
    assert_result(&header, "hash.include-inprogress hash.found", &old);
    assert_eq!(header.header("scandouble-provenance"), Some("documented"));
    advance(&emulator, 30.0);
    let values = [("/data_id", json!("new")), ("/scan_results/total_time", json!(30_000))];
    let answer = get(PATH).send(&emulator).await;
    assert_result(&answer, "hash.found", &values);
    assert_eq!(answer.header("scandouble-provenance"), Some("documented"));
}

#[tokio::test]
async fn a_rescan_makes_a_new_result() {
    let pins = "metadefender_core: { data_id: pinned, scan_all_result_a: Pinned, location: remote }";
    let rescan = "after_rescan: { verdict: infected, threat: X, after: 90s }";
    let emulator =
        start(&format!("samples: [{{ name: a, md5: {MD5}, verdict: clean, {rescan}, {pins} }}]")).await;
    let before = get(PATH).send(&emulator).await;
    assert_result(
        &before,
        "hash.found",
        &[("/data_id", json!("pinned")), ("/process_info/result", json!("Allowed"))],
    );
    let state = emulator.world("default").state();
    let hash = scandouble::internals::samples::Hash::parse(MD5).expect("a hash");
    let sample = state.find(&hash).expect("reads").expect("is there");
    let ask = scandouble::internals::worlds::Ask {
        sample: &sample,
        engine: "e",
        pace: scandouble::internals::settings::Pace::AtOnce,
        rescan_of: &["any"],
        sends_to: None,
    };
    state.ask(&[ask], instant(crate::harness::NOW));
    advance(&emulator, 89.999);
    assert_eq!(get(PATH).send(&emulator).await.body, before.body);
    advance(&emulator, 0.001);
    let after = get(PATH).send(&emulator).await;
    let values = [
        ("/scan_results/scan_all_result_a", json!("Infected")),
        ("/scan_results/start_time", json!("2026-03-01T12:01:30.000Z")),
        ("/scan_results/scan_details/ClamAV/location", json!("remote")),
        ("/process_info/blocked_reason", json!("Scan result: Infected")),
    ];
    assert_result(&after, "hash.found", &values);
    assert_eq!(after.json()["data_id"].as_str().map(str::len), Some(32));
}
