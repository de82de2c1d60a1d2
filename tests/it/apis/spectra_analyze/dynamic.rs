//! Dynamic analysis triggered by bulk core analysis, and the settings that list sandboxes.

use scandouble::internals::journal::FindingKind;
use scandouble::internals::samples::Hash;

use super::*;
use crate::harness::{start, start_with};

/// The engines that have the sample queued.
fn engines(emulator: &Emulator, hash: &str) -> Vec<String> {
    let state = emulator.world("default").state();
    let hash = Hash::parse(hash).expect("a hash");
    let sample = state.find(&hash).expect("a store").expect("a sample");
    let queue = state.queue();
    queue.of(&sample.key()).iter().map(|analysis| analysis.engine.clone()).collect()
}

#[tokio::test]
async fn bulk_core_analysis_triggers_the_sandboxes_for_the_file_type() {
    let services = "rl_cloud_sandbox:application/x-dosexec+application/pdf,cape:*";
    let emulator =
        start_with(SAMPLES, |builder| builder.setting("spectra-analyze.dynamic-analysis", services)).await;
    let body = format!(r#"{{"hash_value":["{FOO}","{BAR}","{BAZ}","{NOBODY}"],"analysis":"core"}}"#);
    let answer = authorized(BULK).json(&body).send(&emulator).await;
    assert_eq!(answer.status, 201);
    assert!(!answer.text().contains("cape") && !answer.text().contains("sandbox"), "{}", answer.text());
    assert_eq!(engines(&emulator, FOO), ["core", "cape"]);
    assert_eq!(engines(&emulator, BAR), ["core", "rl_cloud_sandbox", "cape"]);
    assert_eq!(engines(&emulator, BAZ), [] as [&str; 0]);
    let effects: Vec<_> =
        findings(&emulator).into_iter().map(|finding| (finding.kind, finding.text)).collect();
    let effect =
        |text: &str| (FindingKind::Effect, format!("core also triggered dynamic analysis by {text}"));
    assert_eq!(effects, [effect("rl_cloud_sandbox of bar.exe"), effect("cape of foo.txt, bar.exe")]);
    authorized(BULK).json(&body).send(&emulator).await;
    assert_eq!(findings(&emulator), [], "what is queued already is not triggered again");

    let answer = authorized(V2).form(&format!("hash_value={FOO}&analysis=cape")).send(&emulator).await;
    assert_eq!(answer.status, 200, "a triggered service is configured, and still has the sample");
    assert_eq!(answer.json()["results"][0]["analysis"][0]["code"], 200);
}

#[tokio::test]
async fn cloud_and_single_trigger_nothing() {
    let emulator =
        start_with(SAMPLES, |builder| builder.setting("spectra-analyze.dynamic-analysis", "cape:*")).await;
    authorized(BULK).json(&format!(r#"{{"hash_value":"{FOO}","analysis":"cloud"}}"#)).send(&emulator).await;
    authorized(&single(BAR)).form("analysis=core").send(&emulator).await;
    assert_eq!(engines(&emulator, FOO), ["cloud"]);
    assert_eq!(engines(&emulator, BAR), ["core"]);
}

#[tokio::test]
async fn without_the_setting_nothing_is_triggered() {
    let emulator = start(SAMPLES).await;
    authorized(BULK).json(&format!(r#"{{"hash_value":"{FOO}","analysis":"core"}}"#)).send(&emulator).await;
    assert_eq!(engines(&emulator, FOO), ["core"]);
}

#[tokio::test]
async fn invalid_settings_stop_the_start_and_list_what_is_allowed() {
    let known = "rl_auxiliary_analysis, cape, cisco_secure_malware_analytics, cuckoo, fireeye, joe, \
                 rl_cloud_sandbox, rl_dynamic_analysis, vmray_tcbase, assemblyline";
    for (name, value, expected) in [
        ("sandboxes", "cape,cloud", format!("lists some of {known}")),
        (
            "dynamic-analysis",
            "cape",
            format!(
                "lists services with their file types, as cape:*,joe:application/pdf+text/html, the services being of {known}"
            ),
        ),
    ] {
        let name = format!("spectra-analyze.{name}");
        let started =
            Emulator::builder().fixtures_text("test.yaml", SAMPLES).setting(&name, value).start().await;
        let error = started.expect_err("a wrong setting").to_string();
        assert_eq!(error, format!("settings: {name} {expected}, not \"{value}\""));
    }
}
