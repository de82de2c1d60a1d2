//! The code above the engines of a sample that an engine had queued before the request.

use super::*;
use crate::harness::{advance, start, start_with};

const SINGLE_ROW: &str = "spectra-analyze/analyze.single.queued-before";
const BULK_ROW: &str = "spectra-analyze/analyze.bulk.queued-before";
const BULK_GRADE: &str = "assumed; body=documented";

async fn analyze(emulator: &Emulator, hash: &str, analysis: &str) -> Answer {
    authorized(&single(hash)).form(&format!("analysis={analysis}")).send(emulator).await
}

async fn bulk(emulator: &Emulator, hashes: &[&str], analysis: &str) -> Answer {
    let body = serde_json::json!({ "hash_value": hashes, "analysis": analysis });
    authorized(BULK).json(&body.to_string()).send(emulator).await
}

#[tokio::test]
async fn the_top_is_200_if_another_engine_had_the_sample_queued() {
    let emulator = start(SAMPLES).await;
    assert_eq!(analyze(&emulator, FOO, "cloud").await.status, 201);
    let answer = analyze(&emulator, FOO, "core").await;
    answer.assert_reply(200, JSON, &reanalysis(ALREADY, &[CORE_201], FOO_HASHES), SINGLE_ROW, "assumed");
    advance(&emulator, 30.0);
    assert_eq!(analyze(&emulator, FOO, "core").await.status, 201, "nothing is queued any more");
}

#[tokio::test]
async fn a_sandbox_counts_and_a_rescan_by_spectra_intelligence_does_not() {
    let configured = |builder: scandouble::Builder| {
        builder
            .fixtures_text("si.yaml", "accounts: { spectra_intelligence: [ { user: u, password: p } ] }")
            .setting("spectra-analyze.sandboxes", "cape")
    };
    let emulator = start_with(SAMPLES, configured).await;
    let sent = crate::harness::get(&format!("/api/rescan/v1/query/sha1/{FOO}")).basic("u", "p");
    assert_eq!(sent.send(&emulator).await.text(), "Sample sent for rescanning");
    assert_eq!(analyze(&emulator, FOO, "core").await.status, 201);

    authorized(V2).form(&format!("hash_value={FOOBAR}&analysis=cape")).send(&emulator).await;
    let answer = bulk(&emulator, &[FOOBAR], "cloud,core").await;
    let wanted = results(&[&reanalysis(ALREADY, &[CLOUD_201, CORE_201], FOOBAR_HASHES)]);
    answer.assert_reply(200, JSON, &wanted, BULK_ROW, BULK_GRADE);
}

#[tokio::test]
async fn bulk_is_201_if_any_entry_is() {
    let emulator = start(SAMPLES).await;
    analyze(&emulator, FOO, "cloud").await;
    let answer = bulk(&emulator, &[FOO, FOOBAR], "core").await;
    let foo = reanalysis(ALREADY, &[CORE_201], FOO_HASHES);
    let wanted = results(&[&foo, &reanalysis(CORE_QUEUED, &[CORE_201], FOOBAR_HASHES)]);
    let rows = format!("{BULK_ROW}, spectra-analyze/analyze.bulk.queued");
    answer.assert_reply(201, JSON, &wanted, &rows, BULK_GRADE);
}

#[tokio::test]
async fn a_setting_looks_at_newly_queued_engines_only() {
    let any_new = |builder: scandouble::Builder| builder.setting("spectra-analyze.top-level", "any-new");
    let emulator = start_with(SAMPLES, any_new).await;
    analyze(&emulator, FOO, "cloud").await;
    let answer = analyze(&emulator, FOO, "cloud,core").await;
    let wanted = reanalysis(QUEUED, &[CLOUD_200, CORE_201], FOO_HASHES);
    let rows = "spectra-analyze/setting.switched, spectra-analyze/analyze.single.queued";
    answer.assert_reply(201, JSON, &wanted, rows, "assumed");
    analyze(&emulator, FOOBAR, "cloud").await;
    let answer = bulk(&emulator, &[FOOBAR], "core").await;
    let wanted = results(&[&reanalysis(CORE_QUEUED, &[CORE_201], FOOBAR_HASHES)]);
    let rows = "spectra-analyze/setting.switched, spectra-analyze/analyze.bulk.queued";
    answer.assert_reply(201, JSON, &wanted, rows, "assumed");
}

#[tokio::test]
async fn a_fixture_can_say_which_engines_have_a_sample_queued() {
    let sample = "samples: [ { name: a, content: \"foo\\n\", verdict: clean, spectra_analyze: { queued_by: [core] } } ]";
    let emulator = start_with(SAMPLES, |builder| builder.fixtures_text("queued.yaml", sample)).await;
    for _ in 0..2 {
        let answer = analyze(&emulator, FOO, "cloud,core").await;
        let wanted = reanalysis(ALREADY, &[CLOUD_201, CORE_200], FOO_HASHES);
        answer.assert_reply(200, JSON, &wanted, SINGLE_ROW, "assumed");
        advance(&emulator, 3600.0);
    }
    let answer = analyze(&emulator, FOO, "core").await;
    let already = "spectra-analyze/analyze.single.already-queued";
    answer.assert_reply(200, JSON, &reanalysis(ALREADY, &[CORE_200], FOO_HASHES), already, "documented");
    post(&format!("/_scandouble/samples/{FOO}/advance")).send(&emulator).await;
    assert_eq!(analyze(&emulator, FOO, "core").await.status, 201);
}
