use serde_json::{Value, json};

use super::{call_admin, emulator, get_json, look_up, problem};
use crate::harness::{get, post};

#[tokio::test]
async fn settings_are_changed_and_reset_for_one_world() {
    let emulator = emulator().await;
    let path = "/_world/a/_scandouble/settings/metadefender-cloud.hash-case";
    assert_eq!(call_admin(&emulator, "PUT", path, r#"{"value":"upper"}"#).await.json()["value"], "upper");
    let upper = super::KNOWN.to_ascii_uppercase();
    assert!(look_up(&emulator, "/_world/a", super::KNOWN).await.text().contains(&upper));
    assert!(look_up(&emulator, "", super::KNOWN).await.text().contains(super::KNOWN));
    assert_eq!(call_admin(&emulator, "DELETE", path, "").await.json()["value"], "as-sent");
}

#[tokio::test]
async fn several_settings_are_changed_together_or_not_at_all() {
    let emulator = emulator().await;
    let patch = |body: &'static str| call_admin(&emulator, "PATCH", "/_scandouble/settings", body);
    let refused = patch(r#"{"auth":"any","max-body":"big"}"#).await;
    assert_eq!(problem(&refused, 422), "max-body is a whole number from 0 to 67108864, not \"big\"");
    assert_eq!(get_json(&emulator, "/_scandouble/settings/auth").await["value"], "enforce");
    assert_eq!(patch(r#"{"auth":"any","max-body":100}"#).await.status, 200);
    assert_eq!(get_json(&emulator, "/_scandouble/settings/auth").await["value"], "any");
    let server = patch(r#"{"max-worlds":1}"#).await;
    assert!(problem(&server, 422).contains("is for the whole server"));
}

#[tokio::test]
async fn settings_of_the_server_cannot_be_changed_at_run_time() {
    let emulator = emulator().await;
    let detail = "max-worlds is for the whole server; set it with --set max-worlds=… at start";
    let put = call_admin(&emulator, "PUT", "/_scandouble/settings/max-worlds", r#"{"value":1}"#).await;
    assert_eq!(problem(&put, 422), detail);
    let patched = call_admin(&emulator, "PATCH", "/_scandouble/settings", r#"{"max-worlds":1}"#).await;
    assert_eq!(problem(&patched, 422), detail);
    let fixture = "settings: {auth: any, max-worlds: 1, world-idle: 1s}";
    let loaded = post("/_scandouble/samples").body(fixture).send(&emulator).await;
    problem(&loaded, 422);
    let errors = loaded.json()["errors"].clone();
    for (nth, name) in ["max-worlds", "world-idle"].into_iter().enumerate() {
        assert_eq!(errors[nth]["what"], format!("{name} is for the whole server"));
        assert_eq!(errors[nth]["help"], format!("set it with --set {name}=… at start"));
    }
    assert_eq!(get_json(&emulator, "/_scandouble/settings/max-worlds").await["value"], "10000");
    assert_eq!(get_json(&emulator, "/_scandouble/settings/auth").await["value"], "enforce");
}

#[tokio::test]
async fn every_setting_lists_its_allowed_values() {
    let emulator = emulator().await;
    let all = get_json(&emulator, "/_scandouble/settings").await;
    for setting in all["settings"].as_array().expect("a list") {
        for field in ["name", "value", "default", "allowed", "summary", "scope"] {
            assert!(setting[field].is_string(), "{setting}");
        }
    }
    let unknown = get("/_scandouble/settings/nothing").send(&emulator).await;
    assert!(problem(&unknown, 404).starts_with("there is no setting \"nothing\"; use one of \"auth\", "));
}

#[tokio::test]
async fn every_setting_of_an_api_names_the_behaviours_that_it_switches() {
    let emulator = emulator().await;
    let behaviours = get_json(&emulator, "/_scandouble/behaviours").await;
    let behaviours = behaviours["behaviours"].as_array().expect("a list");
    let settings = get_json(&emulator, "/_scandouble/settings").await;
    let settings = settings["settings"].as_array().expect("a list");
    for setting in settings {
        let name = setting["name"].as_str().expect("a name");
        let expected: Vec<Value> = behaviours
            .iter()
            .filter(|one| one["settings"].as_array().expect("settings").contains(&setting["name"]))
            .map(|one| json!({ "name": one["name"], "provenance": one["provenance"] }))
            .collect();
        assert_eq!(setting["behaviours"], json!(expected), "{name}");
        if let Some((api, _)) = name.split_once('.') {
            assert!(!expected.is_empty(), "{name} switches nothing");
            assert!(expected.iter().all(|one| one["name"].as_str().is_some_and(|one| one.starts_with(api))));
        }
    }
    let known: Vec<&Value> = settings.iter().map(|setting| &setting["name"]).collect();
    for name in behaviours.iter().flat_map(|one| one["settings"].as_array().expect("settings")) {
        assert!(known.contains(&name), "the catalogue names {name}, which is no setting");
    }
    let one = get_json(&emulator, "/_scandouble/settings/spectra-intelligence.daily-quota").await;
    let switched =
        json!([{ "name": "spectra-intelligence/quota.exceeded", "provenance": "documented; body=assumed" }]);
    assert_eq!(one["behaviours"], switched);
}
