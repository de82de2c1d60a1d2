//! Replies without their requests: JSON, XML and text, with and without the head that `curl -i` prints.

use serde_json::{Value, json};

use super::{imported, outcome_fed, program, serving};
use crate::harness::get;

const SHA1: &str = "0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33";
const SHA256: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
const MD5: &str = "acbd18db4cc2f85cedef654fccc4a4d8";

/// Imports from standard input; the exit code with `--strict`, the fixture, and what was printed to standard error.
fn strict(text: &str, more: &[&str]) -> (i32, String, String) {
    outcome_fed(&mut program(&[&["import", "-", "--strict"], more].concat()), text)
}

fn report() -> Value {
    json!({
        "data_id": "d1", "file_info": { "display_name": "a.exe", "file_size": 3, "md5": MD5, "sha1": SHA1, "sha256": SHA256 },
        "scan_results": { "scan_all_result_i": 1, "start_time": "2026-01-01T00:00:00.000Z" },
        "process_info": { "result": "Blocked", "profile": "p" },
    })
}

#[tokio::test]
async fn the_output_of_curl_is_read_with_its_head() {
    let text = format!(
        "HTTP/2 301 \r\nlocation: /x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}\n",
        report()
    );
    let (fixture, notes) = imported("curl.txt", &text);
    assert_eq!(notes, [""; 0]);
    let answer = get(&format!("/hash/{MD5}")).send(&serving(&fixture).await).await;
    assert_eq!(answer.json()["data_id"], "d1");
    let refused =
        "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\n\r\n{\"err\":\"Access denied\"}";
    let (code, out, err) = strict(refused, &["--api", "metadefender-core"]);
    assert_eq!((code, out.as_str()), (1, "samples: []\n"));
    assert!(err.starts_with("lost: standard input: answered 403 \"Access denied\": refusals"), "{err}");
}

#[test]
fn xml_replies_are_recognised() {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rl><sent_for_rescan><item>{SHA1}</item></sent_for_rescan>\
         <sample_unavailable/><unknown_hashes/><invalid_hashes><item>x</item></invalid_hashes></rl>"
    );
    let (code, out, _) = strict(&text, &[]);
    assert!(code == 0 && out.contains(&format!("sha1: \"{SHA1}\"")), "{code} {out}");
    let (code, _, err) = strict(
        &text.replace(
            "<sample_unavailable/>",
            "<sample_unavailable>why</sample_unavailable><more><a>1</a></more>",
        ),
        &[],
    );
    assert!(
        code == 1 && err.contains("lost: standard input: rl.sample_unavailable: \"why\" is not a hash\n"),
        "{err}"
    );
    assert!(
        err.contains("lost: standard input: rl.more: a fixture has no place for this field (\"1\")\n"),
        "{err}"
    );
}

#[test]
fn a_reply_that_yields_no_sample_fails_with_strict() {
    for (text, api, message) in [
        ("Sample sent for rescanning", None, "the request is not recorded, so the hash is unknown"),
        ("Requested sample unavailable\n", None, "the request is not recorded, so the hash is unknown"),
        ("Gone.", Some("metadefender-core"), "the reply is not JSON; this API always replies in JSON"),
        (
            "Gone.",
            Some("spectra-intelligence"),
            "the reply is neither JSON nor XML, which this endpoint answers",
        ),
        ("Gone.", None, "the reply has the form of no emulated API; name its API with --api NAME"),
        ("{}", Some("metadefender-core"), "nothing in the reply is for a fixture"),
        ("{}", Some("metadefender-cloud"), "nothing in the reply is for a fixture"),
        ("[]", Some("metadefender-cloud"), "nothing in the reply is for a fixture"),
        ("[]", Some("spectra-analyze"), "nothing in the reply is for a fixture"),
        ("{\"rl\":{\"more\":[]}}", Some("spectra-intelligence"), "nothing in the reply is for a fixture"),
        ("{\"00\":\"Not Found\"}", Some("metadefender-core"), "the reply yields no sample"),
        (
            "{\"version\":\"4.8.0\",\"product_id\":\"MSCL\"}",
            Some("metadefender-core"),
            "nothing in the reply is for a fixture",
        ),
    ] {
        let more: Vec<&str> = api.iter().flat_map(|api| ["--api", api]).collect();
        let (code, out, err) = strict(text, &more);
        assert_eq!((code, out.as_str()), (1, "samples: []\n"), "{text} {err}");
        assert!(err.contains(&format!("lost: standard input: {message}\n")), "{text} {err}");
    }
}

