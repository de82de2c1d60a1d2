//! Worlds that expire, are reset, removed or created again while requests use them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use scandouble::Builder;
use scandouble::Emulator;
use scandouble::internals::accounts::{Account, Credential, Holder};
use scandouble::internals::fixtures::{Loading, Recipe, Source};
use scandouble::internals::store::ChangedPart;
use scandouble::internals::store::EntryChange;
use scandouble::internals::worlds::Worlds;
use scandouble::internals::worlds::{Additions, OwnAccount, Part};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::admin::{FIXTURE, KNOWN, call_admin, emulator, get_json, look_up, problem};
use crate::harness::{Answer, NOW, advance, ask, get, instant, post, start_with};
use crate::state_across_restarts::fresh;

const OWN: &str = "samples: [{name: own.txt, content: own, verdict: infected}]";
/// Time limit for a condition; generous, because the machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(30);

async fn names(emulator: &Emulator) -> Vec<String> {
    let list = get_json(emulator, "/_scandouble/worlds").await;
    let worlds = list["worlds"].as_array().expect("a list");
    worlds.iter().filter_map(|world| world["name"].as_str().map(str::to_owned)).collect()
}

fn numbers(list: &Value) -> Vec<u64> {
    list["entries"].as_array().expect("entries").iter().filter_map(|entry| entry["number"].as_u64()).collect()
}

/// Repeats a request until its answer satisfies the condition.
async fn until(emulator: &Emulator, path: &str, wanted: impl Fn(&Answer) -> bool) {
    let asking = async { while !wanted(&get(path).send(emulator).await) {} };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("{path} never is as wanted"));
}

#[tokio::test]
async fn reads_and_restarts_do_not_remove_idle_worlds() {
    let db = fresh("idle-world.db");
    let idle = |builder: Builder| builder.setting("world-idle", "0s").db(&db);
    let emulator = start_with(FIXTURE, idle).await;
    assert_eq!(post("/_world/t42/_scandouble/samples").body(OWN).send(&emulator).await.status, 200);
    look_up(&emulator, "/_world/t42", KNOWN).await;
    assert_eq!(names(&emulator).await, ["default", "t42"]);
    get_json(&emulator, "/_scandouble/coverage?world=all").await;
    call_admin(&emulator, "DELETE", "/_scandouble/coverage?world=all", "").await;
    assert_eq!(names(&emulator).await, ["default", "t42"]);
    emulator.stop().await.expect("stops");

    let emulator = start_with(FIXTURE, idle).await;
    assert_eq!(names(&emulator).await, ["default", "t42"]);
    assert_eq!(get_json(&emulator, "/_world/t42/_scandouble/samples").await["total"], 2);
}

#[tokio::test]
async fn idle_worlds_are_removed_only_at_the_world_limit() {
    for idle in ["0s", "at-once"] {
        let full = |builder: Builder| builder.setting("world-idle", idle).setting("max-worlds", "2");
        let emulator = start_with(FIXTURE, full).await;
        for name in ["a", "b"] {
            look_up(&emulator, &format!("/_world/{name}"), KNOWN).await;
        }
        assert_eq!(names(&emulator).await, ["default", "a", "b"]);
        assert_eq!(look_up(&emulator, "/_world/c", KNOWN).await.status, 200);
        assert_eq!(names(&emulator).await, ["default", "c"], "{idle}");
    }
}

#[tokio::test]
async fn a_fixture_upload_recreates_a_world_removed_meanwhile() {
    let emulator = emulator().await;
    let fixture = "accounts: {metadefender_cloud: [{key: of-ghost}]}";
    let send = |world: &str| post(&format!("/_world/{world}/_scandouble/samples")).body(fixture);
    assert_eq!(ask("PUT", "/_scandouble/worlds/ghost").send(&emulator).await.status, 201);
    let request = send("ghost").bytes();
    let (first, rest) = request.split_at(request.len() - 10);
    let mut stream = TcpStream::connect(emulator.address()).await.expect("connects");
    stream.write_all(first).await.expect("sends");
    assert_eq!(ask("DELETE", "/_scandouble/worlds/ghost").send(&emulator).await.status, 204);
    assert_eq!(names(&emulator).await, ["default"]);
    stream.write_all(rest).await.expect("sends");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("answers");
    assert_eq!(Answer::read(&bytes).expect("an answer").status, 200);
    assert_eq!(names(&emulator).await, ["default", "ghost"]);
    assert!(problem(&send("other").send(&emulator).await, 409).contains("belongs to the world \"ghost\""));
    assert_eq!(ask("DELETE", "/_scandouble/worlds/ghost").send(&emulator).await.status, 204);
    assert_eq!(send("other").send(&emulator).await.status, 200);
    let with_key = post("/v2/hash").header("apikey", "of-ghost").json("{\"hash\":[\"a\"]}");
    assert_eq!(with_key.send(&emulator).await.status, 200);
}

