//! The examples of the vendor's page, each with a fixture that fills in what the page leaves open.

use super::*;

const MD5_1: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const MD5_2: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const MD5_3: &str = "cccccccccccccccccccccccccccccccc";

const SAMPLES: &str = "
accounts: { metadefender_cloud: [ { key: k }, { key: two, lookup_limit: 2 } ] }
samples:
  - name: one
    md5: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    engines: [ { engine: Agnitum, verdict: clean, definitions: 2014-08-07T07:00:00Z, scan_time: 78 } ]
    metadefender_cloud: { data_id: data_id_1 }
  - name: two
    md5: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
    engines:
      - { engine: Agnitum, verdict: clean, definitions: 2014-08-07T07:00:00Z, scan_time: 78 }
      - { engine: Other, verdict: infected, threat: Name, definitions: 2014-08-07T07:00:00Z, scan_time: 7.25 }
    metadefender_cloud: { data_id: data_id_2 }
  - { name: three, md5: cccccccccccccccccccccccccccccccc, verdict: clean, metadefender_cloud: { data_id: data_id_3 } }
";

const AGNITUM: &str =
    r#""Agnitum":{"scan_result_i":0,"threat_found":"","def_time":"2014-08-07T07:00:00Z","scan_time":78.0}"#;

#[tokio::test]
async fn a_successful_request() {
    let emulator = harness::start(SAMPLES).await;
    let body = format!(
        "[{{\"hash\":\"{MD5_1}\",\"scan_result\":0,\"data_id\":\"data_id_1\"}},\
         {{\"hash\":\"{MD5_2}\",\"scan_result\":1,\"data_id\":\"data_id_2\"}},\
         {{\"hash\":\"abc\",\"scan_result\":5,\"data_id\":null}}]"
    );
    let answer = bulk(&[MD5_1, MD5_2, "abc"]).send(&emulator).await;
    assert_answer(&answer, 200, &body, &["bulk.unknown", "bulk.ok"], "documented");
}

#[tokio::test]
async fn a_successful_request_with_details() {
    let emulator = harness::start(SAMPLES).await;
    let body = format!(
        "[{{\"hash\":\"{MD5_1}\",\"scan_result\":0,\"scan_details\":{{{AGNITUM}}},\"data_id\":\"data_id_1\"}},\
         {{\"hash\":\"{MD5_2}\",\"scan_result\":1,\"scan_details\":{{{AGNITUM},\"Other\":{{\"scan_result_i\":1,\
         \"threat_found\":\"Name\",\"def_time\":\"2014-08-07T07:00:00Z\",\"scan_time\":7.3}}}},\"data_id\":\"data_id_2\"}},\
         {{\"hash\":\"abc\",\"scan_result\":5,\"data_id\":null}}]"
    );
    let answer = bulk(&[MD5_1, MD5_2, "abc"]).header("include_scan_details", "1").send(&emulator).await;
    assert_answer(&answer, 200, &body, &["bulk.details", "bulk.unknown", "bulk.ok"], "documented");
}

#[tokio::test]
async fn three_hashes_with_two_look_ups_left() {
    let emulator = harness::start(SAMPLES).await;
    let body = format!(
        "[{{\"hash\":\"{MD5_1}\",\"scan_result\":0,\"data_id\":\"data_id_1\"}},\
         {{\"hash\":\"{MD5_2}\",\"scan_result\":1,\"data_id\":\"data_id_2\"}},\
         {{\"hash\":\"{MD5_3}\",\"scan_result\":403,\"data_id\":null}}]"
    );
    let list = serde_json::json!({ "hash": [MD5_1, MD5_2, MD5_3] }).to_string();
    let answer = post("/hash").header("apikey", "two").body(list).send(&emulator).await;
    assert_answer(&answer, 200, &body, &["bulk.partly-limited", "bulk.ok"], "documented");
}

#[tokio::test]
async fn the_three_errors() {
    let emulator = harness::start(SAMPLES).await;
    let many = serde_json::json!({ "hash": vec![MD5_1; 1001] }).to_string();
    for (body, text, id) in [
        ("", "hashes in body content is null or empty", "bulk.empty"),
        ("hash", "Could not parse body content.", "bulk.malformed"),
        (&many, "Exceeded maximum allowed. Allow maximum 1000 hashes", "bulk.too-many"),
    ] {
        let expected = format!("{{\"err\":\"{text}\"}}");
        let answer = raw(body).send(&emulator).await;
        assert_answer(&answer, 400, &expected, &[id], "assumed; body=documented");
    }
}
