//! Version 4.

use super::*;
use crate::harness::{advance, ask, get, start_with};
use scandouble::internals::faults::{Effect, Refusal, RequestMatcher, Rule, Substitute, When};

fn one(hash: &str) -> Ask {
    get(&format!("/v4/hash/{hash}")).header("apikey", "k")
}

fn list(hashes: &[&str]) -> Ask {
    json(&serde_json::json!({ "hash": hashes }).to_string())
}

fn json(body: &str) -> Ask {
    post("/v4/hash").header("apikey", "k").json(body)
}

fn error(code: u32, text: &str) -> String {
    format!(r#"{{"error":{{"code":{code},"messages":["{text}"]}}}}"#)
}

#[track_caller]
fn refused(answer: &Answer, code: u32, text: &str, id: &str) {
    assert_answer(
        answer,
        u16::try_from(code / 1000).expect("a status"),
        &error(code, text),
        &[id],
        "observed",
    );
}

const KEY: &str = "Invalid API key";
const MEDIA: &str = "Content-Type header and payload has to be JSON";
const TIMEOUT: &str = "Request timeout. It has reached the 60 seconds limit.";
const LIMIT: &str = "API key limit exceeded; retry after the limit is reset";

#[tokio::test]
async fn a_hash_without_a_final_result_is_not_found() {
    let emulator = start().await;
    for missing in [UNKNOWN, HIDDEN, UNFINISHED, CLEAN_SHA512, "abc", "a%20%22"] {
        let answer = one(missing).send(&emulator).await;
        refused(&answer, 404_003, "The hash was not found", "v4.hash.not-found");
    }
    assert_eq!(limits(&one(CLEAN).send(&emulator).await), ["4000", "3993", "7", "86400s"]);
}

#[tokio::test]
async fn a_double_slash_before_hash_is_accepted() {
    // A published client joins its base address, which ends in a slash, with a path that begins with one.
    let emulator = start().await;
    let answer = one(CLEAN).send(&emulator).await;
    let joined = get(&format!("/v4//hash/{CLEAN}")).header("apikey", "k").send(&emulator).await;
    assert_answer(&joined, 200, answer.text(), &["v4.hash.found"], "observed");
}

#[tokio::test]
async fn a_list_is_returned_in_request_order() {
    let emulator = start().await;
    let upper = CLEAN.to_uppercase();
    let found = |hash: &str| {
        format!(r#"{{"data_id":"pinned","scan_result_i":0,"hash":"{hash}","total_detected_avs":0}}"#)
    };
    let missing = |hash: &str| {
        format!(r#"{{"data_id":null,"scan_result_i":5,"hash":"{hash}","total_detected_avs":-1}}"#)
    };
    let suspicious =
        format!(r#"{{"data_id":"s","scan_result_i":2,"hash":"{SUSPICIOUS}","total_detected_avs":1}}"#);
    let body = format!(
        r#"{{"data":[{},{},{},{},{}]}}"#,
        found(&upper),
        missing(UNKNOWN),
        suspicious,
        missing(UNFINISHED),
        found(CLEAN)
    );
    let hashes = [&upper, UNKNOWN, SUSPICIOUS, UNFINISHED, CLEAN];
    for header in ["0", "", "true", "2"] {
        let answer = list(&hashes).header("includescandetails", header).send(&emulator).await;
        assert_answer(&answer, 200, &body, &["v4.bulk.unknown", "v4.bulk.ok"], "observed");
    }
    for path in ["/v4/hash/", "/v4/%68ash", "/v4/hash?x=y"] {
        let ask = ask("post", path).header("apikey", "k").json(&format!(r#"{{"hash":["{CLEAN}"]}}"#));
        let body = format!(r#"{{"data":[{}]}}"#, found(CLEAN));
        assert_answer(&ask.send(&emulator).await, 200, &body, &["v4.bulk.ok"], "observed");
    }
    let body = format!(r#"{{"data":[{}]}}"#, missing(UNKNOWN));
    assert_answer(&list(&[UNKNOWN]).send(&emulator).await, 200, &body, &["v4.bulk.unknown"], "observed");
    let upper_case =
        start_with(FIXTURES, |builder| builder.setting("metadefender-cloud.hash-case", "upper")).await;
    let body = format!(r#"{{"data":[{}]}}"#, found(&upper));
    assert_answer(&list(&[CLEAN]).send(&upper_case).await, 200, &body, &["v4.bulk.ok"], "observed");
}

#[tokio::test]
async fn details_are_returned_for_the_same_results_as_in_version_2() {
    let emulator = start().await;
    let engine = r#"{"wait_time":3,"threat_found":"S","scan_time":2,"scan_result_i":2,"def_time":"2026-01-01T00:00:00.000Z"}"#;
    let body = format!(
        r#"{{"data":[{{"data_id":"s","scan_result_i":2,"hash":"{SUSPICIOUS}","total_detected_avs":1,"scan_details":{{"E":{engine}}}}},{{"data_id":"f","scan_result_i":3,"hash":"{FAILED}","total_detected_avs":0}}]}}"#
    );
    let answer = list(&[SUSPICIOUS, FAILED]).header("includescandetails", "1").send(&emulator).await;
    assert_answer(&answer, 200, &body, &["v4.bulk.ok"], "observed");
}

#[tokio::test]
async fn each_kind_of_invalid_list_has_its_own_code() {
    let emulator = start().await;
    let many = serde_json::json!({ "hash": vec![CLEAN; 1001] }).to_string();
    for (body, code, text) in [
        ("{}", 400_060, "The `hash` field in the body is required"),
        (r#"{"hash":null}"#, 400_060, "The `hash` field in the body is required"),
        ("[]", 400_060, "The `hash` field in the body is required"),
        (r#"{"hash":"a"}"#, 400_061, "The `hash` field is not an array"),
        (r#"{"hash":{}}"#, 400_061, "The `hash` field is not an array"),
        (r#"{"hash":[]}"#, 400_062, "The `hash` field is empty"),
        (&many, 400_063, "Exceeded maximum allowed"),
        (r#"{"hash":1e999}"#, 400_061, "The `hash` field is not an array"),
        (r#"{"hash":[1e999]}"#, 400_064, "The hash value is not valid"),
        (r#"{"hash":["abc"]}"#, 400_064, "The hash value is not valid"),
        (r#"{"hash":[1]}"#, 400_064, "The hash value is not valid"),
        (&format!(r#"{{"hash":["{CLEAN}","{CLEAN_SHA512}"]}}"#), 400_064, "The hash value is not valid"),
    ] {
        let answer = json(body).send(&emulator).await;
        refused(&answer, code, text, "v4.bulk.invalid");
        assert_eq!(limits(&answer)[2], "0", "refusals cost nothing");
    }
    assert_eq!(list(&[CLEAN; 1000]).send(&emulator).await.status, 200);
}

#[tokio::test]
async fn content_type_and_body_must_be_json() {
    let emulator = start().await;
    let good = format!(r#"{{"hash":["{CLEAN}"]}}"#);
    let plain = || post("/v4/hash").header("apikey", "k");
    for ask in [
        plain().form(&good),
        plain().body(good.as_str()),
        plain().header("Content-Type", "text/json").body(good.as_str()),
        plain().json(""),
        plain().json("{"),
        plain().header("Content-Type", "application/json").body(&b"{\"hash\":[\"\xff\"]}"[..]),
    ] {
        refused(&ask.send(&emulator).await, 406_000, MEDIA, "v4.media-type");
    }
    let typed = plain().header("Content-Type", "Application/JSON; charset=utf-8").body(good.as_str());
    assert_eq!(typed.send(&emulator).await.status, 200);
    let mut large = good.into_bytes();
    large.resize(10 << 20, b' ');
    let sent = plain().header("Content-Type", "application/json").body(large.clone());
    assert_eq!(sent.send(&emulator).await.status, 200);
    large.resize(20 << 20, b' ');
    let sent = plain().header("Content-Type", "application/json").body(large).send(&emulator).await;
    assert_answer(&sent, 400, &error(400_021, "Body parsing failed"), &["request.too-large"], "assumed");
}

#[tokio::test]
async fn refusals_have_a_fixed_order() {
    let emulator = start().await;
    let method = error(400_044, "Method does not exist");
    for (method_name, path) in [
        ("GET", "/v4/hash"),
        ("HEADS", "/v4/hash/"),
        ("POST", "/v4/hash/abc"),
        ("GET", "/v4/file"),
        ("DELETE", "/v4/file/abc"),
        ("POST", "/v4/apikey/"),
        ("PUT", "/v4/hash/abc/peinfo"),
    ] {
        let answer = ask(method_name, path).send(&emulator).await;
        assert_answer(&answer, 400, &method, &["method.not-supported"], "assumed");
    }
    for path in ["/v4/", "/v4/hash/a/b/c", "/v4/hash//", "/v4/files", "/v4/file/a/b", "/v4/apikey/a/b"] {
        let answer = get(path).send(&emulator).await;
        assert_answer(&answer, 404, &error(404_000, "Endpoint was not found"), &["route.unknown"], "assumed");
    }
    for ask in [
        post("/v4/hash").form("x"),
        post("/v4/hash").header("apikey", "nobody").json("{"),
        get(&format!("/v4/hash/{CLEAN}")),
        get("/v4/hash/abc").header("apikey", "gone"),
        get("/v4/hash/abc/peinfo"),
        post("/v4/file").body("x"),
        get("/v4/file/pinned"),
    ] {
        let answer = ask.send(&emulator).await;
        refused(&answer, 401_006, KEY, "v4.auth.invalid");
        assert_no_limit_headers(&answer);
    }
}

#[tokio::test]
async fn limits_are_shared_with_version_2_and_serve_all_or_none() {
    let emulator = start().await;
    let two = |hashes: &[&str]| {
        let body = serde_json::json!({ "hash": hashes }).to_string();
        post("/v4/hash").header("apikey", "two").json(&body)
    };
    let answer = two(&[CLEAN, CLEAN, UNKNOWN]).send(&emulator).await;
    refused(&answer, 429_000, LIMIT, "v4.limit.exceeded");
    assert_eq!(limits(&answer), ["2", "2", "0", "86400s"]);
    assert_eq!(limits(&two(&[CLEAN]).send(&emulator).await), ["2", "1", "1", "86400s"]);
    let v2 = get("/v2/hash/abc").header("apikey", "two").send(&emulator).await;
    assert_eq!(limits(&v2)[1], "0");
    let answer = get(&format!("/v4/hash/{CLEAN}")).header("apikey", "two").send(&emulator).await;
    refused(&answer, 429_000, LIMIT, "v4.limit.exceeded");
    advance(&emulator, 86_400.0);
    assert_eq!(two(&[CLEAN, UNKNOWN]).send(&emulator).await.status, 200);
}

#[tokio::test]
async fn injected_statuses_have_the_body_of_version_4() {
    let emulator = start().await;
    let status = |status: u16| Effect {
        answer: Some(Substitute { status, body: None, headers: Vec::new() }),
        ..Effect::default()
    };
    let refusal = |refusal| Effect { refusal: Some(refusal), ..Effect::default() };
    for (effect, code, text, id, provenance) in [
        (status(401), 401_006, KEY, "v4.auth.invalid", "observed"),
        (status(403), 403_000, "Access forbidden", "v4.error.403", "observed"),
        (status(404), 404_000, "Endpoint was not found", "route.unknown", "assumed"),
        (status(406), 406_000, MEDIA, "v4.media-type", "observed"),
        (status(408), 408_000, TIMEOUT, "v4.error.408", "observed"),
        (status(429), 429_000, LIMIT, "v4.limit.exceeded", "observed"),
        (status(500), 500_000, "Internal server error", "error.500", "assumed"),
        (status(503), 503_000, "External service is not reachable", "v4.error.503", "observed"),
        (refusal(Refusal::Revoked), 401_006, KEY, "v4.auth.invalid", "observed"),
        (refusal(Refusal::Exhausted), 429_000, LIMIT, "v4.limit.exceeded", "observed"),
    ] {
        let rule =
            Rule { id: "it".to_owned(), matching: RequestMatcher::default(), when: When::Always, effect };
        emulator.world("default").state().faults.put(rule);
        for ask in [one(CLEAN), list(&[CLEAN])] {
            let answer = ask.send(&emulator).await;
            let status = u16::try_from(code / 1000).expect("a status");
            assert_answer(&answer, status, &error(code, text), &[id], provenance);
        }
    }
}

#[tokio::test]
async fn an_upload_is_returned_once_it_is_final_with_stable_identifiers() {
    let emulator = start().await;
    let sent = post("/file").header("filename", "new.exe").body("new").send(&emulator).await;
    assert_eq!(sent.status, 200);
    let hash = "22af645d1859cb5ca6da0c484f1f37ea";
    assert_eq!(one(hash).send(&emulator).await.status, 404);
    advance(&emulator, 2.0);
    let first = one(hash).send(&emulator).await.json();
    assert_eq!(first["scan_results"]["scan_all_result_i"], 0);
    post("/file").body("new").send(&emulator).await;
    advance(&emulator, 2.0);
    let second = one(hash).send(&emulator).await.json();
    assert_eq!(second["scan_result_history_length"], 2);
    assert_ne!(first["data_id"], second["data_id"]);
    assert_eq!(first["file_id"], second["file_id"]);
    post("/file").body("abc").send(&emulator).await;
    assert_eq!(one(CLEAN).send(&emulator).await.json()["data_id"], "pinned");
    advance(&emulator, 2.0);
    assert_ne!(one(CLEAN).send(&emulator).await.json()["data_id"], "pinned");
}

#[tokio::test]
async fn an_injected_400_has_the_body_of_the_endpoint() {
    let emulator = start().await;
    let answer = Some(Substitute { status: 400, body: None, headers: Vec::new() });
    let effect = Effect { answer, ..Effect::default() };
    let rule = Rule { id: "it".to_owned(), matching: RequestMatcher::default(), when: When::Always, effect };
    emulator.world("default").state().faults.put(rule);
    let answer = list(&[CLEAN]).send(&emulator).await;
    refused(&answer, 400_064, "The hash value is not valid", "v4.bulk.invalid");
    refused(&one(CLEAN).send(&emulator).await, 400_000, "Generic error", "v4.error.400");
}

#[tokio::test]
async fn any_json_content_type_is_accepted() {
    let emulator = start().await;
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    let good = format!("\"hash\":[\"{CLEAN}\"]");
    for body in [
        format!("{{{good},\"x\":1e999}}"),
        format!("{{\"x\":{deep},{good}}}"),
        format!("{{\"hash\":1,{good}}}"),
        format!("{{\"h\\u0061sh\":[\"{CLEAN}\"]}}"),
    ] {
        let answer = json(&body).send(&emulator).await;
        assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-cloud/v4.bulk.ok"), "{body}");
    }
}
