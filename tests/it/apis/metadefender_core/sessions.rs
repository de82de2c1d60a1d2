//! Logging in and out, and the version.

use super::{assert_answer, assert_not_found};
use crate::harness::{Answer, Ask, advance, get, post, start, start_with};

const USERS: &str =
    "accounts: { metadefender_core: [{ user: admin, password: p w }, { user: idle }, { key: k }] }";

const GOOD: &str = r#"{"user":"admin","password":"p w"}"#;

#[track_caller]
fn session(answer: &Answer) -> String {
    let id = answer.json()["session_id"].as_str().expect("a session").to_owned();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_answer(answer, 200, &format!(r#"{{"session_id":"{id}"}}"#), "login.ok", "observed");
    id
}

fn logout(key: &str) -> Ask {
    post("/logout").header("apikey", key)
}

#[tokio::test]
async fn a_session_is_a_key_until_it_ends() {
    let emulator = start(USERS).await;
    let one = session(&post("/login").json(GOOD).send(&emulator).await);
    let other = session(&post("/metascan_rest/login").form(GOOD).send(&emulator).await);
    let third = session(&post("/login").form("user=admin&password=p+w").send(&emulator).await);
    assert!(one != other && other != third);
    for key in [&one, &other, &third] {
        assert_not_found(&get("/hash/abc").header("apikey", key).send(&emulator).await, "abc");
        let entries = emulator.world("default").state().journal.snapshot().entries;
        assert_eq!(entries.last().expect("a request").account.name(), "admin");
    }
    let denied = get("/_world/other/hash/abc").header("apikey", &one).send(&emulator).await;
    assert_answer(&denied, 403, r#"{"err":"Access denied"}"#, "auth.denied", "observed");
    let out = logout(&one).send(&emulator).await;
    assert_answer(&out, 200, r#"{"response":"Logout success"}"#, "logout.ok", "observed");
    let denied = get("/hash/abc").header("apikey", &one).send(&emulator).await;
    assert_answer(&denied, 403, r#"{"err":"Access denied"}"#, "auth.denied", "observed");
    assert_not_found(&get("/hash/abc").header("apikey", &other).send(&emulator).await, "abc");
    assert_eq!(post("/_scandouble/reset").json(r#"{"parts":["samples"]}"#).send(&emulator).await.status, 200);
    let denied = get("/hash/abc").header("apikey", &other).send(&emulator).await;
    assert_answer(&denied, 403, r#"{"err":"Access denied"}"#, "auth.denied", "observed");
    for key in [one.as_str(), &other, "k", "", "x"] {
        let out = post("/metascan_rest/logout").header("apikey", key).send(&emulator).await;
        assert_answer(&out, 403, r#"{"err":"Access denied"}"#, "logout.denied", "observed");
    }
    let out = post("/logout").send(&emulator).await;
    assert_answer(&out, 403, r#"{"err":"Access denied"}"#, "logout.denied", "observed");
}

#[tokio::test]
async fn all_wrong_logins_have_the_same_reply() {
    let emulator = start(USERS).await;
    for body in [
        &b""[..],
        b"{",
        b"[]",
        br#"{"user":"admin"}"#,
        br#"{"user":"admin","password":"p"}"#,
        br#"{"user":"ADMIN","password":"p w"}"#,
        br#"{"user":"idle","password":""}"#,
        br#"{"user":1,"password":"p w"}"#,
        b"{\"user\":\"admin\",\"password\":\"\xff\"}",
    ] {
        let answer =
            post("/login").header("Content-Type", "application/json").body(body).send(&emulator).await;
        assert_answer(&answer, 403, r#"{"err":"Failed to login"}"#, "login.failed", "observed");
    }
}

#[tokio::test]
async fn a_login_that_is_too_large_is_refused() {
    let emulator = start_with(USERS, |builder| builder.setting("max-body", "10")).await;
    for path in ["/login", "/metascan_rest/login"] {
        let answer = post(path).json(GOOD).send(&emulator).await;
        answer.assert_reply(413, super::JSON, r#"{"err":"Request is too large."}"#, "", "");
    }
}

#[tokio::test]
async fn other_auth_modes_require_less() {
    for mode in ["any", "off"] {
        let emulator = start_with(USERS, |builder| builder.setting("auth", mode)).await;
        let id = session(&post("/login").json(r#"{"user":"a","password":"b"}"#).send(&emulator).await);
        assert_not_found(&get("/hash/abc").header("apikey", &id).send(&emulator).await, "abc");
        for key in [id.as_str(), "stranger"] {
            let out = logout(key).send(&emulator).await;
            assert_answer(&out, 200, r#"{"response":"Logout success"}"#, "logout.ok", "observed");
        }
        assert_eq!(post("/logout").send(&emulator).await.status, if mode == "any" { 403 } else { 200 });
    }
}

#[tokio::test]
async fn the_version_is_a_setting() {
    let emulator = start("samples: []").await;
    for path in ["/version", "/metascan_rest/version"] {
        let answer = get(path).send(&emulator).await;
        assert_answer(&answer, 200, r#"{"product_id":"MSCL","version":"4.8.0"}"#, "version", "observed");
    }
    let emulator = start_with(USERS, |builder| builder.setting("metadefender-core.version", "4.21\"3")).await;
    let answer = get("/version").header("apikey", "k").send(&emulator).await;
    assert_answer(&answer, 200, r#"{"product_id":"MSCL","version":"4.21\"3"}"#, "version", "observed");
    let denied = get("/version").send(&emulator).await;
    assert_answer(&denied, 403, r#"{"err":"Access denied"}"#, "auth.denied", "observed");
}

#[tokio::test]
async fn a_login_can_reply_as_newer_versions_do() {
    let emulator =
        start_with(USERS, |builder| builder.setting("metadefender-core.login-csrf-token", "true")).await;
    let answer = post("/login").json(GOOD).send(&emulator).await;
    let said = answer.json();
    let [token, id] =
        ["oms-csrf-token", "session_id"].map(|key| said[key].as_str().expect("text").to_owned());
    assert!(token.len() == 32 && token != id);
    assert_answer(
        &answer,
        200,
        &format!(r#"{{"oms-csrf-token":"{token}","session_id":"{id}"}}"#),
        "login.ok",
        "observed",
    );
    assert_eq!(logout(&id).send(&emulator).await.status, 200);
}

#[tokio::test]
async fn a_session_that_is_not_used_ends() {
    // Nobody needs a key here; a session that has ended is refused anyway.
    let users = "accounts: { metadefender_core: [{ user: admin, password: p w }] }";
    let emulator = start(users).await;
    let id = session(&post("/login").json(GOOD).send(&emulator).await);
    for _ in 0..3 {
        advance(&emulator, 299.999);
        assert_not_found(&get("/hash/abc").header("apikey", &id).send(&emulator).await, "abc");
    }
    advance(&emulator, 300.0);
    for ask in [get("/hash/abc"), get("/version"), post("/file").body("abc")] {
        let denied = ask.header("apikey", &id).send(&emulator).await;
        assert_answer(&denied, 403, r#"{"err":"Access denied"}"#, "auth.denied", "observed");
    }
    let out = logout(&id).send(&emulator).await;
    assert_answer(&out, 403, r#"{"err":"Access denied"}"#, "logout.denied", "observed");
    let id = session(&post("/login").json(GOOD).send(&emulator).await);
    assert_eq!(logout(&id).send(&emulator).await.status, 200);
    let denied = get("/hash/abc").header("apikey", &id).send(&emulator).await;
    assert_answer(&denied, 403, r#"{"err":"Access denied"}"#, "auth.denied", "observed");

    let idle = |value: &'static str| {
        move |builder: scandouble::Builder| builder.setting("metadefender-core.session-idle", value)
    };
    let forever = start_with(users, idle("when-told")).await;
    let id = session(&post("/login").json(GOOD).send(&forever).await);
    advance(&forever, 1_000_000_000.0);
    assert_not_found(&get("/hash/abc").header("apikey", &id).send(&forever).await, "abc");
    let short = start_with(users, idle("at-once")).await;
    let id = session(&post("/login").json(GOOD).send(&short).await);
    assert_eq!(get("/hash/abc").header("apikey", &id).send(&short).await.status, 403);
}

#[tokio::test]
async fn a_key_that_names_nobody_gets_a_finding_where_none_is_required() {
    let emulator = start("accounts: { metadefender_core: [{ user: admin, password: p w }] }").await;
    let id = session(&post("/login").json(GOOD).send(&emulator).await);
    let findings = async |ask: Ask| {
        assert_eq!(ask.send(&emulator).await.status, 200);
        let entries = emulator.world("default").state().journal.snapshot().entries;
        let findings = &entries.last().expect("a request").reply.findings;
        findings.iter().filter(|finding| finding.text.contains("names no open session")).count()
    };
    let unknown = "0cc175b9c0f1b6a831c399e269772661";
    let hash = format!("/hash/{unknown}");
    for ask in [
        get(&hash),
        get("/hash/abc"),
        get("/file/x"),
        get("/file/rules"),
        get("/version"),
        post("/file").body("abc"),
    ] {
        assert_eq!(findings(ask.clone().header("apikey", "stranger")).await, 1);
        assert_eq!(findings(ask.clone().header("apikey", &id)).await, 0);
        assert_eq!(findings(ask.clone().header("apikey", "")).await, 0);
        assert_eq!(findings(ask).await, 0);
    }
}

#[tokio::test]
async fn the_version_can_require_a_session() {
    let require = |builder: scandouble::Builder| builder.setting("metadefender-core.version-session", "true");
    let emulator =
        start_with("accounts: { metadefender_core: [{ user: admin, password: p w }] }", require).await;
    for key in [None, Some("stranger")] {
        let ask = key.map_or_else(|| get("/version"), |key| get("/version").header("apikey", key));
        let denied = ask.send(&emulator).await;
        assert_answer(&denied, 403, r#"{"err":"Access denied"}"#, "version.session", "assumed");
    }
    let id = session(&post("/login").json(GOOD).send(&emulator).await);
    let answer = get("/version").header("apikey", &id).send(&emulator).await;
    assert_answer(&answer, 200, r#"{"product_id":"MSCL","version":"4.8.0"}"#, "version", "observed");
    let open = start_with(USERS, |builder| require(builder).setting("auth", "off")).await;
    assert_eq!(get("/version").send(&open).await.status, 200);
}
