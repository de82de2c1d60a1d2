//! Refusals before a look-up: paths, methods, keys, sizes, and their order.

use super::*;
use crate::harness::{ask, get, start_with};

const METHOD: &str = r#"{"err":"Not supported HTTP method or invalid http request"}"#;
const KEY: &str = r#"{"err":"Invalid API key"}"#;
const PARSE: &str = r#"{"err":"Could not parse body content."}"#;
const EMPTY: &str = r#"{"err":"hashes in body content is null or empty"}"#;
const UNKNOWN_RESULT: &str = r#"[{"hash":"abc","scan_result":5,"data_id":null}]"#;

const BULK_PATHS: [&str; 8] = [
    "/hash",
    "/hash/",
    "/v2/hash",
    "/v2/hash/",
    "/metascan_rest/hash",
    "/metascan_rest/hash/",
    "/v2/%68ash",
    "/v2/hash?x=y",
];

#[tokio::test]
async fn all_paths_of_the_bulk_look_up_are_equivalent() {
    let emulator = start().await;
    for path in BULK_PATHS {
        for method in ["POST", "post", "PoSt"] {
            let answer =
                ask(method, path).header("apikey", "k").body(r#"{"hash":["abc"]}"#).send(&emulator).await;
            assert_answer(&answer, 200, UNKNOWN_RESULT, &["bulk.unknown"], "documented");
        }
    }
}

#[tokio::test]
async fn other_methods_are_not_supported_with_or_without_a_key() {
    let emulator = start().await;
    for (path, method) in BULK_PATHS
        .into_iter()
        .flat_map(|path| {
            ["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "FETCH", "get"].map(|method| (path, method))
        })
        .chain(["POST", "post", "PUT", "OPTIONS"].map(|method| ("/v2/hash/abc", method)))
    {
        let answer = ask(method, path).send(&emulator).await;
        assert_answer(&answer, 400, METHOD, &["method.not-supported"], "documented; body=assumed");
        assert_no_limit_headers(&answer);
        let answer = ask(method, path).header("apikey", "k").body("{").send(&emulator).await;
        assert_answer(&answer, 400, METHOD, &["method.not-supported"], "documented; body=assumed");
        assert_eq!(limits(&answer), ["4000", "4000", "0", "86400s"]);
    }
    for path in BULK_PATHS.into_iter().chain(["/v2/hash/abc"]) {
        let answer = ask("HEAD", path).send(&emulator).await;
        assert_eq!((answer.status, answer.text()), (400, ""));
        assert_eq!(answer.header("content-length"), Some(METHOD.len().to_string().as_str()));
        assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-cloud/method.not-supported"));
    }
}

#[tokio::test]
async fn paths_under_the_versions_that_are_not_served_are_not_found() {
    let emulator = start().await;
    for path in ["/v2/", "/v2/file", "/v2/Hash", "/v2//hash", "/v2/hash/a/b", "/v2/hash/a/", "/v2/hash//"] {
        let answer = post(path).send(&emulator).await;
        assert_answer(&answer, 404, r#"{"err":"Not Found"}"#, &["route.unknown"], "assumed");
        assert_no_limit_headers(&answer);
    }
    for path in ["/v4/", "/v4/nothing", "/v4//"] {
        let answer = get(path).header("apikey", "k").send(&emulator).await;
        let body = r#"{"error":{"code":404000,"messages":["Endpoint was not found"]}}"#;
        assert_answer(&answer, 404, body, &["route.unknown"], "assumed");
        assert_eq!(limits(&answer)[1], "4000");
    }
}

#[tokio::test]
async fn a_key_must_be_one_that_is_configured() {
    let emulator = start().await;
    for ask in
        [post("/hash"), post("/hash").header("apikey", ""), post("/hash?apikey=k"), get("/v2/hash/abc")]
    {
        let answer = ask.send(&emulator).await;
        assert_answer(&answer, 401, KEY, &["auth.missing"], "documented; body=assumed");
        assert_no_limit_headers(&answer);
    }
    for key in ["K", "nobody", "gone", "\u{e9}"] {
        let answer = post("/hash").header("APIKEY", key).send(&emulator).await;
        assert_answer(&answer, 401, KEY, &["auth.invalid"], "documented; body=assumed");
        assert_no_limit_headers(&answer);
    }
}

#[tokio::test]
async fn no_key_is_required_if_none_is_configured_or_enforced() {
    let body = r#"{"hash":["abc"]}"#;
    let open = harness::start("accounts: { metadefender_cloud: [] }").await;
    let off = start_with(FIXTURES, |builder| builder.setting("auth", "off")).await;
    for emulator in [open, off] {
        for ask in [post("/hash"), post("/hash").header("apikey", "any")] {
            assert_answer(
                &ask.body(body).send(&emulator).await,
                200,
                UNKNOWN_RESULT,
                &["bulk.unknown"],
                "documented",
            );
        }
    }
    let any = start_with(FIXTURES, |builder| builder.setting("auth", "any")).await;
    let answer = post("/hash").header("apikey", "any").body(body).send(&any).await;
    assert_answer(&answer, 200, UNKNOWN_RESULT, &["bulk.unknown"], "documented");
    assert_answer(
        &post("/hash").body(body).send(&any).await,
        401,
        KEY,
        &["auth.missing"],
        "documented; body=assumed",
    );
}

#[tokio::test]
async fn empty_lists_and_malformed_bodies_have_different_errors() {
    let emulator = start().await;
    for body in ["", "{}", r#"{"hash":null}"#, r#"{"hash":[]}"#, r#"{"hashes":["a"]}"#] {
        assert_answer(
            &raw(body).send(&emulator).await,
            400,
            EMPTY,
            &["bulk.empty"],
            "assumed; body=documented",
        );
    }
    for body in [
        &b"{"[..],
        b" ",
        b"null",
        b"[\"abc\"]",
        b"hash=abc",
        b"{\"hash\":\"abc\"}",
        b"{\"hash\":[1]}",
        b"{\"hash\":[null]}",
        b"{\"hash\":{}}",
        b"{\"hash\":[\"\xff\"]}",
        b"{\"hash\":[]}{}",
        b"\xef\xbb\xbf{\"hash\":[]}",
    ] {
        let answer = raw(body).send(&emulator).await;
        assert_answer(&answer, 400, PARSE, &["bulk.malformed"], "assumed; body=documented");
    }
    assert_answer(
        &raw(vec![b'['; 10 << 20]).send(&emulator).await,
        400,
        PARSE,
        &["bulk.malformed"],
        "assumed; body=documented",
    );
}

#[tokio::test]
async fn the_content_type_does_not_matter() {
    let emulator = start().await;
    let ask = || post("/v2/hash/").header("apikey", "k");
    for ask in [
        ask().json(r#"{"hash":["abc"]}"#),
        ask().form(r#"{"hash":["abc"]}"#),
        ask().body(r#"{"hash":["abc"]}"#),
    ] {
        assert_answer(&ask.send(&emulator).await, 200, UNKNOWN_RESULT, &["bulk.unknown"], "documented");
    }
}

#[tokio::test]
async fn a_body_of_ten_megabytes_is_read_and_one_of_twenty_is_refused() {
    let emulator = start().await;
    let padded = |size: usize| {
        let mut body = br#"{"hash":["abc"]}"#.to_vec();
        body.resize(size, b' ');
        raw(body)
    };
    for size in [10 << 20, 16 << 20] {
        assert_answer(
            &padded(size).send(&emulator).await,
            200,
            UNKNOWN_RESULT,
            &["bulk.unknown"],
            "documented",
        );
    }
    for size in [(16 << 20) + 1, 20 << 20] {
        let answer = padded(size).send(&emulator).await;
        assert_answer(&answer, 400, PARSE, &["request.too-large"], "assumed");
        assert_eq!(limits(&answer)[2], "2");
    }
}

#[tokio::test]
async fn refusals_have_a_fixed_order() {
    let emulator = harness::start("accounts: { metadefender_cloud: [ { key: k, lookup_limit: 0 } ] }").await;
    let answer = ask("PUT", "/hash").body(vec![b'x'; (16 << 20) + 1]).send(&emulator).await;
    assert_answer(&answer, 400, METHOD, &["method.not-supported"], "documented; body=assumed");
    assert_answer(
        &post("/hash").body("x").send(&emulator).await,
        401,
        KEY,
        &["auth.missing"],
        "documented; body=assumed",
    );
    assert_answer(
        &raw("x").send(&emulator).await,
        400,
        PARSE,
        &["bulk.malformed"],
        "assumed; body=documented",
    );
    assert_answer(&raw("{}").send(&emulator).await, 400, EMPTY, &["bulk.empty"], "assumed; body=documented");
    let many = r#"{"err":"Exceeded maximum allowed. Allow maximum 1000 hashes"}"#;
    assert_answer(
        &bulk(&["x"; 1001]).send(&emulator).await,
        400,
        many,
        &["bulk.too-many"],
        "assumed; body=documented",
    );
    let limit = r#"{"err":"Signature lookup limit reached, try again later"}"#;
    assert_answer(
        &bulk(&["x"]).send(&emulator).await,
        403,
        limit,
        &["limit.exceeded"],
        "documented; body=assumed",
    );
}
