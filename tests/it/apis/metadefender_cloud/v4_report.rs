//! Version 4: the report on one file, and additional information about it.

use super::*;
use crate::harness::get;

const INFECTED: &str = "77777777777777777777777777777777";
const REPUTATION: &str = "88888888888888888888888888888888";
const PLAIN: &str = "99999999999999999999999999999999";

const SAMPLES: &str = r#"
accounts: { metadefender_cloud: [ { key: k } ] }
samples:
  - name: trojan.exe
    md5: 77777777777777777777777777777777
    sha1: 7777777777777777777777777777777777777777
    sha256: 7777777777777777777777777777777777777777777777777777777777777777
    size: 822784
    scanned_at: 2022-01-11T15:06:50.12Z
    verdict: infected
    threat: Trojan.Family
    engines:
      - { engine: One, verdict: infected, threat: Name, definitions: 2022-01-12T00:00:00Z, scan_time: 319.6, wait_time: 330 }
      - { engine: Two, verdict: clean, definitions: 2022-01-11T00:00:00Z, scan_time: 5, wait_time: 5910 }
    metadefender_cloud:
      data_id: d
      file_id: f
      votes: { down: 2 }
      malware_family: family
      malware_type: [trojan, worm]
      threat_name: Trojan/Family
      sanitized: { result: Error, reason: File is not sanitizable, progress_percentage: 100 }
      profile: multiscan_sanitize
      additional_info: { appinfo: { data: [1, { z: 1, a: 2 }] }, peinfo: [], exif: null }
  - name: known.exe
    md5: 88888888888888888888888888888888
    verdict: infected
    threat: T
    metadefender_cloud:
      data_id: r
      file_id: rf
      reputation_only: true
      sandbox: true
      private_processing: 1
      stored: false
      share_file: 0
      file_type_skipped_scan: true
      post_processing: { actions_ran: none }
      result: Allowed
      blocked_reason: nothing
      verdicts: [One, Two]
    sha1: 8888888888888888888888888888888888888888
    sha256: 8888888888888888888888888888888888888888888888888888888888888888
    size: 5
  - name: older
    md5: 66666666666666666666666666666666
    verdict: infected
    threat: Name
    metadefender_cloud: { verdicts: [], threat_name: "" }
  - { name: plain, md5: 99999999999999999999999999999999, verdict: encrypted-archive, after_rescan: { verdict: infected, threat: Late } }
"#;

fn one(hash: &str) -> Ask {
    get(&format!("/v4/hash/{hash}")).header("apikey", "k")
}

const NOTHING_DONE: &str = r#"{"actions_failed":"","actions_ran":"","converted_destination":"","converted_to":"","copy_move_destination":""}"#;

