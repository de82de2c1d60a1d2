//! Injected statuses and revoked accounts.

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
async fn known_statuses_have_the_body_of_the_service() {
    let emulator = start().await;
    let free = "/api/rescan/v1/bulk_query/json";
    let ask = |path: &str| match path {
        "single" => single("md5", MD5),
        path => post(path).basic("u/two", "two"),
    };
    for (path, code, text, id, provenance) in [
        ("single", 400, "Invalid hash value", "rescan.single.invalid-hash", "assumed"),
        (free, 400, "Malformed request body", "rescan.bulk.malformed", "documented; body=assumed"),
        ("single", 404, "Requested sample unavailable", "rescan.single.unavailable", "documented"),
        (free, 404, "Not found", "route.unknown", "assumed"),
        (free, 405, "Method not allowed", "method.not-allowed", "assumed"),
        (free, 413, "Request entity too large", "request.too-large", "assumed"),
        (free, 500, "Internal server error", "error.500", "documented; body=assumed"),
        (free, 503, "Service unavailable", "error.503", "documented; body=assumed"),
    ] {
        inject(&emulator, status(code));
        assert_text(&ask(path).send(&emulator).await, code, text, id, provenance);
    }
    harness::advance(&emulator, 1.0);
    for (effect, code, id, provenance) in [
        (status(401), 401, "auth.invalid", "documented; body=assumed"),
        (status(403), 403, "auth.forbidden", "documented"),
        (status(429), 429, "rate.exceeded", "assumed"),
        (
            Effect { refusal: Some(Refusal::Revoked), ..Effect::default() },
            401,
            "auth.invalid",
            "documented; body=assumed",
        ),
        (
            Effect { refusal: Some(Refusal::Exhausted), ..Effect::default() },
            429,
            "quota.exceeded",
            "documented; body=assumed",
        ),
    ] {
        inject(&emulator, effect);
        assert_empty_body(&ask(free).send(&emulator).await, code, id, provenance);
    }
}

#[tokio::test]
async fn an_undocumented_error_is_a_text_and_other_statuses_have_no_body() {
    let emulator = start().await;
    inject(&emulator, status(502));
    let path = format!("/api/rescan/v1/query/md5/{MD5}");
    let ask = || get(&path).basic("u/two", "two");
    let text = "text/plain; charset=utf-8";
    ask().send(&emulator).await.assert_reply(502, text, "Injected by scandouble", "", "");
    inject(&emulator, status(202));
    ask().send(&emulator).await.assert_reply(202, "", "", "", "");
}
