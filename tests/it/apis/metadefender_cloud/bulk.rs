//! The bulk look-up: results, details, and their keys.

use super::*;
use crate::harness::{advance, start_with};
use scandouble::internals::journal::FindingKind;
use scandouble::internals::vendors::opswat;

#[tokio::test]
async fn each_hash_has_its_newest_result_in_request_order() {
    let emulator = start().await;
    let upper = CLEAN.to_uppercase();
    let hashes = [
        RESCANNED,
        "abc",
        &upper,
        CLEAN_SHA1,
        CLEAN_SHA256,
        CLEAN_SHA512,
        UNKNOWN,
        HIDDEN,
        FAILED,
        RESCANNED,
        "\u{e9}\"",
    ];
    let body = format!(
        "[{{\"hash\":\"{RESCANNED}\",\"scan_result\":1,\"data_id\":\"second\"}},\
         {{\"hash\":\"abc\",\"scan_result\":5,\"data_id\":null}},\
         {{\"hash\":\"{upper}\",\"scan_result\":0,\"data_id\":\"pinned\"}},\
         {{\"hash\":\"{CLEAN_SHA1}\",\"scan_result\":0,\"data_id\":\"pinned\"}},\
         {{\"hash\":\"{CLEAN_SHA256}\",\"scan_result\":0,\"data_id\":\"pinned\"}},\
         {{\"hash\":\"{CLEAN_SHA512}\",\"scan_result\":5,\"data_id\":null}},\
         {{\"hash\":\"{UNKNOWN}\",\"scan_result\":5,\"data_id\":null}},\
         {{\"hash\":\"{HIDDEN}\",\"scan_result\":5,\"data_id\":null}},\
         {{\"hash\":\"{FAILED}\",\"scan_result\":3,\"data_id\":\"f\"}},\
         {{\"hash\":\"{RESCANNED}\",\"scan_result\":1,\"data_id\":\"second\"}},\
         {{\"hash\":\"é\\\"\",\"scan_result\":5,\"data_id\":null}}]"
    );
    let answer = bulk(&hashes).send(&emulator).await;
    assert_answer(&answer, 200, &body, &["bulk.unknown", "bulk.ok"], "documented");
    let answer = bulk(&[FAILED]).send(&emulator).await;
    let body = format!("[{{\"hash\":\"{FAILED}\",\"scan_result\":3,\"data_id\":\"f\"}}]");
    assert_answer(&answer, 200, &body, &["bulk.ok"], "documented");
}

#[tokio::test]
async fn an_unfinished_result_is_never_returned() {
    let emulator = start().await;
    let answer = bulk(&[PROGRESSED, UNFINISHED]).send(&emulator).await;
    let body = format!(
        "[{{\"hash\":\"{PROGRESSED}\",\"scan_result\":6,\"data_id\":\"done\"}},\
         {{\"hash\":\"{UNFINISHED}\",\"scan_result\":5,\"data_id\":null}}]"
    );
    assert_answer(&answer, 200, &body, &["bulk.in-progress", "bulk.ok"], "assumed");
    let answer = bulk(&[PROGRESSED]).send(&emulator).await;
    let body = format!("[{{\"hash\":\"{PROGRESSED}\",\"scan_result\":6,\"data_id\":\"done\"}}]");
    assert_answer(&answer, 200, &body, &["bulk.ok"], "documented");
    let answer = bulk(&[UNFINISHED]).send(&emulator).await;
    let body = format!("[{{\"hash\":\"{UNFINISHED}\",\"scan_result\":5,\"data_id\":null}}]");
    assert_answer(&answer, 200, &body, &["bulk.in-progress"], "assumed");
    advance(&emulator, 90.0);
    let state = emulator.world("default").state();
    let hash = scandouble::internals::samples::Hash::parse(UNFINISHED).expect("a hash");
    let sample = state.find(&hash).expect("the store answers").expect("the sample");
    state.finish(&sample, state.clock.now());
    let answer = bulk(&[PROGRESSED, UNFINISHED]).send(&emulator).await;
    let body = format!(
        "[{{\"hash\":\"{PROGRESSED}\",\"scan_result\":1,\"data_id\":\"running\"}},\
         {{\"hash\":\"{UNFINISHED}\",\"scan_result\":0,\"data_id\":\"later\"}}]"
    );
    assert_answer(&answer, 200, &body, &["bulk.ok"], "documented");
}

