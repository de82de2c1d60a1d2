//! The bodies of injected replies.

use super::*;
use crate::harness::get;
use scandouble::internals::faults::{Effect, Refusal, RequestMatcher, Rule, Substitute, When};

fn inject(emulator: &Emulator, effect: Effect) {
    let rule = Rule { id: "it".to_owned(), matching: RequestMatcher::default(), when: When::Always, effect };
    emulator.world("default").state().faults.put(rule);
}

fn status(status: u16) -> Effect {
    Effect { answer: Some(Substitute { status, body: None, headers: Vec::new() }), ..Effect::default() }
}

#[tokio::test]
async fn documented_statuses_have_the_body_of_the_service() {
    let emulator = start().await;
    let refusal = |refusal| Effect { refusal: Some(refusal), ..Effect::default() };
    let bad = r#"{"err":"Not supported HTTP method or invalid http request"}"#;
    let limit = r#"{"err":"Signature lookup limit reached, try again later"}"#;
    let internal = r#"{"err":"Internal server error"}"#;
    let key = r#"{"err":"Invalid API key"}"#;
    for (effect, status, body, id, provenance) in [
        (status(400), 400, bad, "method.not-supported", "documented; body=assumed"),
        (status(401), 401, key, "auth.invalid", "documented; body=assumed"),
        (status(403), 403, limit, "limit.exceeded", "documented; body=assumed"),
        (status(404), 404, r#"{"err":"Not Found"}"#, "route.unknown", "assumed"),
        (status(500), 500, internal, "error.500", "assumed"),
        (status(503), 503, internal, "error.503", "documented; body=assumed"),
        (refusal(Refusal::Revoked), 401, key, "auth.invalid", "documented; body=assumed"),
        (refusal(Refusal::Exhausted), 403, limit, "limit.exceeded", "documented; body=assumed"),
    ] {
        inject(&emulator, effect);
        assert_answer(&bulk(&[CLEAN]).send(&emulator).await, status, body, &[id], provenance);
        let answer = get(&format!("/v2/hash/{CLEAN}")).header("apikey", "k").send(&emulator).await;
        assert_answer(&answer, status, body, &[id], provenance);
    }
    emulator.world("default").state().faults.clear();
    assert_eq!(limits(&bulk(&[CLEAN]).send(&emulator).await)[2], "1", "injected replies cost nothing");
}

#[tokio::test]
async fn an_undocumented_error_has_the_shape_of_the_version_and_other_statuses_have_no_body() {
    let emulator = start().await;
    let hash = |version: &str| get(&format!("/{version}/hash/{CLEAN}")).header("apikey", "k");
    for code in [405, 429, 502, 504] {
        inject(&emulator, status(code));
        let v2 = r#"{"err":"Injected by scandouble"}"#;
        if code == 429 {
            // Version 4 has words of its own for it.
            bulk(&[CLEAN]).send(&emulator).await.assert_reply(code, JSON, v2, "", "");
            continue;
        }
        let v4 = format!(r#"{{"error":{{"code":{code}000,"messages":["Injected by scandouble"]}}}}"#);
        bulk(&[CLEAN]).send(&emulator).await.assert_reply(code, JSON, v2, "", "");
        hash("v2").send(&emulator).await.assert_reply(code, JSON, v2, "", "");
        hash("v4").send(&emulator).await.assert_reply(code, JSON, &v4, "", "");
    }
    inject(&emulator, status(202));
    bulk(&[CLEAN]).send(&emulator).await.assert_reply(202, "", "", "", "");
}

#[tokio::test]
async fn injected_replies_have_the_limit_headers_of_a_known_key() {
    let emulator = start().await;
    bulk(&[CLEAN; 3]).send(&emulator).await;
    harness::advance(&emulator, 60.0);
    let v4 = || post("/v4/hash").header("apikey", "k").json(&format!("{{\"hash\":[\"{CLEAN}\"]}}"));
    for code in [400, 404, 500, 503] {
        inject(&emulator, status(code));
        for ask in [bulk(&[CLEAN]), v4()] {
            let answer = ask.send(&emulator).await;
            assert_eq!(answer.status, code);
            assert_eq!(limits(&answer), ["4000", "3997", "3", "86340s"], "{code}");
        }
    }
    let exhausted = || Effect { refusal: Some(Refusal::Exhausted), ..Effect::default() };
    for (effect, v4_effect) in [(status(403), status(429)), (exhausted(), exhausted())] {
        inject(&emulator, effect);
        let answer = bulk(&[CLEAN]).send(&emulator).await;
        assert_eq!(limits(&answer), ["4000", "0", "4000", "86340s"], "as a key that is used up");
        inject(&emulator, v4_effect);
        let answer = v4().send(&emulator).await;
        assert_eq!((answer.status, limits(&answer)), (429, ["4000", "0", "4000", "86340s"]));
    }
    for effect in [status(401), Effect { refusal: Some(Refusal::Revoked), ..Effect::default() }] {
        inject(&emulator, effect);
        assert_no_limit_headers(&bulk(&[CLEAN]).send(&emulator).await);
        assert_no_limit_headers(&v4().send(&emulator).await);
    }
}

#[tokio::test]
async fn an_injected_header_replaces_that_of_the_service() {
    let emulator = start().await;
    let name = http::HeaderName::from_static("x-ratelimit-reset-in");
    let headers = vec![(name, http::HeaderValue::from_static("5s"))];
    let answer = Some(Substitute { status: 403, body: None, headers });
    inject(&emulator, Effect { answer, ..Effect::default() });
    assert_eq!(limits(&bulk(&[CLEAN]).send(&emulator).await), ["4000", "0", "4000", "5s"]);
}
