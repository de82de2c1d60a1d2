//! What newer clients ask for beside results: engines, licence, readiness, sanitised files.

use super::{JSON, assert_answer, assert_result};
use crate::harness::{advance, ask, get, post, start, start_with};
use serde_json::json;

#[tokio::test]
async fn engines_are_listed_with_the_newest_definitions_that_are_known() {
    let emulator = start_with(
        "
samples:
  - name: a
    md5: '00000000000000000000000000000001'
    scanned_at: 2026-01-02T00:00:00Z
    engines:
      - { engine: Quick Heal, verdict: clean, definitions: 2026-01-01T00:00:00Z }
      - { engine: Zillya!, verdict: clean, definitions: 2026-01-01T00:00:00.500Z }
  - name: b
    md5: '00000000000000000000000000000002'
    finishes_after: 60s
    engines: [{ engine: Quick Heal, verdict: clean, definitions: 2026-02-01T00:00:00Z }]
",
        |builder| {
            builder.setting("metadefender-core.engine-definitions", "Zillya!=2025-12-01,Sophos=2026-01-05")
        },
    )
    .await;
    let engine = |name: &str, id: &str, definitions: &str| {
        format!(
            r#"{{"active":true,"def_time":"{definitions}","download_progress":100,"download_time":"","eng_id":"{id}_1_linux","eng_name":"{name}","eng_type":"Bundled engine","eng_ver":"","engine_type":"av","state":"production"}}"#
        )
    };
    let list = |quick_heal: &str| {
        let all = [
            engine("Ahnlab", "ahnlab", ""),
            engine("Avira", "avira", ""),
            engine("BitDefender", "bitdefender", ""),
            engine("ClamAV", "clamav", ""),
            engine("ESET", "eset", ""),
            engine("Ikarus", "ikarus", ""),
            engine("Quick Heal", "quickheal", quick_heal),
            engine("Sophos", "sophos", "2026-01-05T00:00:00.000Z"),
            engine("Zillya!", "zillya", "2026-01-01T00:00:00.500Z"),
        ];
        format!("[{}]", all.join(","))
    };
    let answer = get("/stat/engines").send(&emulator).await;
    assert_answer(&answer, 200, &list("2026-01-01T00:00:00.000Z"), "stat.engines", "documented");
    advance(&emulator, 60.0);
    let answer = get("/stat/engines").send(&emulator).await;
    assert_answer(&answer, 200, &list("2026-02-01T00:00:00.000Z"), "stat.engines", "documented");
}

fn license(days: u64, expiration: &str) -> String {
    format!(
        r#"{{"days_left":{days},"deployment":"MSCL00000000000000000000000000000000","expiration":"{expiration}","licensed_engines":["*"],"licensed_to":"scandouble","max_node_count":"1","online_activated":true,"product_id":"MSCL-4-unlimited","product_name":"Metadefender Core 4 Linux"}}"#
    )
}

