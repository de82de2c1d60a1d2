//! The look-up of one hash.

use super::*;
use crate::harness::{ask, get};

fn one(hash: &str) -> Ask {
    get(&format!("/v2/hash/{hash}")).header("apikey", "k")
}

#[tokio::test]
async fn a_found_hash_has_the_whole_report() {
    let emulator = start().await;
    let origin = harness::clock(&emulator).hand().origin;
    let two_days_ago =
        jiff::Timestamp::from_second(origin.as_second() - 2 * 86_400).expect("in the calendar");
    let body = format!(
        "{{\"scan_result_history_length\":1,\"votes\":{{\"up\":2,\"down\":1}},\"file_id\":\"file\",\"data_id\":\"pinned\",\
         \"archived\":true,\"scan_results\":{{\"scan_details\":{{\
         \"Zulu\":{{\"scan_result_i\":0,\"threat_found\":\"\",\"def_time\":\"2014-08-07T07:00:00.250Z\",\"scan_time\":78}},\
         \"Al\\\"pha\":{{\"scan_result_i\":3,\"threat_found\":\"\",\"def_time\":\"{two_days_ago:.3}\",\"scan_time\":0}}}},\
         \"rescan_available\":true,\"data_id\":\"pinned\",\"scan_all_result_i\":0,\"start_time\":\"2025-05-01T08:09:10.500Z\",\
         \"total_time\":95,\"total_avs\":2,\"total_detected_avs\":0,\"progress_percentage\":100,\"in_queue\":0,\
         \"scan_all_result_a\":\"No Threats Found\"}},\"file_info\":{{\"file_size\":3,\
         \"upload_timestamp\":\"2025-05-01T08:09:10.500Z\",\"md5\":\"{}\",\"sha1\":\"{}\",\"sha256\":\"{}\",\
         \"file_type_category\":\"T\",\"file_type_description\":\"ASCII text\",\"file_type_extension\":\"txt\",\
         \"display_name\":\"abc.txt\"}},\"top_threat\":7,\"share_file\":0,\"rest_version\":\"3\"}}",
        CLEAN.to_uppercase(),
        CLEAN_SHA1.to_uppercase(),
        CLEAN_SHA256.to_uppercase(),
    );
    for hash in [CLEAN, &CLEAN.to_uppercase(), CLEAN_SHA1, CLEAN_SHA256, &format!("%39{}", &CLEAN[1..])] {
        assert_answer(&one(hash).send(&emulator).await, 200, &body, &["hash.found"], "observed");
    }
    let answer = ask("get", &format!("/v2/hash/{CLEAN}")).header("apikey", "k").send(&emulator).await;
    assert_answer(&answer, 200, &body, &["hash.found"], "observed");
}

#[tokio::test]
async fn the_newest_final_result_is_reported() {
    let emulator = start().await;
    let report = async |hash: &str| one(hash).send(&emulator).await.json();
    let rescanned = report(RESCANNED).await;
    assert_eq!(rescanned["scan_result_history_length"], 2);
    assert_eq!(rescanned["data_id"], "second");
    assert_eq!(rescanned["scan_results"]["scan_all_result_a"], "Infected/Known");
    assert_eq!(rescanned["scan_results"]["total_detected_avs"], 1);
    let progressed = report(PROGRESSED).await;
    assert_eq!(
        (&progressed["scan_result_history_length"], &progressed["data_id"]),
        (&1.into(), &"done".into())
    );
    harness::advance(&emulator, 90.0);
    let progressed = report(PROGRESSED).await;
    assert_eq!(
        (&progressed["scan_result_history_length"], &progressed["data_id"]),
        (&2.into(), &"running".into())
    );
}

#[tokio::test]
async fn missing_identifiers_are_derived_deterministically() {
    let emulator = harness::start(
        "
accounts: { metadefender_cloud: [ { key: k } ] }
samples:
  - name: a.zip
    md5: 11111111111111111111111111111111
    scans: [ { verdict: clean }, { verdict: infected, threat: T } ]
    children: [ b ]
  - { name: b, md5: 22222222222222222222222222222222, verdict: clean }
",
    )
    .await;
    let a = one("11111111111111111111111111111111").send(&emulator).await.json();
    let b = one("22222222222222222222222222222222").send(&emulator).await.json();
    for id in [&a["data_id"], &a["file_id"], &b["data_id"], &b["file_id"]] {
        let id = id.as_str().expect("text");
        assert!(id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{id}");
    }
    assert_eq!(a["data_id"], "e2d0b9585ecf48593ad0e0d442e52f33", "of the sha256 and the place of the scan");
    assert_eq!((&a["archived"], &b["archived"]), (&true.into(), &false.into()));
    assert_eq!((&b["votes"]["up"], &b["votes"]["down"]), (&0.into(), &0.into()));
    assert_eq!((&b["top_threat"], &b["share_file"]), (&(-1).into(), &1.into()));
}

#[tokio::test]
async fn unknown_hashes_are_repeated_in_upper_case() {
    let emulator = start().await;
    for (asked, key) in [
        (UNKNOWN, UNKNOWN.to_uppercase()),
        (HIDDEN, HIDDEN.to_owned()),
        (UNFINISHED, UNFINISHED.to_owned()),
        (CLEAN_SHA512, CLEAN_SHA512.to_uppercase()),
        ("aBc", "ABC".to_owned()),
        ("a%22%2Fb", "A\\\"/B".to_owned()),
        ("%ff%C3%A9", "\u{fffd}é".to_owned()),
    ] {
        let answer = one(asked).send(&emulator).await;
        assert_answer(&answer, 200, &format!("{{\"{key}\":\"Not Found\"}}"), &["hash.not-found"], "observed");
    }
}