#[test]
fn older_replies_of_an_appliance_have_no_detail() {
    let entry = json!({ "code": 201, "message": "Sample is queued for analysis.", "sha1": SHA1, "md5": MD5, "extra": 1 });
    for text in [json!({ "results": [entry] }), json!([entry]), json!({ "results": entry }), entry.clone()] {
        let (fixture, notes) = imported("old.json", &text.to_string());
        assert_eq!(
            (&fixture["samples"][0]["sha1"], &fixture["samples"][0]["md5"]),
            (&json!(SHA1), &json!(MD5))
        );
        assert_eq!(notes.len(), 3, "{notes:#?}");
        assert!(
            notes.iter().any(|line| line.contains("has no results of engines; the emulator always has them"))
        );
        assert!(
            notes.iter().any(|line| line.ends_with("extra: a fixture has no place for this field (1)")),
            "{notes:#?}"
        );
    }
}

#[tokio::test]
async fn a_missing_identifier_is_not_pinned() {
    let mut reply = report();
    reply.as_object_mut().expect("an object").remove("data_id");
    let (fixture, notes) = imported("no-id.json", &reply.to_string());
    assert_eq!(notes, ["lost: no-id.json: has no data_id; the emulator always has one"]);
    assert!(fixture["samples"][0]["metadefender_core"].get("data_id").is_none(), "{fixture:#}");
    let answer = get(&format!("/hash/{MD5}")).send(&serving(&fixture).await).await.json();
    assert_eq!(answer["data_id"].as_str().map(str::len), Some(32));
    reply["votes"] = json!({ "up": 0, "down": 1 });
    let (fixture, _) = imported("no-id.json", &reply.to_string());
    let cloud = &fixture["samples"][0]["metadefender_cloud"];
    assert_eq!((cloud.get("data_id"), &cloud["votes"]["down"]), (None, &json!(1)));
}

#[test]
fn reports_of_the_cloud_are_not_taken_for_those_of_core() {
    let cloud = |change: &dyn Fn(&mut Value)| {
        let mut reply = report();
        change(&mut reply);
        let (fixture, _) = imported("report.json", &reply.to_string());
        let sample = &fixture["samples"][0];
        let of = |key: &str| sample.get(key).is_some();
        assert!(of("metadefender_cloud") != of("metadefender_core"), "{sample:#}");
        of("metadefender_cloud")
    };
    assert!(!cloud(&|_| {}));
    assert!(cloud(&|reply| reply["rest_version"] = json!("4")));
    assert!(cloud(&|reply| reply["votes"] = json!({ "up": 0, "down": 0 })));
    assert!(cloud(&|reply| reply["file_info"]["file_type_category"] = json!("E")));
    assert!(cloud(&|reply| reply["file_info"]["sha1"] = json!(SHA1.to_uppercase())));
    // Who says whose reply it is, is believed.
    let (_, out, _) =
        outcome_fed(&mut program(&["import", "-", "--api", "metadefender-cloud"]), &report().to_string());
    assert!(out.contains("metadefender_cloud:") && !out.contains("metadefender_core:"), "{out}");
}

#[tokio::test]
async fn what_is_outdated_is_what_the_reply_shows() {
    let engine = json!({ "scan_result_i": 0, "def_time": "2020-01-01T00:00:00.000Z", "threat_found": "" });
    for (shown, expected) in [(None, Value::Null), (Some(json!(["configuration"])), json!(["configuration"]))]
    {
        let mut reply = report();
        reply["scan_results"]["scan_all_result_i"] = json!(0);
        reply["scan_results"]["scan_details"] = json!({ "Old": engine });
        shown.into_iter().for_each(|flags| reply["process_info"]["outdated_data"] = flags);
        let (mut fixture, _) = imported("core.json", &reply.to_string());
        // By the definitions' age alone, the result would be outdated.
        fixture["settings"] = json!({ "metadefender-core.engine-definitions": "*=2026-01-01T00:00:00Z" });
        let answer = get(&format!("/hash/{MD5}")).send(&serving(&fixture).await).await.json();
        assert_eq!(answer["process_info"]["outdated_data"], expected);
    }
}
