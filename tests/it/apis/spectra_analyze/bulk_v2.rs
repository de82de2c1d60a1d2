//! `POST /api/samples/v2/analyze_bulk/`.

use super::*;
use crate::harness::{advance, start, start_with};

const QUEUED_ROW: &str = "spectra-analyze/analyze-v2.queued";
const ALREADY_ROW: &str = "spectra-analyze/analyze-v2.already-queued";
/// The status is documented, the body was observed.
const GRADE: &str = "documented; body=observed";
const CORE_QUEUED_201: &str = r#"{"name":"core","code":201,"message":"Sample is queued for core analysis."}"#;
const NOT_CONFIGURED_ROW: &str = "spectra-analyze/analyze-v2.not-configured";

fn entry(hashes: &str, engines: &[&str]) -> String {
    format!(r#"{{"detail":{{{hashes}}},"analysis":[{}]}}"#, engines.join(","))
}

fn plain(hashes: &str) -> String {
    format!(r#"{hashes},"imphash":"""#)
}

fn engine(name: &str, code: u16, message: &str) -> String {
    format!(r#"{{"name":"{name}","code":{code},"message":"{message}"}}"#)
}

async fn asked(emulator: &Emulator, hashes: &[&str], more: &str) -> Answer {
    let hashes: String = hashes.iter().map(|hash| format!("hash_value={hash}&")).collect();
    authorized(V2).form(&format!("{hashes}{more}")).send(emulator).await
}

#[tokio::test]
async fn entries_have_no_code_and_always_an_import_hash() {
    let emulator = start(SAMPLES).await;
    let bar = format!(r#"{BAR_HASHES},"imphash":"f34d5f2d4577ed6d9ceec516c1f5a744""#);
    let answer = asked(&emulator, &[FOO, BAR], "analysis=cloud%2Ccore").await;
    let wanted = results(&[
        &entry(&plain(FOO_HASHES), &[CLOUD_201, CORE_QUEUED_201]),
        &entry(&bar, &[CLOUD_201, CORE_QUEUED_201]),
    ]);
    answer.assert_reply(200, JSON, &wanted, QUEUED_ROW, GRADE);
    let answer = asked(&emulator, &[FOO], "analysis=core").await;
    let wanted = results(&[&entry(&plain(FOO_HASHES), &[CORE_200])]);
    answer.assert_reply(200, JSON, &wanted, ALREADY_ROW, GRADE);
    advance(&emulator, 30.0);
    let answer = asked(&emulator, &[FOO], "analysis=core").await;
    let wanted = results(&[&entry(&plain(FOO_HASHES), &[CORE_QUEUED_201])]);
    answer.assert_reply(200, JSON, &wanted, QUEUED_ROW, GRADE);
}

#[tokio::test]
async fn newly_queued_samples_can_be_answered_with_201() {
    let created = |builder: scandouble::Builder| builder.setting("spectra-analyze.analyze-v2-status", "201");
    let emulator = start_with(SAMPLES, created).await;
    let answer = asked(&emulator, &[FOO], "analysis=core").await;
    let wanted = results(&[&entry(&plain(FOO_HASHES), &[CORE_QUEUED_201])]);
    let rows = format!("spectra-analyze/setting.switched, {QUEUED_ROW}");
    answer.assert_reply(201, JSON, &wanted, &rows, "assumed");
    let answer = asked(&emulator, &[FOO], "analysis=core").await;
    let wanted = results(&[&entry(&plain(FOO_HASHES), &[CORE_200])]);
    answer.assert_reply(200, JSON, &wanted, ALREADY_ROW, GRADE);
}

#[tokio::test]
async fn both_versions_share_one_queue() {
    let emulator = start(SAMPLES).await;
    assert_eq!(asked(&emulator, &[FOO], "analysis=core").await.status, 200);
    assert_eq!(authorized(&single(FOO)).form("analysis=core").send(&emulator).await.status, 200);
}

#[tokio::test]
async fn unknown_samples_are_refused_by_every_engine() {
    let emulator = start(SAMPLES).await;
    let asked_hash = NOBODY.replace('0', "A");
    let answer = asked(&emulator, &[&asked_hash], "analysis=cloud,core").await;
    let hash = format!(r#""sha1":"{asked_hash}""#);
    let refusals = [engine("cloud", 404, "Sample not found"), engine("core", 404, "Sample not found")];
    let wanted = results(&[&entry(&hash, &[&refusals[0], &refusals[1]])]);
    let rows = format!("spectra-analyze/analyze-v2.unknown-sample, {ALREADY_ROW}");
    answer.assert_reply(200, JSON, &wanted, &rows, GRADE);
}

#[tokio::test]
async fn sandboxes_accept_samples_if_they_are_configured() {
    let emulator = start(SAMPLES).await;
    let more = "analysis=core,cape,rl_cloud_sandbox&rl_cloud_sandbox_platform=windows10";
    let missing = "Sandbox integration is not configured.";
    let refusals = [engine("cape", 405, missing), engine("rl_cloud_sandbox", 405, missing)];
    let wanted = results(&[&entry(&plain(FOO_HASHES), &[CORE_QUEUED_201, &refusals[0], &refusals[1]])]);
    let answer = asked(&emulator, &[FOO], more).await;
    answer.assert_reply(200, JSON, &wanted, &format!("{NOT_CONFIGURED_ROW}, {QUEUED_ROW}"), GRADE);
    let wanted = results(&[&entry(&plain(FOO_HASHES), &[&refusals[0]])]);
    let answer = asked(&emulator, &[FOO], "analysis=cape").await;
    answer.assert_reply(200, JSON, &wanted, &format!("{NOT_CONFIGURED_ROW}, {ALREADY_ROW}"), GRADE);

    let configured =
        |builder: scandouble::Builder| builder.setting("spectra-analyze.sandboxes", "rl_cloud_sandbox, joe");
    let emulator = start_with(SAMPLES, configured).await;
    let sandbox = engine("rl_cloud_sandbox", 201, "Sample is queued for analysis.");
    let wanted = results(&[&entry(&plain(FOO_HASHES), &[CORE_QUEUED_201, &refusals[0], &sandbox])]);
    let answer = asked(&emulator, &[FOO], more).await;
    answer.assert_reply(200, JSON, &wanted, &format!("{NOT_CONFIGURED_ROW}, {QUEUED_ROW}"), GRADE);
    let sandbox = engine("rl_cloud_sandbox", 200, "Sample is already queued for analysis.");
    let wanted = results(&[&entry(&plain(FOO_HASHES), &[&sandbox])]);
    let answer =
        asked(&emulator, &[FOO], "analysis=rl_cloud_sandbox&rl_cloud_sandbox_platform=anything").await;
    answer.assert_reply(200, JSON, &wanted, ALREADY_ROW, GRADE);
}

#[tokio::test]
async fn every_engine_of_the_vendor_is_known() {
    let emulator = start(SAMPLES).await;
    let engines = "cloud,core,rl_auxiliary_analysis,cape,cisco_secure_malware_analytics,cuckoo,fireeye,joe,\
                   rl_cloud_sandbox,rl_dynamic_analysis,vmray_tcbase,assemblyline";
    let answer =
        asked(&emulator, &[FOO], &format!("analysis={engines}&rl_cloud_sandbox_platform=linux")).await;
    let answered = answer.json();
    let analysis = answered["results"][0]["analysis"].as_array().expect("engines");
    let names: Vec<_> = analysis.iter().filter_map(|engine| engine["name"].as_str()).collect();
    assert_eq!((answer.status, names.join(",").as_str()), (200, engines));
}

#[tokio::test]
async fn samples_that_cannot_be_reanalysed_are_refused_by_each_engine() {
    let emulator = start(SAMPLES).await;
    let baz = format!(r#"{BAZ_HASHES},"imphash":"{BAZ_IMPHASH}""#);
    let extracted = engine("core", 405, "Reanalysis not allowed for extracted samples.");
    let wanted = results(&[&entry(&baz, &[&extracted])]);
    let answer = asked(&emulator, &[BAZ], "analysis=core").await;
    answer.assert_reply(200, JSON, &wanted, ALREADY_ROW, GRADE);
    for setting in ["cloud-connected", "appliance-may-reanalyse"] {
        let name = format!("spectra-analyze.{setting}");
        let emulator = start_with(SAMPLES, |builder| builder.setting(name, "false")).await;
        let wanted = results(&[&entry(&plain(FOO_HASHES), &[CLOUD_405])]);
        let answer = asked(&emulator, &[FOO], "analysis=cloud").await;
        answer.assert_reply(200, JSON, &wanted, ALREADY_ROW, GRADE);
    }
}

#[tokio::test]
async fn errors_are_checked_in_order() {
    let emulator = start(SAMPLES).await;
    let md5 = "d3b07384d113edec49eaa6238ad5ff00";
    let platform = r#"{"rl_cloud_sandbox_platform":["This field is required."]}"#;
    let blank = r#"{"rl_cloud_sandbox_platform":["This field may not be blank."]}"#;
    for (hashes, more, body) in [
        (&[][..], "analysis=x", r#"{"hash_value":["This field is required."]}"#),
        (&["x"], "analysis=x", INVALID_HASH),
        (&[FOO, md5], "analysis=x", MIXED),
        (&[NOBODY], "", r#"{"analysis":["This field is required."]}"#),
        (&[NOBODY], "analysis=core,x", r#"{"analysis":["\"x\" is not a valid choice."]}"#),
        (&[NOBODY], "analysis=rl_cloud_sandbox", platform),
        (&[NOBODY], "analysis=rl_cloud_sandbox&rl_cloud_sandbox_platform=", blank),
    ] {
        let answer = asked(&emulator, hashes, more).await;
        answer.assert_reply(400, JSON, body, "spectra-analyze/analyze-v2.invalid", "assumed");
    }
    let answer = authorized(V2).json(r#"{"hash_value":[],"analysis":"core"}"#).send(&emulator).await;
    let body = r#"{"hash_value":["This list may not be empty."]}"#;
    answer.assert_reply(400, JSON, body, "spectra-analyze/analyze-v2.invalid", "assumed");
}
