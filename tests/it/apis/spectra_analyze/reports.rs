//! Classifications and reports of samples.

use super::*;
use crate::harness::{advance, ask, get, start, start_with};

const FIXTURES: &str = r#"
accounts: { spectra_analyze: [ { token: exampletoken } ] }
samples:
  - name: foo.txt
    content: "foo\n"
    scans:
      - { scanned_at: 2026-01-02T03:04:05.678Z, verdict: clean }
      - { scanned_at: 2026-02-03T04:05:06Z, verdict: suspicious, threat: Text.Odd }
    after_rescan: { verdict: infected, threat: Text.Bad }
  - { name: bar.exe, content: "bar\n", verdict: infected, threat: Win32.Bad, scanned_at: 2026-01-01, children: [foo.txt], spectra_analyze: { report: { story: told, classification: suspicious } } }
  - { name: elsewhere.txt, content: "elsewhere\n", verdict: clean, scanned_at: 2026-01-01, spectra_analyze: { present: false } }
  - { name: nowhere.txt, content: nowhere, verdict: clean, spectra_analyze: { present: false }, spectra_intelligence: { known: false } }
"#;

const NOWHERE: &str = "916001a3bfa343d010b9fde88ef915507f6f6205";
const LIST: &str = "/api/samples/v2/list/";

fn classify(hash: &str, query: &str) -> Ask {
    let path = format!("/api/samples/v3/{hash}/classification/{query}");
    get(&path).header("Authorization", "Token exampletoken")
}

