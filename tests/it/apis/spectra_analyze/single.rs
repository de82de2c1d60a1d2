//! `POST /api/samples/{hash_value}/analyze/`.

use super::*;
use crate::harness::{advance, start, start_with};

async fn asked(emulator: &Emulator, hash: &str, analysis: &str) -> Answer {
    authorized(&single(hash)).form(&format!("analysis={analysis}")).send(emulator).await
}

#[tokio::test]
async fn a_sample_is_found_by_each_hash_in_any_case() {
    let emulator = start(SAMPLES).await;
    let wanted = reanalysis(QUEUED, &[CLOUD_201, CORE_201], FOOBAR_HASHES);
    for hash in [
        "14758f1afd44c09b7992073ccf00b43d",
        FOOBAR,
        "AEC070645FE53EE3B3763059376134F058CC337247C978ADD178B6CCDFB0019F",
        "e79b8ad22b34a54be999f4eadde2ee895c208d4b3d83f1954b61255d2556a8b73773c0dc0210aa044ffcca6834839460959cbc9f73d3079262fc8bc935d46262",
    ] {
        let answer = asked(&emulator, hash, "cloud,core").await;
        answer.assert_reply(201, JSON, &wanted, "spectra-analyze/analyze.single.queued", "documented");
        advance(&emulator, 30.0);
    }
}

#[tokio::test]
async fn each_engine_has_its_own_analysis_time() {
    let emulator = start(SAMPLES).await;
    let queued = "spectra-analyze/analyze.single.queued";
    let already = "spectra-analyze/analyze.single.already-queued";
    let answer = asked(&emulator, FOO, "cloud").await;
    answer.assert_reply(201, JSON, &reanalysis(QUEUED, &[CLOUD_201], FOO_HASHES), queued, "documented");
    let answer = asked(&emulator, FOO, "cloud").await;
    answer.assert_reply(200, JSON, &reanalysis(ALREADY, &[CLOUD_200], FOO_HASHES), already, "documented");
    advance(&emulator, 20.0);
    let before = "spectra-analyze/analyze.single.queued-before";
    let answer = asked(&emulator, FOO, "core,cloud").await;
    answer.assert_reply(
        200,
        JSON,
        &reanalysis(ALREADY, &[CORE_201, CLOUD_200], FOO_HASHES),
        before,
        "assumed",
    );
    advance(&emulator, 9.999);
    let answer = asked(&emulator, FOO, "cloud,core").await;
    answer.assert_reply(
        200,
        JSON,
        &reanalysis(ALREADY, &[CLOUD_200, CORE_200], FOO_HASHES),
        already,
        "documented",
    );
    advance(&emulator, 0.001);
    let answer = asked(&emulator, FOO, "cloud,core").await;
    answer.assert_reply(
        200,
        JSON,
        &reanalysis(ALREADY, &[CLOUD_201, CORE_200], FOO_HASHES),
        before,
        "assumed",
    );
    let answer = asked(&emulator, FOOBAR, "core").await;
    answer.assert_reply(
        201,
        JSON,
        &reanalysis(CORE_QUEUED, &[CORE_201], FOOBAR_HASHES),
        queued,
        "documented",
    );
}

#[tokio::test]
async fn the_analysis_time_is_a_setting() {
    let time = |value: &'static str| {
        start_with(SAMPLES, move |builder| builder.setting("spectra-analyze.analysis-time", value))
    };
    let emulator = time("at-once").await;
    assert_eq!(asked(&emulator, FOO, "core").await.status, 201);
    assert_eq!(asked(&emulator, FOO, "core").await.status, 201);
    let emulator = time("when-told").await;
    assert_eq!(asked(&emulator, FOO, "core").await.status, 201);
    advance(&emulator, 1e9);
    assert_eq!(asked(&emulator, FOO, "core").await.status, 200);
}

#[tokio::test]
async fn the_message_of_core_is_a_setting() {
    let emulator =
        start_with(SAMPLES, |builder| builder.setting("spectra-analyze.core-message", "table")).await;
    let core = r#"{"name":"core","code":201,"message":"Sample is queued for core analysis."}"#;
    let wanted = reanalysis(QUEUED, &[CLOUD_201, core], FOO_HASHES);
    let answer = asked(&emulator, FOO, "cloud,core").await;
    answer.assert_reply(201, JSON, &wanted, "spectra-analyze/analyze.single.queued", "documented");
}

