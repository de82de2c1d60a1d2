//! Credentials: which are accepted, and how the others are refused.

use super::*;
use crate::harness::{exchange, get, start, start_with};

const CASES: &[(&str, &str, &str)] = &[
    ("Basic eDp5", "auth.missing", r#"{"detail":"Authentication credentials were not provided."}"#),
    ("", "auth.missing", r#"{"detail":"Authentication credentials were not provided."}"#),
    ("Bearer exampletoken", "auth.missing", r#"{"detail":"Authentication credentials were not provided."}"#),
    ("Token", "auth.no-credentials", r#"{"detail":"Invalid token header. No credentials provided."}"#),
    ("Token  ", "auth.no-credentials", r#"{"detail":"Invalid token header. No credentials provided."}"#),
    (
        "Token example token",
        "auth.spaces",
        r#"{"detail":"Invalid token header. Token string should not contain spaces."}"#,
    ),
    ("Token wrong", "auth.invalid", r#"{"detail":"Invalid token."}"#),
    ("Token EXAMPLETOKEN", "auth.invalid", r#"{"detail":"Invalid token."}"#),
    ("Token idletoken", "auth.invalid", r#"{"detail":"Invalid token."}"#),
    ("Token 0123456789abcdef0123456789abcdef01234567", "auth.invalid", r#"{"detail":"Invalid token."}"#),
];

const ACCOUNTS: &str = r#"
accounts:
  spectra_analyze:
    - {user: scandouble, password: scandouble, token: exampletoken}
    - {user: idle, password: idle, token: idletoken, active: false}
"#;

#[tokio::test]
async fn each_kind_of_invalid_credential_has_its_own_message() {
    let emulator = start(ACCOUNTS).await;
    for (value, row, body) in CASES {
        let answer = post(BULK).header("Authorization", value).send(&emulator).await;
        let row = format!("spectra-analyze/{row}");
        answer.assert_reply(403, JSON, body, &row, "documented; body=observed");
        assert_eq!((answer.header("www-authenticate"), answer.header("allow")), (None, None), "{value}");
    }
    let answer = post(BULK).send(&emulator).await;
    answer.assert_reply(403, JSON, CASES[0].2, "spectra-analyze/auth.missing", "documented; body=observed");
}

#[tokio::test]
async fn the_status_can_be_401_with_a_challenge() {
    let emulator =
        start_with(ACCOUNTS, |builder| builder.setting("spectra-analyze.unauthenticated", "401")).await;
    for (value, row, body) in CASES {
        let answer = post(BULK).header("Authorization", value).send(&emulator).await;
        let row = format!("spectra-analyze/setting.switched, spectra-analyze/{row}");
        answer.assert_reply(401, JSON, body, &row, "assumed");
        assert_eq!(answer.header("www-authenticate"), Some("Token"), "{value}");
    }
}

#[tokio::test]
async fn the_scheme_ignores_case_and_may_be_followed_by_any_white_space() {
    let emulator = start(SAMPLES).await;
    for value in ["Token exampletoken", "token exampletoken", "TOKEN  exampletoken", "Token\texampletoken"] {
        let answer = post(STATUS)
            .header("Authorization", value)
            .form(&format!("hash_values={FOO}"))
            .send(&emulator)
            .await;
        assert_eq!(answer.status, 200, "{value:?}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_utf_8_is_refused() {
    let emulator = start(SAMPLES).await;
    let request = [
        b"POST /api/samples/status/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Token \xe9"
            .as_slice(),
        b"\r\nContent-Length: 0\r\n\r\n",
    ]
    .concat();
    let body = r#"{"detail":"Invalid token header. Token string should not contain invalid characters."}"#;
    exchange(emulator.address(), &request).await.assert_reply(
        403,
        JSON,
        body,
        "spectra-analyze/auth.invalid",
        "documented; body=observed",
    );
}

#[tokio::test]
async fn the_account_is_checked_before_method_content_type_and_body() {
    let emulator = start(SAMPLES).await;
    for request in [
        get(BULK),
        crate::harness::ask("OPTIONS", BULK),
        post(BULK).header("Content-Type", "text/plain").body("x"),
        post(BULK).json("{"),
        post(&single("nonsense")),
        post(BULK).json("[]").body(vec![b' '; 17_000_000]),
    ] {
        let answer = request.send(&emulator).await;
        assert_eq!(answer.header("scandouble-behaviour"), Some("spectra-analyze/auth.missing"));
    }
}

#[tokio::test]
async fn auth_any_accepts_well_formed_tokens_and_auth_off_needs_none() {
    let form = format!("hash_values={FOO}");
    let any = start_with(SAMPLES, |builder| builder.setting("auth", "any")).await;
    let ask = |value: &str| post(STATUS).header("Authorization", value).form(&form);
    assert_eq!(ask("Token whatever").send(&any).await.status, 200);
    assert_eq!(ask("Token a b").send(&any).await.status, 403);
    assert_eq!(post(STATUS).form(&form).send(&any).await.status, 403);
    let off = start_with(SAMPLES, |builder| builder.setting("auth", "off")).await;
    assert_eq!(post(STATUS).form(&form).send(&off).await.status, 200);
    assert_eq!(ask("Token a b").send(&off).await.status, 200);
}
