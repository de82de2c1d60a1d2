//! `POST /api-token-auth/`.

use super::*;
use crate::harness::{start, start_with};

const ACCOUNTS: &str = r#"
accounts:
  spectra_analyze:
    - {user: scandouble, password: scandouble, token: exampletoken}
    - {user: ready, password: "p@ss word", token: 0123456789ABCDEF0123456789abcdef01234567}
    - {user: bare, password: bare}
    - {user: idle, password: idle, token: idletoken, active: false}
    - {token: nameless}
"#;

async fn issued(emulator: &Emulator, form: &str) -> String {
    let answer = post(TOKEN).form(form).send(emulator).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let token = answer.json()["token"].as_str().expect("a token").to_owned();
    let body = format!(r#"{{"token":"{token}"}}"#);
    answer.assert_reply(200, JSON, &body, "spectra-analyze/token.issued", "observed");
    assert!(token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
    token
}

#[tokio::test]
async fn issued_tokens_are_stable_and_valid() {
    let emulator = start(ACCOUNTS).await;
    let again = start(ACCOUNTS).await;
    for (form, user) in [
        ("username=scandouble&password=scandouble", "scandouble"),
        ("username=ready&password=p%40ss+word", "ready"),
        ("username=bare&password=bare", "bare"),
    ] {
        let token = issued(&emulator, form).await;
        assert_eq!(token, issued(&again, form).await);
        let answer = post(STATUS).header("Authorization", &format!("Token {token}")).send(&emulator).await;
        assert_eq!(answer.status, 400, "{user} is in");
        let entries = emulator.world("default").state().journal.snapshot().entries;
        assert_eq!(entries.last().expect("a request").account.name(), user);
    }
    assert_eq!(
        issued(&emulator, "username=ready&password=p%40ss+word").await,
        "0123456789ABCDEF0123456789abcdef01234567"
    );
    for token in ["exampletoken", "nameless"] {
        let answer = post(STATUS).header("Authorization", &format!("Token {token}")).send(&emulator).await;
        assert_eq!(answer.status, 400, "{token} is taken as the fixture has it");
    }
}

#[tokio::test]
async fn json_and_multipart_are_accepted_without_a_token() {
    let emulator = start(ACCOUNTS).await;
    let body = r#"{"username":" scandouble ","password":"scandouble"}"#;
    assert_eq!(post(TOKEN).json(body).send(&emulator).await.status, 200);
    assert_eq!(
        post(TOKEN).header("Authorization", "Token wrong").json(body).send(&emulator).await.status,
        200
    );
    let body = "--X\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nscandouble\r\n\
                --X\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nscandouble\r\n--X--\r\n";
    let request = post(TOKEN).header("Content-Type", "multipart/form-data; boundary=X").body(body);
    assert_eq!(request.send(&emulator).await.status, 200);
}

#[tokio::test]
async fn wrong_and_inactive_logins_are_refused() {
    let emulator = start(ACCOUNTS).await;
    let body = r#"{"non_field_errors":["Unable to log in with provided credentials."]}"#;
    for form in [
        "username=scandouble&password=wrong",
        "username=scandouble&password=+scandouble",
        "username=nobody&password=scandouble",
        "username=idle&password=idle",
        "username=nameless&password=x",
    ] {
        let answer = post(TOKEN).form(form).send(&emulator).await;
        answer.assert_reply(400, JSON, body, "spectra-analyze/token.refused", "observed");
    }
}

#[tokio::test]
async fn missing_and_blank_fields_are_reported_together() {
    let emulator = start(ACCOUNTS).await;
    let both = r#"{"username":["This field is required."],"password":["This field is required."]}"#;
    for (json, body) in [
        ("{}", both),
        ("", both),
        (r#"{"username":"scandouble"}"#, r#"{"password":["This field is required."]}"#),
        (
            r#"{"username":"  ","password":""}"#,
            r#"{"username":["This field may not be blank."],"password":["This field may not be blank."]}"#,
        ),
        (
            r#"{"username":null,"password":[]}"#,
            r#"{"username":["This field may not be null."],"password":["Not a valid string."]}"#,
        ),
    ] {
        let answer = post(TOKEN).json(json).send(&emulator).await;
        answer.assert_reply(400, JSON, body, "spectra-analyze/token.missing-field", "observed");
    }
    let answer = post(TOKEN).form("username=&password=x").send(&emulator).await;
    let body = r#"{"username":["This field may not be blank."]}"#;
    answer.assert_reply(400, JSON, body, "spectra-analyze/token.missing-field", "observed");
}

#[tokio::test]
async fn with_auth_any_every_login_gets_a_valid_token() {
    for mode in ["any", "off"] {
        let emulator = start_with(ACCOUNTS, |builder| builder.setting("auth", mode)).await;
        let token = issued(&emulator, "username=stranger&password=x").await;
        let answer = post(STATUS).header("Authorization", &format!("Token {token}")).send(&emulator).await;
        assert_eq!(answer.status, 400, "{mode}");
    }
}
