//! `POST /api/uploads/`.

use super::*;
use crate::harness::{advance, get, start};

/// A multipart body. Each part is a pair of `Content-Disposition` parameters and content.
fn parts(parts: &[(&str, &str)]) -> String {
    let part = |(name, content): &(&str, &str)| {
        format!("--X\r\nContent-Disposition: form-data; {name}\r\n\r\n{content}\r\n")
    };
    parts.iter().map(part).collect::<String>() + "--X--\r\n"
}

fn upload(these: &[(&str, &str)]) -> Ask {
    authorized(UPLOADS).header("Content-Type", "multipart/form-data; boundary=X").body(parts(these))
}

fn done(id: u64, sha1: &str, filename: &str) -> String {
    format!(
        r#"{{"code":201,"message":"Done.","detail":{{"id":{id},"sha1":"{sha1}","user":1,"created":"2026-03-01T12:00:00.000000Z","filename":"{filename}","href":"/?q={sha1}"}}}}"#
    )
}

const DONE: &str = "spectra-analyze/upload.done";
const A: &str = r#"name="file"; filename="a.exe""#;
/// The hash of the text `new`.
const NEW: &str = "c2a6b03f190dfb2b4aa91f8af8d477a9bc3401dc";

async fn status(emulator: &Emulator, hash: &str) -> String {
    let answer = authorized(STATUS).form(&format!("hash_values={hash}")).send(emulator).await;
    answer.json()["results"][0]["status"].as_str().expect("a status").to_owned()
}

#[tokio::test]
async fn uploads_are_processed_and_can_be_reanalysed() {
    let emulator = start(SAMPLES).await;
    let core = || authorized(&single(NEW)).form("analysis=core");
    assert_eq!(status(&emulator, NEW).await, "not_found");
    assert_eq!(core().send(&emulator).await.status, 404);
    let answer = upload(&[(A, "new")]).send(&emulator).await;
    answer.assert_reply(201, JSON, &done(1, NEW, "a.exe"), DONE, "observed");
    assert_eq!(status(&emulator, NEW).await, "not_found", "not processed yet");
    advance(&emulator, 1.999);
    assert_eq!(status(&emulator, NEW).await, "not_found");
    advance(&emulator, 0.001);
    assert_eq!(status(&emulator, NEW).await, "processed");
    let hashes = concat!(
        r#""sha1":"c2a6b03f190dfb2b4aa91f8af8d477a9bc3401dc","#,
        r#""sha256":"11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437","#,
    );
    let queued = core().send(&emulator).await;
    assert_eq!(queued.status, 201);
    assert!(queued.text().contains(hashes), "{}", queued.text());
    assert_eq!(core().send(&emulator).await.status, 200);
    advance(&emulator, 30.0);
    assert_eq!(core().send(&emulator).await.status, 201);
}

