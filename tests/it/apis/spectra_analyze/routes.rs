//! Paths and methods.

use scandouble::internals::journal::FindingKind;

use super::*;
use crate::harness::{ask, get, start};

const PAGE: &str = "\n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>Not Found</title>\n</head>\n<body>\n  \
    <h1>Not Found</h1><p>The requested resource was not found on this server.</p>\n</body>\n</html>\n";

#[tokio::test]
async fn unknown_paths_get_the_page_of_django_without_an_account() {
    let emulator = start(SAMPLES).await;
    for path in [
        "/api/samples",
        "/api/samples/",
        "/api/samples/abc/analyse/",
        "/api/samples//analyze/",
        "/api/samples/a%2Fb/analyze/",
        "/api/samples/analyze_bulk//",
        "/api/samples/v1/analyze_bulk/",
        "/api/samples/v2/v2/analyze_bulk/",
        "/api/uploads/1/",
        "/api-token-auth/x",
    ] {
        for request in [post(path), get(path), ask("DELETE", path), authorized(path)] {
            let answer = request.send(&emulator).await;
            answer.assert_reply(404, HTML, PAGE, "spectra-analyze/route.unknown", "assumed");
        }
    }
}

#[tokio::test]
async fn a_missing_slash_is_redirected_without_an_account() {
    let emulator = start(SAMPLES).await;
    for (path, place) in [
        ("/api/samples/abc", "/api/samples/abc/"),
        ("/api/samples/abc/analyze", "/api/samples/abc/analyze/"),
        ("/api/samples/abc/analyze?x=/y&z", "/api/samples/abc/analyze/?x=/y&z"),
        ("/api/samples/a%20c/analyze", "/api/samples/a%20c/analyze/"),
        ("/api/samples/analyze_bulk", "/api/samples/analyze_bulk/"),
        ("/api/samples/v2/analyze_bulk", "/api/samples/v2/analyze_bulk/"),
        ("/api/samples/status?status=processed", "/api/samples/status/?status=processed"),
        ("/api-token-auth", "/api-token-auth/"),
        ("/api/uploads", "/api/uploads/"),
        ("/_world/t42/api-token-auth?", "/_world/t42/api-token-auth/?"),
        ("/_world/t42/api/samples/analyze_bulk", "/_world/t42/api/samples/analyze_bulk/"),
    ] {
        for request in [post(path), get(path), authorized(path).json("{")] {
            let answer = request.send(&emulator).await;
            answer.assert_reply(301, HTML, "", "spectra-analyze/route.no-slash", "assumed");
            assert_eq!(answer.header("location"), Some(place), "{path}");
        }
    }
    post("/api-token-auth").send(&emulator).await;
    assert_eq!(findings(&emulator)[0].kind, FindingKind::Deviation);
}

#[tokio::test]
async fn percent_encoded_paths_are_decoded() {
    let emulator = start(SAMPLES).await;
    let path = single(&FOO.replace('f', "%66"));
    assert_eq!(authorized(&path).form("analysis=core").send(&emulator).await.status, 201);
    let answer = authorized("/api/samples/%61nalyze_bulk/").send(&emulator).await;
    assert_eq!(answer.header("scandouble-behaviour"), Some("spectra-analyze/analyze.bulk.no-hashes"));
    let answer = authorized("/api/samples/%FF/analyze/").form("analysis=core").send(&emulator).await;
    assert_refused(&answer, 400, INVALID_HASH, "analyze.single.invalid-hash");
}

#[tokio::test]
async fn only_post_is_allowed() {
    let emulator = start(SAMPLES).await;
    for path in [&single(FOO), BULK, V2, STATUS, UPLOADS] {
        for (method, name) in [
            ("GET", "GET"),
            ("PUT", "PUT"),
            ("DELETE", "DELETE"),
            ("PATCH", "PATCH"),
            ("FOO", "FOO"),
            ("get", "GET"),
        ] {
            let request = ask(method, path).header("Authorization", "Token exampletoken");
            let answer = request.send(&emulator).await;
            let body = format!(r#"{{"detail":"Method \"{name}\" not allowed."}}"#);
            answer.assert_reply(405, JSON, &body, "spectra-analyze/method.not-allowed", "assumed");
            assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
        }
    }
    let answer = get(TOKEN).send(&emulator).await;
    let body = r#"{"detail":"Method \"GET\" not allowed."}"#;
    answer.assert_reply(405, JSON, body, "spectra-analyze/method.not-allowed", "assumed");
}

#[tokio::test]
async fn head_is_refused_like_get_without_a_body() {
    let emulator = start(SAMPLES).await;
    let answer = ask("HEAD", BULK).header("Authorization", "Token exampletoken").send(&emulator).await;
    assert_eq!((answer.status, answer.text()), (405, ""));
    assert_eq!(answer.header("content-type"), Some(JSON));
    assert_eq!(answer.header("content-length"), Some("41"));
    assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
}

#[tokio::test]
async fn options_describe_the_endpoint() {
    let emulator = start(SAMPLES).await;
    for (path, name) in [
        (single(FOO).as_str(), "Analyze Sample"),
        (BULK, "Analyze Samples Bulk"),
        (V2, "Analyze Samples Bulk V2"),
        (STATUS, "Samples Status"),
    ] {
        let answer = ask("OPTIONS", path).header("Authorization", "Token exampletoken").send(&emulator).await;
        let body = format!(
            r#"{{"name":"{name}","description":"","renders":["application/json"],"parses":["application/json","application/x-www-form-urlencoded","multipart/form-data"]}}"#
        );
        answer.assert_reply(200, JSON, &body, "spectra-analyze/method.options", "assumed");
        assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
    }
    let answer = ask("OPTIONS", TOKEN).send(&emulator).await;
    let body = concat!(
        r#"{"name":"Obtain Auth Token","description":"","renders":["application/json"],"#,
        r#""parses":["application/x-www-form-urlencoded","multipart/form-data","application/json"],"#,
        r#""actions":{"POST":{"username":{"type":"string","required":true,"read_only":false,"label":"Username"},"#,
        r#""password":{"type":"string","required":true,"read_only":false,"label":"Password"},"#,
        r#""token":{"type":"string","required":false,"read_only":true,"label":"Token"}}}}"#
    );
    answer.assert_reply(200, JSON, body, "spectra-analyze/method.options", "assumed");
}

#[tokio::test]
async fn methods_ignore_case() {
    let emulator = start(SAMPLES).await;
    let request = ask("post", &single(FOO)).header("Authorization", "Token exampletoken");
    assert_eq!(request.form("analysis=core").send(&emulator).await.status, 201);
}
