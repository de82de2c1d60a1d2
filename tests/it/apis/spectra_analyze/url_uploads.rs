//! Uploads by URL, and what became of them.

use super::*;
use crate::harness::{advance, get, start, start_with};

const FIXTURES: &str = r#"
accounts: { spectra_analyze: [ { token: exampletoken } ] }
samples:
  - name: setup.exe
    content: setup
    size: 77
    scanned_at: 2026-01-02T03:04:05Z
    imphash: 0123456789abcdef0123456789abcdef
    verdict: infected
    threat: Win32.Trojan.X
    spectra_analyze:
      present: false
      url: https://download.example.com/setup.exe
      report: { identification_name: InnoSetup, riskscore: 9, tags: { user: [] } }
"#;

const SETUP: &str = "https://download.example.com/setup.exe";
const SHA1: &str = "80437a44a661d141174209119d54125a59a64b2a";
const DONE: &str = "spectra-analyze/upload.url";

fn done(id: u64, url: &str) -> String {
    format!(
        r#"{{"code":201,"message":"Done.","detail":{{"id":{id},"user":1,"created":"2026-03-01T12:00:00.000000Z","filename":"{url}"}}}}"#
    )
}

fn show(id: &str) -> Ask {
    get(&format!("/api/uploads/v2/url-samples/{id}/")).header("Authorization", "Token exampletoken")
}

const PROCESSING: &str = r#"{"processing_status":"processing","message":"","report":{}}"#;

#[tokio::test]
async fn the_sample_that_a_fixture_names_becomes_present() {
    let emulator = start(FIXTURES).await;
    let reanalyze = || authorized(&single(SHA1)).form("analysis=core");
    assert_eq!(reanalyze().send(&emulator).await.status, 404);
    let answer = authorized(UPLOADS).form(&format!("url={SETUP}&crawler=local")).send(&emulator).await;
    answer.assert_reply(201, JSON, &done(1, SETUP), DONE, "observed");
    assert_eq!(findings(&emulator)[0].text, "nothing is fetched: the sample setup.exe is at this URL");
    advance(&emulator, 1.999);
    let answer = show("1").send(&emulator).await;
    answer.assert_reply(
        200,
        JSON,
        PROCESSING,
        "spectra-analyze/url-sample.processing",
        "observed; body=assumed",
    );
    assert_eq!(reanalyze().send(&emulator).await.status, 404);
    advance(&emulator, 0.001);
    let answer = show("1").send(&emulator).await;
    let text = answer.text().to_owned();
    let keys = [
        r#"{"processing_status":"complete","message":"","report":{"id":"#,
        r#","sha1":"80437a44a661d141174209119d54125a59a64b2a","sha256":""#,
        r#"","sha512":""#,
        r#"","md5":""#,
        r#"","imphash":"0123456789abcdef0123456789abcdef","category":"application","file_type":"PE","file_subtype":"Exe","identification_name":"InnoSetup","file_size":77,"extracted_file_count":0,"local_first_seen":"2026-01-02T03:04:05.000000Z","local_last_seen":"2026-01-02T03:04:05.000000Z","classification_origin":null,"classification_reason":"antivirus","classification":"malicious","riskscore":9,"classification_result":"Win32.Trojan.X","aliases":["setup.exe"],"tags":{"user":[]}}}"#,
    ];
    let mut rest = text.as_str();
    for part in keys {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} is not in {rest}"));
        rest = &rest[at + part.len()..];
    }
    assert!(rest.is_empty() && text.starts_with(keys[0]), "{text}");
    answer.assert_reply(200, JSON, &text, "spectra-analyze/url-sample.complete", "observed");
    assert_eq!(reanalyze().send(&emulator).await.status, 201);
}