#[tokio::test]
async fn the_import_hash_is_included_if_the_setting_says_so() {
    let emulator = start(SAMPLES).await;
    let wanted = reanalysis(CORE_QUEUED, &[CORE_201], BAR_HASHES);
    let row = "spectra-analyze/analyze.single.queued";
    asked(&emulator, BAR, "core").await.assert_reply(201, JSON, &wanted, row, "documented");
    let emulator =
        start_with(SAMPLES, |builder| builder.setting("spectra-analyze.single-imphash", "true")).await;
    let with = format!(r#"{BAR_HASHES},"imphash":"f34d5f2d4577ed6d9ceec516c1f5a744""#);
    let wanted = reanalysis(CORE_QUEUED, &[CORE_201], &with);
    let switched = format!("spectra-analyze/setting.switched, {row}");
    asked(&emulator, BAR, "core").await.assert_reply(201, JSON, &wanted, &switched, "assumed");
    let wanted = reanalysis(CORE_QUEUED, &[CORE_201], FOO_HASHES);
    asked(&emulator, FOO, "core").await.assert_reply(201, JSON, &wanted, row, "documented");
}

#[tokio::test]
async fn invalid_hashes_are_refused_before_the_analysis_is_checked() {
    let emulator = start(SAMPLES).await;
    for hash in [
        "x",
        "v2",
        &format!("{FOO},{FOO}"),
        &FOO[1..],
        &format!("{FOO}0"),
        &FOO.replace('f', "g"),
        "%20",
        &"a".repeat(5000),
    ] {
        for form in ["analysis=core", "analysis=x", ""] {
            let answer = authorized(&single(hash)).form(form).send(&emulator).await;
            assert_refused(&answer, 400, INVALID_HASH, "analyze.single.invalid-hash");
        }
    }
}

#[tokio::test]
async fn the_analysis_must_name_engines() {
    let emulator = start(SAMPLES).await;
    let required = r#"{"analysis":["This field is required."]}"#;
    let row = "analyze.single.invalid-analysis";
    let path = single(NOBODY);
    for form in ["", "x=y", "analysis=", "analysis=+", "analysis=%2C", "Analysis=core"] {
        assert_refused(&authorized(&path).form(form).send(&emulator).await, 400, required, row);
    }
    for json in ["{}", r#"{"analysis":""}"#, r#"{"analysis":[]}"#, r#"{"analysis":[""]}"#] {
        assert_refused(&authorized(&path).json(json).send(&emulator).await, 400, required, row);
    }
    assert_refused(&authorized(&path).send(&emulator).await, 400, required, row);
    for (json, fault) in [
        (r#"{"analysis":"x"}"#, r#"\"x\" is not a valid choice."#),
        (r#"{"analysis":"cloud,Core,y"}"#, r#"\"Core\" is not a valid choice."#),
        (r#"{"analysis":"cloud,"}"#, r#"\"\" is not a valid choice."#),
        (r#"{"analysis":["cloud","é\n"]}"#, r#"\"é\" is not a valid choice."#),
        (r#"{"analysis":"cape"}"#, r#"\"cape\" is not a valid choice."#),
        (r#"{"analysis":1}"#, r#"\"1\" is not a valid choice."#),
        (r#"{"analysis":null}"#, "This field may not be null."),
        (r#"{"analysis":true}"#, "Not a valid string."),
        (r#"{"analysis":{"a":1}}"#, "Not a valid string."),
        (r#"{"analysis":["cloud",null]}"#, "Not a valid string."),
    ] {
        let wanted = format!(r#"{{"analysis":["{fault}"]}}"#);
        assert_refused(&authorized(&path).json(json).send(&emulator).await, 400, &wanted, row);
    }
}

#[tokio::test]
async fn spaces_and_repeats_are_tolerated() {
    let emulator = start(SAMPLES).await;
    let wanted = reanalysis(QUEUED, &[CORE_201, CLOUD_201], FOO_HASHES);
    let request = authorized(&single(FOO)).json(r#"{"analysis":" core, cloud ,core","analysis2":1}"#);
    let answer = request.send(&emulator).await;
    answer.assert_reply(201, JSON, &wanted, "spectra-analyze/analyze.single.queued", "documented");
}

#[tokio::test]
async fn samples_that_cannot_be_reanalysed_are_refused() {
    let emulator = start(SAMPLES).await;
    let not_found = r#"{"code":404,"message":"Sample is not found on the appliance."}"#;
    for hash in [NOBODY, ELSEWHERE, "f34d5f2d4577ed6d9ceec516c1f5a744"] {
        assert_refused(&asked(&emulator, hash, "core").await, 404, not_found, "analyze.single.not-found");
    }
    assert_refused(&asked(&emulator, BAZ, "core").await, 405, EXTRACTED, "analyze.single.extracted");
}

#[tokio::test]
async fn an_appliance_that_may_not_reanalyse_refuses_before_looking_up_the_sample() {
    let emulator =
        start_with(SAMPLES, |builder| builder.setting("spectra-analyze.appliance-may-reanalyse", "false"))
            .await;
    for hash in [FOO, NOBODY, BAZ] {
        assert_refused(&asked(&emulator, hash, "core").await, 405, APPLIANCE, "analyze.single.appliance");
    }
    let wanted = r#"{"analysis":["\"x\" is not a valid choice."]}"#;
    assert_refused(&asked(&emulator, FOO, "x").await, 400, wanted, "analyze.single.invalid-analysis");
    assert_refused(&asked(&emulator, "x", "core").await, 400, INVALID_HASH, "analyze.single.invalid-hash");
}

#[tokio::test]
async fn an_appliance_without_cloud_refuses_only_that_engine() {
    let emulator =
        start_with(SAMPLES, |builder| builder.setting("spectra-analyze.cloud-connected", "false")).await;
    let refused = r#""code":405,"message":"Not allowed for this type of appliance.""#;
    let answer = asked(&emulator, FOO, "cloud").await;
    let wanted = reanalysis(refused, &[CLOUD_405], FOO_HASHES);
    assert_refused(&answer, 405, &wanted, "analyze.single.appliance");
    let wanted = reanalysis(QUEUED, &[CLOUD_405, CORE_201], FOO_HASHES);
    let answer = asked(&emulator, FOO, "cloud,core").await;
    answer.assert_reply(201, JSON, &wanted, "spectra-analyze/analyze.single.queued", "documented");
    let wanted = reanalysis(ALREADY, &[CLOUD_405, CORE_200], FOO_HASHES);
    let answer = asked(&emulator, FOO, "cloud,core").await;
    answer.assert_reply(200, JSON, &wanted, "spectra-analyze/analyze.single.already-queued", "documented");
}