#[tokio::test]
async fn the_classification_of_a_local_sample() {
    let emulator = start(FIXTURES).await;
    let body = |classification: &str, riskscore: u8, last: &str, result: &str, cloud: &str| {
        format!(
            concat!(
                r#"{{"classification":"{}","riskscore":{},"first_seen":"2026-01-02T03:04:05Z","last_seen":"{}","#,
                r#""classification_result":"{}","classification_reason":"antivirus","classification_origin":null,"#,
                r#""cloud_last_lookup":{},"data_source":"LOCAL","#,
                r#""sha1":"f1d2d2f924e986ac86fdf7b36c94bcdf32beec15","#,
                r#""sha256":"b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c","#,
                r#""md5":"d3b07384d113edec49eaa6238ad5ff00"}}"#
            ),
            classification, riskscore, last, result, cloud
        )
    };
    let row = "spectra-analyze/classification.ok";
    let now = r#""2026-03-01T12:00:00Z""#;
    let wanted = body("suspicious", 6, "2026-02-03T04:05:06Z", "Text.Odd", now);
    classify(FOO, "?localonly=0&av_scanners=0")
        .send(&emulator)
        .await
        .assert_reply(200, JSON, &wanted, row, "observed");
    let wanted = body("suspicious", 6, "2026-02-03T04:05:06Z", "Text.Odd", "null");
    classify(FOO, "?localonly=1").send(&emulator).await.assert_reply(200, JSON, &wanted, row, "observed");
    authorized(&single(FOO)).form("analysis=core").send(&emulator).await;
    advance(&emulator, 30.0);
    let wanted = body("malicious", 10, "2026-03-01T12:00:30Z", "Text.Bad", r#""2026-03-01T12:00:30Z""#);
    classify(FOO, "").send(&emulator).await.assert_reply(200, JSON, &wanted, row, "observed");
    let head = ask("HEAD", &format!("/api/samples/v3/{FOO}/classification/"));
    let head = head.header("Authorization", "Token exampletoken").send(&emulator).await;
    assert_eq!((head.status, head.text(), head.header("scandouble-behaviour")), (200, "", Some(row)));
}

#[tokio::test]
async fn the_cloud_is_asked_about_other_samples() {
    let emulator = start(FIXTURES).await;
    let answer = classify(ELSEWHERE, "").send(&emulator).await.json();
    assert_eq!((&answer["data_source"], &answer["classification"]), (&"CLOUD".into(), &"goodware".into()));
    assert_eq!(
        (&answer["riskscore"], &answer["classification_result"]),
        (&0.into(), &serde_json::Value::Null)
    );
    let not_found = r#"{"code":404,"message":"Sample is not found on the appliance."}"#;
    let row = "spectra-analyze/classification.not-found";
    for (hash, query) in [(ELSEWHERE, "?localonly=1"), (NOBODY, ""), (NOWHERE, "")] {
        let answer = classify(hash, query).send(&emulator).await;
        answer.assert_reply(404, JSON, not_found, row, "assumed");
    }
    let off = |builder: scandouble::Builder| builder.setting("spectra-analyze.cloud-connected", "false");
    let emulator = start_with(FIXTURES, off).await;
    assert_eq!(classify(ELSEWHERE, "").send(&emulator).await.status, 404);
    assert_eq!(classify(FOO, "").send(&emulator).await.json()["cloud_last_lookup"], serde_json::Value::Null);
    let answer = classify("x", "").send(&emulator).await;
    answer.assert_reply(400, JSON, INVALID_HASH, "spectra-analyze/classification.invalid-hash", "assumed");
}

#[tokio::test]
async fn an_upload_is_classified_once_it_is_processed() {
    let emulator = start(FIXTURES).await;
    let file = "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nnew\r\n--X--\r\n";
    let upload = authorized(UPLOADS).header("Content-Type", "multipart/form-data; boundary=X").body(file);
    let sha1 = upload.send(&emulator).await.json()["detail"]["sha1"].as_str().expect("a hash").to_owned();
    assert_eq!(classify(&sha1, "").send(&emulator).await.json()["classification"], "unknown");
    let list = || authorized(LIST).form(&format!("hash_values={sha1}"));
    assert_eq!(list().send(&emulator).await.json()["count"], 0);
    advance(&emulator, 2.0);
    assert_eq!(classify(&sha1, "").send(&emulator).await.json()["classification"], "goodware");
    assert_eq!(list().send(&emulator).await.json()["count"], 1);
}

#[tokio::test]
async fn lists_have_the_fields_that_were_asked_for() {
    let emulator = start(FIXTURES).await;
    let form = format!(
        "hash_values={BAR}&hash_values={NOBODY}&hash_values={FOO}&hash_values={BAR}&hash_values={ELSEWHERE}\
         &fields=sha1&fields=file_size&fields=story&fields=riskscore&fields=classification&fields=ticore&skip_reanalysis=false"
    );
    let wanted = format!(
        concat!(
            r#"{{"count":2,"next":null,"previous":null,"results":["#,
            r#"{{"classification":"suspicious","file_size":4,"riskscore":10,"sha1":"{}","story":"told"}},"#,
            r#"{{"classification":"suspicious","file_size":4,"riskscore":6,"sha1":"{}"}}]}}"#
        ),
        BAR, FOO
    );
    for (path, row) in [(LIST, "list.ok"), ("/api/samples/v2/list/details/", "list-details.ok")] {
        let answer = authorized(path).form(&form).send(&emulator).await;
        answer.assert_reply(200, JSON, &wanted, &format!("spectra-analyze/{row}"), "observed");
    }
    let json = format!(
        r#"{{"hash_values":["{BAR}"],"fields":["aliases","category","extracted_file_count","imphash"]}}"#
    );
    let answer = authorized(LIST).json(&json).send(&emulator).await.json();
    let report = &answer["results"][0];
    assert_eq!(report["aliases"], serde_json::json!(["bar.exe"]));
    assert_eq!((&report["category"], &report["extracted_file_count"]), (&"application".into(), &1.into()));
    assert_eq!(report["imphash"].as_str().map(str::len), Some(32));

    let whole = authorized(LIST).form(&format!("hash_values={FOO}")).send(&emulator).await.json();
    let names: Vec<&String> = whole["results"][0].as_object().expect("a report").keys().collect();
    assert_eq!(
        names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" "),
        concat!(
            "aliases category classification classification_origin classification_reason classification_result ",
            "extracted_file_count file_size file_subtype file_type id local_first_seen local_last_seen md5 riskscore sha1 ",
            "sha256 sha512"
        )
    );
}

#[tokio::test]
async fn lists_refuse_what_bulk_refuses() {
    let emulator = start(FIXTURES).await;
    let mixed = format!(r#"{{"hash_values":["{FOO}","d3b07384d113edec49eaa6238ad5ff00"]}}"#);
    let fields = format!(r#"{{"hash_values":"{FOO}","fields":[1,{{}}]}}"#);
    for path in [LIST, "/api/samples/v2/list/details/"] {
        for (json, body) in [
            ("{}", r#"{"hash_values":["This field is required."]}"#),
            (r#"{"hash_values":[]}"#, r#"{"hash_values":["This list may not be empty."]}"#),
            (r#"{"hash_values":["x"]}"#, INVALID_HASH),
            (&mixed, MIXED),
            (&fields, r#"{"fields":["Not a valid string."]}"#),
        ] {
            let answer = authorized(path).json(json).send(&emulator).await;
            answer.assert_reply(400, JSON, body, "spectra-analyze/list.invalid", "assumed");
        }
    }
}
