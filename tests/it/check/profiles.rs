//! Profiles: parts of a set that apply only when they are picked.

use scandouble::Emulator;
use scandouble::internals::fixtures::{Loaded, Recipe, Source};

use crate::harness::program::{file, outcome, program};
use crate::harness::{post, start};

const SET: &str = "
settings: {auth: enforce}
accounts:
  metadefender_cloud: [{key: k, lookup_limit: 100}, {key: other}]
rules: [{name: File scan}]
samples:
- {name: same.txt, content: same, verdict: clean}
- {name: archive.zip, content: archive, verdict: clean, children: [same.txt]}
profiles:
  ci:
    settings: {auth: any}
    accounts:
      metadefender_cloud: [{key: k, lookup_limit: 2}]
    rules: [{name: Strict}]
    samples:
    - {name: same.txt, content: same, verdict: infected, threat: Found}
    - {name: more.zip, content: more, verdict: clean, children: [archive.zip]}
  slow:
    settings: {auth: 'off'}
";

fn load(text: &str, profiles: &[&str]) -> Result<Loaded, Vec<String>> {
    let sources = vec![Source::Text { name: "set.yaml".to_owned(), text: text.to_owned() }];
    let profiles = profiles.iter().map(|name| (*name).to_owned()).collect();
    let loaded = Recipe { sources, profiles, ..Recipe::default() }.load(None);
    loaded.map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

fn setting(loaded: &Loaded, name: &str) -> String {
    let mut settings = loaded.settings.list();
    settings.find(|(setting, _)| setting.name == name).expect("the setting").1
}

#[test]
fn without_a_profile_only_the_set_is_loaded() {
    let loaded = load(SET, &[]).expect("sound");
    assert_eq!((loaded.samples.len(), loaded.rules.len()), (2, 1));
    assert_eq!(setting(&loaded, "auth"), "enforce");
    assert_eq!(loaded.summary.sets, ["set.yaml"]);
    assert_eq!(loaded.summary.profiles, ["ci", "slow"]);
}

#[test]
fn a_picked_profile_overrides_its_set() {
    let loaded = load(SET, &["ci"]).expect("sound");
    let shown: Vec<String> = loaded
        .samples
        .iter()
        .map(|sample| format!("{} {} of {}", sample.name, sample.scans[0].verdict.word(), sample.origin))
        .collect();
    assert_eq!(
        shown,
        [
            "archive.zip clean of set.yaml",
            "same.txt infected of set.yaml (profile ci)",
            "more.zip clean of set.yaml (profile ci)",
        ]
    );
    assert_eq!(setting(&loaded, "auth"), "any");
    let accounts = loaded.accounts.of("metadefender-cloud");
    let limits: Vec<_> = accounts
        .iter()
        .map(|account| (account.name(), account.limits.get("lookup_limit").copied()))
        .collect();
    assert_eq!(limits, [("other", None), ("k", Some(2))]);
    assert_eq!(
        loaded.rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(),
        ["File scan", "Strict"]
    );
    assert_eq!(loaded.summary.sets, ["set.yaml", "set.yaml (profile ci)"]);
    let note = "\"same.txt\" of set.yaml is replaced by \"same.txt\" of set.yaml (profile ci)";
    assert_eq!(loaded.summary.notes[0], note);

    assert_eq!(setting(&load(SET, &["ci", "slow"]).expect("sound"), "auth"), "off");
    assert_eq!(setting(&load(SET, &["slow", "ci"]).expect("sound"), "auth"), "any");
}

#[test]
fn rows_choose_their_profile_by_column() {
    let rows = "name,content,verdict,profile\na,x,clean,\na,x,infected,ci\nb,y,clean,slow\n";
    let names = |profiles: &[&str]| {
        let sources = vec![Source::Text { name: "set.csv".to_owned(), text: rows.to_owned() }];
        let profiles = profiles.iter().map(|name| (*name).to_owned()).collect();
        let loaded = Recipe { sources, profiles, ..Recipe::default() }.load(None).expect("sound");
        let shown = |sample: &std::sync::Arc<scandouble::internals::samples::Sample>| {
            format!("{} {}", sample.name, sample.scans[0].verdict.word())
        };
        loaded.samples.iter().map(shown).collect::<Vec<_>>()
    };
    assert_eq!(names(&[]), ["a clean"]);
    assert_eq!(names(&["ci"]), ["a infected"]);
    assert_eq!(names(&["slow"]), ["a clean", "b clean"]);
    assert_eq!(
        load("samples: [{name: a, content: a, verdict: clean, profile: ci}]", &[])
            .expect_err("no field")
            .len(),
        1
    );
}

#[test]
fn an_unknown_profile_is_an_error_that_lists_the_known_ones() {
    assert_eq!(
        load(SET, &["cii", "slow"]).expect_err("is refused"),
        ["profile: no set has a profile \"cii\"; did you mean \"ci\"? there are ci, slow"]
    );
    assert_eq!(
        load("samples: []", &["ci"]).expect_err("is refused"),
        ["profile: no set has a profile \"ci\"; no set has any"]
    );
}

#[test]
fn check_reports_errors_in_profiles_that_are_not_picked() {
    let set = file(
        "profiles-faulty.yaml",
        "samples: [{name: a, content: a, verdict: clean}]\nprofiles: {ci: {samples: [{name: b, content: b, \
         verdict: clean, children: [nobody]}]}}\n",
    );
    let path = set.to_str().expect("a path");
    let (code, out, _) = outcome(&mut program(&["check", path]));
    assert_eq!(code, 1);
    assert!(
        out.contains(
            "unknown child \"nobody\": no sample of this set or an earlier one has this name or hash\n"
        ),
        "{out}"
    );
    assert!(out.ends_with("\n1 error\n"), "{out}");
}

#[tokio::test]
async fn profiles_can_be_picked_at_start_and_by_the_admin_api() {
    let auth = async |emulator: &Emulator| {
        let state = emulator.world("default").state();
        let settings = state.settings.load();
        settings.get(&scandouble::internals::settings::AUTH)
    };
    let picked =
        Emulator::builder().fixtures_text("set.yaml", SET).profile("slow").start().await.expect("starts");
    assert_eq!(auth(&picked).await, scandouble::internals::settings::AuthMode::Off);

    let emulator = start("samples: []").await;
    let loaded = post("/_world/p/_scandouble/samples?profile=ci").body(SET).send(&emulator).await;
    assert_eq!(loaded.status, 200, "{loaded:?}");
    let loaded = loaded.json();
    assert_eq!((&loaded["samples"], &loaded["accounts"]), (&3.into(), &3.into()), "{loaded}");
    assert_eq!(loaded["loaded"][1]["verdict"], "infected");
    let refused = post("/_world/p/_scandouble/samples?profile=c").body(SET).send(&emulator).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["errors"][0]["what"], "no set has a profile \"c\"");
}
