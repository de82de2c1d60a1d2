//! A fault at each call of a session, from the creation of the file to its end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{Ask, get};
use crate::server::{Server, fresh};
use crate::session::{last, requests, view};
use crate::shim::{Kind, Shim};

type View = BTreeMap<String, Value>;

/// What was observed before the session and after each of its requests, the last of which is [`last`].
fn reference(db: &Path) -> Vec<View> {
    let server = Server::start(db, None);
    let mut views = vec![view(&server)];
    for ask in requests().into_iter().chain([last()]) {
        let answer = server.send(&ask).expect("an answer");
        assert!((200..300).contains(&answer.status), "{ask:?}: {} {}", answer.status, answer.text());
        views.push(view(&server));
    }
    for (nth, pair) in views.windows(2).enumerate() {
        assert_ne!(pair[0], pair[1], "request {nth} changes nothing that is observed");
    }
    server.kill();
    assert_eq!(Some(&view(&Server::start(db, None))), views.last(), "without a fault");
    views
}

/// Calls `attempt` with each call and a kind of fault, until it says that there are no more calls. With `FAULTS=all` each kind is
/// tried at each call, otherwise the kinds take turns. There are more than `least` calls, unless the library misses some.
pub fn at_every_call(kinds: &[Kind], least: u64, attempt: impl Fn(u64, Kind) -> bool) {
    let all = std::env::var("FAULTS").is_ok_and(|text| text == "all");
    let mut turns = kinds.iter().cycle();
    for call in 1.. {
        let kinds: Vec<_> = turns.by_ref().take(if all { kinds.len() } else { 1 }).copied().collect();
        if kinds.into_iter().any(|kind| !attempt(call, kind)) {
            println!("{} calls", call - 1);
            assert!(call > least, "{call}: the library misses calls");
            return;
        }
    }
}

/// Runs the session; how many requests were sent, and how many of these are saved according to the last 2xx.
fn run(server: &Server, requests: Vec<Ask>) -> (usize, usize) {
    let (mut sent, mut saved) = (0, 0);
    for ask in requests {
        sent += 1;
        match server.send(&ask) {
            Some(answer) if answer.status < 300 => saved = sent,
            Some(answer) => assert_eq!(answer.status, 500, "{ask:?}: {}", answer.text()),
            None => break,
        }
    }
    (sent, saved)
}

/// Asserts that the file has the state after some number of requests, at least `saved` and at most `sent`.
fn assert_restored(db: &Path, views: &[View], (sent, saved): (usize, usize), what: &str) {
    let found = view(&Server::start(db, None));
    let fits = views[saved..=sent].contains(&found);
    let which = views.iter().position(|view| *view == found);
    assert!(fits, "{what}: {saved} of {sent} requests were answered, found is {which:?}: {found:#?}");
}

#[test]
fn a_failing_call_is_reported_and_loses_nothing_whichever_it_is() {
    let folder = fresh("failing");
    let views = reference(&beside(&folder, "none"));
    at_every_call(&Kind::FAILING, 100, |call, kind| {
        let what = format!("{kind:?} at call {call}");
        let db = beside(&folder, &format!("{call}-{kind:?}"));
        let shim = Shim::new(&db);
        shim.inject(kind, call, call);
        let server = match Server::try_start(&db, Some(&shim)) {
            Ok(server) => server,
            Err(error) => {
                assert_eq!(shim.fired(), 1, "{what}: {error}");
                assert!(error.contains(".db cannot be "), "{what}: {error}");
                // The file is not left in a state that a next start refuses.
                assert_restored(&db, &views, (0, 0), &what);
                remove(&db);
                return true;
            }
        };
        let (sent, _) = run(&server, requests());
        if shim.fired() == 0 {
            return false;
        }
        assert_eq!(sent, requests().len(), "{what}: the server answers every request");
        // The fault is over, so this saves everything.
        let answer = server.send(&last()).expect("an answer");
        assert_eq!(answer.status, 200, "{what}: {}", answer.text());
        let health = server.send(&get("/_scandouble/health")).expect("an answer").json();
        assert_eq!(health["status"], "ok", "{what}: {health}");
        assert_eq!(view(&server), views[sent + 1], "{what}: in memory");
        server.kill();
        assert_restored(&db, &views, (sent + 1, sent + 1), &what);
        remove(&db);
        true
    });
}

#[test]
fn a_kill_at_any_call_undoes_no_answer_and_leaves_no_half() {
    let folder = fresh("killed");
    let views = reference(&beside(&folder, "none"));
    at_every_call(&Kind::KILLING, 100, |call, kind| {
        let what = format!("{kind:?} at call {call}");
        let db = beside(&folder, &format!("{call}-{kind:?}"));
        let shim = Shim::new(&db);
        shim.inject(kind, call, call);
        let counts = match Server::try_start(&db, Some(&shim)) {
            Ok(server) => run(&server, requests()),
            Err(_) => (0, 0),
        };
        if shim.fired() == 0 {
            return false;
        }
        let dark = after_a_power_failure(&db);
        assert_restored(&db, &views, counts, &what);
        assert_restored(&dark, &views, counts, &format!("{what}, and the power fails"));
        remove(&db);
        remove(&dark);
        true
    });
}

/// A copy of the files as they were when they were last synced: nothing that was written since has reached the disk.
fn after_a_power_failure(db: &Path) -> PathBuf {
    let dark = beside(db, "dark");
    for end in ["", "-wal"] {
        let synced = format!("{}{end}.synced", db.display());
        if Path::new(&synced).exists() {
            std::fs::copy(synced, format!("{}{end}", dark.display())).expect("copied");
        }
    }
    dark
}

/// Another state file in the folder of `db`.
fn beside(db: &Path, name: &str) -> PathBuf {
    db.with_file_name(format!("{}-{name}.db", db.file_stem().expect("a name").display()))
}

fn remove(db: &Path) {
    for end in ["", "-wal", "-shm", ".synced", "-wal.synced"] {
        let _ = std::fs::remove_file(format!("{}{end}", db.display()));
    }
}