#[tokio::test]
async fn an_infected_file_has_every_field_of_the_published_replies_in_their_order() {
    let emulator = harness::start(SAMPLES).await;
    let digits = |count: usize| "7".repeat(count);
    let body = format!(
        "{{\"scan_result_history_length\":1,\"malware_family\":\"family\",\"malware_type\":[\"trojan\",\"worm\"],\
         \"threat_name\":\"Trojan/Family\",\"votes\":{{\"up\":0,\"down\":2}},\"sandbox\":false,\"file_id\":\"f\",\"data_id\":\"d\",\
         \"sanitized\":{{\"result\":\"Error\",\"reason\":\"File is not sanitizable\",\"progress_percentage\":100}},\
         \"process_info\":{{\"post_processing\":{NOTHING_DONE},\"blocked_reason\":\"Infected\",\"file_type_skipped_scan\":false,\
         \"profile\":\"multiscan_sanitize\",\"progress_percentage\":100,\"result\":\"Blocked\",\"verdicts\":[\"Infected\"]}},\
         \"scan_results\":{{\"scan_details\":{{\
         \"One\":{{\"def_time\":\"2022-01-12T00:00:00.000Z\",\"scan_result_i\":1,\"scan_time\":320,\"threat_found\":\"Name\"}},\
         \"Two\":{{\"def_time\":\"2022-01-11T00:00:00.000Z\",\"scan_result_i\":0,\"scan_time\":5,\"threat_found\":\"\"}}}},\
         \"scan_all_result_i\":1,\"start_time\":\"2022-01-11T15:06:50.120Z\",\"total_time\":5910,\"total_avs\":2,\
         \"total_detected_avs\":1,\"progress_percentage\":100,\"scan_all_result_a\":\"Infected\"}},\"file_info\":{{\
         \"file_size\":822784,\"upload_timestamp\":\"2022-01-11T15:06:50.120Z\",\"md5\":\"{}\",\"sha1\":\"{}\",\"sha256\":\"{}\",\
         \"file_type_category\":\"E\",\"file_type_description\":\"PE32 executable (GUI) Intel 80386, for MS Windows\",\
         \"file_type_extension\":\"exe\",\"display_name\":\"trojan.exe\"}},\"share_file\":1,\"private_processing\":0,\
         \"rest_version\":\"4\",\"additional_info\":[\"appinfo\",\"peinfo\",\"exif\"],\"stored\":true}}",
        digits(32),
        digits(40),
        digits(64),
    );
    for hash in [INFECTED, &digits(40), &digits(64)] {
        assert_answer(&one(hash).send(&emulator).await, 200, &body, &["v4.hash.found"], "observed");
    }
}

#[tokio::test]
async fn a_clean_file_has_no_malware_and_the_names_of_version_4() {
    let emulator = start().await;
    let answer = one(CLEAN).send(&emulator).await;
    let report = answer.json();
    for absent in ["malware_family", "malware_type", "threat_name", "sanitized", "archived", "top_threat"] {
        assert!(report.get(absent).is_none(), "{absent}");
    }
    assert_eq!(report["scan_results"]["scan_all_result_a"], "No Threat Detected");
    let process = format!(
        "\"process_info\":{{\"post_processing\":{NOTHING_DONE},\"blocked_reason\":\"\",\"file_type_skipped_scan\":false,\
         \"profile\":\"multiscan\",\"progress_percentage\":100,\"result\":\"Allowed\",\"verdicts\":[\"No Threat Detected\"]}}"
    );
    assert!(answer.text().contains(&process), "{}", answer.text());
    let suspicious = one(SUSPICIOUS).send(&emulator).await.json();
    assert_eq!(suspicious["process_info"]["blocked_reason"], "Suspicious");
    let failed = one(FAILED).send(&emulator).await.json();
    assert_eq!(failed["scan_results"]["scan_all_result_a"], "Failed To Scan");
    assert_eq!(failed["process_info"]["result"], "Allowed");
}

#[tokio::test]
async fn a_file_known_by_reputation_alone_has_no_scan_results() {
    let emulator = harness::start(SAMPLES).await;
    let digits = |count: usize| "8".repeat(count);
    let scanned = harness::clock(&emulator);
    drop(scanned);
    let answer = one(REPUTATION).send(&emulator).await;
    let uploaded = answer.json()["file_info"]["upload_timestamp"].as_str().expect("a time").to_owned();
    let body = format!(
        "{{\"scan_result_history_length\":1,\"threat_name\":\"T\",\"votes\":{{\"up\":0,\"down\":0}},\"sandbox\":true,\
         \"file_id\":\"rf\",\"data_id\":\"r\",\"process_info\":{{\"post_processing\":{{\"actions_ran\":\"none\"}},\
         \"blocked_reason\":\"nothing\",\"file_type_skipped_scan\":true,\"profile\":\"multiscan\",\"progress_percentage\":100,\
         \"result\":\"Allowed\",\"verdicts\":[\"One\",\"Two\"]}},\"file_info\":{{\"file_size\":5,\"upload_timestamp\":\"{uploaded}\",\
         \"md5\":\"{}\",\"sha1\":\"{}\",\"sha256\":\"{}\",\"file_type_category\":\"E\",\
         \"file_type_description\":\"PE32 executable (GUI) Intel 80386, for MS Windows\",\"file_type_extension\":\"exe\",\
         \"display_name\":\"known.exe\"}},\"share_file\":0,\"private_processing\":1,\"rest_version\":\"4\",\"additional_info\":[],\
         \"stored\":false}}",
        digits(32),
        digits(40),
        digits(64),
    );
    assert_answer(&answer, 200, &body, &["v4.hash.reputation-only", "v4.hash.found"], "observed");
    // The list and version 2 show its result.
    let item = format!("[{{\"hash\":\"{REPUTATION}\",\"scan_result\":1,\"data_id\":\"r\"}}]");
    assert_answer(&bulk(&[REPUTATION]).send(&emulator).await, 200, &item, &["bulk.ok"], "documented");
}

