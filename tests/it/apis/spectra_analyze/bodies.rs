//! Bodies: content types, errors and size.

use super::*;
use crate::harness::start;

async fn refused(emulator: &Emulator, request: Ask, status: u16, body: &str, row: &str) {
    let answer = request.send(emulator).await;
    answer.assert_reply(status, JSON, body, &format!("spectra-analyze/{row}"), "assumed");
}

#[tokio::test]
async fn json_syntax_errors_give_the_line_and_column() {
    let emulator = start(SAMPLES).await;
    for (body, complaint) in [
        (&b"{"[..], "EOF while parsing an object at line 1 column 1"),
        (b"[", "EOF while parsing a list at line 1 column 1"),
        (b" ", "EOF while parsing a value at line 1 column 1"),
        (b"analysis=cloud", "expected value at line 1 column 1"),
        ("{\"é\": \"é\",\n \"b\" 1}".as_bytes(), "expected `:` at line 2 column 6"),
        (b"{} {}", "trailing characters at line 1 column 4"),
        (b"\xff", "expected value at line 1 column 1"),
        (b"{\"analysis\":\"\xff\"}", "invalid unicode code point at line 1 column 14"),
        (b"\xef\xbb\xbf{}", "expected value at line 1 column 1"),
        (b"{\"analysis\":NaN}", "expected value at line 1 column 13"),
    ] {
        for path in [&single(FOO), BULK, V2, STATUS, TOKEN] {
            let request = authorized(path).header("Content-Type", JSON).body(body);
            let wanted = format!(r#"{{"detail":"JSON parse error - {complaint}"}}"#);
            refused(&emulator, request, 400, &wanted, "request.malformed").await;
        }
    }
}

#[tokio::test]
async fn json_other_than_an_object_is_refused_with_its_type() {
    let emulator = start(SAMPLES).await;
    for (body, type_name) in
        [("[]", "list"), ("1", "int"), ("1.5", "float"), ("true", "bool"), ("\"x\"", "str")]
    {
        let wanted = format!(
            r#"{{"non_field_errors":["Invalid data. Expected a dictionary, but got {type_name}."]}}"#
        );
        refused(&emulator, authorized(BULK).json(body), 400, &wanted, "request.malformed").await;
        refused(&emulator, authorized(&single("x")).json(body), 400, &wanted, "request.malformed").await;
    }
    let wanted = r#"{"non_field_errors":["No data provided"]}"#;
    refused(&emulator, authorized(BULK).json("null"), 400, wanted, "request.malformed").await;
}

#[tokio::test]
async fn deeply_nested_json_is_refused() {
    let emulator = start(SAMPLES).await;
    let request = authorized(BULK).json(&"[".repeat(1_000_000));
    let wanted = r#"{"detail":"JSON parse error - recursion limit exceeded at line 1 column 128"}"#;
    refused(&emulator, request, 400, wanted, "request.malformed").await;
}

#[tokio::test]
async fn other_content_types_are_refused_unless_the_body_is_empty() {
    let emulator = start(SAMPLES).await;
    for kind in ["text/plain", "text/plain; charset=utf-8", "application/octet-stream", "x"] {
        let wanted = format!(r#"{{"detail":"Unsupported media type \"{kind}\" in request."}}"#);
        for path in [&single("x"), BULK, V2, STATUS, TOKEN] {
            let request = authorized(path).header("Content-Type", kind).body("{}");
            refused(&emulator, request, 415, &wanted, "request.media-type").await;
        }
    }
    let wanted = r#"{"detail":"Unsupported media type \"\" in request."}"#;
    refused(&emulator, authorized(BULK).body("{}"), 415, wanted, "request.media-type").await;
    for request in [
        authorized(BULK),
        authorized(BULK).header("Content-Type", "text/plain"),
        authorized(BULK).json(""),
        authorized(BULK).header("Content-Type", "multipart/form-data"),
    ] {
        let wanted = r#"{"hash_value":["This field is required."]}"#;
        assert_refused(&request.send(&emulator).await, 400, wanted, "analyze.bulk.no-hashes");
    }
}

#[tokio::test]
async fn content_types_ignore_case_and_parameters() {
    let emulator = start(SAMPLES).await;
    for kind in ["Application/JSON", "application/json; charset=utf-8", "application/json;x"] {
        let request = authorized(STATUS).header("Content-Type", kind);
        let body = format!(r#"{{"hash_values":"{FOO}"}}"#);
        assert_eq!(request.body(body).send(&emulator).await.status, 200, "{kind}");
    }
}

fn multipart(parts: &[(&str, &str)], end: &str) -> String {
    let part = |(name, value): &(&str, &str)| {
        format!("--XX\r\nContent-Disposition: form-data; name={name}\r\n\r\n{value}\r\n")
    };
    parts.iter().map(part).collect::<String>() + end
}

#[tokio::test]
async fn json_forms_and_multipart_are_equivalent() {
    let emulator = start(SAMPLES).await;
    let parts = [("\"hash_value\"", FOO), ("\"hash_value\"", BAR), ("analysis", "core , cloud")];
    let entry = |hashes| reanalysis(QUEUED, &[CORE_201, CLOUD_201], hashes);
    let bar = format!(r#"{BAR_HASHES},"imphash":"f34d5f2d4577ed6d9ceec516c1f5a744""#);
    let wanted = results(&[&entry(FOO_HASHES), &entry(&bar)]);
    for request in [
        authorized(BULK)
            .json(&format!(r#"{{"hash_value":["{FOO}","{BAR}"],"analysis":["core"," cloud ","core"]}}"#)),
        authorized(BULK).form(&format!("hash_value={FOO}&hash_value={BAR}&analysis=core%2C+cloud%2Ccloud")),
        authorized(BULK).form(&format!("hash_value={FOO}&analysis=core&hash_value={BAR}&analysis=cloud")),
        authorized(BULK)
            .header("Content-Type", "multipart/form-data; boundary=XX")
            .body(multipart(&parts, "--XX--\r\n")),
        authorized(BULK)
            .header("Content-Type", "Multipart/Form-Data; boundary=\"XX\"")
            .body(multipart(&parts, "--XX--")),
    ] {
        let answer = request.send(&emulator).await;
        answer.assert_reply(201, JSON, &wanted, "spectra-analyze/analyze.bulk.queued", "documented");
        crate::harness::advance(&emulator, 30.0);
    }
}

#[tokio::test]
async fn multipart_errors_are_those_of_django() {
    let emulator = start(SAMPLES).await;
    let request = authorized(BULK).header("Content-Type", "multipart/form-data").body("x");
    let wanted = r#"{"detail":"Multipart form parse error - Invalid boundary in multipart: None"}"#;
    refused(&emulator, request, 400, wanted, "request.malformed").await;
    let request = authorized(BULK).header("Content-Type", "multipart/form-data; boundary=XX");
    let answer = request.clone().body("garbage").send(&emulator).await;
    assert_refused(&answer, 400, r#"{"hash_value":["This field is required."]}"#, "analyze.bulk.no-hashes");
    let parts = [("hash_value", FOO), ("\"analysis\"; filename=\"a.txt\"", "core")];
    let answer = request.body(multipart(&parts, "--XX--\r\n")).send(&emulator).await;
    assert_refused(&answer, 400, r#"{"analysis":["Not a valid string."]}"#, "analyze.bulk.invalid-analysis");
}

#[tokio::test]
async fn bodies_of_ten_megabytes_are_accepted_and_of_twenty_refused() {
    let emulator = start(SAMPLES).await;
    let body = |len: usize| format!(r#"{{"hash_values":["{FOO}"],"x":"{}"}}"#, "é".repeat(len / 2));
    let answer = authorized(STATUS).json(&body(10_000_000)).send(&emulator).await;
    assert_eq!(answer.status, 200);
    let too_large = r#"{"detail":"Request body exceeded the limit."}"#;
    for path in [STATUS, BULK, V2, &single("x"), TOKEN] {
        refused(&emulator, authorized(path).json(&body(20_000_000)), 413, too_large, "request.too-large")
            .await;
    }
    let request = authorized(STATUS).header("Content-Type", "text/plain").body(vec![0; 20_000_000]);
    refused(&emulator, request, 413, too_large, "request.too-large").await;
}