#[tokio::test]
async fn uploads_are_numbered_and_a_field_may_name_the_file() {
    let emulator = start(SAMPLES).await;
    let named = upload(&[(A, "new"), (r#"name="filename""#, "other.dll"), (r#"name="tags""#, "t")]);
    named.send(&emulator).await.assert_reply(201, JSON, &done(1, NEW, "other.dll"), DONE, "observed");
    let again = upload(&[(r#"name="filename""#, ""), (A, "new")]);
    again.send(&emulator).await.assert_reply(201, JSON, &done(2, NEW, "a.exe"), DONE, "observed");
    let unicode = upload(&[("name=\"file\"; filename=\"\u{fc} \\\"1\\\".txt\"", "foo\n")]);
    let answer = unicode.send(&emulator).await;
    answer.assert_reply(201, JSON, &done(3, FOO, "\u{fc} \\\"1\\\".txt"), DONE, "observed");
    assert_eq!(status(&emulator, FOO).await, "processed", "the fixture has a result of it");
    let effects = findings(&emulator);
    assert_eq!(effects, []);
    upload(&[(A, "bar\n")]).send(&emulator).await;
    let text = &findings(&emulator)[0].text;
    assert!(text.starts_with("took a file of 4 bytes as 7d865e959b2466918c9863afca942d0f"), "{text}");
    assert!(text.ends_with("which is infected once it is processed"), "{text}");
}

#[tokio::test]
async fn extracted_and_absent_samples_are_present_once_uploaded() {
    let emulator = start(SAMPLES).await;
    for (hash, content, before) in [(BAZ, "baz\n", 405), (ELSEWHERE, "elsewhere\n", 404)] {
        let core = || authorized(&single(hash)).form("analysis=core");
        assert_eq!(core().send(&emulator).await.status, before);
        assert_eq!(upload(&[(A, content)]).send(&emulator).await.status, 201);
        assert_eq!(core().send(&emulator).await.status, 201);
    }
}

#[tokio::test]
async fn an_upload_without_a_file_is_refused() {
    let emulator = start(SAMPLES).await;
    let missing = r#"{"file":["No file was submitted."]}"#;
    let no_file = r#"{"file":["The submitted data was not a file. Check the encoding type on the form."]}"#;
    for (ask, body) in [
        (authorized(UPLOADS), missing),
        (authorized(UPLOADS).json("{}"), missing),
        (authorized(UPLOADS).json(r#"{"file":"x"}"#), no_file),
        (authorized(UPLOADS).form("file=x"), no_file),
        (upload(&[]), missing),
        (upload(&[(r#"name="other"; filename="a""#, "new")]), missing),
        (upload(&[(r#"name="file"; filename="""#, "new")]), missing),
        (upload(&[(r#"name="file""#, "new")]), no_file),
        (upload(&[(A, "")]), r#"{"file":["The submitted file is empty."]}"#),
    ] {
        ask.send(&emulator).await.assert_reply(400, JSON, body, "spectra-analyze/upload.invalid", "assumed");
    }
    let body = parts(&[(A, "new")]);
    let anonymous = post(UPLOADS).header("Content-Type", "multipart/form-data; boundary=X").body(body);
    assert_eq!(anonymous.send(&emulator).await.status, 403);
    let plain = authorized(UPLOADS).header("Content-Type", "text/plain").body("new").send(&emulator).await;
    assert_eq!(plain.header("scandouble-behaviour"), Some("spectra-analyze/request.media-type"));
}

#[tokio::test]
async fn an_upload_is_known_to_all_vendors() {
    let emulator = start(SAMPLES).await;
    upload(&[(A, "new")]).send(&emulator).await;
    advance(&emulator, 2.0);
    let result = get(&format!("/hash/{NEW}")).send(&emulator).await.json();
    assert_eq!(result["file_info"]["display_name"], "a.exe");
    let id = result["data_id"].as_str().expect("a text");
    assert_eq!(get(&format!("/file/{id}")).send(&emulator).await.json(), result);
}

#[tokio::test]
async fn uploads_above_the_limit_are_refused() {
    let emulator = start(SAMPLES).await;
    assert_eq!(upload(&[(A, &"x".repeat(10 << 20))]).send(&emulator).await.status, 201);
    let refused = upload(&[(A, &"x".repeat(20 << 20))]).send(&emulator).await;
    assert_eq!(refused.header("scandouble-behaviour"), Some("spectra-analyze/request.too-large"));
    let entries = emulator.world("default").state().journal.snapshot().entries;
    assert!(entries.iter().all(|entry| entry.body.is_none()), "the bytes are not stored");
}

#[tokio::test]
async fn the_submit_path_answers_like_uploads() {
    let emulator = start(SAMPLES).await;
    let submit = |path: &str| {
        authorized(path)
            .header("Content-Type", "multipart/form-data; boundary=X")
            .body(parts(&[(A, "new"), (r#"name="analysis""#, r#"{"profiles":[]}"#)]))
    };
    let answer = submit("/api/submit/file/").send(&emulator).await;
    answer.assert_reply(201, "application/json", &done(1, NEW, "a.exe"), DONE, "observed");
    assert_eq!(status(&emulator, NEW).await, "not_found");
    advance(&emulator, 2.0);
    assert_eq!(status(&emulator, NEW).await, "processed");
}

#[tokio::test]
async fn extended_file_names_are_decoded() {
    let emulator = start(SAMPLES).await;
    for (path, disposition, name) in [
        (UPLOADS, r#"name="file"; filename*=utf-8''r%C3%A9sum%C3%A9.exe"#, "résumé.exe"),
        ("/api/submit/file/", r#"name="file"; filename*=UTF-8'en'r%c3%a9sum%c3%a9.exe"#, "résumé.exe"),
        (UPLOADS, r#"name="file"; filename="plain"; filename*=UTF-8''..%2Fa.exe"#, "a.exe"),
    ] {
        let sent = authorized(path).header("Content-Type", "multipart/form-data; boundary=X");
        let answer = sent.body(parts(&[(disposition, "new")])).send(&emulator).await;
        assert_eq!(answer.header("scandouble-behaviour"), Some(DONE), "{disposition}: {}", answer.text());
        assert_eq!(answer.json()["detail"]["filename"], name, "{disposition}");
    }
}

#[tokio::test]
async fn the_file_name_is_the_last_segment_of_a_path() {
    let emulator = start(SAMPLES).await;
    let long = format!("{}.exe", "x".repeat(300));
    let cut = format!("{}.exe", "x".repeat(251));
    for (said, name) in [("../../etc/passwd", "passwd"), (r"C:\\x\\a.exe", "a.exe"), (&long, &cut)] {
        let file = format!(r#"name="file"; filename="{said}""#);
        let answer = upload(&[(&file, "new")]).send(&emulator).await;
        assert_eq!(answer.json()["detail"]["filename"], name, "{said}");
    }
    for said in ["..", ".", "a/.."] {
        let file = format!(r#"name="file"; filename="{said}""#);
        let answer = upload(&[(&file, "new")]).send(&emulator).await;
        let body = r#"{"file":["No file was submitted."]}"#;
        answer.assert_reply(400, JSON, body, "spectra-analyze/upload.invalid", "assumed");
    }
}