#[tokio::test]
async fn the_licence_is_shown_to_those_who_have_logged_in() {
    let accounts = "accounts: { metadefender_core: [{ user: admin, password: p }] }";
    let emulator = start(accounts).await;
    for key in ["", "stranger"] {
        let denied = get("/admin/license").header("apikey", key).send(&emulator).await;
        assert_answer(&denied, 403, r#"{"err":"Access denied"}"#, "auth.denied", "observed");
    }
    let login = post("/login").json(r#"{"user":"admin","password":"p"}"#).send(&emulator).await;
    let key = login.json()["session_id"].as_str().expect("a session").to_owned();
    let answer = get("/admin/license").header("apikey", &key).send(&emulator).await;
    assert_answer(&answer, 200, &license(365, "03/01/2027"), "license", "documented");
    let few = start_with(accounts, |builder| {
        builder.setting("metadefender-core.license-days", "1").setting("auth", "off")
    });
    let answer = get("/admin/license").send(&few.await).await;
    assert_answer(&answer, 200, &license(1, "03/02/2026"), "license", "documented");
}

#[tokio::test]
async fn readiness_needs_no_key_and_says_why_if_asked() {
    let keyed = "accounts: { metadefender_core: [{ key: k }] }";
    let emulator = start(keyed).await;
    for query in ["", "?verbose=false", "?verbose"] {
        let answer = get(&format!("/readyz{query}")).send(&emulator).await;
        assert_answer(&answer, 200, "{}", "readyz.ready", "documented; body=assumed");
    }
    post("/file").header("apikey", "k").body("abc").send(&emulator).await;
    let details = |license: &str, waiting: u32| {
        let names = ["ahnlab", "avira", "bitdefender", "clamav", "eset", "ikarus", "quickheal", "sophos"];
        let engines =
            names.map(|name| format!(r#"{{"engine_id":"{name}_1_linux","required":false,"status":true}}"#));
        format!(
            r#"{{"database":{{"status":true}},"engines":[{}],"license":{{"status":"{license}"}},"number_active_av_engines":{{"status":true,"threshold":0}},"scan_queue":{{"max_number_in_queue":500,"number_in_queue":{waiting},"status":true,"threshold":100}}}}"#,
            engines.join(",")
        )
    };
    for (seconds, waiting) in [(0.0, 1), (2.0, 0)] {
        advance(&emulator, seconds);
        let answer = get("/readyz?verbose=true").send(&emulator).await;
        assert_answer(&answer, 200, &details("ok", waiting), "readyz.ready", "documented; body=assumed");
    }
    let expired = start_with(keyed, |builder| builder.setting("metadefender-core.license-days", "0")).await;
    let answer = get("/readyz").send(&expired).await;
    assert_answer(&answer, 503, "{}", "readyz.unready", "documented; body=assumed");
    let answer = get("/readyz?verbose=True").send(&expired).await;
    assert_answer(&answer, 503, &details("expired", 0), "readyz.unready", "documented; body=assumed");
}

#[tokio::test]
async fn readiness_reads_no_credential_that_a_fault_could_refuse() {
    let emulator = start("accounts: { metadefender_core: [{ key: k }] }").await;
    for (scenario, status) in [("revoked-key", 403), ("quota-exhausted", 429)] {
        let path = format!("/_scandouble/scenarios/{scenario}");
        assert_eq!(ask("PUT", &path).send(&emulator).await.status, 200);
        for credential in ["k", ""] {
            let answer = get("/readyz").header("apikey", credential).send(&emulator).await;
            assert_answer(&answer, 200, "{}", "readyz.ready", "documented; body=assumed");
        }
        let refused = get("/version").header("apikey", "k").send(&emulator).await;
        assert_eq!((refused.status, refused.header("scandouble-fault").is_some()), (status, true));
        let login = post("/login").json(r#"{"user": "u", "password": "p"}"#).send(&emulator).await;
        assert_eq!((login.status, login.header("scandouble-fault").is_some()), (status, true));
        assert_eq!(ask("DELETE", &path).send(&emulator).await.status, 204);
    }
}

const SANITIZED: &str = "
samples:
  - name: report.docx
    content: abc
    verdict: clean
    metadefender_core:
      data_id: report
      sanitized_content: \"clean\\r\\ntext\"
      sanitized_until: +1h
      post_processing: { converted_to: docx, actions_ran: Sanitized, actions_failed: '' }
      verdicts: [No Threat Detected, Allowed]
  - { name: other.txt, md5: '00000000000000000000000000000002', verdict: clean, metadefender_core: { data_id: other } }
  - name: running.txt
    md5: '00000000000000000000000000000003'
    verdict: clean
    in_progress: true
    metadefender_core: { data_id: running, sanitized_content: x }
";

#[tokio::test]
async fn a_sanitised_file_is_returned_until_it_goes_away() {
    let emulator = start(SANITIZED).await;
    let answer = get("/file/converted/report").send(&emulator).await;
    let behaviour = "metadefender-core/converted.found";
    answer.assert_reply(200, "application/octet-stream", "clean\r\ntext", behaviour, "documented");
    let missing = r#"{"err":"Not found"}"#;
    for id in ["other", "running", "nobody"] {
        let answer = get(&format!("/file/converted/{id}")).send(&emulator).await;
        assert_answer(&answer, 404, missing, "converted.not-found", "documented");
    }
    // An upload of the file is sanitised anew.
    let sent = post("/file").body("abc").send(&emulator).await;
    let path = format!("/file/converted/{}", sent.json()["data_id"].as_str().expect("a data_id"));
    assert_answer(&get(&path).send(&emulator).await, 404, missing, "converted.not-found", "documented");
    advance(&emulator, 3600.0);
    assert_eq!(get(&path).send(&emulator).await.text(), "clean\r\ntext");
    let gone = get("/file/converted/report").send(&emulator).await;
    assert_answer(&gone, 404, missing, "converted.not-found", "documented");
    let outdated = [("/process_info/outdated_data", json!(["sanitization"]))];
    assert_result(&get("/file/report").send(&emulator).await, "file.result", &outdated);
}

#[tokio::test]
async fn post_processing_and_verdicts_are_shown_where_a_fixture_gives_them() {
    let emulator = start(SANITIZED).await;
    let report = get("/file/report").send(&emulator).await;
    let end = r#""file_type_skipped_scan":false,"post_processing":{"converted_to":"docx","actions_ran":"Sanitized","actions_failed":""},"verdicts":["No Threat Detected","Allowed"]},"vulnerability_info":{}}"#;
    assert!(report.text().ends_with(end), "{}", report.text());
    let other = get("/file/other").send(&emulator).await;
    assert!(
        other.text().ends_with(r#""file_type_skipped_scan":false},"vulnerability_info":{}}"#),
        "{}",
        other.text()
    );
}

#[tokio::test]
async fn paths_that_only_the_vendor_has_get_its_404() {
    let emulator = start("samples: []").await;
    for path in [
        "/admin/user",
        "/stat/nodes",
        "/file/sync",
        "/archive/x",
        "/file/x/cancel",
        "/yara/generate",
        "/hash/x/y",
    ] {
        let answer = get(path).send(&emulator).await;
        assert_answer(&answer, 404, r#"{"err":"Not Found"}"#, "route.unknown", "assumed");
        assert_eq!(answer.header("content-type"), Some(JSON));
    }
    // The emulator's own 404 can be read by the same clients.
    let own = get("/nowhere").send(&emulator).await;
    assert_eq!((own.status, &own.json()["err"]), (404, &json!("scandouble emulates no API at this path")));
}
