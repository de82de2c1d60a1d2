//! Reply fields that a fixture cannot express are reported with their paths.

use serde_json::{Value, json};

use super::{imported, serving};
use crate::harness::get;

/// The first example result of the vendor's documentation, with its errors corrected.
fn page() -> Value {
    json!({
        "data_id": "61dffeaa728844adbf49eb090e4ece0e",
        "file_info": {
            "display_name": "samplefile.txt", "file_size": 81035, "file_type": "text/plain",
            "file_type_description": "ASCII text", "md5": "c05017f68343a5257fc3c0db72aa58dc",
            "sha1": "ba46b945f408cc729458380350b4e78f61741c81",
            "sha256": "8805777d2d561255edcb499f7445ef0216b75737bacb6bc6665dbf9830272f53",
            "upload_timestamp": "2015-08-14T12:46:59.360Z"
        },
        "scan_results": {
            "data_id": "61dffeaa728844adbf49eb090e4ece0e", "progress_percentage": 100,
            "scan_all_result_a": "No Threat Detected", "scan_all_result_i": 0,
            "scan_details": {
                "Engine1": { "def_time": "2015-08-13T09:32:48.000Z", "location": "local", "scan_result_i": 0,
                             "scan_time": 1, "wait_time": 3, "threat_found": "" },
                "Engine2": { "def_time": "2015-08-10T00:00:00.000Z", "location": "local", "scan_result_i": 0,
                             "scan_time": 3, "wait_time": 1, "threat_found": "" }
            },
            "start_time": "2015-08-14T12:46:59.363Z", "total_avs": 2, "total_time": 389
        },
        "process_info": {
            "processing_time": 400, "progress_percentage": 100, "user_agent": "webscan", "profile": "File scan",
            "queue_time": 24, "result": "Allowed", "blocked_reason": "", "file_type_skipped_scan": false,
            "outdated_data": ["enginedefinitions"]
        },
        "vulnerability_info": {}
    })
}

#[tokio::test]
async fn the_documented_example_is_reproduced_exactly() {
    let (fixture, notes) = imported("page.json", &format!("{:#}", page()));
    assert_eq!(notes, [""; 0]);
    let answer = get("/hash/c05017f68343a5257fc3c0db72aa58dc").send(&serving(&fixture).await).await;
    assert_eq!(answer.text(), page().to_string());
    assert_eq!(
        fixture["samples"][0]["engines"][0],
        json!({ "engine": "Engine1", "verdict": "clean", "definitions": "2015-08-13T09:32:48Z", "scan_time": 1, "wait_time": 3 })
    );
}

#[tokio::test]
async fn post_processing_and_verdicts_are_reproduced_exactly() {
    let mut reply = page();
    reply["process_info"]["post_processing"] = json!({ "converted_to": "pdf", "actions_ran": "Sanitized" });
    reply["process_info"]["verdicts"] = json!(["No Threat Detected"]);
    let (fixture, notes) = imported("processed.json", &reply.to_string());
    assert_eq!(notes, [""; 0]);
    let answer = get("/hash/c05017f68343a5257fc3c0db72aa58dc").send(&serving(&fixture).await).await;
    assert_eq!(answer.text(), reply.to_string());
}

