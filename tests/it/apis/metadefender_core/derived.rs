//! Values that are derived from a sample: codes, outcomes, outdated data.

use serde_json::{Value, json};

use super::assert_result;
use crate::harness::{advance, clock, get, instant, start, start_with};

const MD5: &str = "0cc175b9c0f1b6a831c399e269772661";
const PATH: &str = "/hash/0cc175b9c0f1b6a831c399e269772661";

async fn asked(fixture: &str) -> Value {
    get(PATH).send(&start(fixture).await).await.json()
}

#[tokio::test]
async fn every_verdict_has_its_code_name_and_outcome() {
    for (word, code, name, blocked) in [
        ("clean", 0, "No Threat Detected", false),
        ("infected", 1, "Infected", true),
        ("suspicious", 2, "Suspicious", true),
        ("failed", 3, "Failed", false),
        ("cleaned", 4, "Cleaned/Deleted", false),
        ("quarantined", 6, "Quarantined", false),
        ("whitelisted", 7, "Scan Skipped - Whitelisted", false),
        ("blacklisted", 8, "Scan Skipped - Blacklisted", true),
        ("archive-depth", 9, "Exceeded Archive Depth", true),
        ("not-scanned", 10, "Not Scanned", false),
        ("aborted", 11, "Aborted", false),
        ("encrypted-archive", 12, "Encrypted Archive", true),
        ("archive-size", 13, "Exceeded Archive Size", true),
        ("archive-files", 14, "Exceeded Archive File Number", true),
        ("password-protected", 15, "Password Protected Document", true),
        ("archive-timeout", 16, "Exceeded Archive Timeout", true),
        ("type-mismatch", 17, "Filetype Mismatch", true),
        ("vulnerable", 18, "Potentially Vulnerable File", true),
    ] {
        let emulator = start(&format!("samples: [{{ name: a, md5: {MD5}, verdict: {word} }}]")).await;
        let (result, reason) =
            if blocked { ("Blocked", format!("Scan result: {name}")) } else { ("Allowed", String::new()) };
        let values = [
            ("/scan_results/scan_all_result_i", json!(code)),
            ("/scan_results/scan_all_result_a", json!(name)),
            ("/process_info/result", json!(result)),
            ("/process_info/blocked_reason", json!(reason)),
        ];
        assert_result(&get(PATH).send(&emulator).await, "hash.found", &values);
    }
}

#[tokio::test]
async fn engines_decide_by_priority_over_the_verdict_of_the_fixture() {
    let engines = |words: &[&str]| {
        let rows: Vec<_> = words
            .iter()
            .enumerate()
            .map(|(place, word)| format!("{{ engine: E{place}, verdict: {word} }}"))
            .collect();
        format!("samples: [{{ name: a, md5: {MD5}, verdict: failed, engines: [{}] }}]", rows.join(", "))
    };
    // In order of priority: each verdict wins over all that follow it.
    let order = [
        ("infected", 1),
        ("suspicious", 2),
        ("vulnerable", 18),
        ("type-mismatch", 17),
        ("encrypted-archive", 12),
        ("archive-depth", 9),
        ("archive-size", 13),
        ("archive-files", 14),
        ("archive-timeout", 16),
        ("password-protected", 15),
        ("clean", 0),
        ("not-scanned", 10),
        ("whitelisted", 7),
        ("blacklisted", 8),
        ("failed", 3),
    ];
    for (first, (_, code)) in order.iter().enumerate() {
        let mut words: Vec<_> = order[first..].iter().map(|(word, _)| *word).collect();
        words.reverse();
        let body = asked(&engines(&words)).await;
        assert_eq!(body["scan_results"]["scan_all_result_i"], *code, "{words:?}");
        assert_eq!(body["scan_results"]["total_avs"], words.len());
    }
}

#[tokio::test]
async fn a_minimal_fixture_has_the_same_plausible_reply_every_time() {
    let fixture =
        format!("samples: [{{ name: invoice.exe, md5: {MD5}, verdict: infected, threat: Win32.Emotet }}]");
    let one = get(PATH).send(&start(&fixture).await).await;
    let emulator = start(&fixture).await;
    for _ in 0..3 {
        assert_eq!(get(PATH).send(&emulator).await.body, one.body);
        advance(&emulator, 1_000_000.0);
    }
    let body = one.json();
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |pointer: &str| body.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    let id = text("/data_id");
    assert!(id.len() == 32 && id.bytes().all(|byte| b"0123456789abcdef".contains(&byte)), "{id}");
    assert_eq!(text("/scan_results/data_id"), id);
    assert_eq!(text("/file_info/md5"), MD5);
    let (start, upload) = (text("/scan_results/start_time"), text("/file_info/upload_timestamp"));
    assert_eq!((start.len(), upload.len()), (24, 24));
    assert!(upload < start, "{upload} {start}");
    assert!(number("/process_info/queue_time") > 0);
    assert!(number("/process_info/processing_time") > number("/scan_results/total_time"));
    for (engine, detail) in body["scan_results"]["scan_details"].as_object().expect("engines") {
        assert!(
            number("/scan_results/total_time") > detail["wait_time"].as_u64().unwrap_or_default(),
            "{engine}"
        );
        assert!(detail["def_time"].as_str() < Some(&start), "{engine}");
    }
}

