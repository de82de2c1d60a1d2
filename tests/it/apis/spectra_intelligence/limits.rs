//! The rate limit and the quotas.

use super::*;
use crate::harness::{advance, clock, start_with};

#[track_caller]
fn assert_exhausted(answer: &Answer) {
    assert_empty_body(answer, 429, "quota.exceeded", "documented; body=assumed");
}

async fn status_of(ask: Ask, emulator: &Emulator) -> u16 {
    ask.send(emulator).await.status
}

#[tokio::test]
async fn an_account_may_make_ten_requests_in_any_second() {
    let emulator = start().await;
    for (moment, sent) in [(0.0, 4), (0.5, 6)] {
        advance(&emulator, moment);
        for _ in 0..sent {
            assert_eq!(
                status_of(single("md5", "x"), &emulator).await,
                400,
                "a bad request counts as any other"
            );
        }
    }
    for _ in 0..3 {
        assert_empty_body(&single("md5", MD5).send(&emulator).await, 429, "rate.exceeded", "assumed");
    }
    assert_empty_body(&bulk(JSON, "").send(&emulator).await, 429, "rate.exceeded", "assumed");
    let other = harness::get(&format!("/api/rescan/v1/query/md5/{MD5}")).basic("u/two", "two");
    assert_eq!(status_of(other, &emulator).await, 200, "another account has its own second");
    advance(&emulator, 0.499);
    assert_eq!(status_of(single("md5", MD5), &emulator).await, 429, "999 ms after the first four");
    advance(&emulator, 0.001);
    for _ in 0..4 {
        assert_eq!(status_of(single("md5", MD5), &emulator).await, 200, "the first four have left");
    }
    assert_eq!(status_of(single("md5", MD5), &emulator).await, 429, "refused requests never counted");
}

#[tokio::test]
async fn earlier_refusals_do_not_count_against_the_rate() {
    let emulator = start().await;
    for _ in 0..12 {
        let answer = harness::get("/api/rescan/none").basic("u/one", "pass:word").send(&emulator).await;
        assert_eq!(answer.status, 404);
        let answer = harness::ask("PUT", JSON).basic("u/one", "pass:word").send(&emulator).await;
        assert_eq!(answer.status, 405);
    }
    assert_eq!(status_of(single("md5", MD5), &emulator).await, 200);
}

#[tokio::test]
async fn an_account_may_have_a_rate_of_its_own() {
    let fixtures = "
settings: { spectra-intelligence.rate-limit: 2 }
accounts:
  spectra_intelligence:
    - { user: u/one, password: 'pass:word' }
    - { user: u/two, password: two, rate: 1 }
    - { user: u/free, password: free, rate: 0 }
";
    let emulator = harness::start(fixtures).await;
    for (user, password, passes) in [("u/one", "pass:word", 2), ("u/two", "two", 1), ("u/free", "free", 30)] {
        let ask = || harness::get("/api/rescan/v1/query/md5/x").basic(user, password);
        for _ in 0..passes {
            assert_eq!(status_of(ask(), &emulator).await, 400, "{user}");
        }
        let then = if user == "u/free" { 400 } else { 429 };
        assert_eq!(status_of(ask(), &emulator).await, then, "{user}");
    }
}

fn with_quota(quota: &str) -> String {
    FIXTURES.replace("password: 'pass:word'", &format!("password: 'pass:word', rate: 0, {quota}"))
}

#[tokio::test]
async fn only_a_successful_single_rescan_costs_a_unit() {
    let emulator = harness::start(&with_quota("daily_quota: 2")).await;
    for (value, status) in
        [(NEVER_SEEN, 404), (NOT_STORED, 404), ("x", 400), (MD5, 200), (NOT_STORED, 404), (MD5, 200)]
    {
        assert_eq!(status_of(single("md5", value), &emulator).await, status);
    }
    assert_exhausted(&single("md5", NEVER_SEEN).send(&emulator).await);
    assert_exhausted(&bulk("/api/rescan/v1/bulk_query/odd", "").send(&emulator).await);
    let other = harness::get("/api/rescan/v1/query/md5/x").basic("u/two", "two");
    assert_eq!(status_of(other, &emulator).await, 400);
}

#[tokio::test]
async fn a_successful_bulk_rescan_costs_its_valid_hashes() {
    let emulator = harness::start(&with_quota("daily_quota: 6")).await;
    let ask = |hashes: &[&str]| bulk(JSON, query("md5", hashes));
    assert_eq!(status_of(bulk(JSON, "{"), &emulator).await, 400);
    assert_eq!(status_of(ask(&[MD5; 101]), &emulator).await, 400);
    assert_eq!(status_of(bulk(JSON, query("md6", &[MD5])), &emulator).await, 400);
    assert_eq!(status_of(ask(&["x"; 100]), &emulator).await, 200, "no valid hash");
    assert_eq!(status_of(ask(&[]), &emulator).await, 200);
    assert_eq!(
        status_of(ask(&[MD5, MD5, NEVER_SEEN, NOT_STORED, "x", SHA1]), &emulator).await,
        200,
        "4 valid ones"
    );
    assert_eq!(status_of(single("md5", MD5), &emulator).await, 200, "the fifth");
    assert_eq!(status_of(ask(&[MD5, MD5, MD5]), &emulator).await, 200, "one unit was left");
    assert_exhausted(&ask(&["x"]).send(&emulator).await);
}

#[tokio::test]
async fn quotas_reset_at_midnight_and_on_the_first_of_a_month() {
    let emulator = harness::start(&with_quota("daily_quota: 1, monthly_quota: 3")).await;
    for day in ["2026-03-29", "2026-03-30", "2026-03-31"] {
        clock(&emulator).freeze(Some(harness::instant(&format!("{day}T00:00:00Z"))));
        assert_eq!(status_of(single("md5", MD5), &emulator).await, 200);
        clock(&emulator).freeze(Some(harness::instant(&format!("{day}T23:59:59.999Z"))));
        assert_exhausted(&single("md5", MD5).send(&emulator).await);
    }
    advance(&emulator, 0.001);
    assert_eq!(status_of(single("md5", MD5), &emulator).await, 200, "a new month");
    let monthly = start_with(&with_quota("monthly_quota: 1"), |builder| builder).await;
    assert_eq!(status_of(single("md5", MD5), &monthly).await, 200);
    advance(&monthly, 86_400.0);
    assert_exhausted(&single("md5", MD5).send(&monthly).await);
}

#[tokio::test]
async fn the_settings_give_quotas_to_all_accounts() {
    let daily = |builder: scandouble::Builder| builder.setting("spectra-intelligence.daily-quota", "1");
    let monthly = |builder: scandouble::Builder| builder.setting("spectra-intelligence.monthly-quota", "1");
    for emulator in [start_with(FIXTURES, daily).await, start_with(FIXTURES, monthly).await] {
        assert_eq!(status_of(single("md5", MD5), &emulator).await, 200);
        assert_exhausted(&single("md5", MD5).send(&emulator).await);
    }
}

#[tokio::test]
async fn a_quota_of_seven_serves_exactly_seven_concurrent_requests() {
    let emulator = harness::start(&with_quota("daily_quota: 7")).await;
    let calls = (0..40).map(|_| single("md5", MD5).send(&emulator));
    let answers = futures_util::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 7);
}
