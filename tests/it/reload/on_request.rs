//! Reload on request: `POST /_scandouble/fixtures/reload` and `scandouble reload`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use scandouble::Emulator;
use serde_json::{Value, json};

use super::{folder, write};
use crate::harness::program::{Running, outcome, program};
use crate::harness::{ask, get, post};

const FIRST: &str = "settings: {max-body: 1000}
accounts:
  metadefender_cloud: [{key: old}, {key: both, lookup_limit: 5}]
rules: [{name: First}]
samples:
- {name: stays.txt, content: stays, verdict: clean}
- {name: goes.txt, content: goes, verdict: clean}
";
const SECOND: &str = "settings: {max-body: 2000, journal-entries: 50}
accounts:
  metadefender_cloud: [{key: new}, {key: both, lookup_limit: 6}]
rules: [{name: Second}]
samples:
- {name: stays.txt, content: stays, verdict: infected, threat: Found}
- {name: comes.txt, content: comes, verdict: clean}
";

async fn reload(emulator: &Emulator) -> (u16, Value) {
    let answer = post("/_scandouble/fixtures/reload").send(emulator).await;
    (answer.status, answer.json())
}

async fn names(emulator: &Emulator, world: &str) -> Vec<String> {
    let listed = get(&format!("{world}/_scandouble/samples")).send(emulator).await.json();
    let samples = listed["samples"].as_array().expect("samples");
    samples.iter().map(|one| format!("{} {}", one["name"], one["verdict"]).replace('"', "")).collect()
}

async fn look_up(emulator: &Emulator, world: &str, key: &str, content: &str) -> Value {
    let hash = scandouble::internals::samples::Hashes::of(content.as_bytes());
    let hash = hash.get(scandouble::internals::samples::HashKind::Md5).to_string();
    let asked = post(&format!("{world}/v2/hash")).header("apikey", key);
    let answer = asked.json(&json!({ "hash": [hash] }).to_string()).send(emulator).await;
    json!([answer.status, answer.json()[0]["scan_result"]])
}

