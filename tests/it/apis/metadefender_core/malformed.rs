//! Unusual requests: other paths and methods, encodings, unexpected bodies.

use super::{assert_answer, assert_not_found};
use crate::harness::{Answer, ask, exchange, get, post, start};
use scandouble::internals::vendors;

const NONE: &str = "samples: []";

#[track_caller]
fn assert_unknown_route(answer: &Answer) {
    assert_answer(answer, 404, r#"{"err":"Not Found"}"#, "route.unknown", "assumed");
}

#[tokio::test]
async fn paths_inside_the_prefixes_that_are_not_served() {
    let emulator = start(NONE).await;
    for path in [
        "/hash//",
        "/hash/abc/",
        "/hash/abc/def",
        "/metascan_rest/hash/abc/",
        "/file/",
        "/file/rules/",
        "/file/61dffeaa728844adbf49eb090e4ece0e/",
        "/metascan_rest/file/",
        "/metascan_rest/file/x/y",
    ] {
        for method in ["GET", "POST", "DELETE", "OPTIONS"] {
            assert_unknown_route(&ask(method, path).send(&emulator).await);
        }
    }
}

#[tokio::test]
async fn methods_other_than_get_and_head() {
    let emulator = start(NONE).await;
    for path in ["/hash/abc", "/metascan_rest/hash/abc", "/file/rules", "/metascan_rest/file/rules"] {
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "Get", "BREW"] {
            let answer = ask(method, path).send(&emulator).await;
            assert_answer(&answer, 405, r#"{"err":"Method Not Allowed"}"#, "method.not-allowed", "assumed");
            assert_eq!(answer.header("allow"), Some("GET, HEAD"));
        }
    }
    for path in ["/file/x", "/version", "/metascan_rest/version"] {
        let answer = post(path).send(&emulator).await;
        assert_answer(&answer, 405, r#"{"err":"Method Not Allowed"}"#, "method.not-allowed", "assumed");
        assert_eq!(answer.header("allow"), Some("GET, HEAD"));
    }
    for path in ["/file", "/metascan_rest/file", "/login", "/metascan_rest/login", "/logout"] {
        for method in ["GET", "PUT", "post", "OPTIONS"] {
            let answer = ask(method, path).send(&emulator).await;
            assert_answer(&answer, 405, r#"{"err":"Method Not Allowed"}"#, "method.not-allowed", "assumed");
            assert_eq!(answer.header("allow"), Some("POST"));
        }
    }
}

#[tokio::test]
async fn a_malformed_hash_is_decoded_and_escaped() {
    let emulator = start(NONE).await;
    for (path, key) in [
        ("a%20b%2Fc", "a b/c"),
        ("%22%5C%0A%01", r#"\"\\\n\u0001"#),
        ("%C3%BC", "ü"),
        ("a+b", "a+b"),
        ("%", "%"),
        ("%zz", "%zz"),
        ("..%2f..%2fetc", "../../etc"),
        (".", "."),
        ("%00", "\\u0000"),
        // Escapes that do not decode to UTF-8 are repeated unchanged.
        ("%ff%fe", "%ff%fe"),
        ("%C3", "%C3"),
        ("c05017f68343a5257fc3c0db72aa58dc%20", "c05017f68343a5257fc3c0db72aa58dc "),
    ] {
        assert_not_found(&get(&format!("/hash/{path}")).send(&emulator).await, key);
    }
    let long = "f".repeat(8000);
    assert_not_found(&get(&format!("/hash/{long}")).send(&emulator).await, &long);
}

#[tokio::test]
async fn request_bodies_are_ignored() {
    let emulator = start(NONE).await;
    for body in [vec![0xff, 0xfe], vec![b'x'; 10 << 20], vec![b'x'; 20 << 20]] {
        assert_not_found(&get("/hash/abc").body(body).send(&emulator).await, "abc");
    }
    let answer = post("/hash/abc").body(vec![b'x'; 20 << 20]).send(&emulator).await;
    assert_answer(&answer, 405, r#"{"err":"Method Not Allowed"}"#, "method.not-allowed", "assumed");
}

#[tokio::test]
async fn headers_that_are_not_text_are_tolerated() {
    let emulator =
        start("samples: [{ name: a, md5: 0cc175b9c0f1b6a831c399e269772661, verdict: clean }]").await;
    let request = |header: &[u8]| {
        let mut bytes =
            b"GET /hash/0cc175b9c0f1b6a831c399e269772661 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                .to_vec();
        bytes.extend_from_slice(header);
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes
    };
    let answer = exchange(emulator.address(), &request(b"rule: \xff\xfe")).await;
    let missing = r#"{"0cc175b9c0f1b6a831c399e269772661":"Not Found"}"#;
    assert_answer(&answer, 200, missing, "hash.rule-without-result hash.not-found", "assumed");
    let answer = exchange(emulator.address(), &request(b"apikey: \xff\xfe")).await;
    assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-core/hash.found"));
}

#[tokio::test]
async fn a_malformed_hash_is_not_found_and_graded_assumed() {
    let emulator = start(NONE).await;
    let unknown = "0cc175b9c0f1b6a831c399e269772661";
    let answer = get(&format!("/hash/{unknown}")).send(&emulator).await;
    assert_answer(&answer, 200, &format!(r#"{{"{unknown}":"Not Found"}}"#), "hash.not-found", "documented");
    let sha512 = "0".repeat(128);
    for malformed in ["abc", &unknown[1..], &sha512] {
        let answer = get(&format!("/hash/{malformed}")).send(&emulator).await;
        assert_answer(
            &answer,
            200,
            &format!(r#"{{"{malformed}":"Not Found"}}"#),
            "hash.not-found",
            "assumed",
        );
    }
    let row = vendors::metadefender_core::behaviours::ALL.iter().find(|row| row.id == "hash.not-found");
    let tally = &emulator.world("default").state().coverage["metadefender-core"];
    assert_eq!(tally.of(row.expect("a row")), 4, "all are one row of the catalogue");
}

#[tokio::test]
async fn a_setting_refuses_malformed_hashes_as_later_versions_do() {
    let strict =
        |builder: scandouble::Builder| builder.setting("metadefender-core.malformed-hash-404", "true");
    let emulator = crate::harness::start_with(NONE, strict).await;
    let answer = get("/hash/abc").send(&emulator).await;
    assert_answer(&answer, 404, r#"{"err":"Not Found"}"#, "hash.malformed", "assumed");
    let unknown = "0cc175b9c0f1b6a831c399e269772661";
    super::assert_not_found(&get(&format!("/hash/{unknown}")).send(&emulator).await, unknown);
}
