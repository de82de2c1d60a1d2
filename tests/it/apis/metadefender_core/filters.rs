//! The headers that filter results: `selfonly`, `timerange`, `include-inprogress`.

use serde_json::json;

use super::{assert_answer, assert_result};
use crate::harness::{Answer, Ask, get, start, start_with};

const MD5: &str = "0cc175b9c0f1b6a831c399e269772661";

/// Three results: two days old; five hours old, of the file in an archive; one running.
const SCANS: &str = "
samples:
  - name: a
    md5: 0cc175b9c0f1b6a831c399e269772661
    scans:
      - { verdict: clean, scanned_at: -2d, metadefender_core: { data_id: old } }
      - { verdict: clean, scanned_at: -5h, metadefender_core: { data_id: child, extracted: true } }
      - { verdict: clean, scanned_at: -1m, in_progress: true, metadefender_core: { data_id: running } }
  - { name: b, md5: 92eb5ffee6ae2fec3ad71c777531578f, verdict: clean, in_progress: true }
  - { name: c, md5: 4a8a08f09d37b73795649038408b5f33, verdict: clean, scanned_at: -1h, rule: R }
";

fn look() -> Ask {
    get(&format!("/hash/{MD5}"))
}

#[track_caller]
fn assert_found(answer: &Answer, data_id: &str, behaviours: &str) {
    assert_result(answer, behaviours, &[("/data_id", json!(data_id))]);
}

#[track_caller]
fn assert_missing(answer: &Answer, asked: &str, behaviours: &str, provenance: &str) {
    assert_answer(answer, 200, &format!(r#"{{"{asked}":"Not Found"}}"#), behaviours, provenance);
}

#[tokio::test]
async fn selfonly_excludes_results_from_archives() {
    let emulator = start(SCANS).await;
    for yes in ["true", "True", "TRUE", " true "] {
        let answer = look().header("selfonly", yes).send(&emulator).await;
        assert_found(&answer, "old", "hash.selfonly hash.found");
        assert_eq!(answer.header("scandouble-provenance"), Some("observed"));
    }
    for no in ["false", "False", "", "1", "yes"] {
        assert_found(&look().header("selfonly", no).send(&emulator).await, "child", "hash.found");
    }
    let twice = look().header("selfonly", "True").header("selfonly", "False");
    assert_found(&twice.send(&emulator).await, "old", "hash.selfonly hash.found");
}

#[tokio::test]
async fn timerange_limits_the_age_of_results() {
    let emulator = start(SCANS).await;
    for (hours, data_id) in [("5", "child"), ("47", "child"), ("4000000000", "child")] {
        assert_found(
            &look().header("timerange", hours).send(&emulator).await,
            data_id,
            "hash.timerange hash.found",
        );
    }
    assert_found(
        &look().header("timerange", "4").send(&emulator).await,
        "running",
        "hash.timerange hash.in-progress",
    );
    for all in ["0", "", "-1", "soon", "99999999999"] {
        assert_found(&look().header("timerange", all).send(&emulator).await, "child", "hash.found");
    }
    let c = "4a8a08f09d37b73795649038408b5f33";
    let ask = || get(&format!("/hash/{c}")).header("timerange", "1");
    assert_result(&ask().send(&emulator).await, "hash.timerange hash.found", &[]);
    assert_result(
        &ask().header("rule", "R").send(&emulator).await,
        "hash.timerange hash.found.rule hash.found",
        &[],
    );
    crate::harness::advance(&emulator, 0.001);
    assert_missing(&ask().send(&emulator).await, c, "hash.timerange hash.not-found", "observed");
    let names = "hash.timerange hash.rule-without-result hash.not-found";
    assert_missing(&ask().header("rule", "R").send(&emulator).await, c, names, "observed");
}

#[tokio::test]
async fn include_inprogress_adds_unfinished_results_or_excludes_them() {
    let emulator = start(SCANS).await;
    let with = |value: &str| look().header("include-inprogress", value);
    assert_found(&look().send(&emulator).await, "child", "hash.found");
    assert_found(&with("True").send(&emulator).await, "child", "hash.include-inprogress hash.found");
    assert_found(&with("false").send(&emulator).await, "child", "hash.include-inprogress hash.found");
    assert_found(&with("perhaps").send(&emulator).await, "child", "hash.found");
    let b = "92eb5ffee6ae2fec3ad71c777531578f";
    let unfinished = |value: &str| get(&format!("/hash/{b}")).header("include-inprogress", value);
    let answer = unfinished("FALSE").send(&emulator).await;
    assert_missing(&answer, b, "hash.include-inprogress hash.not-found", "documented");
    assert_result(&unfinished("true").send(&emulator).await, "hash.include-inprogress hash.in-progress", &[]);
    assert_result(&get(&format!("/hash/{b}")).send(&emulator).await, "hash.in-progress", &[]);
    let c = get("/hash/4a8a08f09d37b73795649038408b5f33").header("include-inprogress", "true");
    assert_result(&c.send(&emulator).await, "hash.found", &[]);
}

#[tokio::test]
async fn a_setting_excludes_unfinished_results_as_later_versions_do() {
    let emulator =
        start_with(SCANS, |builder| builder.setting("metadefender-core.include-inprogress", "false")).await;
    let b = "92eb5ffee6ae2fec3ad71c777531578f";
    let ask = || get(&format!("/hash/{b}"));
    assert_missing(&ask().send(&emulator).await, b, "hash.not-found", "assumed");
    let included = ask().header("include-inprogress", "true").send(&emulator).await;
    assert_result(&included, "hash.include-inprogress hash.in-progress", &[]);
    assert_found(&look().send(&emulator).await, "child", "hash.found");
}

#[tokio::test]
async fn all_filters_together_as_the_vendors_client_sends_them() {
    let emulator = start(SCANS).await;
    let asked =
        look().header("selfonly", "True").header("timerange", "24").header("include-inprogress", "False");
    let names = "hash.include-inprogress hash.timerange hash.selfonly hash.not-found";
    assert_missing(&asked.send(&emulator).await, MD5, names, "documented");
    let entries = emulator.world("default").state().journal.snapshot().entries;
    assert_eq!(entries.last().expect("a request").reply.findings, []);
    look()
        .header("selfonly", "x")
        .header("timerange", "x")
        .header("include-inprogress", "x")
        .send(&emulator)
        .await;
    let entries = emulator.world("default").state().journal.snapshot().entries;
    let texts: Vec<_> =
        entries.last().expect("a request").reply.findings.iter().map(|one| &*one.text).collect();
    let wanted = [
        "selfonly is \"x\" and does not count; send true or false",
        "include-inprogress is \"x\" and does not count; send true or false",
        "timerange is \"x\" and counts as 0; send a number of hours",
    ];
    assert_eq!(texts, wanted);
}
