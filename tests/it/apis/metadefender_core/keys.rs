//! Keys, and the order of refusals.

use super::{assert_answer, assert_not_found};
use crate::harness::{Ask, ask, get, start, start_with};

const KEYS: &str =
    "accounts: { metadefender_core: [{ user: admin, password: x }, { key: k1 }, { key: k2 }] }";

async fn denied(emulator: &scandouble::Emulator, ask: Ask) {
    let answer = ask.send(emulator).await;
    assert_answer(&answer, 403, r#"{"err":"Access denied"}"#, "auth.denied", "observed");
}

#[tokio::test]
async fn keys_are_required_if_some_are_configured() {
    let emulator = start(KEYS).await;
    for path in ["/hash/abc", "/metascan_rest/hash/abc", "/file/rules"] {
        denied(&emulator, get(path)).await;
        for wrong in ["", "K1", "k1 k2", "admin", "x", "k3"] {
            denied(&emulator, get(path).header("apikey", wrong)).await;
        }
    }
    for right in ["k1", "k2"] {
        assert_not_found(&get("/hash/abc").header("ApiKey", right).send(&emulator).await, "abc");
    }
    let twice = get("/hash/abc").header("apikey", "k1").header("apikey", "k1");
    assert_not_found(&twice.send(&emulator).await, "abc");
}

#[tokio::test]
async fn no_key_is_required_if_none_is_configured() {
    for fixture in [
        "accounts: { metadefender_core: [] }",
        "accounts: { metadefender_core: [{ user: admin, password: x }] }",
        "samples: []",
    ] {
        let emulator = start(fixture).await;
        assert_not_found(&get("/hash/abc").send(&emulator).await, "abc");
        assert_not_found(&get("/hash/abc").header("apikey", "any").send(&emulator).await, "abc");
    }
}

#[tokio::test]
async fn other_auth_modes_require_less() {
    let any = start_with(KEYS, |builder| builder.setting("auth", "any")).await;
    denied(&any, get("/hash/abc")).await;
    assert_not_found(&get("/hash/abc").header("apikey", "unheard-of").send(&any).await, "abc");
    let off = start_with(KEYS, |builder| builder.setting("auth", "off")).await;
    assert_not_found(&get("/hash/abc").send(&off).await, "abc");
}

#[tokio::test]
async fn refusals_are_404_before_405_before_403() {
    let emulator = start(KEYS).await;
    let unknown = ask("DELETE", "/hash/abc/").send(&emulator).await;
    assert_answer(&unknown, 404, r#"{"err":"Not Found"}"#, "route.unknown", "assumed");
    let method = ask("DELETE", "/hash/abc").send(&emulator).await;
    assert_answer(&method, 405, r#"{"err":"Method Not Allowed"}"#, "method.not-allowed", "assumed");
    denied(&emulator, get("/hash/abc")).await;
}