#[tokio::test]
async fn a_reload_updates_all_worlds_and_preserves_their_own_state() {
    let path = folder("worlds").join("set.yaml");
    write(&path, FIRST);
    let emulator = Emulator::builder().fixtures(&path).start().await.expect("starts");
    let world = "/_world/t";
    let own = "settings: {auth: any}\naccounts: {metadefender_cloud: [{key: mine}]}\nrules: [{name: Mine}]\n\
               samples: [{name: own.txt, content: own, verdict: infected}]";
    assert_eq!(post("/_world/t/_scandouble/samples").body(own).send(&emulator).await.status, 200);
    let clock =
        ask("PUT", "/_world/t/_scandouble/clock").json(r#"{"at":"2030-01-01T00:00:00Z","frozen":true}"#);
    assert_eq!(clock.send(&emulator).await.status, 200);
    assert_eq!(look_up(&emulator, "", "old", "goes").await, json!([200, 0]));
    assert_eq!(look_up(&emulator, world, "mine", "stays").await, json!([200, 0]));
    let before = emulator.world("t").state();

    write(&path, SECOND);
    let (status, report) = reload(&emulator).await;
    assert_eq!(
        (status, &report["state"], &report["loads"], &report["samples"], &report["sets"], &report["errors"]),
        (200, &json!("in-force"), &json!(2), &json!(2), &json!([path.to_str()]), &json!([])),
        "{report}"
    );
    assert_eq!(names(&emulator, "").await, ["stays.txt infected", "comes.txt clean"]);
    assert_eq!(names(&emulator, world).await, ["own.txt infected", "stays.txt infected", "comes.txt clean"]);
    // Accounts, rules and settings of the set are replaced; the world's own stay.
    assert_eq!(look_up(&emulator, "", "new", "comes").await, json!([200, 0]));
    assert_eq!(look_up(&emulator, "", "new", "goes").await, json!([200, 5]));
    assert_eq!(look_up(&emulator, "", "old", "comes").await[0], 401);
    assert_eq!(look_up(&emulator, world, "mine", "stays").await, json!([200, 1]));
    let state = emulator.world("t").state();
    let rules: Vec<String> = state.rules.load().iter().map(|rule| rule.name.clone()).collect();
    assert_eq!(rules, ["Second", "Mine"]);
    let setting = |name: &str| {
        let settings = state.settings.load();
        settings.list().find(|(setting, _)| setting.name == name).expect("the setting").1
    };
    assert_eq!([setting("max-body"), setting("journal-entries"), setting("auth")], ["2000", "50", "any"]);
    let accounts = state.accounts.load();
    let limits: Vec<_> = accounts
        .of("metadefender-cloud")
        .iter()
        .map(|account| (account.name().to_owned(), account.limits.get("lookup_limit").copied()))
        .collect();
    let expected = [("new", None), ("both", Some(6)), ("mine", None)];
    assert_eq!(limits, expected.map(|(name, limit)| (name.to_owned(), limit)));
    // The clock and the journal are unchanged.
    assert_eq!(state.clock.now().to_string(), "2030-01-01T00:00:00Z");
    assert_eq!((state.journal.len(), before.journal.len()), (2, 2));
    // A request that began before the reload still uses the old fixtures.
    let old = scandouble::internals::samples::Hashes::of(b"goes")
        .get(scandouble::internals::samples::HashKind::Md5);
    assert_eq!(before.find(&old).expect("read").expect("found").name, "goes.txt");

    // A reset restores the reloaded fixtures.
    let reset = post("/_world/t/_scandouble/reset").json("{}").send(&emulator).await;
    assert_eq!(reset.status, 200);
    assert_eq!(names(&emulator, world).await, ["stays.txt infected", "comes.txt clean"]);
}

#[tokio::test]
async fn errors_keep_the_old_fixtures_and_are_listed_until_corrected() {
    let path = folder("faulty").join("set.yaml");
    write(&path, FIRST);
    let emulator = Emulator::builder().fixtures(&path).start().await.expect("starts");
    write(&path, "samples:\n- {name: a, content: a, verdict: klean}\n- {name: b, verdict: clean}\n");
    let (status, report) = reload(&emulator).await;
    assert_eq!((status, &report["title"]), (422, &json!("Invalid fixture")));
    let error = &report["errors"][0];
    assert_eq!(
        (&error["file"], &error["line"], &error["code"], &error["suggestion"], &error["caret"]),
        (
            &json!(path.to_str()),
            &json!(2),
            &json!("word"),
            &json!("clean"),
            &json!(format!("{}^^^^^", " ".repeat(33)))
        ),
        "{report}"
    );
    assert_eq!(report["errors"][1]["code"], "no-hash");
    assert_eq!(names(&emulator, "").await, ["stays.txt clean", "goes.txt clean"]);
    let health = get("/_scandouble/health").send(&emulator).await;
    assert_eq!((health.status, &health.json()["fixtures"]), (200, &json!("faulty")));
    let shown = get("/_scandouble/fixtures").send(&emulator).await.json();
    assert_eq!(
        (&shown["state"], &shown["loads"], &shown["samples"]),
        (&json!("faulty"), &json!(1), &json!(2))
    );
    assert_eq!(shown["errors"], report["errors"]);

    write(&path, SECOND);
    assert_eq!(reload(&emulator).await.0, 200);
    assert_eq!(get("/_scandouble/health").send(&emulator).await.json()["fixtures"], "in-force");
    std::fs::remove_file(&path).expect("removed");
    let (status, report) = reload(&emulator).await;
    assert_eq!((status, &report["errors"][0]["code"]), (422, &json!("unreadable")));
    assert_eq!(names(&emulator, "").await, ["stays.txt infected", "comes.txt clean"]);
}

/// Two sets alternate; every answer must come entirely from one of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_during_reloads_see_exactly_one_set() {
    let path = folder("busy").join("set.yaml");
    let set = |verdict: &str| {
        let row = |at: usize| format!("- {{name: f{at}, content: f{at}, verdict: {verdict}}}\n");
        format!(
            "accounts: {{metadefender_cloud: [{{key: k, lookup_limit: 100000000}}]}}\nsamples:\n{}",
            (0..50).map(row).collect::<String>()
        )
    };
    write(&path, &set("clean"));
    let emulator = Arc::new(Emulator::builder().fixtures(&path).start().await.expect("starts"));
    let done = Arc::new(AtomicBool::new(false));
    let hashes: Vec<String> = (0..50)
        .map(|at| {
            let hashes = scandouble::internals::samples::Hashes::of(format!("f{at}").as_bytes());
            hashes.get(scandouble::internals::samples::HashKind::Md5).to_string()
        })
        .collect();
    let client = tokio::spawn({
        let (emulator, done) = (emulator.clone(), done.clone());
        async move {
            let (mut counts, body) = ([0, 0], json!({ "hash": hashes }).to_string());
            while !done.load(Ordering::Relaxed) {
                let answer = post("/v2/hash").header("apikey", "k").json(&body).send(&emulator).await;
                assert_eq!(answer.status, 200, "{answer:?}");
                let body = answer.json();
                let results: Vec<u64> = body
                    .as_array()
                    .expect("results")
                    .iter()
                    .filter_map(|one| one["scan_result"].as_u64())
                    .collect();
                assert_eq!(results.len(), 50);
                assert!(results.iter().all(|result| *result == results[0] && *result < 2), "{results:?}");
                counts[results[0] as usize] += 1;
            }
            counts
        }
    });
    for round in 0..20 {
        write(&path, &set(if round % 2 == 0 { "infected" } else { "clean" }));
        assert_eq!(emulator.reload().await.expect("sound").loads, round + 2);
    }
    done.store(true, Ordering::Relaxed);
    let counts = client.await.expect("all answers are right");
    assert!(counts[0] + counts[1] > 0, "{counts:?}");
}

