//! Injected statuses and revoked accounts.

use scandouble::internals::faults::{Effect, Refusal, RequestMatcher, Rule, Substitute, When};

use super::*;
use crate::harness::{start, start_with};

fn inject(emulator: &Emulator, effect: Effect) {
    let rule = Rule { id: "a".to_owned(), matching: RequestMatcher::default(), when: When::Always, effect };
    emulator.world("default").state().faults.put(rule);
}

fn status(status: u16) -> Effect {
    Effect { answer: Some(Substitute { status, body: None, headers: Vec::new() }), ..Effect::default() }
}

#[tokio::test]
async fn injected_statuses_have_the_vendors_bodies() {
    let emulator = start(SAMPLES).await;
    for (code, body, row, provenance) in [
        (401, r#"{"detail":"Invalid token."}"#, "auth.invalid", "documented; body=observed"),
        (403, r#"{"detail":"Invalid token."}"#, "auth.invalid", "documented; body=observed"),
        (405, APPLIANCE, "analyze.bulk.appliance", "documented; body=assumed"),
        (413, r#"{"detail":"Request body exceeded the limit."}"#, "request.too-large", "assumed"),
        (500, r#"{"detail":"Internal server error."}"#, "error.500", "assumed"),
        (503, r#"{"detail":"Service unavailable."}"#, "error.503", "assumed"),
    ] {
        inject(&emulator, status(code));
        let answer = authorized(BULK).send(&emulator).await;
        answer.assert_reply(code, JSON, body, &format!("spectra-analyze/{row}"), provenance);
        assert_eq!(answer.header("www-authenticate"), (code == 401).then_some("Token"));
    }
    inject(&emulator, status(429));
    let answer = authorized(BULK).send(&emulator).await;
    answer.assert_reply(429, JSON, r#"{"detail":"Injected by scandouble"}"#, "", "");
}

#[tokio::test]
async fn a_revoked_account_has_an_invalid_token() {
    for code in ["403", "401"] {
        let emulator =
            start_with(SAMPLES, |builder| builder.setting("spectra-analyze.unauthenticated", code)).await;
        inject(&emulator, Effect { refusal: Some(Refusal::Revoked), ..Effect::default() });
        let answer = authorized(BULK).send(&emulator).await;
        let (row, provenance) = match code {
            "403" => ("spectra-analyze/auth.invalid", "documented; body=observed"),
            _ => ("spectra-analyze/setting.switched, spectra-analyze/auth.invalid", "assumed"),
        };
        let code = code.parse().expect("a status");
        answer.assert_reply(code, JSON, r#"{"detail":"Invalid token."}"#, row, provenance);
    }
}

/// The answer at a path with an injected status.
async fn injected(emulator: &Emulator, code: u16, path: &str) -> Answer {
    inject(emulator, status(code));
    let answer = authorized(path).send(emulator).await;
    assert_eq!(answer.status, code, "{path}");
    answer
}

#[tokio::test]
async fn an_injected_status_has_the_body_of_the_endpoint() {
    let emulator = start(SAMPLES).await;
    let not_found = r#"{"code":404,"message":"Sample is not found on the appliance."}"#;
    let single = single(FOO);
    assert_refused(&injected(&emulator, 404, &single).await, 404, not_found, "analyze.single.not-found");
    assert_refused(&injected(&emulator, 405, &single).await, 405, APPLIANCE, "analyze.single.appliance");
    assert_refused(&injected(&emulator, 405, BULK).await, 405, APPLIANCE, "analyze.bulk.appliance");
    for path in [BULK, V2, STATUS, UPLOADS, "/api/submit/file/", TOKEN] {
        let answer = injected(&emulator, 404, path).await;
        let page = answer.text().to_owned();
        assert!(page.contains("<h1>Not Found</h1>"), "{page}");
        answer.assert_reply(404, HTML, &page, "spectra-analyze/route.unknown", "assumed");
    }
    for path in [V2, STATUS, UPLOADS, "/api/submit/file/", TOKEN] {
        let answer = injected(&emulator, 405, path).await;
        let body = r#"{"detail":"Method \"POST\" not allowed."}"#;
        answer.assert_reply(405, JSON, body, "spectra-analyze/method.not-allowed", "assumed");
        assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
    }
    let minimal = r#"{"detail":"Injected by scandouble"}"#;
    for code in [401, 403] {
        injected(&emulator, code, TOKEN).await.assert_reply(code, JSON, minimal, "", "");
    }
    let invalid = r#"{"code":400,"message":"Validation error. Value is not valid sha1, sha256, sha512 or md5 hash value."}"#;
    assert_refused(&injected(&emulator, 400, &single).await, 400, invalid, "analyze.single.invalid-hash");
    assert_refused(&injected(&emulator, 400, BULK).await, 400, invalid, "analyze.bulk.invalid-hash");
    let answer = injected(&emulator, 400, STATUS).await;
    assert_eq!(answer.text(), minimal, "a body that cannot be parsed");
    let refused = r#"{"non_field_errors":["Unable to log in with provided credentials."]}"#;
    assert_eq!(injected(&emulator, 400, TOKEN).await.text(), refused);
}

#[tokio::test]
async fn a_revoked_account_cannot_log_in() {
    let emulator = start(SAMPLES).await;
    inject(&emulator, Effect { refusal: Some(Refusal::Revoked), ..Effect::default() });
    let answer = post(TOKEN).form("username=scandouble&password=scandouble").send(&emulator).await;
    let body = r#"{"non_field_errors":["Unable to log in with provided credentials."]}"#;
    answer.assert_reply(400, JSON, body, "spectra-analyze/token.refused", "observed");
}
