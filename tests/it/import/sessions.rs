//! Entries of recorded sessions that are not plain look-ups: uploads, forms, preflights, tunnels, redacted credentials.

use serde_json::{Value, json};

use super::{Answer, Ask, get, har, imported, outcome, post, program, serving, start_builtin};
use crate::harness::exchange;
use crate::harness::program::file;

const SHA1: &str = "0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33";

fn entry(request: Value, status: u16, body: &str) -> Value {
    json!({ "startedDateTime": "2026-03-01T12:00:00Z", "request": request,
            "response": { "status": status, "headers": [], "content": { "text": body } } })
}

fn status(hash: &str, status: &str) -> Value {
    let request = json!({ "method": "POST", "url": "https://box.test/api/samples/status/" });
    let body = json!({ "hash_type": "sha1", "results": [{ "hash_value": hash, "status": status }] });
    entry(request, 200, &body.to_string())
}

#[tokio::test]
async fn the_name_of_an_upload_is_kept() {
    let done = json!({ "code": 201, "message": "Done.", "detail": { "id": 7, "sha1": SHA1, "user": 1,
        "created": "2026-03-01T12:00:00.123456Z", "filename": "a.json", "href": format!("/?q={SHA1}") } });
    let upload =
        entry(json!({ "method": "POST", "url": "https://box.test/api/uploads/" }), 201, &done.to_string());
    let (fixture, notes) =
        imported("upload.har", &har(&[status(SHA1, "not_found"), upload, status(SHA1, "processed")]));
    assert!(notes.iter().all(|line| !line.starts_with("lost: ")), "{notes:#?}");
    let expected = json!([{ "name": "a.json", "sha1": SHA1, "verdict": "clean", "spectra_analyze": { "present": false } }]);
    assert_eq!(fixture["samples"], expected);
    serving(&fixture).await;
}

#[test]
fn an_upload_to_core_is_known_by_its_content_or_by_its_result() {
    let headers = json!([{ "name": "filename", "value": "r%C3%A9sum%C3%A9.doc" }]);
    let request = |text: &str| json!({ "method": "POST", "url": "http://core.test/file", "headers": headers, "postData": { "mimeType": "", "text": text } });
    let upload = |text: &str| entry(request(text), 200, "{\"data_id\":\"d1\"}");
    let (fixture, notes) = imported("core.har", &har(&[upload("foo")]));
    let sample = &fixture["samples"][0];
    assert_eq!(
        (&sample["name"], &sample["sha1"], &sample["size"]),
        (&json!("résumé.doc"), &json!(SHA1), &json!(3))
    );
    assert!(notes.iter().all(|line| !line.starts_with("lost: ")), "{notes:#?}");
    let report =
        json!({ "data_id": "d1", "file_info": { "sha1": SHA1 }, "scan_results": {}, "process_info": {} });
    let report =
        entry(json!({ "method": "GET", "url": "http://core.test/file/d1" }), 200, &report.to_string());
    let (fixture, _) = imported("core.har", &har(&[upload(""), report]));
    assert_eq!(fixture["samples"][0]["name"], "résumé.doc");
    let (_, notes) = imported("core.har", &har(&[upload("")]));
    assert_eq!(
        notes,
        ["lost: core.har, entry 1: no reply has the hashes of the uploaded file \"résumé.doc\""]
    );
}

#[test]
fn a_sample_that_is_unknown_first_and_known_later_is_reported() {
    let (fixture, notes) =
        imported("later.har", &har(&[status(SHA1, "not_found"), status(SHA1, "processed")]));
    assert!(fixture["samples"][0].get("spectra_analyze").is_none(), "{fixture:#}");
    let expected = format!(
        "lost: later.har, entry 1: {SHA1} is unknown here and known elsewhere; in the fixture it is known"
    );
    assert_eq!(notes.last(), Some(&expected));
}

/// A preflight, a question for the methods, and a look-up without its body.
fn asides() -> [Value; 3] {
    let preflight = json!({ "method": "OPTIONS", "url": "https://api.metadefender.com/v4/hash/x",
        "headers": [{ "name": "Access-Control-Request-Method", "value": "GET" }] });
    let head = json!({ "method": "HEAD", "url": "http://core.test/hash/x" });
    let connect = json!({ "method": "CONNECT", "url": "api.metadefender.com:443" });
    [entry(preflight, 204, ""), entry(head, 200, ""), entry(connect, 200, "")]
}

#[test]
fn preflights_tunnels_and_head_are_left_out() {
    let (fixture, notes) = imported("asides.har", &har(&asides()));
    assert_eq!(fixture, json!({ "samples": [] }));
    assert_eq!(
        notes,
        [
            "asides.har, entry 1: a CORS preflight, which browsers send by themselves; it was left out",
            "asides.har, entry 2: a reply to HEAD has no body; it was left out",
            "asides.har, entry 3: a request to a proxy, which is not part of an API; it was left out",
        ]
    );
    let path = file("import-asides.har", &har(&asides()));
    let (_, out, _) = outcome(&mut program(&["compare", path.to_str().expect("UTF-8")]));
    assert!(
        out.contains("entry 1: not replayed: a CORS preflight, which browsers send by themselves\n"),
        "{out}"
    );
    assert!(
        out.contains("entry 3: not replayed: a request to a proxy, which is not part of an API\n"),
        "{out}"
    );
    assert!(
        out.contains("3 exchanges: 1 the same, 0 but for times and identifiers, 0 different, 2 not replayed"),
        "{out}"
    );
}

