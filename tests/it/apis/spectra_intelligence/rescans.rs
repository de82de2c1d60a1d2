//! What rescans change: several in a row, by one API or the other, and never by HEAD.

use scandouble::internals::samples::Hash;

use super::*;
use crate::harness::{advance, ask, clock, start_with};

const FIXTURES: &str = r#"
accounts:
  spectra_analyze: [ { token: exampletoken } ]
  spectra_intelligence: [ { user: u, password: p, daily_quota: 3 } ]
samples:
  - name: a
    content: abc
    verdict: clean
    after_rescan:
      - { verdict: suspicious, threat: One, after: 60s }
      - { verdict: infected, threat: Two, by: spectra_analyze }
      - { verdict: clean }
"#;

async fn start_list() -> Emulator {
    harness::start(FIXTURES).await
}

async fn rescan(emulator: &Emulator) -> Answer {
    harness::get(&format!("/api/rescan/v1/query/md5/{MD5}")).basic("u", "p").send(emulator).await
}

async fn reanalyze(emulator: &Emulator, analysis: &str) {
    let path = format!("/api/samples/{MD5}/analyze/");
    let ask = post(&path).header("Authorization", "Token exampletoken");
    ask.form(&format!("analysis={analysis}")).send(emulator).await;
}

/// The threats of all results, oldest first, as MetaDefender Core shows the newest and the world has all.
fn verdicts(emulator: &Emulator) -> Vec<&'static str> {
    let state = emulator.world("default").state();
    let sample = state.find(&Hash::parse(MD5).expect("a hash")).expect("reads").expect("is there");
    let scans = state.scans(&sample, clock(emulator).now());
    scans.iter().map(|scan| scan.verdict.word()).collect()
}

async fn code(emulator: &Emulator) -> (i64, String) {
    let result = harness::get(&format!("/hash/{MD5}")).send(emulator).await.json();
    let code = result["scan_results"]["scan_all_result_i"].as_i64().expect("a code");
    (code, result["data_id"].as_str().expect("an identifier").to_owned())
}

#[tokio::test]
async fn each_rescan_has_an_entry_and_the_last_one_stays() {
    let emulator = start_list().await;
    let (first, id) = code(&emulator).await;
    assert_eq!(first, 0);
    rescan(&emulator).await;
    advance(&emulator, 59.999);
    assert_eq!(verdicts(&emulator), ["clean"]);
    advance(&emulator, 0.001);
    assert_eq!(verdicts(&emulator), ["clean", "suspicious"]);
    let (second, second_id) = code(&emulator).await;
    assert_eq!(second, 2);
    assert_ne!(id, second_id, "each rescan has a result of its own");

    rescan(&emulator).await;
    advance(&emulator, 3600.0);
    assert_eq!(verdicts(&emulator), ["clean", "suspicious"], "the second one needs the appliance");
    reanalyze(&emulator, "core").await;
    advance(&emulator, 30.0);
    assert_eq!(verdicts(&emulator), ["clean", "suspicious", "infected"]);
    let (third, third_id) = code(&emulator).await;
    assert_eq!(third, 1);
    assert_ne!(second_id, third_id);
    assert_eq!(
        harness::get(&format!("/file/{third_id}")).send(&emulator).await.json()["data_id"],
        third_id.as_str()
    );

    for _ in 0..3 {
        reanalyze(&emulator, "core,cloud").await;
        advance(&emulator, 30.0);
    }
    let all = ["clean", "suspicious", "infected", "clean"];
    assert_eq!(verdicts(&emulator), all, "later ones change nothing");
}

#[tokio::test]
async fn the_engines_of_one_request_are_one_rescan() {
    let emulator = start_list().await;
    reanalyze(&emulator, "core,cloud").await;
    advance(&emulator, 60.0);
    assert_eq!(verdicts(&emulator), ["clean", "suspicious"]);
    reanalyze(&emulator, "core").await;
    reanalyze(&emulator, "cloud").await;
    advance(&emulator, 30.0);
    assert_eq!(verdicts(&emulator), ["clean", "suspicious", "infected", "clean"], "two requests are two");
}

