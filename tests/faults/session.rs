//! A scripted session that changes every persisted part, and what of it can be observed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{Ask, ask, get, post};
use crate::server::Server;

const ONE: &str = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
const TWO: &str = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";

/// The requests of the session, in order. Each has an effect on what [`view`] returns.
pub fn requests() -> Vec<Ask> {
    let upload = |body: &str| post("/_world/w/file").header("apikey", "corekey").body(body);
    let token = |ask: Ask| ask.header("Authorization", "Token sometoken");
    vec![
        ask("PUT", "/_world/w/_scandouble/clock").json(r#"{"at":"2026-03-01T12:00:00Z","frozen":true}"#),
        post("/_world/w/_scandouble/samples").body(fixture("a")),
        ask("PUT", "/_world/w/_scandouble/settings/upload-time").json(r#"{"value":"1h"}"#),
        upload("first"),
        get(&format!("/_world/w/api/rescan/v1/query/sha256/{ONE}")).basic("u/test", "secret"),
        post("/_world/w/v2/hash").header("apikey", "somekey").json(&json!({"hash": [ONE, TWO]}).to_string()),
        token(post(&format!("/_world/w/api/samples/{TWO}/analyze/")).form("analysis=cloud")),
        ask("DELETE", &format!("/_world/w/_scandouble/samples/{ONE}")),
        post("/_world/x/_scandouble/samples").body(fixture("b")),
        post("/_world/w/_scandouble/reset").json(r#"{"parts":["samples"]}"#),
        post("/_world/w/_scandouble/samples").body(fixture("c")),
        upload("second"),
        ask("DELETE", "/_scandouble/worlds/x"),
        post("/_world/w/_scandouble/clock/advance").json(r#"{"by":"1m"}"#),
    ]
}

/// Samples, a setting, a rule and an account, which are there together or not at all.
pub fn fixture(name: &str) -> String {
    format!(
        "samples: [{{name: {name}1, content: {name}1, verdict: clean}}, {{name: {name}2, content: {name}2, verdict: infected}}]
rules: [{{name: rule-{name}}}]
accounts: {{metadefender_cloud: [{{key: key-{name}}}]}}
settings: {{metadefender-core.license-days: {}}}",
        name.bytes().map(u64::from).sum::<u64>()
    )
}

/// The request after which all earlier changes are saved, or an error is returned.
pub fn last() -> Ask {
    post("/_world/w/_scandouble/clock/advance").json(r#"{"by":"1s"}"#)
}

/// What a client can observe of the state, by world.
pub fn view(server: &Server) -> BTreeMap<String, Value> {
    let get = |path: &str| {
        let answer = server.send(&get(path)).unwrap_or_else(|| panic!("no answer to {path}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    };
    let mut seen = BTreeMap::new();
    for world in get("/_scandouble/worlds")["worlds"].as_array().expect("a list") {
        let name = world["name"].as_str().expect("a name").to_owned();
        // The session does not use it, and its clock runs.
        if name == "default" {
            continue;
        }
        let of_world = |path: &str| get(&format!("/_world/{name}/_scandouble/{path}"));
        let clock = of_world("clock");
        let settings: Vec<_> = of_world("settings")["settings"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|setting| setting["value"] != setting["default"])
            .map(|setting| json!([setting["name"], setting["value"]]))
            .collect();
        let rules = server
            .send(&self::get(&format!("/_world/{name}/file/rules")).header("apikey", "corekey"))
            .map(|answer| answer.json());
        let view = json!({
            "samples": of_world("samples?limit=1000")["samples"],
            // Where the clock runs, the session does not change it.
            "clock": Some(&clock["now"]).filter(|_| clock["frozen"] == true),
            "settings": settings,
            "rules": rules,
            "accounts": accounts(&of_world("accounts")),
            "queue": of_world("queue")["waiting"],
        });
        seen.insert(name, view);
    }
    seen
}
/// The names of all accounts, and how far their limits are used.
fn accounts(list: &Value) -> Vec<Value> {
    let apis = list["apis"].as_array().expect("a list").iter();
    let accounts = apis.flat_map(|api| api["accounts"].as_array().expect("a list"));
    accounts.map(|account| json!([account["name"], account["limits"]])).collect()
}