#[tokio::test]
async fn a_worlds_own_state_survives_reload_and_restart() {
    let here = folder("own-state");
    let (path, db) = (here.join("set.yaml"), here.join("state.db"));
    write(&path, FIRST);
    let start = async || Emulator::builder().fixtures(&path).db(&db).start().await.expect("starts");
    let emulator = start().await;
    let own = "settings: {auth: any}\nrules: [{name: Mine}]\nsamples: [{name: own.txt, content: own, verdict: infected}]";
    assert_eq!(post("/_world/t/_scandouble/samples").body(own).send(&emulator).await.status, 200);
    write(&path, SECOND);
    assert_eq!(reload(&emulator).await.0, 200);
    let setting = async |emulator: &Emulator, name: &str| {
        get(&format!("/_world/t/_scandouble/settings/{name}")).send(emulator).await.json()["value"].clone()
    };
    let before = names(&emulator, "/_world/t").await;
    assert_eq!(before, ["own.txt infected", "stays.txt infected", "comes.txt clean"]);
    let values = [setting(&emulator, "auth").await, setting(&emulator, "max-body").await];
    emulator.stop().await.expect("stops");
    let emulator = start().await;
    assert_eq!(names(&emulator, "/_world/t").await, before);
    assert_eq!([setting(&emulator, "auth").await, setting(&emulator, "max-body").await], values);
    assert_eq!(values, [json!("any"), json!("2000")]);
    emulator.stop().await.expect("stops");
}

#[tokio::test]
async fn a_rebuilt_store_is_reopened() {
    let here = folder("store");
    let store = here.join("set.db");
    let build = |text: &str| {
        let source = scandouble::internals::fixtures::Source::Text {
            name: "set.yaml".to_owned(),
            text: text.to_owned(),
        };
        scandouble::internals::fixtures::compile(&[source], &store, |_, _| {}).expect("built");
    };
    build("samples: [{name: a, content: a, verdict: clean}]");
    let emulator = Emulator::builder().store(&store).start().await.expect("starts");
    assert_eq!(names(&emulator, "").await, ["a clean"]);
    build("samples: [{name: b, content: a, verdict: infected}, {name: c, content: c, verdict: clean}]");
    assert_eq!(reload(&emulator).await.0, 200);
    assert_eq!(names(&emulator, "").await, ["b infected", "c clean"]);

    // A missing store is an error like any other.
    std::fs::remove_file(&store).expect("removed");
    let (status, report) = reload(&emulator).await;
    let error = &report["errors"][0];
    assert_eq!(
        (status, &error["file"], &error["code"]),
        (422, &json!(store.to_str()), &json!("store")),
        "{report}"
    );
    let what = error["what"].as_str().expect("text");
    assert!(what.starts_with("cannot be read: No such file"), "{report}");
    assert_eq!(error["help"], "check the path");
    assert_eq!(get("/_scandouble/health").send(&emulator).await.json()["fixtures"], "faulty");
    assert_eq!(get("/_scandouble/fixtures").send(&emulator).await.json()["errors"], report["errors"]);
    assert_eq!(names(&emulator, "").await, ["b infected", "c clean"]);
    build("samples: [{name: d, content: d, verdict: clean}]");
    assert_eq!(reload(&emulator).await.0, 200);
    assert_eq!(get("/_scandouble/health").send(&emulator).await.json()["fixtures"], "in-force");
}

#[test]
fn the_reload_command_prints_the_fixtures_or_the_errors() {
    let path = folder("command").join("set.yaml");
    write(&path, "samples: [{name: a, content: a, verdict: clean}]");
    let shown = path.to_str().expect("a path");
    let running =
        Running::start(&mut program(&["--log", "json", "--listen", "127.0.0.1:0", "--fixtures", shown]));
    let url = format!("http://{}", running.address());
    let reload = || outcome(program(&["reload", "--world", "t42"]).env("SCANDOUBLE_URL", &url));
    write(&path, "samples: [{name: a, content: a, verdict: clean}, {name: b, content: b, verdict: clean}]");
    let (code, out, err) = reload();
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(
        out.starts_with(&format!("2 samples from {shown}\nnote: the fixtures define no accounts")),
        "{out}"
    );
    write(&path, "samples: [{name: a, content: a, verdict: klean}]");
    let (code, out, err) = reload();
    assert_eq!((code, out.as_str()), (1, ""));
    let expected = format!(
        "{shown}:1:42: error: unknown verdict \"klean\"\n 1 | samples: [{{name: a, content: a, verdict: klean}}]\n   \
         |                                          ^^^^^ did you mean \"clean\"?\n   = one of: clean, "
    );
    assert!(err.starts_with(&expected), "{err}");
    assert!(err.ends_with("\nscandouble: nothing was changed\n"), "{err}");
    running.end("TERM");
}