#[tokio::test]
async fn changes_take_hold_in_order() {
    let emulator = start_list().await;
    reanalyze(&emulator, "core").await;
    reanalyze(&emulator, "cloud").await;
    advance(&emulator, 59.999);
    assert_eq!(verdicts(&emulator), ["clean"], "the second one waits for the first");
    advance(&emulator, 0.001);
    assert_eq!(verdicts(&emulator), ["clean", "suspicious", "infected"]);
    rescan(&emulator).await;
    post(&format!("/_scandouble/samples/{MD5}/advance")).send(&emulator).await;
    assert_eq!(verdicts(&emulator).len(), 4, "ending an analysis ends the wait");
}

#[tokio::test]
async fn cloud_on_the_appliance_is_a_rescan_by_spectra_intelligence() {
    let by = FIXTURES.replace("by: spectra_analyze", "by: spectra_intelligence").replace(", after: 60s", "");
    let emulator = harness::start(&by).await;
    for (analysis, after) in [("core", 2), ("core", 2), ("cloud", 3), ("core", 4)] {
        reanalyze(&emulator, analysis).await;
        advance(&emulator, 30.0);
        assert_eq!(verdicts(&emulator).len(), after, "{analysis}");
    }
}

#[tokio::test]
async fn an_upload_after_a_rescan_does_not_end_the_list() {
    let emulator = start_list().await;
    rescan(&emulator).await;
    advance(&emulator, 60.0);
    post("/file").body("abc").send(&emulator).await;
    advance(&emulator, 2.0);
    assert_eq!(verdicts(&emulator), ["clean", "suspicious", "suspicious"]);
    reanalyze(&emulator, "core").await;
    advance(&emulator, 30.0);
    assert_eq!(verdicts(&emulator), ["clean", "suspicious", "suspicious", "infected"]);
}

#[tokio::test]
async fn head_answers_without_effects_and_counts_as_a_request() {
    let emulator = start_list().await;
    let path = format!("/api/rescan/v1/query/md5/{MD5}");
    let head = || ask("HEAD", &path).basic("u", "p");
    for _ in 0..10 {
        let answer = head().send(&emulator).await;
        assert_eq!((answer.status, answer.text()), (200, ""));
    }
    let answer = head().send(&emulator).await;
    assert_eq!(answer.header("scandouble-behaviour"), Some("spectra-intelligence/rate.exceeded"));
    advance(&emulator, 3600.0);
    assert!(emulator.world("default").state().queue().all().next().is_none(), "nothing was queued");
    assert_eq!(verdicts(&emulator), ["clean"]);
    for expected in [200, 200, 200, 429] {
        assert_eq!(rescan(&emulator).await.status, expected, "the quota of 3 is untouched");
    }
    advance(&emulator, 1.0);
    let answer = head().send(&emulator).await;
    assert_eq!(answer.header("scandouble-behaviour"), Some("spectra-intelligence/quota.exceeded"));
}

#[tokio::test]
async fn a_list_is_listed_as_it_was_given() {
    let emulator = start_list().await;
    let answer = harness::get(&format!("/_scandouble/samples/{MD5}")).send(&emulator).await.json();
    let list = serde_json::json!([
        {"verdict": "suspicious", "threat": "One", "after": "1m"},
        {"verdict": "infected", "threat": "Two", "by": "spectra_analyze"},
        {"verdict": "clean", "threat": ""},
    ]);
    assert_eq!(answer["sample"]["after_rescan"], list);
    let one = |builder: scandouble::Builder| {
        builder.fixtures_text("one.yaml", "samples: [ { name: b, content: b, verdict: clean, after_rescan: { verdict: infected, threat: X } } ]")
    };
    let emulator = start_with(FIXTURES, one).await;
    let b = "92eb5ffee6ae2fec3ad71c777531578f";
    let answer = harness::get(&format!("/_scandouble/samples/{b}")).send(&emulator).await.json();
    assert_eq!(answer["sample"]["after_rescan"], serde_json::json!({"verdict": "infected", "threat": "X"}));
}