#[tokio::test]
async fn a_journal_poll_of_a_missing_world_returns_its_first_entry() {
    let emulator = emulator().await;
    let poll = get("/_world/later/_scandouble/journal?wait=30s").send(&emulator);
    tokio::pin!(poll);
    // Other requests give the poll time to start waiting; its state cannot be observed.
    for _ in 0..20 {
        tokio::select! {
            biased;
            answer = &mut poll => panic!("it does not wait: {}", answer.text()),
            names = names(&emulator) => assert_eq!(names, ["default"]),
        }
    }
    let (answer, _) = tokio::join!(poll, look_up(&emulator, "/_world/later", KNOWN));
    assert_eq!((answer.status, numbers(&answer.json())), (200, vec![1]), "{}", answer.text());
    let short = get_json(&emulator, "/_world/never/_scandouble/journal?wait=10ms").await;
    assert_eq!((numbers(&short), &short["world"]), (vec![], &json!("never")));
    assert_eq!(names(&emulator).await, ["default", "later"]);
}

#[tokio::test]
async fn the_world_limit_is_reported_in_the_error_format_of_each_api() {
    let emulator = start_with(FIXTURE, |builder| builder.setting("max-worlds", "1")).await;
    assert_eq!(look_up(&emulator, "/_world/a", KNOWN).await.status, 200);
    let full = "there are 1 worlds already, none of them idle";
    let core = get(&format!("/_world/b/hash/{KNOWN}")).send(&emulator).await;
    assert_eq!(core.status, 503);
    assert_eq!(core.text(), r#"{"err":"Server is too busy. Try again later."}"#);
    let cloud = look_up(&emulator, "/_world/b", KNOWN).await;
    assert_eq!(cloud.status, 503);
    assert_eq!(cloud.text(), r#"{"err":"Internal server error"}"#);
    for answer in [&core, &cloud] {
        assert_eq!(answer.header("scandouble-behaviour"), None);
    }
    let admin = call_admin(&emulator, "PUT", "/_world/b/_scandouble/clock", r#"{"frozen":true}"#).await;
    assert!(problem(&admin, 503).contains(full));
    let nowhere = get("/_world/b/no/api/has/this").send(&emulator).await;
    assert!(problem(&nowhere, 503).contains(full));
    assert_eq!(get_json(&emulator, "/_world/b/_scandouble/journal").await["matching"], 0);
    let named = get("/_world/a%20b/_scandouble/journal").send(&emulator).await;
    assert!(problem(&named, 400).contains("cannot name a world"));
    assert_eq!(names(&emulator).await, ["default", "a"]);
}

#[tokio::test]
async fn a_journal_poll_continues_across_a_reset() {
    let emulator = emulator().await;
    let journal = "/_world/w/_scandouble/journal";
    for _ in 0..3 {
        look_up(&emulator, "/_world/w", KNOWN).await;
    }
    for (since, parts) in [(3, "{}"), (4, r#"{"parts":["journal"]}"#)] {
        let poll = get(&format!("{journal}?since={since}&wait=20s")).send(&emulator);
        let (answer, ()) = tokio::join!(poll, async {
            assert_eq!(call_admin(&emulator, "POST", "/_world/w/_scandouble/reset", parts).await.status, 200);
            look_up(&emulator, "/_world/w", KNOWN).await;
        });
        assert_eq!(numbers(&answer.json()), [since + 1], "{}", answer.text());
    }
    let list = get_json(&emulator, journal).await;
    assert_eq!((numbers(&list), &list["first_held"], &list["last"]), (vec![5], &json!(5), &json!(5)));
}

#[tokio::test]
async fn a_request_that_began_before_a_reset_is_not_recorded() {
    let emulator = emulator().await;
    let slow = r#"{"then":{"latency":"500ms"}}"#;
    call_admin(&emulator, "PUT", "/_scandouble/faults/slow", slow).await;
    let (answer, ()) = tokio::join!(look_up(&emulator, "", KNOWN), async {
        until(&emulator, "/_scandouble/faults/slow", |shown| shown.json()["fired"] == 1).await;
        call_admin(&emulator, "POST", "/_scandouble/reset", "").await;
    });
    assert_eq!(answer.status, 200);
    let list = get_json(&emulator, "/_scandouble/journal").await;
    assert_eq!((numbers(&list), &list["dropped"]), (vec![], &json!(0)));
    look_up(&emulator, "", KNOWN).await;
    let list = get_json(&emulator, "/_scandouble/journal").await;
    assert_eq!(list["matching"], 1, "later requests are recorded");
}

#[tokio::test]
async fn a_journal_poll_ends_when_its_world_is_removed() {
    let emulator = emulator().await;
    for _ in 0..3 {
        look_up(&emulator, "/_world/w", KNOWN).await;
    }
    let journal = "/_world/w/_scandouble/journal?since=3&wait=20s";
    // Repeat, in case the poll starts after the first removal.
    let removing = async {
        loop {
            ask("DELETE", "/_scandouble/worlds/w").send(&emulator).await;
            ask("PUT", "/_scandouble/worlds/w").send(&emulator).await;
        }
    };
    let answer = tokio::select! {
        answer = get(journal).send(&emulator) => answer,
        never = removing => never,
        () = tokio::time::sleep(Duration::from_secs(15)) => panic!("the poll still waits for a removed world"),
    };
    assert_eq!((answer.status, numbers(&answer.json())), (200, vec![]));

    ask("DELETE", "/_scandouble/worlds/w").send(&emulator).await;
    let poll = get(journal).send(&emulator);
    let (answer, _) = tokio::join!(poll, look_up(&emulator, "/_world/w", KNOWN));
    assert_eq!(
        numbers(&answer.json()),
        [1],
        "a `since` beyond the new journal's entries belongs to the old journal"
    );
}

#[tokio::test]
async fn answers_are_counted_after_their_world_was_removed() {
    let emulator = emulator().await;
    let slow = r#"{"then":{"latency":"500ms"}}"#;
    call_admin(&emulator, "PUT", "/_world/w/_scandouble/faults/slow", slow).await;
    let (answer, ()) = tokio::join!(look_up(&emulator, "/_world/w", KNOWN), async {
        until(&emulator, "/_world/w/_scandouble/faults/slow", |shown| shown.json()["fired"] == 1).await;
        assert_eq!(ask("DELETE", "/_scandouble/worlds/w").send(&emulator).await.status, 204);
    });
    assert_eq!(answer.header("scandouble-behaviour"), Some("metadefender-cloud/bulk.ok"));
    let report = get_json(&emulator, "/_scandouble/coverage?world=all&api=metadefender-cloud").await;
    let rows = report["apis"][0]["behaviours"].as_array().expect("behaviours");
    let row = rows.iter().find(|row| row["id"] == "bulk.ok").expect("the behaviour");
    assert_eq!(row["count"], 1);
}

#[tokio::test]
async fn rate_limits_of_idle_accounts_are_dropped_after_a_second() {
    let emulator = emulator().await;
    let state = emulator.world("default").state();
    let holder = |number: usize| Holder { api: "spectra-intelligence", account: format!("u/{number}") };
    let is_stored = |number: usize| {
        matches!(state.changes(&ChangedPart::Counts(holder(number))).as_slice(), [EntryChange::Put(_)])
    };
    for number in 0..10_000 {
        assert!(state.counts(holder(number).borrowed(), |counts| counts.rate.take(instant(NOW), 1)));
    }
    state.counts(holder(0).borrowed(), |counts| counts.quota.charge(instant(NOW), 1));
    advance(&emulator, 1.0);
    assert!(is_stored(1));
    state.counts(holder(10_000).borrowed(), |counts| counts.quota.charge(instant(NOW), 1));
    assert_eq!([0, 1, 9_999, 10_000].map(is_stored), [true, false, false, true]);
}

/// A fixture with one sample, account and rule, named after loader and number.
fn one_of_each(loader: usize, nth: usize) -> String {
    let name = format!("l{loader}n{nth}");
    json!({
        "samples": [{"name": name, "content": name, "verdict": "clean"}],
        "accounts": {"metadefender_core": [{"key": name}]},
        "rules": [{"name": name}],
    })
    .to_string()
}

/// Number of samples, accounts and rules that the default world adds to the fixtures.
fn counts(emulator: &Emulator) -> [usize; 3] {
    let state = emulator.world("default").state();
    let accounts =
        state.accounts.load().of("metadefender-core").iter().filter(|one| one.key.is_some()).count();
    let rules = state.rules.load().iter().filter(|rule| rule.name.starts_with('l')).count();
    [state.overlay.load().samples().len(), accounts, rules]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_loads_are_atomic_and_complete() {
    const LOADERS: usize = 3;
    const LOADS: usize = 40;
    let emulator = Arc::new(emulator().await);
    let loading = Arc::new(AtomicUsize::new(LOADERS));
    let watcher = std::thread::spawn({
        let (emulator, loading) = (emulator.clone(), loading.clone());
        move || {
            let mut torn = Vec::new();
            while loading.load(Ordering::Acquire) > 0 {
                let seen = counts(&emulator);
                if seen != [seen[0]; 3] {
                    torn.push(seen);
                }
            }
            torn
        }
    });
    let loaders = (0..LOADERS).map(|loader| {
        let (emulator, loading) = (emulator.clone(), loading.clone());
        tokio::spawn(async move {
            for nth in 0..LOADS {
                let load = post("/_scandouble/samples").body(one_of_each(loader, nth));
                let answer = load.send(&emulator).await;
                assert_eq!(answer.status, 200, "{}", answer.text());
                let setting = format!("/_scandouble/settings/{}", SETTINGS[loader]);
                let value = format!(r#"{{"value":{}}}"#, nth + 1);
                assert_eq!(call_admin(&emulator, "PUT", &setting, &value).await.status, 200);
                assert_eq!(get_json(&emulator, &setting).await["value"], (nth + 1).to_string());
            }
            loading.fetch_sub(1, Ordering::AcqRel);
        })
    });
    for loader in loaders.collect::<Vec<_>>() {
        loader.await.expect("loads");
    }
    assert_eq!(counts(&emulator), [LOADERS * LOADS; 3]);
    assert_eq!(watcher.join().expect("watches"), Vec::<[usize; 3]>::new());
}

/// Settings that do not affect these tests.
const SETTINGS: [&str; 3] = ["journal-entries", "metadefender-cloud.lookup-limit", "uploads-kept"];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_during_a_reload_are_not_lost() {
    let emulator = Arc::new(emulator().await);
    let reloading = tokio::spawn({
        let emulator = emulator.clone();
        async move {
            loop {
                emulator.reload().await.expect("loads");
            }
        }
    });
    for nth in 0..60 {
        let value = format!(r#"{{"value":{}}}"#, nth + 1);
        let setting = format!("/_scandouble/settings/{}", SETTINGS[0]);
        assert_eq!(call_admin(&emulator, "PUT", &setting, &value).await.status, 200);
        assert_eq!(get_json(&emulator, &setting).await["value"], (nth + 1).to_string());
        let answer = post("/_scandouble/samples").body(one_of_each(0, nth)).send(&emulator).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(counts(&emulator), [nth + 1; 3]);
    }
    reloading.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_credential_never_selects_a_world_without_its_account() {
    let emulator = Arc::new(emulator().await);
    let fixture = "accounts: {metadefender_cloud: [{key: contested}]}";
    assert_eq!(ask("PUT", "/_scandouble/worlds/w").send(&emulator).await.status, 201);
    let (loading, resetting) = (
        tokio::spawn({
            let emulator = emulator.clone();
            async move {
                for _ in 0..150 {
                    let load = post("/_world/w/_scandouble/samples").body(fixture);
                    assert_eq!(load.send(&emulator).await.status, 200);
                }
            }
        }),
        tokio::spawn({
            let emulator = emulator.clone();
            async move {
                loop {
                    let samples = r#"{"parts":["samples"]}"#;
                    let reset = call_admin(&emulator, "POST", "/_world/w/_scandouble/reset", samples).await;
                    assert_eq!(reset.status, 200);
                }
            }
        }),
    );
    // The key belongs to world w or is unknown; then the default world refuses it, never w.
    let use_key = async || {
        let with_key = post("/v2/hash").header("apikey", "contested").json("{\"hash\":[\"a\"]}");
        with_key.send(&emulator).await;
    };
    while !loading.is_finished() {
        use_key().await;
    }
    loading.await.expect("loads");
    resetting.abort();
    let _ = resetting.await;
    use_key().await;
    let in_w = get_json(&emulator, "/_world/w/_scandouble/journal?limit=100000").await;
    let entries = in_w["entries"].as_array().expect("entries");
    let statuses: Vec<_> = entries.iter().map(|entry| &entry["response"]["status"]).collect();
    assert!(statuses.iter().all(|status| **status == 200), "{statuses:?}");
}

#[tokio::test]
async fn a_claim_and_its_account_are_added_and_removed_together() {
    const LOADS: usize = 40_000;
    let recipe = Recipe::from(&[Source::Text { name: "set.yaml".to_owned(), text: "{}".to_owned() }]);
    let loaded = recipe.load(None).expect("sound");
    let base = Loading::new(loaded, None).base(None).expect("filled");
    let key = |account: &Account| account.key.iter().cloned().collect();
    let worlds = Worlds::open(base, None, |_, account| key(account)).await.expect("opens");
    let (world, _) = worlds.get_or_create("w").expect("created");
    let account = Account { key: Some("contested".to_owned()), ..Account::default() };
    let credential = Credential::Key("contested".to_owned());
    let own = OwnAccount { api: "metadefender-cloud", account, claims: vec!["contested".to_owned()] };
    // Whether the credential selects a world that does not have the account.
    let is_wrong = || {
        let picked = worlds.of_credential("metadefender-cloud", &credential);
        picked.is_some_and(|(_, state)| {
            state.accounts.load().by_key("metadefender-cloud", "contested").is_none()
        })
    };
    let loading = AtomicBool::new(true);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while loading.load(Ordering::Acquire) {
                worlds.reset(&world, &[Part::Samples]);
            }
        });
        let looking = scope.spawn(|| {
            let mut wrong = 0;
            while loading.load(Ordering::Acquire) {
                wrong += usize::from(is_wrong());
            }
            wrong
        });
        let mut left = 0;
        for _ in 0..LOADS {
            let additions = Additions { accounts: vec![own.clone()], ..Additions::default() };
            assert_eq!(worlds.add(&world, additions), Ok(true));
            left += usize::from(is_wrong());
        }
        loading.store(false, Ordering::Release);
        assert_eq!((left, looking.join().expect("looks")), (0, 0), "claims without an account");
    });
    assert!(!is_wrong());
    assert!(worlds.remove("w"));
    let gone = worlds.add(&world, Additions { accounts: vec![own], ..Additions::default() });
    assert!(gone.is_err_and(|error| error.to_string().contains("was removed while the fixture arrived")));
    assert!(worlds.of_credential("metadefender-cloud", &credential).is_none());
}

#[tokio::test]
async fn cached_answers_do_not_keep_the_settings_of_removed_worlds() {
    let emulator = emulator().await;
    let changed =
        call_admin(&emulator, "PUT", "/_world/w/_scandouble/settings/upload-time", r#"{"value":"1h"}"#).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(get(&format!("/_world/w/hash/{KNOWN}")).send(&emulator).await.status, 200);
    let settings = Arc::downgrade(&emulator.world("w").state().settings.load_full());
    assert_ne!(settings.strong_count(), 0);
    assert_eq!(call_admin(&emulator, "DELETE", "/_scandouble/worlds/w", "").await.status, 204);
    assert_eq!(settings.strong_count(), 0);
}
