//! `outdated_data`: definitions that another result of the same world shows.

use super::{assert_answer, assert_result};
use crate::harness::{advance, ask, get, post, start, start_with};
use scandouble::Emulator;
use scandouble::internals::fixtures;
use serde_json::json;

const OLD: &str = "00000000000000000000000000000001";
const NEW: &str = "00000000000000000000000000000002";

/// Two results of the engine A, the second with definitions that are newer by a millisecond.
const TWO: &str = "
samples:
  - name: old.txt
    md5: '00000000000000000000000000000001'
    sha1: '0000000000000000000000000000000000000001'
    sha256: '0000000000000000000000000000000000000000000000000000000000000001'
    size: 3
    scanned_at: 2026-01-03T00:00:00Z
    engines: [{ engine: A, verdict: clean, definitions: 2026-01-01T00:00:00Z, scan_time: 5, wait_time: 7 }]
    metadefender_core: { data_id: old, queue_time: 1, total_time: 2, processing_time: 3 }
  - name: new.txt
    md5: '00000000000000000000000000000002'
    scanned_at: 2026-01-02T00:00:00Z
    engines: [{ engine: A, verdict: clean, definitions: 2026-01-01T00:00:00.001Z, scan_time: 5, wait_time: 7 }]
  - { name: derived.txt, md5: '00000000000000000000000000000003', verdict: clean, scanned_at: 2025-01-01T00:00:00Z }
";

/// The whole result of `old.txt`, with this between `file_type_skipped_scan` and the end of `process_info`.
fn old(outdated: &str) -> String {
    [
        r#"{"data_id":"old","file_info":{"display_name":"old.txt","file_size":3,"file_type":"text/plain","#,
        r#""file_type_description":"ASCII text","md5":"00000000000000000000000000000001","#,
        r#""sha1":"0000000000000000000000000000000000000001","#,
        r#""sha256":"0000000000000000000000000000000000000000000000000000000000000001","#,
        r#""upload_timestamp":"2026-01-02T23:59:59.999Z"},"scan_results":{"data_id":"old","#,
        r#""progress_percentage":100,"scan_all_result_a":"No Threat Detected","scan_all_result_i":0,"#,
        r#""scan_details":{"A":{"def_time":"2026-01-01T00:00:00.000Z","location":"local","scan_result_i":0,"#,
        r#""scan_time":5,"wait_time":7,"threat_found":""}},"start_time":"2026-01-03T00:00:00.000Z","#,
        r#""total_avs":1,"total_time":2},"process_info":{"processing_time":3,"progress_percentage":100,"#,
        r#""user_agent":"webscan","profile":"File scan","queue_time":1,"result":"Allowed","#,
        &format!(
            r#""blocked_reason":"","file_type_skipped_scan":false{outdated}}},"vulnerability_info":{{}}}}"#
        ),
    ]
    .concat()
}

const OUTDATED: &str = r#","outdated_data":["enginedefinitions"]"#;

async fn flags(emulator: &Emulator, path: &str) -> serde_json::Value {
    get(path).send(emulator).await.json()["process_info"]["outdated_data"].clone()
}

#[tokio::test]
async fn a_result_is_outdated_if_another_one_shows_newer_definitions_of_its_engine() {
    let emulator = start(TWO).await;
    let answer = get(&format!("/hash/{OLD}")).send(&emulator).await;
    assert_answer(&answer, 200, &old(OUTDATED), "hash.found", "documented");
    assert_eq!(get("/file/old").send(&emulator).await.text(), old(OUTDATED));
    let new = get(&format!("/hash/{NEW}")).send(&emulator).await;
    assert_result(&new, "hash.found", &[("/process_info/outdated_data", json!(null))]);
    // Equally new definitions, and those of another engine, are not newer.
    for same in [
        TWO.replace("00:00:00.001Z", "00:00:00Z"),
        TWO.replace("A, verdict: clean, definitions: 2026-01-01T00:00:00.001Z", "B, verdict: clean"),
    ] {
        let answer = get(&format!("/hash/{OLD}")).send(&start(&same).await).await;
        assert_answer(&answer, 200, &old(""), "hash.found", "documented");
    }
}

#[tokio::test]
async fn an_older_result_of_the_same_file_is_outdated_as_well() {
    let emulator = start(
        "
rules: [{ name: First }, { name: Second }]
samples:
  - name: a
    md5: '00000000000000000000000000000001'
    scans:
      - { rule: First, scanned_at: 2026-01-01T00:00:00Z, engines: [{ engine: A, verdict: clean, definitions: 2025-12-31T00:00:00Z }] }
      - { rule: Second, scanned_at: 2026-01-02T00:00:00Z, engines: [{ engine: A, verdict: clean, definitions: 2026-01-01T00:00:00Z }] }
",
    )
    .await;
    let first = get(&format!("/hash/{OLD}")).header("rule", "First").send(&emulator).await;
    let outdated = [("/process_info/outdated_data", json!(["enginedefinitions"]))];
    assert_result(&first, "hash.found.rule hash.found", &outdated);
    assert_eq!(flags(&emulator, &format!("/hash/{OLD}")).await, json!(null));
}

