//! Keys that a fixture gives or takes away.

use super::*;
use crate::harness::{get, start_with};

const BULK: &str = r#"{"hash":["abc"]}"#;
const UNKNOWN_BODY: &str = r#"[{"hash":"abc","scan_result":5,"data_id":null}]"#;
const REFUSED: &str = r#"{"err":"Invalid API key"}"#;

async fn load(emulator: &Emulator, fixture: &str) {
    let answer = post("/_world/open/_scandouble/samples").body(fixture).send(emulator).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn an_empty_list_of_accounts_means_that_no_key_is_needed_in_that_world() {
    let emulator = start().await;
    load(&emulator, "accounts: {metadefender_cloud: []}").await;
    let open = || post("/_world/open/hash").body(BULK);
    for ask in [open(), open().header("apikey", "k"), open().header("apikey", "anything")] {
        assert_answer(&ask.send(&emulator).await, 200, UNKNOWN_BODY, &["bulk.unknown"], "documented");
    }
    let v4 = get("/_world/open/v4/hash/abc").send(&emulator).await;
    assert_eq!((v4.status, limits(&v4)), (404, ["4000", "3996", "4", "86400s"]), "all callers are one");
    let shared = post("/hash").body(BULK).send(&emulator).await;
    assert_answer(&shared, 401, REFUSED, &["auth.missing"], "documented; body=assumed");
}

#[tokio::test]
async fn keys_after_an_empty_list_are_the_only_ones() {
    let emulator = start().await;
    load(&emulator, "accounts: {metadefender_cloud: [{key: early}]}").await;
    load(&emulator, "accounts: {metadefender_cloud: []}").await;
    load(&emulator, "accounts: {metadefender_cloud: [{key: own}]}").await;
    for (key, status) in [("own", 200), ("k", 401), ("early", 401)] {
        let ask = post("/_world/open/hash").header("apikey", key).body(BULK);
        assert_eq!(ask.send(&emulator).await.status, status, "{key}");
    }
    // The removed key no longer picks this world: another one may have it.
    let elsewhere =
        post("/_world/other/_scandouble/samples").body("accounts: {metadefender_cloud: [{key: early}]}");
    assert_eq!(elsewhere.send(&emulator).await.status, 200);
}

#[tokio::test]
async fn an_empty_list_in_a_later_set_removes_the_keys_of_earlier_sets() {
    let emulator = start_with(FIXTURES, |builder| {
        builder.fixtures_text("later.yaml", "accounts: {metadefender_cloud: []}")
    })
    .await;
    assert_eq!(post("/hash").body(BULK).send(&emulator).await.status, 200);
}
