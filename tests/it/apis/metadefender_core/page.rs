//! The page's description of a result, field by field, on fixtures that are not the page's own.

use serde_json::json;

use super::{assert_answer, assert_result};
use crate::harness::{advance, get, post, start};

/// One sample whose every field differs from the page's examples.
const ALL: &str = "
rules:
  - { name: Default }
  - { name: Mail, user_agents: [Mail gateway], blocks: [suspicious] }
samples:
  - name: letter.doc
    md5: 0000000000000000000000000000000a
    sha1: 000000000000000000000000000000000000000a
    sha256: 000000000000000000000000000000000000000000000000000000000000000a
    size: 12
    type: application/msword
    description: A letter
    rule: Mail
    scanned_at: 2026-02-01T10:00:00.250Z
    engines:
      - { engine: Zeta, verdict: suspicious, threat: Heur.Letter, definitions: 2026-01-31T00:00:00Z, scan_time: 20, wait_time: 35 }
      - { engine: Alpha, verdict: clean, definitions: 2026-01-30T12:00:00.5Z, scan_time: 4, wait_time: 9 }
      - { engine: Mid, verdict: failed, definitions: 2026-01-29T00:00:00Z, scan_time: 0, wait_time: 1 }
    metadefender_core: { data_id: letter, queue_time: 11, total_time: 40, processing_time: 55 }
";

fn all(name: &str, text: &str, code: u16, result: &str, reason: &str) -> String {
    [
        r#"{"data_id":"letter","file_info":{"display_name":"letter.doc","file_size":12,"#,
        r#""file_type":"application/msword","file_type_description":"A letter","#,
        r#""md5":"0000000000000000000000000000000a","sha1":"000000000000000000000000000000000000000a","#,
        r#""sha256":"000000000000000000000000000000000000000000000000000000000000000a","#,
        r#""upload_timestamp":"2026-02-01T10:00:00.239Z"},"#,
        r#""scan_results":{"data_id":"letter","progress_percentage":100,"#,
        &format!(r#""scan_all_result_a":"{text}","scan_all_result_i":{code},"scan_details":{{"#),
        r#""Zeta":{"def_time":"2026-01-31T00:00:00.000Z","location":"local","scan_result_i":2,"scan_time":20,"#,
        r#""wait_time":35,"threat_found":"Heur.Letter"},"#,
        &format!(r#""{name}":{{"def_time":"2026-01-30T12:00:00.500Z","location":"local","scan_result_i":0,"#),
        r#""scan_time":4,"wait_time":9,"threat_found":""},"#,
        r#""Mid":{"def_time":"2026-01-29T00:00:00.000Z","location":"local","scan_result_i":3,"scan_time":0,"#,
        r#""wait_time":1,"threat_found":""}},"#,
        r#""start_time":"2026-02-01T10:00:00.250Z","total_avs":3,"total_time":40},"#,
        r#""process_info":{"processing_time":55,"progress_percentage":100,"user_agent":"Mail gateway","#,
        &format!(r#""profile":"Mail","queue_time":11,"result":"{result}","blocked_reason":"{reason}","#),
        r#""file_type_skipped_scan":false},"vulnerability_info":{}}"#,
    ]
    .concat()
}

#[tokio::test]
async fn every_field_of_a_result_follows_from_the_fixture() {
    let emulator = start(ALL).await;
    let body = all("Alpha", "Suspicious", 2, "Blocked", "Scan result: Suspicious");
    for hash in [
        "0000000000000000000000000000000a",
        "000000000000000000000000000000000000000A",
        "000000000000000000000000000000000000000000000000000000000000000a",
    ] {
        let answer = get(&format!("/hash/{hash}")).send(&emulator).await;
        assert_answer(&answer, 200, &body, "hash.found", "documented");
    }
    let other = start(&ALL.replace("blocks: [suspicious]", "blocks: []").replace("Alpha", "Beta")).await;
    let body = all("Beta", "Suspicious", 2, "Allowed", "");
    let answer = get("/hash/0000000000000000000000000000000a").send(&other).await;
    assert_answer(&answer, 200, &body, "hash.found", "documented");
}

#[tokio::test]
async fn the_most_recent_result_is_returned_whatever_it_found() {
    let emulator = start(
        "
samples:
  - name: a
    md5: 0000000000000000000000000000000a
    scans:
      - { verdict: infected, scanned_at: 2026-01-01T00:00:00Z, metadefender_core: { data_id: first } }
      - { verdict: clean, scanned_at: 2026-01-01T00:00:00.001Z, metadefender_core: { data_id: second } }
",
    )
    .await;
    let values = [("/data_id", json!("second")), ("/scan_results/data_id", json!("second"))];
    assert_result(
        &get("/hash/0000000000000000000000000000000a").send(&emulator).await,
        "hash.found",
        &values,
    );
}

#[tokio::test]
async fn the_agent_and_the_rule_are_those_of_the_upload() {
    let emulator =
        start("rules: [{ name: Default }, { name: Mail, user_agents: [Mail gateway] }]\nsamples: []").await;
    let sent = post("/file").header("user_agent", "Mail gateway").header("rule", "Mail").body("abc");
    assert_eq!(sent.send(&emulator).await.status, 200);
    advance(&emulator, 2.0);
    let values = [
        ("/process_info/user_agent", json!("Mail gateway")),
        ("/process_info/profile", json!("Mail")),
        ("/process_info/queue_time", json!(0)),
        ("/scan_results/total_time", json!(2000)),
        ("/scan_results/start_time", json!("2026-03-01T12:00:00.000Z")),
    ];
    let path = "/hash/900150983cd24fb0d6963f7d28e17f72";
    assert_result(&get(path).send(&emulator).await, "hash.found", &values);
}

#[tokio::test]
async fn last_file_scanned_and_vulnerabilities_are_there_where_a_fixture_says_them() {
    let emulator = start(
        "
samples:
  - name: a.zip
    md5: 0000000000000000000000000000000a
    verdict: clean
    children: [b]
    metadefender_core: { last_file_scanned: b, vulnerability_info: { result: { code: 1 } }, file_type_skipped_scan: true, location: node 2 }
  - { name: b, md5: 0000000000000000000000000000000b, verdict: clean }
",
    )
    .await;
    let values = [
        ("/scan_results/last_file_scanned", json!("b")),
        ("/vulnerability_info", json!({ "result": { "code": 1 } })),
        ("/process_info/file_type_skipped_scan", json!(true)),
        ("/scan_results/scan_details/ESET/location", json!("node 2")),
    ];
    let archive = get("/hash/0000000000000000000000000000000a").send(&emulator).await;
    assert_result(&archive, "hash.found.archive hash.found", &values);
    assert!(archive.text().contains(r#""scan_results":{"last_file_scanned":"b","data_id":"#));
    let file = get("/hash/0000000000000000000000000000000b").send(&emulator).await;
    assert!(!file.text().contains("last_file_scanned") && !file.text().contains("extracted_files"));
}