#[tokio::test]
async fn definitions_of_an_unfinished_result_count_once_it_is_finished() {
    let path = format!("/hash/{OLD}");
    let emulator = start(&TWO.replace("scanned_at: 2026-01-02T00:00:00Z", "finishes_after: 90s")).await;
    assert_eq!(get(&path).send(&emulator).await.text(), old(""));
    advance(&emulator, 89.999);
    assert_eq!(get(&path).send(&emulator).await.text(), old(""));
    advance(&emulator, 0.001);
    assert_eq!(get(&path).send(&emulator).await.text(), old(OUTDATED));

    let emulator = start(&TWO.replace("scanned_at: 2026-01-02T00:00:00Z", "in_progress: true")).await;
    assert_eq!(get(&path).send(&emulator).await.text(), old(""));
    assert_eq!(post(&format!("/_scandouble/samples/{NEW}/advance")).send(&emulator).await.status, 200);
    assert_eq!(get(&path).send(&emulator).await.text(), old(OUTDATED));
}

#[tokio::test]
async fn each_world_knows_the_definitions_of_its_own_results_only() {
    let without_new =
        TWO.replace("definitions: 2026-01-01T00:00:00.001Z", "definitions: 2025-01-01T00:00:00Z");
    let emulator = start(&without_new).await;
    let path = format!("/hash/{OLD}");
    assert_eq!(get(&path).send(&emulator).await.text(), old(""));
    let newer = "samples: [{ name: own, content: own, scanned_at: 2026-01-05T00:00:00Z, \
                 engines: [{ engine: A, verdict: clean, definitions: 2026-01-04T00:00:00Z }] }]";
    let added = post("/_world/w/_scandouble/samples").body(newer).send(&emulator).await;
    assert_eq!(added.status, 200, "{}", added.text());
    assert_eq!(get(&format!("/_world/w{path}")).send(&emulator).await.text(), old(OUTDATED));
    assert_eq!(get(&path).send(&emulator).await.text(), old(""));
    let own = added.json()["loaded"][0]["sha256"].as_str().map(str::to_owned);
    let own = own.unwrap_or_else(|| panic!("{}", added.text()));
    let removed = ask("DELETE", &format!("/_world/w/_scandouble/samples/{own}")).send(&emulator).await;
    assert_eq!(removed.status, 204, "{}", removed.text());
    assert_eq!(get(&format!("/_world/w{path}")).send(&emulator).await.text(), old(""));
}

#[tokio::test]
async fn definitions_of_a_sample_that_a_world_removed_do_not_count_there() {
    let emulator = start(TWO).await;
    let path = format!("/hash/{OLD}");
    assert_eq!(get(&path).send(&emulator).await.text(), old(OUTDATED));
    let removed = ask("DELETE", &format!("/_world/w/_scandouble/samples/{NEW}")).send(&emulator).await;
    assert_eq!(removed.status, 204);
    assert_eq!(get(&format!("/_world/w{path}")).send(&emulator).await.text(), old(""));
    assert_eq!(get(&path).send(&emulator).await.text(), old(OUTDATED));
}

#[tokio::test]
async fn derived_engines_are_outdated_by_the_setting_alone() {
    let newer = TWO.replace("engine: A", "engine: ClamAV");
    let derived = "/hash/00000000000000000000000000000003";
    assert_eq!(flags(&start(&newer).await, derived).await, json!(null));
    let set = start_with(&newer, |builder| {
        builder.setting("metadefender-core.engine-definitions", "ClamAV=2026-01-01T00:00:00Z")
    });
    assert_eq!(flags(&set.await, derived).await, json!(["enginedefinitions"]));
}

#[tokio::test]
async fn definitions_that_count_from_now_move_with_the_clock() {
    let relative = TWO.replace("definitions: 2026-01-01T00:00:00.001Z", "definitions: -60d");
    let emulator = start(&relative).await;
    let path = format!("/hash/{OLD}");
    // 60 days before the first of March is still 2025.
    assert_eq!(get(&path).send(&emulator).await.text(), old(OUTDATED).replace(OUTDATED, ""));
    let later = start(&relative.replace("-60d", "-58d")).await;
    assert_eq!(get(&path).send(&later).await.text(), old(OUTDATED));
}

#[tokio::test]
async fn a_built_store_knows_the_newest_definitions() {
    let store = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("core-definitions.db");
    let source = fixtures::Source::Text { name: "below.yaml".to_owned(), text: TWO.to_owned() };
    fixtures::compile(&[source], &store, |_, _| {}).expect("built");
    let path = format!("/hash/{OLD}");
    let emulator = Emulator::builder().store(&store).start().await.expect("started");
    assert_eq!(get(&path).send(&emulator).await.text(), old(OUTDATED));
    // A fixture above replaces the newest result.
    let above = format!("samples: [{{ name: above, md5: '{NEW}', verdict: clean }}]");
    let emulator = Emulator::builder().store(&store).fixtures_text("above.yaml", &above).start().await;
    assert_eq!(get(&path).send(&emulator.expect("started")).await.text(), old(""));
}