#[tokio::test]
async fn a_url_without_a_sample_fails() {
    let emulator = start(FIXTURES).await;
    let other = "http://example.com/other";
    let answer =
        authorized("/api/submit/url/").form(&format!("url={other}&crawler=cloud")).send(&emulator).await;
    answer.assert_reply(201, JSON, &done(1, other), DONE, "observed");
    assert!(findings(&emulator)[0].text.contains("no fixture names a sample"), "{:?}", findings(&emulator));
    assert_eq!(show("1").send(&emulator).await.text(), PROCESSING);
    advance(&emulator, 2.0);
    let failed = r#"{"processing_status":"error","message":"The file could not be downloaded.","report":{}}"#;
    let answer = show("1").send(&emulator).await;
    answer.assert_reply(200, JSON, failed, "spectra-analyze/url-sample.error", "observed; body=assumed");
    for id in ["2", "0", "x", "99999999999999999999999"] {
        let answer = show(id).send(&emulator).await;
        let body = r#"{"detail":"Not found."}"#;
        answer.assert_reply(404, JSON, body, "spectra-analyze/url-sample.not-found", "assumed");
    }
    // Files and URLs are numbered together.
    let file = "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\na\r\n--X--\r\n";
    let upload = authorized(UPLOADS).header("Content-Type", "multipart/form-data; boundary=X").body(file);
    assert_eq!(upload.send(&emulator).await.json()["detail"]["id"], 2);
    assert_eq!(show("2").send(&emulator).await.status, 404, "a file is none");
}

#[tokio::test]
async fn invalid_urls_are_refused() {
    let emulator = start(FIXTURES).await;
    for (path, json, body) in [
        ("/api/submit/url/", "{}", r#"{"url":["This field is required."]}"#),
        (UPLOADS, r#"{"url":" "}"#, r#"{"url":["This field may not be blank."]}"#),
        (UPLOADS, r#"{"url":null}"#, r#"{"url":["This field may not be null."]}"#),
        (UPLOADS, r#"{"url":"ftp://x"}"#, r#"{"url":["Enter a valid URL."]}"#),
        (UPLOADS, r#"{"url":"http://"}"#, r#"{"url":["Enter a valid URL."]}"#),
        (UPLOADS, r#"{"url":"http://a b"}"#, r#"{"url":["Enter a valid URL."]}"#),
    ] {
        let answer = authorized(path).json(json).send(&emulator).await;
        answer.assert_reply(400, JSON, body, "spectra-analyze/upload.invalid", "assumed");
    }
    for (length, status) in [(2048, 201), (2049, 400)] {
        let json = format!(r#"{{"url":"{:x<length$}"}}"#, "http://x/");
        assert_eq!(authorized(UPLOADS).json(&json).send(&emulator).await.status, status, "{length}");
    }
}

#[tokio::test]
async fn only_so_many_are_kept_and_they_can_be_ended_by_hand() {
    let few = |builder: scandouble::Builder| {
        builder.setting("uploads-kept", "2").setting("upload-time", "when-told")
    };
    let emulator = start_with(FIXTURES, few).await;
    for _ in 0..3 {
        authorized(UPLOADS).form(&format!("url={SETUP}")).send(&emulator).await;
    }
    assert_eq!(show("1").send(&emulator).await.status, 404, "the oldest is forgotten");
    advance(&emulator, 1e6);
    assert_eq!(show("3").send(&emulator).await.text(), PROCESSING);
    post(&format!("/_scandouble/samples/{SHA1}/advance")).send(&emulator).await;
    for id in ["2", "3"] {
        assert_eq!(show(id).send(&emulator).await.json()["processing_status"], "complete");
    }
    let gone = crate::harness::ask("DELETE", &format!("/api/samples/{SHA1}/"));
    gone.header("Authorization", "Token exampletoken").send(&emulator).await;
    assert_eq!(show("3").send(&emulator).await.json()["processing_status"], "error");
    // A new upload brings it back, and not before it is processed.
    authorized(UPLOADS).form(&format!("url={SETUP}")).send(&emulator).await;
    assert_eq!(show("4").send(&emulator).await.text(), PROCESSING);
    let reanalyze = || authorized(&single(SHA1)).form("analysis=core");
    assert_eq!(reanalyze().send(&emulator).await.status, 404);
    post(&format!("/_scandouble/samples/{SHA1}/advance")).send(&emulator).await;
    assert_eq!(reanalyze().send(&emulator).await.status, 201);
}

#[tokio::test]
async fn a_path_without_its_slash_is_redirected() {
    let emulator = start(FIXTURES).await;
    let answer = get("/api/uploads/v2/url-samples/1").send(&emulator).await;
    assert_eq!((answer.status, answer.header("location")), (301, Some("/api/uploads/v2/url-samples/1/")));
}