#[tokio::test]
async fn a_refused_tunnel_in_the_journal_is_a_valid_entry() {
    let emulator = start_builtin().await;
    let connect =
        b"CONNECT www.example.org:443 HTTP/1.1\r\nHost: www.example.org:443\r\nConnection: close\r\n\r\n";
    assert_eq!(exchange(emulator.address(), connect).await.status, 403);
    let har = get("/_scandouble/journal?format=har").send(&emulator).await;
    assert_eq!(har.json()["log"]["entries"][0]["request"]["url"], "http://www.example.org:443/");
    let (_, notes) = imported("own.har", har.text());
    assert_eq!(
        notes,
        ["own.har, entry 1: a request to a proxy, which is not part of an API; it was left out"]
    );
}

/// The same session, with the bodies of its requests only as parameters.
fn as_parameters(mut session: Value) -> Value {
    for entry in session["log"]["entries"].as_array_mut().expect("entries") {
        let data = &mut entry["request"]["postData"];
        let text = data["text"].as_str().unwrap_or_default().to_owned();
        let pairs = form_urlencoded::parse(text.as_bytes());
        let params: Vec<Value> = pairs.map(|(name, value)| json!({ "name": name, "value": value })).collect();
        *data = json!({ "mimeType": data["mimeType"], "text": "", "params": params });
    }
    session
}

#[tokio::test]
async fn forms_that_are_recorded_as_parameters_are_replayed() {
    let real = start_builtin().await;
    let token = |ask: Ask| ask.header("Authorization", "Token exampletoken");
    let sample = "3395856ce81f2b7382dee72602f798b642f14140";
    token(post("/api/samples/analyze_bulk/"))
        .form(&format!("hash_value={sample}&analysis=cloud,core"))
        .send(&real)
        .await;
    let har = get("/_scandouble/journal?format=har").send(&real).await.json();
    let path = file("compare-params.har", &as_parameters(har).to_string());
    let (code, out, _) = outcome(&mut program(&["compare", path.to_str().expect("UTF-8")]));
    assert!(code == 0 && out.contains("1 exchange: 1 the same"), "{out}");
    let params = json!([{ "name": "file", "fileName": "a.exe", "contentType": "application/octet-stream" }]);
    let data = json!({ "mimeType": "multipart/form-data; boundary=X", "params": params });
    let upload = entry(
        json!({ "method": "POST", "url": "https://box.test/api/uploads/", "postData": data }),
        201,
        "{}",
    );
    let path = file("compare-no-file.har", &super::har(&[upload]));
    let (_, out, _) = outcome(&mut program(&["compare", path.to_str().expect("UTF-8")]));
    assert!(out.contains("entry 1: not replayed: the uploaded file is not in the recording\n"), "{out}");
}

#[tokio::test]
async fn redirects_are_compared_without_the_world() {
    let real = start_builtin().await;
    let answer: Answer =
        post("/api/samples/status").header("Authorization", "Token exampletoken").send(&real).await;
    assert_eq!((answer.status, answer.header("location")), (301, Some("/api/samples/status/")));
    let har = get("/_scandouble/journal?format=har").send(&real).await.json();
    let path = file("compare-redirect.har", &har.to_string());
    let (code, out, _) = outcome(&mut program(&["compare", path.to_str().expect("UTF-8")]));
    assert!(code == 0 && out.contains("1 exchange: 1 the same"), "{out}");
}

#[tokio::test]
async fn redacted_credentials_are_reported_and_not_mistaken_for_others() {
    let real = start_builtin().await;
    let look_up = |key: &str| post("/v2/hash").header("apikey", key).body("{\"hash\":[\"abc\"]}");
    assert_eq!(look_up("exampleapikey").send(&real).await.status, 200);
    assert_eq!(look_up("examplewrong").send(&real).await.status, 401);
    assert_eq!(look_up("another-one").send(&real).await.status, 401);
    let har = get("/_scandouble/journal?format=har").send(&real).await;
    let (_, notes) = imported("own.har", har.text());
    let expected = "the fixture: accounts.metadefender_cloud: \"exam***\" was redacted in the recording; write the real one";
    assert!(notes.iter().any(|line| line == expected), "{notes:#?}");
    let path = file("compare-keys.har", har.text());
    let (code, out, _) = outcome(&mut program(&["compare", path.to_str().expect("UTF-8")]));
    assert!(
        out.contains(
            "entry 2: not replayed: the credential that was refused was redacted in the recording\n"
        ),
        "{out}"
    );
    assert!(code == 0 && out.contains("3 exchanges: 2 the same") && out.contains("1 not replayed"), "{out}");
}