#[tokio::test]
async fn pins_of_a_scan_win_over_those_of_the_sample() {
    let body = asked(&format!(
        "
samples:
  - name: a
    md5: {MD5}
    metadefender_core:
      {{ user_agent: sample, location: remote, file_type_skipped_scan: true, vulnerability_info: {{ z: 1, a: [] }}, queue_time: 3 }}
    scans: [{{ verdict: clean, scanned_at: 2026-01-01T00:00:00.5Z, metadefender_core: {{ user_agent: scan, scan_all_result_i: 12, result: Allowed }} }}]
"
    ))
    .await;
    let of = |pointer: &str| body.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(of("/process_info/user_agent"), "scan");
    assert_eq!(of("/process_info/file_type_skipped_scan"), true);
    assert_eq!(of("/vulnerability_info").to_string(), r#"{"z":1,"a":[]}"#);
    assert_eq!(of("/scan_results/scan_details/ClamAV/location"), "remote");
    assert_eq!(of("/scan_results/scan_all_result_a"), "Encrypted Archive");
    assert_eq!(
        (of("/process_info/result"), of("/process_info/blocked_reason")),
        (json!("Allowed"), json!(""))
    );
    assert_eq!(of("/file_info/upload_timestamp"), "2026-01-01T00:00:00.497Z");
}

#[tokio::test]
async fn a_file_that_was_never_processed_is_not_found() {
    let fixture = format!(
        "samples: [{{ name: a, md5: {MD5}, verdict: clean, metadefender_core: {{ known: false }} }}]"
    );
    super::assert_not_found(&get(PATH).send(&start(&fixture).await).await, MD5);
}

#[tokio::test]
async fn derived_engines_of_a_skipped_file_take_no_time_and_find_nothing() {
    for (verdict, code) in [("whitelisted", 7), ("blacklisted", 8)] {
        let emulator = start(&format!(
            "samples: [{{ name: a.zip, md5: '00000000000000000000000000000001', verdict: clean, children: [b] }}, \
             {{ name: b, md5: {MD5}, verdict: {verdict}, threat: T, scanned_at: 2026-01-02T00:00:00Z }}]"
        ))
        .await;
        let answer = get(PATH).send(&emulator).await;
        let clam = &answer.json()["scan_results"]["scan_details"]["ClamAV"];
        let definitions = clam["def_time"].as_str().expect("a time");
        let engine = format!(
            r#""ClamAV":{{"def_time":"{definitions}","location":"local","scan_result_i":{code},"scan_time":0,"wait_time":0,"threat_found":""}}"#
        );
        assert!(answer.text().contains(&engine), "{}", answer.text());
        assert_eq!(
            answer.text().matches(&format!(r#""scan_result_i":{code},"scan_time":0,"wait_time":0,"#)).count(),
            8
        );
        let archive = get("/hash/00000000000000000000000000000001").send(&emulator).await.json();
        let file = &archive["extracted_files"]["files_in_archive"][0];
        assert_eq!((&file["detected_by"], &file["scan_all_result_i"]), (&json!(0), &json!(code)));
    }
}

const OUTDATED: &str = "
settings: { metadefender-core.engine-definitions: 'A=2026-01-01T00:00:00Z,*=2025-12-01T00:00:00Z' }
rules: [{ name: File scan, modified: 2026-03-01T12:00:10Z }]
samples:
  - name: a
    md5: 0cc175b9c0f1b6a831c399e269772661
    scanned_at: 2026-01-02T00:00:00Z
    engines:
      - { engine: A, verdict: clean, definitions: 2025-12-31T23:59:59.999Z }
      - { engine: B, verdict: clean, definitions: 2025-12-01T00:00:00Z }
    metadefender_core: { sanitized_until: 2026-03-01T12:00:20Z }
";

#[tokio::test]
async fn outdated_flags_appear_in_order_as_time_passes() {
    let emulator = start(OUTDATED).await;
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(get(PATH).send(&emulator).await.json()["process_info"]["outdated_data"].clone());
        advance(&emulator, 5.0);
    }
    let configured = json!(["enginedefinitions", "configuration"]);
    assert_eq!(seen[..2], [json!(["enginedefinitions"]), json!(["enginedefinitions"])]);
    assert_eq!(seen[2..4], [configured.clone(), configured]);
    assert_eq!(seen[4], json!(["enginedefinitions", "configuration", "sanitization"]));
    // Engines as new as the current ones are not outdated.
    let same = OUTDATED.replace("2025-12-31T23:59:59.999Z", "2026-01-01T00:00:00Z");
    let body = get(PATH).send(&start(&same).await).await;
    assert!(!body.text().contains("outdated_data"), "{}", body.text());
    let pinned = OUTDATED
        .replace("sanitized_until: 2026-03-01T12:00:20Z", "outdated_data: [sanitization, configuration]");
    assert_eq!(
        asked(&pinned).await["process_info"]["outdated_data"],
        json!(["sanitization", "configuration"])
    );
    let none = OUTDATED.replace("sanitized_until: 2026-03-01T12:00:20Z", "outdated_data: []");
    assert_eq!(asked(&none).await["process_info"].get("outdated_data"), None);
}

#[tokio::test]
async fn a_rule_modified_before_the_end_of_processing_is_not_outdated() {
    let fixture = |modified: &str| {
        format!(
            "rules: [{{ name: R, modified: {modified} }}]\nsamples: [{{ name: a, md5: {MD5}, verdict: clean, \
             scanned_at: 2026-01-02T00:00:00Z, metadefender_core: {{ processing_time: 1000 }} }}]"
        )
    };
    let flags =
        async |modified: &str| asked(&fixture(modified)).await["process_info"].get("outdated_data").cloned();
    assert_eq!(flags("2026-01-02T00:00:01Z").await, None);
    assert_eq!(flags("2026-01-02T00:00:01.001Z").await, Some(json!(["configuration"])));
    assert_eq!(flags("-1s").await, Some(json!(["configuration"])));
}

#[tokio::test]
async fn a_cached_reply_is_replaced_after_new_rules_settings_and_origins() {
    let emulator =
        start(&format!("samples: [{{ name: a, md5: {MD5}, verdict: clean, scanned_at: -1d }}]")).await;
    let first = get(PATH).send(&emulator).await;
    assert_eq!(get(PATH).send(&emulator).await.body, first.body);
    let state = emulator.world("default").state();
    let mut strict = scandouble::internals::samples::Rule::named("Strict");
    strict.blocks = Some(vec![scandouble::internals::samples::Verdict::Clean]);
    state.rules.store(std::sync::Arc::new(vec![strict]));
    let strict = [("/process_info/profile", json!("Strict")), ("/process_info/result", json!("Blocked"))];
    assert_result(&get(PATH).send(&emulator).await, "hash.found", &strict);
    // Another world still has the rules of the fixtures.
    let other = get(&format!("/_world/other{PATH}")).send(&emulator).await;
    assert_result(&other, "hash.found", &[("/process_info/profile", json!("File scan"))]);
    assert_result(&get(PATH).send(&emulator).await, "hash.found", &strict);
    let mut settings = (**state.settings.load()).clone();
    settings.set("metadefender-core.engine-definitions", "*=now").expect("allowed");
    state.settings.store(std::sync::Arc::new(settings));
    let outdated = [("/process_info/outdated_data", json!(["enginedefinitions"]))];
    assert_result(&get(PATH).send(&emulator).await, "hash.found", &outdated);
    state.settings.store(state.base.settings.clone());
    assert_result(&get(PATH).send(&emulator).await, "hash.found", &strict);
    clock(&emulator).freeze(Some(instant("2027-01-01T00:00:00Z")));
    let moved = [("/scan_results/start_time", json!("2026-12-31T00:00:00.000Z"))];
    assert_result(&get(PATH).send(&emulator).await, "hash.found", &moved);
}

#[tokio::test]
async fn an_invalid_setting_stops_the_start() {
    let builder = scandouble::Emulator::builder().fixtures_text("a.yaml", "samples: []");
    let refused = builder.setting("metadefender-core.engine-definitions", "*=soon").start().await;
    let error = refused.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("metadefender-core.engine-definitions is a list such as"), "{error}");
    let set = start_with("samples: []", |builder| {
        builder.setting("metadefender-core.engine-definitions", "Quick Heal=-1d")
    });
    drop(set.await);
}
