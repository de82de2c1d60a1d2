//! What a key may do.

use super::*;
use crate::harness::get;

fn info(key: &str, lookups: u64, uploads: u64) -> String {
    format!(
        "{{\"max_file_download\":140,\"max_upload_file_size\":140,\"max_archive_file_depth\":5,\"max_archive_file_size\":140,\
         \"max_archive_file_number\":50,\"limit_prevention\":{uploads},\"limit_reputation\":{lookups},\"limit_sandbox\":0,\
         \"limit_feed\":0,\"qos_scan\":\"normal\",\"updated_at\":\"2019-01-01T00:00:00.000Z\",\
         \"created_at\":\"2019-01-01T00:00:00.000Z\",\"portal_api_key\":\"{key}\",\"workflow_rule\":0,\"votes\":[],\
         \"vulnerability_submissions\":[],\"expiration_date\":\"1970-01-01T00:00:00.000Z\",\"time_interval\":\"daily\",\
         \"nickname\":\"scandouble\",\"paid_user\":0}}"
    )
}

const NOT_FOUND: &str = r#"{"error":{"code":404008,"messages":["The apikey was not found"]}}"#;

#[tokio::test]
async fn a_known_key_is_described() {
    let emulator = start().await;
    for path in ["/v4/apikey/", "/v4/apikey", "/v4//apikey/"] {
        let answer = get(path).header("apikey", "two").send(&emulator).await;
        assert_answer(&answer, 200, &info("two", 2, 4000), &["v4.apikey"], "documented");
        assert_eq!(limits(&answer), ["2", "2", "0", "86400s"], "it costs nothing");
    }
    for ask in [get("/v4/apikey/two"), get("/v4/apikey/two").header("apikey", "k")] {
        assert_answer(&ask.send(&emulator).await, 200, &info("two", 2, 4000), &["v4.apikey"], "documented");
    }
}

#[tokio::test]
async fn an_unknown_key_is_not_found() {
    let emulator = start().await;
    for ask in [
        get("/v4/apikey/"),
        get("/v4/apikey/").header("apikey", "nobody"),
        get("/v4/apikey/").header("apikey", "gone"),
        get("/v4/apikey/nobody").header("apikey", "k"),
        get("/v4/apikey/gone"),
        get("/v4/apikey/limits").header("apikey", "nobody"),
        get("/v4/apikey/limits/status"),
    ] {
        let answer = ask.send(&emulator).await;
        assert_answer(&answer, 404, NOT_FOUND, &["v4.apikey.not-found"], "documented");
        assert_no_limit_headers(&answer);
    }
    let fault = r#"{"then":{"refuse":"revoked"}}"#;
    post("/_scandouble/faults").json(fault).send(&emulator).await;
    let revoked = get("/v4/apikey/").header("apikey", "k").send(&emulator).await;
    assert_answer(&revoked, 404, NOT_FOUND, &["v4.apikey.not-found"], "documented");
}

#[tokio::test]
async fn where_no_keys_are_configured_every_key_is_good() {
    let emulator = harness::start("accounts: { metadefender_cloud: [] }").await;
    let answer = get("/v4/apikey/").header("apikey", "any").send(&emulator).await;
    assert_answer(&answer, 200, &info("any", 4000, 4000), &["v4.apikey"], "documented");
    let answer = get("/v4/apikey/").send(&emulator).await;
    assert_answer(&answer, 200, &info("", 4000, 4000), &["v4.apikey"], "documented");
    let answer = get("/v4/apikey/any").send(&emulator).await;
    assert_answer(&answer, 200, &info("any", 4000, 4000), &["v4.apikey"], "documented");
}

#[tokio::test]
async fn limits_say_what_is_used_and_what_is_left() {
    let emulator = start().await;
    let ask = |path: &str| get(path).header("apikey", "two");
    ask("/v4/hash/abc").send(&emulator).await;
    for _ in 0..3 {
        post("/v4/file").header("apikey", "two").body("x").send(&emulator).await;
    }
    let units = |lookups: u64, uploads: u64| {
        format!(
            r#"{{"reputation_api":{lookups},"prevention_api":{uploads},"feed_api":0,"download_file":0,"sandbox_api":0}}"#
        )
    };
    let used = ask("/v4/apikey/limits").send(&emulator).await;
    assert_answer(&used, 200, &units(1, 3), &["v4.apikey.limits"], "documented");
    for path in ["/v4/apikey/limits/status", "/v4//apikey/limits/status"] {
        let left = ask(path).send(&emulator).await;
        assert_answer(&left, 200, &units(1, 3997), &["v4.apikey.limits.status"], "observed");
    }
}

#[tokio::test]
async fn version_2_describes_a_known_key_and_refuses_others() {
    let emulator = start().await;
    let ask = |key: &str| get("/metascan_rest/apikey").header("apikey", key);
    let answer = ask("k").send(&emulator).await;
    assert_answer(&answer, 200, &info("k", 4000, 4000), &["apikey"], "assumed");
    let refused = r#"{"err":"Invalid API key"}"#;
    let answer = ask("nobody").send(&emulator).await;
    assert_answer(&answer, 401, refused, &["auth.invalid"], "documented; body=assumed");
}

#[tokio::test]
async fn a_key_in_a_path_is_redacted_in_the_journal() {
    let emulator = start().await;
    let secret = "0123456789abcdef0123456789abcdef";
    get(&format!("/v4/apikey/{secret}")).send(&emulator).await;
    get("/v4/apikey/limits/status").header("apikey", "k").send(&emulator).await;
    let journal = get("/_scandouble/journal").send(&emulator).await;
    assert!(!journal.text().contains(secret), "{}", journal.text());
    assert!(journal.text().contains("/v4/apikey/0123***"), "{}", journal.text());
    assert!(journal.text().contains("/v4/apikey/limits/status"), "{}", journal.text());
}