#[tokio::test]
async fn a_rescan_has_a_result_of_its_own() {
    let emulator = harness::start(SAMPLES).await;
    let before = one(PLAIN).send(&emulator).await.json();
    assert_eq!(before["scan_results"]["scan_all_result_a"], "Encrypted");
    assert!(before.get("threat_name").is_none());
    let sent = get(&format!("/api/rescan/v1/query/md5/{PLAIN}")).basic("u/scandouble", "scandouble");
    assert_eq!(sent.send(&emulator).await.status, 200);
    harness::advance(&emulator, 3_600.0);
    let after = one(PLAIN).send(&emulator).await.json();
    assert_eq!((&after["threat_name"], &after["scan_result_history_length"]), (&"Late".into(), &2.into()));
    assert_eq!(after["process_info"]["blocked_reason"], "Infected");
}

#[tokio::test]
async fn a_fixture_leaves_out_what_older_reports_do_not_have() {
    let emulator = harness::start(SAMPLES).await;
    let report = one(&"6".repeat(32)).send(&emulator).await.json();
    assert_eq!(report["process_info"]["result"], "Blocked");
    assert!(report["process_info"].get("verdicts").is_none() && report.get("threat_name").is_none());
}

#[tokio::test]
async fn paths_that_only_the_vendor_has_are_named_as_such() {
    let emulator = start().await;
    let answer = get("/v4/ip/1.2.3.4").header("apikey", "k").send(&emulator).await;
    assert_eq!(answer.status, 404);
    let near = "path: exists at the vendor, not emulated here (metadefender-cloud)";
    assert_eq!(answer.header("scandouble-near-miss"), Some(near));
}

#[tokio::test]
async fn additional_information_is_what_the_fixture_gives() {
    let emulator = harness::start(SAMPLES).await;
    let info = |hash: &str, name: &str| get(&format!("/v4/hash/{hash}/{name}")).header("apikey", "k");
    let found = info(INFECTED, "appinfo").send(&emulator).await;
    let body = r#"{"data":[1,{"z":1,"a":2}]}"#;
    assert_answer(&found, 200, body, &["v4.additional-info.found"], "documented");
    assert_eq!(limits(&found), ["4000", "3999", "1", "86400s"]);
    let found = info(INFECTED, "peinfo").send(&emulator).await;
    assert_answer(&found, 200, "[]", &["v4.additional-info.found"], "documented");
    let error = |code: u32, text: &str| format!(r#"{{"error":{{"code":{code},"messages":["{text}"]}}}}"#);
    for (hash, name) in [(INFECTED, "exif"), (PLAIN, "peinfo")] {
        let body = error(404_005, "The hash information was not found");
        let answer = info(hash, name).send(&emulator).await;
        assert_answer(&answer, 404, &body, &["v4.additional-info.not-found"], "observed");
    }
    for hash in [UNKNOWN, "abc"] {
        let body = error(404_003, "The hash was not found");
        let answer = info(hash, "peinfo").send(&emulator).await;
        assert_answer(&answer, 404, &body, &["v4.hash.not-found"], "observed");
    }
}