#[tokio::test]
async fn only_clean_infected_and_suspicious_results_have_details() {
    let emulator = start().await;
    let asked = [CLEAN, RESCANNED, SUSPICIOUS, FAILED, UNKNOWN, UNFINISHED];
    let answer = bulk(&asked).header("include_scan_details", "1").send(&emulator).await;
    let body = format!(
        "[{{\"hash\":\"{CLEAN}\",\"scan_result\":0,\"scan_details\":{{\
         \"Zulu\":{{\"scan_result_i\":0,\"threat_found\":\"\",\"def_time\":\"2014-08-07T07:00:00Z\",\"scan_time\":78.0}},\
         \"Al\\\"pha\":{{\"scan_result_i\":3,\"threat_found\":\"\",\"def_time\":\"{}\",\"scan_time\":0.3}}}},\
         \"data_id\":\"pinned\"}},\
         {{\"hash\":\"{RESCANNED}\",\"scan_result\":1,\"scan_details\":{{\
         \"E\":{{\"scan_result_i\":1,\"threat_found\":\"T\",\"def_time\":\"{}\",\"scan_time\":1.3}}}},\"data_id\":\"second\"}},\
         {{\"hash\":\"{SUSPICIOUS}\",\"scan_result\":2,\"scan_details\":{{\
         \"E\":{{\"scan_result_i\":2,\"threat_found\":\"S\",\"def_time\":\"2026-01-01T00:00:00Z\",\"scan_time\":2.0}}}},\"data_id\":\"s\"}},\
         {{\"hash\":\"{FAILED}\",\"scan_result\":3,\"data_id\":\"f\"}},\
         {{\"hash\":\"{UNKNOWN}\",\"scan_result\":5,\"data_id\":null}},\
         {{\"hash\":\"{UNFINISHED}\",\"scan_result\":5,\"data_id\":null}}]",
        ago(&emulator, 2),
        ago(&emulator, 3),
    );
    let all = ["bulk.details", "bulk.in-progress", "bulk.unknown", "bulk.ok"];
    assert_answer(&answer, 200, &body, &all, "documented");
    let answer = bulk(&[FAILED]).header("include_scan_details", "1").send(&emulator).await;
    let body = format!("[{{\"hash\":\"{FAILED}\",\"scan_result\":3,\"data_id\":\"f\"}}]");
    assert_answer(&answer, 200, &body, &["bulk.ok"], "documented");
}

/// The time `days` days before the reference time of the fixtures.
fn ago(emulator: &Emulator, days: i64) -> String {
    let origin = harness::clock(emulator).hand().origin;
    let seconds = origin.as_second() - days * 86_400;
    jiff::Timestamp::from_second(seconds).expect("in the calendar").to_string()
}

#[tokio::test]
async fn values_other_than_1_request_no_details_and_are_reported() {
    let emulator = start().await;
    let body = format!("[{{\"hash\":\"{CLEAN}\",\"scan_result\":0,\"data_id\":\"pinned\"}}]");
    for (value, noted) in [("0", false), ("true", true), ("", true), ("2", true), ("1, 1", true)] {
        let answer = bulk(&[CLEAN]).header("include_scan_details", value).send(&emulator).await;
        assert_answer(&answer, 200, &body, &["bulk.ok"], "documented");
        let journal = emulator.world("default").state().journal.snapshot();
        let findings = &journal.entries.last().expect("an entry").reply.findings;
        assert_eq!(findings.iter().any(|finding| finding.kind == FindingKind::Deviation), noted, "{value}");
    }
}

