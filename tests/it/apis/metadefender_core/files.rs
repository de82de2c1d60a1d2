//! Uploads, and results by their `data_id`.

use serde_json::json;

use super::{assert_answer, assert_not_found, assert_result};
use crate::harness::{Answer, advance, exchange, get, instant, post, start, start_with};

const NONE: &str = "samples: []";
const CHILDS: &str = "0cc175b9c0f1b6a831c399e269772661";
/// The hash of the text `abc`.
const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";
const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// Asserts that a file was accepted, and returns its `data_id`.
#[track_caller]
fn accepted(answer: &Answer) -> String {
    let id = answer.json()["data_id"].as_str().expect("a data_id").to_owned();
    assert_eq!((id.len(), id.to_lowercase() == id), (32, true));
    assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_answer(answer, 200, &format!(r#"{{"data_id":"{id}"}}"#), "file.accepted", "observed");
    id
}

#[track_caller]
fn assert_file(answer: &Answer, values: &[(&str, serde_json::Value)]) {
    assert_result(answer, "file.result", values);
    assert_eq!(answer.header("scandouble-provenance"), Some("observed"));
}

fn eicar() -> String {
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR", "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat()
}

#[tokio::test]
async fn a_gateway_looks_up_sends_polls_and_looks_up_again() {
    let emulator = start(NONE).await;
    let hash = format!("/hash/{SHA256}");
    assert_not_found(&get(&hash).send(&emulator).await, SHA256);
    let sent =
        post("/file").header("filename", "quarterly%20report%20%C3%BC.pdf").header("user_agent", "gateway");
    let id = accepted(&sent.body("abc").send(&emulator).await);
    let path = format!("/file/{id}");
    for (seconds, percentage) in [(0.0, 0), (0.5, 25), (1.49, 99)] {
        advance(&emulator, seconds);
        let values = [
            ("/data_id", json!(id)),
            ("/scan_results/progress_percentage", json!(percentage)),
            ("/scan_results/scan_all_result_i", json!(255)),
            ("/process_info/result", json!("Processing")),
        ];
        assert_file(&get(&path).send(&emulator).await, &values);
        assert_result(&get(&hash).send(&emulator).await, "hash.in-progress", &values);
    }
    advance(&emulator, 0.01);
    let values = [
        ("/data_id", json!(id)),
        ("/file_info/display_name", json!("quarterly report ü.pdf")),
        ("/file_info/file_size", json!(3)),
        ("/file_info/file_type", json!("application/pdf")),
        ("/file_info/md5", json!(MD5)),
        ("/file_info/sha1", json!("a9993e364706816aba3e25717850c26c9cd0d89d")),
        ("/file_info/sha256", json!(SHA256)),
        ("/file_info/upload_timestamp", json!("2026-03-01T12:00:00.000Z")),
        ("/scan_results/start_time", json!("2026-03-01T12:00:00.000Z")),
        ("/scan_results/progress_percentage", json!(100)),
        ("/scan_results/scan_all_result_a", json!("No Threat Detected")),
        ("/scan_results/total_time", json!(2000)),
        ("/process_info/user_agent", json!("gateway")),
        ("/process_info/queue_time", json!(0)),
        ("/process_info/result", json!("Allowed")),
    ];
    let result = get(&path).send(&emulator).await;
    assert_file(&result, &values);
    let again = get(&hash).send(&emulator).await;
    assert_result(&again, "hash.found", &values);
    assert_eq!(again.body, result.body);
    let head = crate::harness::ask("HEAD", &path).send(&emulator).await;
    assert_eq!((head.status, head.text()), (200, ""));
}

#[tokio::test]
async fn pinned_fields_of_an_unknown_file_are_returned_after_its_upload() {
    let emulator = start(
        "
rules: [{ name: File scan }, { name: Strict, blocks: [suspicious] }]
samples:
  - name: fixture.txt
    content: abc
    size: 3
    engines: [{ engine: A, verdict: suspicious, threat: T, definitions: 2026-01-01T00:00:00Z, scan_time: 5, wait_time: 7 }]
    metadefender_core: { known: false, data_id: never, total_time: 1, location: remote, scan_all_result_a: Pinned }
",
    )
    .await;
    assert_not_found(&get(&format!("/hash/{MD5}")).send(&emulator).await, MD5);
    let missing = get("/file/never").send(&emulator).await;
    assert_answer(&missing, 200, r#"{"never":"Not Found"}"#, "file.result.not-found", "observed");
    let sent = post("/metascan_rest/file").header("filename", "a.txt").header("rule", "Strict").body("abc");
    let id = accepted(&sent.send(&emulator).await);
    let body = |percentage: u8, code: u16, words: &str, detail: &str, ms: (u32, u32), result: &str| {
        [
            &format!(r#"{{"data_id":"{id}","file_info":{{"display_name":"a.txt","file_size":3,"#),
            r#""file_type":"text/plain","file_type_description":"ASCII text","#,
            &format!(r#""md5":"{MD5}","sha1":"a9993e364706816aba3e25717850c26c9cd0d89d","#),
            &format!(r#""sha256":"{SHA256}","upload_timestamp":"2026-03-01T12:00:00.000Z"}},"#),
            &format!(r#""scan_results":{{"data_id":"{id}","progress_percentage":{percentage},"#),
            &format!(r#""scan_all_result_a":"{words}","scan_all_result_i":{code},"scan_details":{{"A":{{"#),
            &format!(r#""def_time":"2026-01-01T00:00:00.000Z","location":"remote",{detail}}}}},"#),
            &format!(r#""start_time":"2026-03-01T12:00:00.000Z","total_avs":1,"total_time":{}}},"#, ms.0),
            &format!(r#""process_info":{{"processing_time":{},"progress_percentage":{percentage},"#, ms.1),
            &format!(r#""user_agent":"webscan","profile":"Strict","queue_time":0,{result},"#),
            r#""file_type_skipped_scan":false},"vulnerability_info":{}}"#,
        ]
        .concat()
    };
    advance(&emulator, 1.0);
    let unfinished = r#""scan_result_i":255,"scan_time":0,"wait_time":0,"threat_found":"""#;
    let processing = r#""result":"Processing","blocked_reason":"""#;
    let running = body(50, 255, "In Progress", unfinished, (1000, 1000), processing);
    let path = format!("/metascan_rest/file/{id}");
    assert_answer(&get(&path).send(&emulator).await, 200, &running, "file.result", "observed");
    advance(&emulator, 1.0);
    let finished = r#""scan_result_i":2,"scan_time":5,"wait_time":7,"threat_found":"T""#;
    let blocked = r#""result":"Blocked","blocked_reason":"Scan result: Pinned""#;
    let answer = get(&path).send(&emulator).await;
    let took = answer.json()["process_info"]["processing_time"].as_u64().expect("a number") as u32;
    assert!((2001..=2040).contains(&took), "{took}");
    let done = body(100, 2, "Pinned", finished, (2000, took), blocked);
    assert_answer(&answer, 200, &done, "file.result", "observed");
    assert_answer(
        &get(&format!("/hash/{MD5}")).send(&emulator).await,
        200,
        &done,
        "hash.found",
        "documented",
    );
    let missing = get("/file/never").send(&emulator).await;
    assert_answer(&missing, 200, r#"{"never":"Not Found"}"#, "file.result.not-found", "observed");
}

#[tokio::test]
async fn an_empty_file_is_refused_and_one_without_a_name_has_an_empty_name() {
    let emulator = start(NONE).await;
    for path in ["/file", "/metascan_rest/file"] {
        let answer = post(path).header("filename", "a.txt").send(&emulator).await;
        assert_answer(&answer, 422, r#"{"err":"File is empty."}"#, "file.empty", "observed");
    }
    for ask in [post("/file"), post("/file").header("filename", "")] {
        let id = accepted(&ask.body("abc").send(&emulator).await);
        let answer = get(&format!("/file/{id}")).send(&emulator).await;
        assert_file(&answer, &[("/file_info/display_name", json!(""))]);
    }
    let odd = post("/file").header("filename", "%ff%zz%").body(&b"\xff\x00"[..]).send(&emulator).await;
    let answer = get(&format!("/file/{}", accepted(&odd))).send(&emulator).await;
    assert_file(&answer, &[("/file_info/display_name", json!("\u{fffd}%zz%"))]);
}

#[tokio::test]
async fn the_test_file_is_infected_and_settings_define_other_verdicts() {
    let at_once = |builder: scandouble::Builder| {
        builder.setting("upload-time", "at-once").setting("uploads", "*.docm=infected,secret*=suspicious")
    };
    let emulator = start_with(NONE, at_once).await;
    for (name, body, code, threat) in [
        ("eicar.com", eicar(), 1, "EICAR-Test-File"),
        ("eicar.txt", eicar() + "\r\n", 1, "EICAR-Test-File"),
        ("Macro.DOCM", "macro".to_owned(), 1, "Trojan."),
        ("secret-plan.txt", "plan".to_owned(), 2, "Heuristic."),
        ("secret.docm", eicar() + "\n", 1, "EICAR-Test-File"),
        ("other.doc", eicar() + "x", 0, ""),
    ] {
        let id = accepted(&post("/file").header("filename", name).body(body).send(&emulator).await);
        let answer = get(&format!("/file/{id}")).send(&emulator).await;
        assert_file(&answer, &[("/scan_results/scan_all_result_i", json!(code))]);
        let engine = &answer.json()["scan_results"]["scan_details"]["ClamAV"];
        assert!(engine["threat_found"].as_str().expect("a text").starts_with(threat), "{name}: {engine}");
    }
    let error = scandouble::Emulator::builder().setting("uploads", "*.docm").start().await;
    let error = error.expect_err("is refused").to_string();
    assert!(error.contains("uploads is a list such as *.docm=infected,secret*=suspicious"), "{error}");
}

#[tokio::test]
async fn a_known_file_is_scanned_again_with_the_same_result() {
    let emulator = start(
        "
rules: [{ name: File scan }, { name: Strict }]
samples:
  - name: two.pdf
    content: abc
    scans:
      - { rule: File scan, verdict: clean, scanned_at: 2025-09-01, metadefender_core: { data_id: one } }
      - { rule: Strict, verdict: suspicious, scanned_at: 2025-09-02, metadefender_core: { data_id: two } }
",
    )
    .await;
    let first = accepted(&post("/file").header("rule", "Strict").body("abc").send(&emulator).await);
    let second = accepted(&post("/file").body("abc").send(&emulator).await);
    assert_ne!(first, second);
    let before = get(&format!("/hash/{MD5}")).send(&emulator).await;
    assert_result(&before, "hash.found", &[("/data_id", json!("two"))]);
    advance(&emulator, 2.0);
    for (id, code, profile) in
        [(&first, 2, "Strict"), (&second, 0, "File scan"), (&"one".to_owned(), 0, "File scan")]
    {
        let values =
            [("/scan_results/scan_all_result_i", json!(code)), ("/process_info/profile", json!(profile))];
        assert_file(&get(&format!("/file/{id}")).send(&emulator).await, &values);
    }
    let after = get(&format!("/hash/{MD5}")).send(&emulator).await;
    assert_result(&after, "hash.found", &[("/data_id", json!(second))]);
    let strict = get(&format!("/hash/{MD5}")).header("rule", "Strict").send(&emulator).await;
    assert_result(&strict, "hash.found.rule hash.found", &[("/data_id", json!(first))]);
}

#[tokio::test]
async fn an_upload_repeats_the_result_of_a_rescan() {
    let emulator = start(
        "samples: [{ name: a, content: abc, verdict: clean, after_rescan: { verdict: infected, after: 10s } }]",
    )
    .await;
    let state = emulator.world("default").state();
    let hash = scandouble::internals::samples::Hash::parse(MD5).expect("a hash");
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
    let early = accepted(&post("/file").body("abc").send(&emulator).await);
    advance(&emulator, 10.0);
    let rescanned = get(&format!("/hash/{MD5}")).send(&emulator).await;
    let late = accepted(&post("/file").body("abc").send(&emulator).await);
    advance(&emulator, 2.0);
    for (id, code) in [(&early, 0), (&late, 1)] {
        let answer = get(&format!("/file/{id}")).send(&emulator).await;
        assert_file(&answer, &[("/scan_results/scan_all_result_i", json!(code))]);
    }
    let newest = get(&format!("/hash/{MD5}")).send(&emulator).await;
    assert_result(&newest, "hash.found", &[("/data_id", json!(late))]);
    let by_rescan = rescanned.json()["data_id"].as_str().expect("a text").to_owned();
    assert_ne!(by_rescan, late);
    let answer = get(&format!("/file/{by_rescan}")).send(&emulator).await;
    assert_file(&answer, &[("/scan_results/start_time", json!("2026-03-01T12:00:10.000Z"))]);
}

#[tokio::test]
async fn an_upload_replaces_derived_hashes() {
    let emulator = start(&format!("samples: [{{ name: a, md5: {MD5}, verdict: infected }}]")).await;
    assert_not_found(&get(&format!("/hash/{SHA256}")).send(&emulator).await, SHA256);
    let id = accepted(&post("/file").body("abc").send(&emulator).await);
    let values = [("/file_info/md5", json!(MD5)), ("/file_info/sha256", json!(SHA256))];
    assert_file(&get(&format!("/file/{id}")).send(&emulator).await, &values);
    advance(&emulator, 2.0);
    for hash in [MD5, SHA256] {
        let values = [("/data_id", json!(id)), ("/scan_results/scan_all_result_i", json!(1))];
        assert_result(&get(&format!("/hash/{hash}")).send(&emulator).await, "hash.found", &values);
    }
}

#[tokio::test]
async fn uploads_that_wait_end_manually_each_time() {
    let emulator = start_with(NONE, |builder| builder.setting("upload-time", "when-told")).await;
    for (round, name) in [(1, "one"), (2, "two")] {
        let id = accepted(&post("/file").header("filename", name).body("abc").send(&emulator).await);
        advance(&emulator, 3600.0);
        let path = format!("/file/{id}");
        let values = [("/scan_results/scan_all_result_i", json!(255))];
        assert_file(&get(&path).send(&emulator).await, &values);
        let ended = post(&format!("/_scandouble/samples/{MD5}/advance")).send(&emulator).await;
        assert_eq!((ended.status, &ended.json()["ended"]), (200, &json!(1)), "round {round}");
        let values = [
            ("/scan_results/scan_all_result_i", json!(0)),
            ("/scan_results/total_time", json!(3_600_000)),
            ("/file_info/display_name", json!(name)),
        ];
        advance(&emulator, 5.0);
        assert_file(&get(&path).send(&emulator).await, &values);
    }
}

#[tokio::test]
async fn every_result_is_found_by_its_data_id() {
    let emulator = start(
        "
samples:
  - name: outer.zip
    md5: '00000000000000000000000000000001'
    verdict: clean
    children:
      - { sample: bad.exe, metadefender_core: { data_id: inner, scan_all_result_i: 12 } }
      - clean.txt
  - { name: bad.exe, md5: '00000000000000000000000000000002', verdict: infected, metadefender_core: { data_id: \"odd id/ü\" } }
  - { name: clean.txt, md5: 0cc175b9c0f1b6a831c399e269772661, verdict: clean }
  - { name: running, md5: '00000000000000000000000000000004', verdict: clean, in_progress: true, metadefender_core: { data_id: run } }
",
    )
    .await;
    let outer = get("/hash/00000000000000000000000000000001").send(&emulator).await;
    let id = outer.json()["data_id"].as_str().expect("a text").to_owned();
    let by_id = get(&format!("/file/{id}")).send(&emulator).await;
    assert_answer(&by_id, 200, outer.text(), "file.result", "observed");
    let files = &outer.json()["extracted_files"]["files_in_archive"];
    assert_eq!(files[0]["data_id"], "inner");
    let inner = get("/file/inner").send(&emulator).await;
    let values = [
        ("/data_id", json!("inner")),
        ("/scan_results/data_id", json!("inner")),
        ("/file_info/display_name", json!("bad.exe")),
        ("/scan_results/scan_all_result_i", json!(12)),
    ];
    assert_file(&inner, &values);
    let child = files[1]["data_id"].as_str().expect("a text");
    assert_file(&get(&format!("/file/{child}")).send(&emulator).await, &[("/file_info/md5", json!(CHILDS))]);
    let odd = get("/file/odd%20id%2F%C3%BC").send(&emulator).await;
    assert_file(&odd, &[("/scan_results/scan_all_result_i", json!(1))]);
    assert_file(&get("/file/run").send(&emulator).await, &[("/process_info/result", json!("Processing"))]);
    for unknown in ["INNER", "0", &id.to_uppercase(), MD5] {
        let answer = get(&format!("/file/{unknown}")).send(&emulator).await;
        let body = format!(r#"{{"{unknown}":"Not Found"}}"#);
        assert_answer(&answer, 200, &body, "file.result.not-found", "observed");
    }
}

#[tokio::test]
async fn rules_are_limited_to_those_of_the_agent() {
    let emulator = start(
        "rules: [{ name: Kiosk, user_agents: [kiosk] }, { name: Grün, max_file_size: 3 }, { name: Last, blocks: [clean] }]",
    )
    .await;
    for (rule, agent, profile, noted) in [
        ("", "", "Grün", false),
        ("Last", "", "Last", false),
        ("Gr%C3%BCn", "", "Grün", false),
        ("Kiosk", "kiosk", "Kiosk", false),
        ("", "kiosk", "Kiosk", false),
        ("Kiosk", "", "Grün", true),
        ("Nobody's", "kiosk", "Kiosk", true),
    ] {
        let sent = post("/file").header("rule", rule).header("user_agent", agent).body("abc");
        let id = accepted(&sent.send(&emulator).await);
        let entries = emulator.world("default").state().journal.snapshot().entries;
        let findings = &entries.last().expect("a request").reply.findings;
        let kinds = findings.iter().map(|finding| finding.kind.word());
        assert_eq!(kinds.clone().any(|kind| kind == "deviation"), noted, "{rule} {agent}");
        assert!(kinds.clone().any(|kind| kind == "effect"));
        let answer = get(&format!("/file/{id}")).send(&emulator).await;
        assert_file(&answer, &[("/process_info/profile", json!(profile))]);
    }
    let large = post("/file").header("rule", "Gr%C3%BCn").body("abcd").send(&emulator).await;
    large.assert_reply(413, super::JSON, r#"{"err":"File is too large."}"#, "", "");
}

#[tokio::test]
async fn files_are_limited_in_size() {
    let emulator = start(NONE).await;
    let id = accepted(&post("/file").body(vec![0; 10 << 20]).send(&emulator).await);
    let answer = get(&format!("/file/{id}")).send(&emulator).await;
    let sha1 = "8c206a1a87599f532ce68675536f0b1546900d7a";
    assert_file(&answer, &[("/file_info/file_size", json!(10 << 20)), ("/file_info/sha1", json!(sha1))]);
    let refused = post("/file").body(vec![0; 20 << 20]).send(&emulator).await;
    refused.assert_reply(413, super::JSON, r#"{"err":"File is too large."}"#, "", "");
}

#[tokio::test]
async fn uploads_belong_to_their_world_and_are_removed_by_a_reset() {
    let emulator = start(NONE).await;
    let send = |prefix: &str| post(&format!("{prefix}/file")).body("abc");
    let one = accepted(&send("/_world/a").send(&emulator).await);
    let other = accepted(&send("/_world/b").send(&emulator).await);
    assert_eq!(one, other, "the first upload of a file is called the same everywhere");
    let missing = get(&format!("/file/{one}")).send(&emulator).await;
    assert_eq!(missing.header("scandouble-behaviour"), Some("metadefender-core/file.result.not-found"));
    for part in ["samples", "queue"] {
        assert_eq!(get(&format!("/_world/a/file/{one}")).send(&emulator).await.json()["data_id"], json!(one));
        let body = format!(r#"{{"parts":["{part}"]}}"#);
        assert_eq!(post("/_world/a/_scandouble/reset").json(&body).send(&emulator).await.status, 200);
        let gone = get(&format!("/_world/a/file/{one}")).send(&emulator).await;
        assert_eq!(gone.json()[one.as_str()], json!("Not Found"));
        assert_not_found(&get(&format!("/_world/a/hash/{MD5}")).send(&emulator).await, MD5);
        assert_eq!(accepted(&send("/_world/a").send(&emulator).await), one);
    }
    let still = get(&format!("/_world/b/file/{other}")).send(&emulator).await;
    assert_file(&still, &[]);
}

#[tokio::test]
async fn the_oldest_uploads_are_removed() {
    let emulator = start_with(NONE, |builder| builder.setting("uploads-kept", "2")).await;
    let mut ids = Vec::new();
    for body in ["a", "b", "a", "c"] {
        ids.push(accepted(&post("/file").body(body).send(&emulator).await));
    }
    let mut known = Vec::new();
    for id in &ids {
        known.push(get(&format!("/file/{id}")).send(&emulator).await.json()["data_id"] == json!(id));
    }
    assert_eq!(known, [false, false, true, true]);
    assert_not_found(&get(&format!("/hash/{B}")).send(&emulator).await, B);
    for _ in 0..102 {
        accepted(&post("/_world/x/file").body("a").send(&emulator).await);
    }
}

/// The MD5 of the text `b`.
const B: &str = "92eb5ffee6ae2fec3ad71c777531578f";

#[tokio::test]
async fn uploads_are_listed_and_overridden_in_the_admin_api() {
    let emulator = start(NONE).await;
    let id = accepted(&post("/file").header("filename", "a.txt").body("abc").send(&emulator).await);
    let list = get("/_scandouble/samples").send(&emulator).await.json();
    assert_eq!((&list["total"], &list["samples"][0]["own"]), (&json!(1), &json!(true)));
    assert_eq!(
        (&list["samples"][0]["name"], &list["samples"][0]["origin"]),
        (&json!("a.txt"), &json!("upload"))
    );
    let worlds = get("/_scandouble/worlds").send(&emulator).await.json();
    assert_eq!(worlds["worlds"][0]["own_samples"], json!(1));
    let fixture = "samples: [{ name: mine.txt, content: abc, verdict: infected }]";
    assert_eq!(post("/_scandouble/samples").body(fixture).send(&emulator).await.status, 200);
    let found = get(&format!("/hash/{MD5}")).send(&emulator).await;
    assert_result(&found, "hash.found", &[("/file_info/display_name", json!("mine.txt"))]);
    assert_eq!(get(&format!("/file/{id}")).send(&emulator).await.json()[id.as_str()], json!("Not Found"));
    accepted(&post("/file").body("abc").send(&emulator).await);
    let path = format!("/_scandouble/samples/{MD5}");
    assert_eq!(crate::harness::ask("DELETE", &path).send(&emulator).await.status, 204);
    assert_not_found(&get(&format!("/hash/{MD5}")).send(&emulator).await, MD5);
}

#[tokio::test]
async fn uploaded_bytes_are_not_stored() {
    let emulator = start(NONE).await;
    let form =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nabc\r\n--b--\r\n";
    let sent = post("/file").header("Content-Type", "multipart/form-data; boundary=b").body(form);
    accepted(&sent.send(&emulator).await);
    let entries = emulator.world("default").state().journal.snapshot().entries;
    let entry = entries.last().expect("a request");
    assert_eq!(entry.body, None);
    let texts: Vec<_> = entry.reply.findings.iter().map(|finding| finding.text.as_str()).collect();
    let taken = format!("took a file of 3 bytes as {SHA256}, which is clean once it is processed");
    assert_eq!(texts[0], taken);
    assert!(texts[1].starts_with("the body is a form"), "{texts:?}");
    let shown = get("/_scandouble/journal").send(&emulator).await.json();
    let numbers: Vec<_> =
        shown["entries"].as_array().expect("a list").iter().map(|one| &one["number"]).collect();
    assert!(!numbers.is_empty());
    assert!(!shown.to_string().contains("\"abc\""), "{shown}");
}

#[tokio::test]
async fn a_form_can_name_its_file_with_the_extended_parameter_only() {
    let emulator = start(NONE).await;
    let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename*=utf-8''r%C3%A9sum%C3%A9.exe\r\n\r\n\
                abc\r\n--b--\r\n";
    let sent = post("/file").header("Content-Type", "multipart/form-data; boundary=b").body(form);
    let id = accepted(&sent.send(&emulator).await);
    let answer = get(&format!("/file/{id}")).send(&emulator).await;
    assert_file(&answer, &[("/file_info/display_name", json!("résumé.exe")), ("/file_info/md5", json!(MD5))]);
}

#[tokio::test]
async fn concurrent_uploads_of_one_file_have_different_identifiers() {
    let emulator = start(NONE).await;
    let calls = (0..40).map(|_| post("/file").body("abc").send(&emulator));
    let answers = futures_util::future::join_all(calls).await;
    let ids: std::collections::BTreeSet<_> = answers.iter().map(accepted).collect();
    assert_eq!(ids.len(), 40);
    let sample = get(&format!("/_scandouble/samples/{MD5}")).send(&emulator).await.json();
    assert_eq!(sample["sample"]["scans"].as_array().map(Vec::len), Some(40));
}

#[tokio::test]
async fn a_file_in_chunks_is_refused_and_not_taken() {
    let emulator = start(NONE).await;
    let head = "POST /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
    for rest in ["Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "\r\n"] {
        let answer = exchange(emulator.address(), format!("{head}{rest}").as_bytes()).await;
        assert_answer(
            &answer,
            411,
            r#"{"err":"Missing Content-Length header."}"#,
            "file.chunked",
            "documented",
        );
    }
    assert_not_found(&get(&format!("/hash/{SHA256}")).send(&emulator).await, SHA256);
}

#[tokio::test]
async fn an_address_to_call_back_is_checked_and_never_called() {
    let emulator = start(NONE).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("listens");
    let url = format!("http://{}/listenback", listener.local_addr().expect("an address"));
    let sent = post("/file").header("callbackurl", &url).body("abc").send(&emulator).await;
    accepted(&sent);
    let entries = emulator.world("default").state().journal.snapshot().entries;
    let findings = &entries.last().expect("a request").reply.findings;
    let texts: Vec<_> = findings.iter().map(|finding| (finding.kind.word(), &*finding.text)).collect();
    let never = ("effect", "callbackurl was accepted, and is never called; poll GET /file/{data_id}");
    assert!(texts.contains(&never), "{texts:?}");
    for bad in [
        "listenback",
        "/listenback",
        "ftp://a/b",
        "http://",
        "http:///x",
        "a b",
        "10.0.1.100:8081/listenback",
    ] {
        let answer = post("/file").header("callbackurl", bad).body("abc").send(&emulator).await;
        let body = r#"{"err":"Callback url is invalid."}"#;
        assert_answer(&answer, 400, body, "file.callback-invalid", "documented");
    }
    accepted(&post("/file").header("callbackurl", "").body("abc").send(&emulator).await);
}

#[tokio::test]
async fn workflow_is_an_older_name_of_rule() {
    let emulator =
        start("{ rules: [{ name: First }, { name: Second }, { name: Third }], samples: [] }").await;
    for (headers, profile) in [
        (&[("workflow", "Second")][..], "Second"),
        (&[("workflow", "Second"), ("rule", "Third")], "Third"),
        (&[("workflow", "Second"), ("rule", "")], "Second"),
        (&[], "First"),
    ] {
        let mut ask = post("/file").body("abc");
        for (name, value) in headers {
            ask = ask.header(name, value);
        }
        let id = accepted(&ask.send(&emulator).await);
        let entries = emulator.world("default").state().journal.snapshot().entries;
        let findings = &entries.last().expect("a request").reply.findings;
        assert!(findings.iter().all(|finding| finding.kind.word() == "effect"), "{findings:?}");
        let answer = get(&format!("/file/{id}")).send(&emulator).await;
        assert_file(&answer, &[("/process_info/profile", json!(profile))]);
    }
}
