//! The checks before the handlers: credentials, paths, methods, sizes, and their order.

use super::*;
use crate::harness::{ask, get, start_with};

const SENT: (&str, &str) = ("Sample sent for rescanning", "rescan.single.sent");

#[tokio::test]
async fn requests_without_valid_basic_credentials_get_a_challenge_without_a_body() {
    let emulator = start().await;
    let path = format!("/api/rescan/v1/query/md5/{MD5}");
    for header in [
        None,
        Some(""),
        Some("Basic"),
        Some("Basic ???"),
        Some("Basic dQ=="),
        Some("Bearer dTpw"),
        Some("Token x"),
    ] {
        let ask = header.into_iter().fold(get(&path), |ask, value| ask.header("Authorization", value));
        let answer = ask.send(&emulator).await;
        assert_empty_body(&answer, 401, "auth.missing", "documented; body=assumed");
        assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"Spectra Intelligence\""));
    }
    for (user, password) in
        [("u/one", "wrong"), ("u/One", "pass:word"), ("nobody", ""), ("u/out", "p"), ("", "")]
    {
        let answer = get(&path).basic(user, password).send(&emulator).await;
        assert_empty_body(&answer, 401, "auth.invalid", "documented; body=assumed");
        assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"Spectra Intelligence\""));
    }
    let answer = get(&path).header("authorization", "bAsIc  dS9vbmU6cGFzczp3b3Jk").send(&emulator).await;
    assert_text(&answer, 200, SENT.0, SENT.1, "documented");
}

#[tokio::test]
async fn an_account_without_entitlement_is_forbidden() {
    let emulator = start().await;
    let answer = get("/api/rescan/nowhere").basic("u/none", "p").send(&emulator).await;
    assert_empty_body(&answer, 403, "auth.forbidden", "documented");
}

#[tokio::test]
async fn auth_any_accepts_every_login_and_auth_off_needs_none() {
    let path = format!("/api/rescan/v1/query/md5/{MD5}");
    let emulator = start_with(FIXTURES, |builder| builder.setting("auth", "off")).await;
    assert_text(&get(&path).send(&emulator).await, 200, SENT.0, SENT.1, "documented");
    let emulator = start_with(FIXTURES, |builder| builder.setting("auth", "any")).await;
    assert_text(&get(&path).basic("who", "ever").send(&emulator).await, 200, SENT.0, SENT.1, "documented");
    assert_empty_body(&get(&path).send(&emulator).await, 401, "auth.missing", "documented; body=assumed");
}

#[tokio::test]
async fn paths_that_are_not_served_are_not_found() {
    let emulator = start().await;
    for path in [
        "/api/rescan/",
        "/api/rescan/v1",
        "/api/rescan/v1/",
        "/api/rescan/v1/query",
        "/api/rescan/v1/query/md5",
        "/api/rescan/v1/query/md5/",
        &format!("/api/rescan/v1/query/md5/{MD5}/"),
        &format!("/api/rescan/v1/query//{MD5}"),
        &format!("/api/rescan/v1//query/md5/{MD5}"),
        &format!("/api/rescan/v2/query/md5/{MD5}"),
        &format!("/api/rescan/v1/Query/md5/{MD5}"),
        "/api/rescan/v1/bulk_query",
        "/api/rescan/v1/bulk_query/",
        "/api/rescan/v1/bulk_query/json/",
        "/api/rescan/v1/bulk_query%2Fjson",
    ] {
        let answer = get(path).basic("u/two", "two").send(&emulator).await;
        assert_text(&answer, 404, "Not found", "route.unknown", "assumed");
    }
}

#[tokio::test]
async fn methods_are_case_sensitive() {
    let emulator = start().await;
    for (method, path, allow) in [
        ("POST", "/api/rescan/v1/query/md5/x", "GET, HEAD"),
        ("OPTIONS", "/api/rescan/v1/query/md5/x", "GET, HEAD"),
        ("get", "/api/rescan/v1/query/md5/x", "GET, HEAD"),
        ("FETCH", "/api/rescan/v1/query/md5/x", "GET, HEAD"),
        ("GET", JSON, "POST"),
        ("PUT", JSON, "POST"),
        ("post", "/api/rescan/v1/bulk_query/nonsense", "POST"),
    ] {
        let answer = ask(method, path).basic("u/one", "pass:word").send(&emulator).await;
        assert_text(&answer, 405, "Method not allowed", "method.not-allowed", "assumed");
        assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
    }
    let answer = ask("HEAD", XML).basic("u/one", "pass:word").send(&emulator).await;
    assert_eq!((answer.status, answer.text(), answer.header("allow")), (405, "", Some("POST")));
}

