//! Injected faults have the vendor's status and body.

use scandouble::internals::faults::{Effect, Refusal, RequestMatcher, Rule, Substitute, When};

use super::{assert_answer, assert_not_found};
use crate::harness::{get, post, start};

fn next(effect: Effect) -> Rule {
    Rule { id: "f".to_owned(), matching: RequestMatcher::default(), when: When::Next(1), effect }
}

fn status(status: u16) -> Rule {
    let answer = Some(Substitute { status, body: None, headers: Vec::new() });
    next(Effect { answer, ..Effect::default() })
}

#[tokio::test]
async fn known_statuses_have_the_body_of_the_vendor() {
    let emulator = start("samples: []").await;
    let faults = emulator.world("default").state().faults.clone();
    for (code, body, behaviour, provenance) in [
        (500, r#"{"err":"Injected by scandouble"}"#, "error.500", "documented"),
        (503, r#"{"err":"Server is too busy. Try again later."}"#, "error.503", "observed"),
        (403, r#"{"err":"Access denied"}"#, "auth.denied", "observed"),
        (404, r#"{"err":"Not Found"}"#, "route.unknown", "assumed"),
        (405, r#"{"err":"Method Not Allowed"}"#, "method.not-allowed", "assumed"),
    ] {
        faults.put(status(code));
        let answer = get("/hash/abc").send(&emulator).await;
        assert_answer(&answer, code, body, behaviour, provenance);
        assert_not_found(&get("/hash/abc").send(&emulator).await, "abc");
    }
    for code in [400, 418, 502] {
        faults.put(status(code));
        let answer = get("/hash/abc").send(&emulator).await;
        let json = "application/json; charset=utf-8";
        answer.assert_reply(code, json, r#"{"err":"Injected by scandouble"}"#, "", "");
    }
    faults.put(status(202));
    get("/hash/abc").send(&emulator).await.assert_reply(202, "", "", "", "");
}

#[tokio::test]
async fn a_revoked_key_is_denied_even_if_none_is_required() {
    let emulator = start("samples: []").await;
    let revoked = next(Effect { refusal: Some(Refusal::Revoked), ..Effect::default() });
    emulator.world("default").state().faults.put(revoked);
    let answer = get("/hash/abc").header("apikey", "k").send(&emulator).await;
    assert_answer(&answer, 403, r#"{"err":"Access denied"}"#, "auth.denied", "observed");
}

#[tokio::test]
async fn a_revoked_account_can_neither_log_in_nor_out() {
    let emulator = start("accounts: { metadefender_core: [{ user: a, password: b }] }\nsamples: []").await;
    let faults = emulator.world("default").state().faults.clone();
    let revoked = || next(Effect { refusal: Some(Refusal::Revoked), ..Effect::default() });
    for prefix in ["", "/metascan_rest"] {
        let login = post(&format!("{prefix}/login")).json(r#"{"user":"a","password":"b"}"#);
        faults.put(revoked());
        let answer = login.clone().send(&emulator).await;
        assert_answer(&answer, 403, r#"{"err":"Failed to login"}"#, "login.failed", "observed");
        let id = login.send(&emulator).await.json()["session_id"].as_str().expect("a session").to_owned();
        faults.put(revoked());
        let logout = post(&format!("{prefix}/logout")).header("apikey", &id);
        let answer = logout.clone().send(&emulator).await;
        assert_answer(&answer, 403, r#"{"err":"Access denied"}"#, "logout.denied", "observed");
        assert_eq!(logout.send(&emulator).await.status, 200, "the session was not touched");
    }
}