#[test]
fn each_unmapped_field_is_reported() {
    let mut odd = page();
    odd["scan_results"]["scan_details"]["Engine1"]["eng_id"] = json!("e1");
    odd["scan_results"]["scan_details"]["Engine2"]["location"] = json!("remote");
    odd["scan_results"]["scan_details"]["Engine2"]["scan_result_i"] = json!(23);
    odd["scan_results"]["total_avs"] = json!(3);
    odd["process_info"]["post_actions"] = json!({ "actions_ran": "", "list": [1] });
    odd["process_info"]["outdated_data"] = json!(["new flag"]);
    odd["file_info"]["upload_timestamp"] = json!("2015-08-14T12:46:59Z");
    odd["file_info"]["file_size"] = json!("81035");
    odd["file_info"]["sha512"] = Value::Null;
    odd["download"] = json!({ "api.token": "0123456789abcdef" });
    let (fixture, notes) = imported("odd.json", &odd.to_string());
    assert_eq!(
        notes,
        [
            "lost: odd.json: file_info.upload_timestamp: is written 2015-08-14T12:46:59Z; the emulator writes \
             2015-08-14T12:46:59.000Z",
            "lost: odd.json: scan_results.scan_details.Engine2.scan_result_i: 23 is not a result of an engine; replaced \
             by failed",
            "lost: odd.json: scan_results.scan_details.*.location: engines run at \"local\" and at \"remote\"; the emulator \
             has one location for all",
            "lost: odd.json: scan_results.total_avs: is 3; the emulator counts the engines, 2",
            "lost: odd.json: file_info.file_size: a fixture has no place for this field (\"81035\")",
            "lost: odd.json: file_info.sha512: a fixture has no place for this field (null)",
            "lost: odd.json: scan_results.scan_details.Engine1.eng_id: a fixture has no place for this field (\"e1\")",
            "lost: odd.json: process_info.outdated_data[0]: a fixture has no place for this field (\"new flag\")",
            "lost: odd.json: process_info.post_actions.actions_ran: a fixture has no place for this field (\"\")",
            "lost: odd.json: process_info.post_actions.list[0]: a fixture has no place for this field (1)",
            "lost: odd.json: download[\"api.token\"]: a fixture has no place for this field (\"0123***\")",
        ]
    );
    assert_eq!(fixture["samples"][0]["name"], "samplefile.txt");
}

#[test]
fn replies_of_several_apis_about_one_file_become_one_sample() {
    let entry = |url: &str, body: Value| {
        json!({ "startedDateTime": "2026-03-01T12:00:00Z", "request": { "method": "GET", "url": url },
                "response": { "status": 200, "content": { "text": body.to_string() } } })
    };
    let md5 = "c05017f68343a5257fc3c0db72aa58dc";
    let bulk = |code: u64| json!([{ "hash": md5, "scan_result": code, "data_id": "bd1" }]);
    let lists = json!({ "rl": { "sent_for_rescan": [], "sample_unavailable": [md5], "unknown_hashes": [], "invalid_hashes": [] } });
    let session = json!({ "log": { "entries": [
        entry("https://core.test/hash/x", page()),
        entry("https://api.metadefender.com/v2/hash", bulk(0)),
        entry("https://any.test/api/rescan/v1/bulk_query/json", lists),
        entry("https://box.test/api/samples/status/", json!({ "hash_type": "md5", "results": [{ "hash_value": md5, "status": "not_found" }] })),
        entry("https://nobody.test/", json!({})),
    ] } });
    let (fixture, notes) = imported("s.har", &session.to_string());
    assert_eq!(
        notes,
        ["lost: s.har, entry 5: GET nobody.test/ belongs to no emulated API; name its API with \
             --host nobody.test=API"]
    );
    let samples = fixture["samples"].as_array().expect("samples");
    assert_eq!(samples.len(), 1, "{fixture:#}");
    assert_eq!(samples[0]["metadefender_cloud"], json!({ "data_id": "bd1" }));
    assert_eq!(samples[0]["spectra_intelligence"], json!({ "stored": false }));
    assert_eq!(samples[0]["spectra_analyze"], json!({ "present": false }));
    let other = json!({ "log": { "entries": [
        entry("https://core.test/hash/x", page()),
        entry("https://api.metadefender.com/v2/hash", bulk(1)),
    ] } });
    let (_, notes) = imported("s.har", &other.to_string());
    assert_eq!(notes, [""; 0], "Core uses the engine results, the Cloud the verdict");
}

#[tokio::test]
async fn a_cloud_result_that_contradicts_its_engines_is_preserved() {
    let engine =
        r#"{"scan_result_i":1,"threat_found":"T","def_time":"2026-01-01T00:00:00Z","scan_time":5.0}"#;
    let list = format!(
        r#"[{{"hash":"0cc175b9c0f1b6a831c399e269772661","scan_result":0,"scan_details":{{"A":{engine}}},"data_id":"d"}}]"#
    );
    let (fixture, lost) = imported("list.json", &list);
    assert_eq!(lost, [""; 0]);
    let emulator = serving(&fixture).await;
    let ask = crate::harness::post("/hash").header("apikey", "any").header("include_scan_details", "1");
    let answer = ask.body(r#"{"hash":["0cc175b9c0f1b6a831c399e269772661"]}"#).send(&emulator).await;
    assert_eq!(answer.text(), list);
}