#[tokio::test]
async fn head_answers_like_get_without_a_body() {
    let emulator = start().await;
    let path = format!("/api/rescan/v1/query/md5/{MD5}");
    let answer = ask("HEAD", &path).basic("u/one", "pass:word").send(&emulator).await;
    assert_eq!((answer.status, answer.text()), (200, ""));
    assert_eq!(answer.header("content-type"), Some(TEXT));
    assert_eq!(answer.header("content-length"), Some("26"));
    assert_eq!(answer.header("scandouble-behaviour"), Some("spectra-intelligence/rescan.single.sent"));
}

#[tokio::test]
async fn bodies_of_ten_megabytes_are_accepted_and_of_twenty_refused() {
    let emulator = start().await;
    let padded = |size: usize| {
        let mut body = query("md5", &[]).into_bytes();
        body.resize(size, b' ');
        body
    };
    let answer = bulk(JSON, padded(10 << 20)).send(&emulator).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let answer = bulk(JSON, padded(16 << 20)).send(&emulator).await;
    assert_eq!(answer.status, 200);
    for path in [JSON, "/api/rescan/v1/bulk_query/nonsense?format=nonsense"] {
        let answer = bulk(path, padded((16 << 20) + 1)).send(&emulator).await;
        assert_text(&answer, 413, "Request entity too large", "request.too-large", "assumed");
    }
    let answer = bulk(JSON, padded(20 << 20)).send(&emulator).await;
    assert_text(&answer, 413, "Request entity too large", "request.too-large", "assumed");
}

#[tokio::test]
async fn checks_are_made_in_order() {
    let emulator = harness::start(
        "
settings: { spectra-intelligence.rate-limit: 1 }
accounts:
  spectra_intelligence: [ { user: u/one, password: 'pass:word' }, { user: u/none, password: p, entitled: false } ]
",
    )
    .await;
    let huge = vec![b'x'; (16 << 20) + 1];
    let bad = ask("PUT", "/api/rescan/v1/elsewhere");
    assert_empty_body(
        &bad.clone().body(huge.clone()).send(&emulator).await,
        401,
        "auth.missing",
        "documented; body=assumed",
    );
    assert_empty_body(
        &bad.clone().basic("u/none", "p").send(&emulator).await,
        403,
        "auth.forbidden",
        "documented",
    );
    let one = |ask: Ask| ask.basic("u/one", "pass:word");
    assert_text(&one(bad).send(&emulator).await, 404, "Not found", "route.unknown", "assumed");
    let put = one(ask("PUT", "/api/rescan/v1/bulk_query/odd?format=odd"));
    assert_text(&put.send(&emulator).await, 405, "Method not allowed", "method.not-allowed", "assumed");
    let odd = || bulk("/api/rescan/v1/bulk_query/odd?format=odd", "x");
    assert_text(
        &odd().send(&emulator).await,
        400,
        "Invalid post format",
        "rescan.bulk.invalid-post-format",
        "assumed",
    );
    assert_empty_body(&odd().body(huge).send(&emulator).await, 429, "rate.exceeded", "assumed");
    let next = async |ask: Ask| {
        harness::advance(&emulator, 1.0);
        ask.send(&emulator).await
    };
    let answer = next(bulk("/api/rescan/v1/bulk_query/json?format=odd", "x")).await;
    assert_text(&answer, 400, "Invalid format", "rescan.bulk.invalid-format", "assumed");
    let answer = next(bulk(JSON, "x")).await;
    assert_text(&answer, 400, "Malformed request body", "rescan.bulk.malformed", "documented; body=assumed");
    let many = [MD5; 101];
    let answer = next(bulk(JSON, query("md6", &many))).await;
    assert_text(&answer, 400, "Invalid hash type", "rescan.bulk.invalid-hash-type", "assumed");
    let answer = next(bulk(JSON, query("md5", &many))).await;
    assert_text(&answer, 400, "Too many hashes, maximum is 100", "rescan.bulk.too-many", "assumed");
    let answer = next(single("md6", "x")).await;
    assert_text(&answer, 400, "Invalid hash type", "rescan.single.invalid-hash-type", "assumed");
}