#[tokio::test]
async fn a_rescan_adds_a_new_result() {
    let emulator = start().await;
    let state = emulator.world("default").state();
    let hash = scandouble::internals::samples::Hash::parse(SUSPICIOUS).expect("a hash");
    let sample = state.find(&hash).expect("the store answers").expect("the sample");
    let ask = scandouble::internals::worlds::Ask {
        sample: &sample,
        engine: "any",
        pace: scandouble::internals::settings::Pace::AtOnce,
        rescan_of: &["any"],
        sends_to: None,
    };
    state.ask(&[ask], state.clock.now());
    advance(&emulator, 89.9);
    assert!(bulk(&[SUSPICIOUS]).send(&emulator).await.text().contains(r#""scan_result":2,"data_id":"s""#));
    advance(&emulator, 0.1);
    let answer = bulk(&[SUSPICIOUS]).send(&emulator).await;
    let body = format!(
        "[{{\"hash\":\"{SUSPICIOUS}\",\"scan_result\":1,\"data_id\":\"fa6aa852992a051ca7fdc380e7716bc4\"}}]"
    );
    assert_answer(&answer, 200, &body, &["bulk.ok"], "documented");
}

#[tokio::test]
async fn every_verdict_has_its_code() {
    let verdicts: Vec<_> = scandouble::internals::samples::Verdict::ALL.to_vec();
    let mut fixtures = "accounts: { metadefender_cloud: [ { key: k } ] }\nsamples:\n".to_owned();
    for verdict in &verdicts {
        let (md5, word) = (format!("{:032}", opswat::code(*verdict)), verdict.word());
        fixtures += &format!(
            "  - {{ name: {word}, md5: '{md5}', verdict: {word}, metadefender_cloud: {{ data_id: d }} }}\n"
        );
    }
    let emulator = harness::start(&fixtures).await;
    let hashes: Vec<_> = verdicts.iter().map(|verdict| format!("{:032}", opswat::code(*verdict))).collect();
    let body: Vec<_> = verdicts
        .iter()
        .map(|verdict| {
            format!("{{\"hash\":\"{0:032}\",\"scan_result\":{0},\"data_id\":\"d\"}}", opswat::code(*verdict))
        })
        .collect();
    let asked: Vec<_> = hashes.iter().map(String::as_str).collect();
    let answer = bulk(&asked).send(&emulator).await;
    assert_answer(&answer, 200, &format!("[{}]", body.join(",")), &["bulk.ok"], "documented");
}

#[tokio::test]
async fn settings_select_the_result_key_and_the_case_of_hashes() {
    let mixed = format!("A{}", &UNFINISHED[1..].replace('3', "b"));
    for (key, result, unknown, limited) in [
        ("scan_result", "\"scan_result\":0", "\"scan_result\":5", "\"scan_result\":403"),
        ("scan_result_i", "\"scan_result_i\":0", "\"scan_result_i\":5", "\"scan_result_i\":403"),
        (
            "both",
            "\"scan_result\":0,\"scan_result_i\":0",
            "\"scan_result\":5,\"scan_result_i\":5",
            "\"scan_result\":403,\"scan_result_i\":403",
        ),
    ] {
        let emulator = start_with(FIXTURES, |builder| {
            builder
                .setting("metadefender-cloud.result-key", key)
                .setting("metadefender-cloud.hash-case", "upper")
                .setting("metadefender-cloud.lookup-limit", "3")
        })
        .await;
        let answer = bulk(&[CLEAN, &mixed, "abc", "abd", &mixed]).send(&emulator).await;
        let (upper, mixed) = (CLEAN.to_uppercase(), mixed.to_uppercase());
        let body = format!(
            "[{{\"hash\":\"{upper}\",{result},\"data_id\":\"pinned\"}},{{\"hash\":\"{mixed}\",{unknown},\"data_id\":null}},\
             {{\"hash\":\"abc\",{unknown},\"data_id\":null}},{{\"hash\":\"abd\",{limited},\"data_id\":null}},\
             {{\"hash\":\"{mixed}\",{limited},\"data_id\":null}}]"
        );
        assert_answer(&answer, 200, &body, &["bulk.partly-limited", "bulk.unknown", "bulk.ok"], "assumed");
    }
}

#[tokio::test]
async fn a_list_has_at_most_a_thousand_hashes() {
    let emulator = start().await;
    let answer = bulk(&[UNKNOWN; 1000]).send(&emulator).await;
    assert_eq!((answer.status, answer.json().as_array().map(Vec::len)), (200, Some(1000)));
    let answer = bulk(&[UNKNOWN; 1001]).send(&emulator).await;
    let body = r#"{"err":"Exceeded maximum allowed. Allow maximum 1000 hashes"}"#;
    assert_answer(&answer, 400, body, &["bulk.too-many"], "assumed; body=documented");
    assert_eq!(limits(&answer), ["4000", "3000", "1000", "86400s"]);
}
