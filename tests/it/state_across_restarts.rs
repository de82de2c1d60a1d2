//! State files (`--db`): worlds survive a restart and a kill, old versions are migrated, and files that are not state
//! files, or that another server uses, are refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use scandouble::Emulator;
use scandouble::internals::fixtures::{self, Source};
use scandouble::internals::ids::{derived, hex};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha384};

use crate::harness::program::{Running, outcome, program};
use crate::harness::{Answer, Ask, ask, exchange, get, post};

const SET: &str = "
accounts:
  spectra_intelligence: [{user: u/test, password: secret, daily_quota: 5}]
  spectra_analyze: [{user: a, password: b, token: sometoken}]
  metadefender_cloud: [{key: somekey, lookup_limit: 3}]
  metadefender_core: [{key: corekey}, {user: admin, password: admin}]
samples:
  - {name: one.exe, content: one, verdict: infected, threat: Trojan.One, scanned_at: -1d}
  - {name: two.exe, content: two, verdict: clean}
  - {name: three.exe, content: three, verdict: clean, after_rescan: {verdict: infected, threat: New.Found}}
";
const ONE: &str = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
const TWO: &str = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";
const THREE: &str = "8b5b9db0c13db24256c829aa364aa90c6d2eba318b9232a4ab9313b954d3555f";

/// Path of a file that does not exist yet; files of an earlier run are removed.
pub fn fresh(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    for end in ["", "-wal", "-shm", "-journal"] {
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
    path
}

async fn start(db: &Path, set: &str) -> Emulator {
    let started = Emulator::builder().fixtures_text("set.yaml", set).db(db).start().await;
    started.unwrap_or_else(|error| panic!("does not start: {error}"))
}

async fn refusal(db: &Path) -> String {
    let started = Emulator::builder().fixtures_text("set.yaml", SET).db(db).start().await;
    started.expect_err("is refused").to_string()
}

/// The observable state of world `w`: answers by request.
async fn view(emulator: &Emulator) -> BTreeMap<String, String> {
    let mut asks = vec![
        get("/_world/w/_scandouble/samples?limit=1000"),
        get("/_world/w/_scandouble/clock"),
        get("/_world/w/_scandouble/settings"),
        get("/_world/w/file/rules").header("apikey", "corekey"),
        get("/_scandouble/worlds"),
    ];
    for hash in [ONE, TWO, THREE] {
        asks.push(get(&format!("/_world/w/_scandouble/samples/{hash}")));
        asks.push(get(&format!("/_world/w/hash/{hash}")).header("apikey", "corekey"));
    }
    let mut seen = BTreeMap::new();
    for ask in asks {
        let answer = ask.clone().send(emulator).await;
        let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        // The journal is not saved, and the clock of the default world runs.
        let worlds = body.get_mut("worlds").and_then(Value::as_array_mut);
        for world in worlds.into_iter().flatten() {
            world["journal_entries"] = json!(0);
            if world["name"] == "default" {
                world["now"] = json!("");
            }
        }
        seen.insert(String::from_utf8_lossy(&ask.bytes()).into_owned(), format!("{} {body}", answer.status));
    }
    seen
}

async fn ok(ask: Ask, emulator: &Emulator) -> Answer {
    let answer = ask.clone().send(emulator).await;
    assert!((200..300).contains(&answer.status), "{ask:?}: {} {}", answer.status, answer.text());
    answer
}

#[tokio::test]
async fn what_apis_received_and_lost_is_restored_after_a_restart() {
    const SET: &str = "
accounts:
  spectra_intelligence: [{user: u, password: p}]
  spectra_analyze: [{token: t}]
samples:
  - name: a
    content: a
    verdict: clean
    after_rescan: [{verdict: suspicious, threat: S}, {verdict: infected, threat: I, after: 1h}]
    spectra_intelligence: {known: false}
  - {name: b, content: b, verdict: clean, spectra_analyze: {present: false, url: 'http://example.com/b'}}
";
    const A: &str = "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8";
    const B: &str = "e9d71f5ee7c92d6dc9e92ffdad17b8bd49418f98";
    let token = |ask: Ask| ask.header("Authorization", "Token t");
    let analyze = || token(post(&format!("/_world/w/api/samples/{A}/analyze/")).form("analysis=cloud"));
    let advance =
        |by: &str| post("/_world/w/_scandouble/clock/advance").json(&json!({ "by": by }).to_string());
    let db = fresh("restarts-holdings.db");
    let emulator = start(&db, SET).await;
    ok(
        ask("PUT", "/_world/w/_scandouble/clock").json(r#"{"at":"2026-03-01T12:00:00Z","frozen":true}"#),
        &emulator,
    )
    .await;
    ok(analyze(), &emulator).await;
    ok(token(post("/_world/w/api/uploads/").form("url=http://example.com/b")), &emulator).await;
    ok(advance("30s"), &emulator).await;
    ok(analyze(), &emulator).await;
    ok(token(ask("DELETE", &format!("/_world/w/api/samples/{A}/"))), &emulator).await;
    ok(token(post("/_world/w/api/uploads/").form("url=http://example.com/none")), &emulator).await;
    let asks = [
        get(&format!("/_world/w/api/rescan/v1/query/sha1/{A}")).basic("u", "p"),
        analyze(),
        token(post(&format!("/_world/w/api/samples/{B}/analyze/")).form("analysis=x")),
        token(get("/_world/w/api/uploads/v2/url-samples/1/")),
        token(get("/_world/w/api/uploads/v2/url-samples/2/")),
        get(&format!("/_world/w/_scandouble/samples/{A}")),
    ];
    let mut before = Vec::new();
    for ask in &asks {
        before.push(ask.clone().send(&emulator).await);
    }
    let statuses: Vec<_> = before.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 404, 400, 200, 200, 200]);
    assert_eq!(before[5].json()["verdict"], "suspicious");
    drop(emulator);

    let emulator = start(&db, SET).await;
    for (ask, before) in asks.iter().zip(&before) {
        let after = ask.clone().send(&emulator).await;
        assert_eq!((after.status, after.text()), (before.status, before.text()), "{ask:?}");
    }
    ok(advance("1h"), &emulator).await;
    let verdict = get(&format!("/_world/w/_scandouble/samples/{A}")).send(&emulator).await.json();
    assert_eq!(verdict["verdict"], "infected", "a change that was to come comes");
    let third = token(post("/_world/w/api/uploads/").form("url=http://example.com/b"));
    assert_eq!(ok(third, &emulator).await.json()["detail"]["id"], 3, "numbers go on");

    // A reset of one part saves all others anew.
    ok(post("/_world/w/_scandouble/reset").json(r#"{"parts":["settings"]}"#), &emulator).await;
    let before = ok(asks[4].clone(), &emulator).await.body;
    drop(emulator);
    let emulator = start(&db, SET).await;
    assert_eq!(ok(asks[4].clone(), &emulator).await.body, before);
}

#[tokio::test]
async fn a_world_is_restored_after_a_restart() {
    let db = fresh("restarts-world.db");
    let emulator = start(&db, SET).await;
    ok(
        ask("PUT", "/_world/w/_scandouble/clock").json(r#"{"at":"2026-03-01T12:00:00Z","frozen":true}"#),
        &emulator,
    )
    .await;
    ok(post("/_world/w/_scandouble/clock/advance").json(r#"{"by":"90s"}"#), &emulator).await;
    ok(ask("PUT", "/_world/w/_scandouble/settings/upload-time").json(r#"{"value":"1h"}"#), &emulator).await;
    let own =
        "samples: [{name: a.exe, content: a, verdict: infected}, {name: b.exe, content: b, verdict: clean}]
rules: [{name: Mine}]
accounts: {metadefender_cloud: [{key: mine}]}";
    ok(post("/_world/w/_scandouble/samples").body(own), &emulator).await;
    ok(ask("DELETE", &format!("/_world/w/_scandouble/samples/{TWO}")), &emulator).await;
    // Two analyses: one in progress, one ended through the admin API.
    let analyze = |hash: &str| {
        post(&format!("/_world/w/api/samples/{hash}/analyze/"))
            .header("Authorization", "Token sometoken")
            .form("analysis=cloud")
    };
    ok(analyze(ONE), &emulator).await;
    ok(analyze(THREE), &emulator).await;
    ok(post(&format!("/_world/w/_scandouble/samples/{THREE}/advance")), &emulator).await;
    // Uploads, a session and used limits.
    let upload = || post("/_world/w/file").header("apikey", "corekey").header("filename", "up.bin");
    let first = ok(upload().body("first"), &emulator).await.json()["data_id"].clone();
    ok(upload().body("second"), &emulator).await;
    ok(upload().body("first"), &emulator).await;
    let batch = ok(post("/_world/w/file/batch").header("apikey", "corekey"), &emulator).await.json();
    let batch = format!("/_world/w/file/batch/{}", batch["batch_id"].as_str().expect("an id"));
    let id = batch.rsplit('/').next().expect("an id").to_owned();
    ok(upload().header("batch", &id).body("third"), &emulator).await;
    let batched = ok(get(&batch).header("apikey", "corekey"), &emulator).await.body;
    let login = ok(post("/_world/w/login").json(r#"{"user":"admin","password":"admin"}"#), &emulator).await;
    let session = login.json()["session_id"].as_str().expect("a session").to_owned();
    let look_up = || get(&format!("/_world/w/v2/hash/{ONE}")).header("apikey", "somekey");
    ok(look_up(), &emulator).await;
    let rescan = || {
        let path = format!("/_world/w/api/rescan/v1/query/sha256/{ONE}");
        get(&path).basic("u/test", "secret")
    };
    let rescans = ok(rescan(), &emulator).await;
    assert_eq!(rescans.status, 200);
    let seen = view(&emulator).await;
    emulator.stop().await.expect("stops");

    let emulator = start(&db, SET).await;
    assert_eq!(view(&emulator).await, seen);
    let list = ok(get("/_world/w/_scandouble/samples?limit=4"), &emulator).await.json();
    let names: Vec<_> = list["samples"].as_array().expect("a list").iter().map(|one| &one["name"]).collect();
    assert_eq!(names[..2], ["a.exe", "b.exe"], "in insertion order, which is not that of the hashes");
    assert_eq!(analyze(ONE).send(&emulator).await.status, 200, "still queued");
    assert_eq!(analyze(THREE).send(&emulator).await.status, 201, "was ended");
    let found = ok(
        get(&format!("/_world/w/file/{}", first.as_str().expect("an id"))).header("apikey", "corekey"),
        &emulator,
    )
    .await;
    assert_eq!(found.json()["file_info"]["display_name"], "up.bin");
    assert_eq!(ok(get(&batch).header("apikey", "corekey"), &emulator).await.body, batched);
    ok(post(&format!("{batch}/close")).header("apikey", "corekey"), &emulator).await;
    let third = ok(upload().body("second"), &emulator).await.json()["data_id"].clone();
    let fourth = ok(upload().body("second"), &emulator).await.json()["data_id"].clone();
    assert_ne!(third, fourth, "each upload has an identifier of its own");
    ok(post("/_world/w/logout").header("apikey", &session), &emulator).await;
    let used = ok(look_up(), &emulator).await;
    assert_eq!(used.header("X-RateLimit-Used"), Some("2"));
    let picks = get(&format!("/v2/hash/{ONE}")).header("apikey", "mine").send(&emulator).await;
    assert_eq!(picks.status, 200, "the credential still picks the world: {}", picks.text());
    for _ in 0..4 {
        ok(rescan(), &emulator).await;
    }
    assert_eq!(rescan().send(&emulator).await.status, 429, "the sixth of a quota of five");
}

#[tokio::test]
async fn removed_accounts_are_still_removed_after_a_restart() {
    let db = fresh("removed-accounts.db");
    let emulator = start(&db, SET).await;
    let fixture = "accounts: {metadefender_cloud: [], spectra_analyze: []}";
    ok(post("/_world/w/_scandouble/samples").body(fixture), &emulator).await;
    let fixture = "accounts: {spectra_analyze: [{user: a, password: b, token: sometoken}]}";
    ok(post("/_world/w/_scandouble/samples").body(fixture), &emulator).await;
    emulator.stop().await.expect("stops");
    let emulator = start(&db, SET).await;
    let ask = || post("/_world/w/hash").body(r#"{"hash":["abc"]}"#);
    assert_eq!(ask().send(&emulator).await.status, 200, "no key is needed");
    let status = post("/_world/w/api/samples/status/").header("Authorization", "Token sometoken");
    let status = status.json(&format!(r#"{{"hash_values":["{ONE}"]}}"#)).send(&emulator).await;
    assert_eq!(status.status, 200, "{}", status.text());
}

#[tokio::test]
async fn changed_fixtures_are_loaded_below_saved_samples() {
    let db = fresh("restarts-underneath.db");
    let emulator = start(&db, SET).await;
    ok(
        post("/_scandouble/samples").body("samples: [{name: own.exe, content: one, verdict: clean}]"),
        &emulator,
    )
    .await;
    emulator.stop().await.expect("stops");
    let set = SET.replace("two.exe", "zwei.exe").replace("one.exe", "eins.exe");
    let emulator = start(&db, &set).await;
    let name = |hash: &str| {
        let ask = get(&format!("/_scandouble/samples/{hash}"));
        async { ok(ask, &emulator).await.json()["sample"]["name"].clone() }
    };
    assert_eq!([name(ONE).await, name(TWO).await], ["own.exe", "zwei.exe"]);
}

#[tokio::test]
async fn resets_and_removed_worlds_are_saved() {
    let db = fresh("restarts-reset.db");
    let emulator = start(&db, SET).await;
    let own =
        || post("/_world/gone/_scandouble/samples").body("samples: [{name: x, content: x, verdict: clean}]");
    ok(own(), &emulator).await;
    ok(ask("DELETE", "/_scandouble/worlds/gone"), &emulator).await;
    ok(
        post("/_world/w/_scandouble/samples").body("samples: [{name: x, content: x, verdict: clean}]"),
        &emulator,
    )
    .await;
    ok(ask("PUT", "/_world/w/_scandouble/clock").json(r#"{"frozen":true}"#), &emulator).await;
    ok(post("/_world/w/_scandouble/reset").json(r#"{"parts":["samples"]}"#), &emulator).await;
    let before = ok(get("/_world/w/_scandouble/clock"), &emulator).await;
    emulator.stop().await.expect("stops");
    let emulator = start(&db, SET).await;
    let worlds = ok(get("/_scandouble/worlds"), &emulator).await.json();
    let names: Vec<_> =
        worlds["worlds"].as_array().expect("a list").iter().map(|world| &world["name"]).collect();
    assert_eq!(names, ["default", "w"]);
    assert_eq!(worlds["worlds"][1]["own_samples"], 0);
    assert_eq!(ok(get("/_world/w/_scandouble/clock"), &emulator).await.text(), before.text());
}

#[tokio::test]
async fn files_that_are_not_state_files_are_refused_and_left_unchanged() {
    let message = |db: &Path, what: &str| format!("{} {what}", db.display());
    let text = fresh("restarts-text.db");
    std::fs::write(&text, "a text that is long enough to be taken for a file of SQLite, which it is not")
        .expect("written");
    assert_eq!(
        refusal(&text).await,
        message(&text, "is not a SQLite file; name another, or one that does not exist yet")
    );

    let other = fresh("restarts-other.db");
    Connection::open(&other)
        .expect("opens")
        .execute_batch("create table theirs (a); insert into theirs values (1)")
        .expect("made");
    let bytes = std::fs::read(&other).expect("its bytes");
    assert_eq!(refusal(&other).await, message(&other, "belongs to another program; name another file"));
    assert_eq!(std::fs::read(&other).expect("its bytes"), bytes);

    let built = fresh("restarts-built.db");
    let sources = [Source::Text { name: "set.yaml".to_owned(), text: SET.to_owned() }];
    fixtures::compile(&sources, &built, |_, _| {}).expect("built");
    let what =
        format!("is a built store; open it with --store {}, and name another file here", built.display());
    assert_eq!(refusal(&built).await, message(&built, &what));

    let newer = fresh("restarts-newer.db");
    start(&newer, SET).await.stop().await.expect("stops");
    let later = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (9999, 'later', true, x'00', 0)";
    Connection::open(&newer).expect("opens").execute_batch(later).expect("written");
    assert_eq!(
        refusal(&newer).await,
        message(
            &newer,
            "was written by a newer version of scandouble; use that version, or name another file"
        )
    );

    let folder = fresh("restarts-folder");
    std::fs::create_dir_all(&folder).expect("made");
    assert_eq!(refusal(&folder).await, message(&folder, "is a folder; name a file"));
}

#[test]
fn a_second_server_on_the_same_file_is_refused() {
    let db = fresh("restarts-twice.db");
    let db = db.to_str().expect("UTF-8");
    let arguments = ["--log", "json", "--listen", "127.0.0.1:0", "--db", db];
    let first = Running::start(&mut program(&arguments));
    first.address();
    let (code, _, err) = outcome(&mut program(&["--listen", "127.0.0.1:0", "--db", db]));
    assert_eq!(code, 1);
    assert_eq!(
        err,
        format!(
            "scandouble: {db} is in use by another scandouble; stop that one, or name another file: each server needs \
             its own\n"
        )
    );
    assert_eq!(first.end("KILL").0.code(), None);
    let third = Running::start(&mut program(&arguments));
    third.address();
    assert_eq!(third.end("TERM").0.code(), Some(0));
}

/// Creates a state file of an earlier version: only the given migrations are applied.
fn earlier_file(db: &Path, migrations: &[(i32, &str)]) -> Connection {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let file = Connection::open(db).expect("opens");
    file.execute_batch(
        "create table _sqlx_migrations (version bigint primary key, description text not null,
         installed_on timestamp not null default current_timestamp, success boolean not null,
         checksum blob not null, execution_time bigint not null)",
    )
    .expect("created");
    for (version, name) in migrations {
        let sql = std::fs::read_to_string(folder.join(format!("000{version}_{name}.sql"))).expect("text");
        file.execute_batch(&sql).expect("applied");
        let sum = Sha384::digest(sql.as_bytes());
        let note = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                    values (?, ?, true, ?, 0)";
        file.execute(note, rusqlite::params![version, name, &sum[..]]).expect("recorded");
    }
    file
}

#[tokio::test]
async fn a_file_of_the_first_version_is_migrated() {
    let db = fresh("restarts-old.db");
    let old = earlier_file(&db, &[(1, "samples"), (2, "authority")]);
    let key: Vec<u8> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&ONE[at..at + 2], 16).expect("hex")).collect();
    old.execute("insert into analysis values ('default', ?, 'cloud', 1000, null)", [&key]).expect("queued");
    old.execute("insert into sample_event values ('default', ?, null, 2000)", [&key]).expect("ended");
    drop(old);

    let emulator = start(&db, SET).await;
    let sample = ok(get(&format!("/_scandouble/samples/{ONE}")), &emulator).await.json();
    assert_eq!(
        sample["analyses"],
        json!([{"engine": "cloud", "queued_at": "1970-01-01T00:00:01.000Z", "ends_at": null, "waiting": true}])
    );
    assert_eq!(sample["ended_at"], "1970-01-01T00:00:02.000Z");
}

#[tokio::test]
async fn a_file_with_the_earlier_entry_table_is_migrated() {
    // Write a current file first, then convert its entries to the earlier format.
    let db = fresh("restarts-present.db");
    let emulator = start(&db, SET).await;
    ok(ask("PUT", "/_world/w/_scandouble/settings/upload-time").json(r#"{"value":"when-told"}"#), &emulator)
        .await;
    let upload = || post("/_world/w/file").header("apikey", "corekey");
    ok(upload().body("runs until it is ended"), &emulator).await;
    ok(post(&format!("/_world/w/_scandouble/samples/{ONE}/advance")), &emulator).await;
    let before = ok(get("/_world/w/_scandouble/samples"), &emulator).await.text().to_string();
    let ended = ok(get(&format!("/_world/w/_scandouble/samples/{ONE}")), &emulator).await.json();
    emulator.stop().await.expect("stops");
    let present = Connection::open(&db).expect("opens");
    let mut entries = present.prepare("select world, part, key, value from world_entry").expect("prepared");
    let entries: Vec<[String; 4]> = entries
        .query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]))
        .expect("entries")
        .map(|row| row.expect("an entry"))
        .collect();

    let earlier = fresh("restarts-earlier.db");
    let old = earlier_file(&earlier, &[(1, "samples"), (2, "authority"), (3, "kept")]);
    old.pragma_update(None, "application_id", 0x7363_7374).expect("marked");
    let (mut ends, mut words) = (0, 0);
    for [world, part, key, value] in entries {
        ends += value.matches("\"ended_at\"").count();
        words += value.matches("\"until-ended\"").count();
        let value = value.replace("\"ended_at\"", "\"told_at\"").replace("\"until-ended\"", "\"until-told\"");
        old.execute("insert into kept values (?, ?, ?, ?)", [world, part, key, value]).expect("inserted");
    }
    assert_eq!((ends, words), (1, 1), "one analysis that was ended, and one upload in progress");
    drop(old);

    let emulator = start(&earlier, SET).await;
    assert_eq!(ok(get("/_world/w/_scandouble/samples"), &emulator).await.text(), before);
    let after = ok(get(&format!("/_world/w/_scandouble/samples/{ONE}")), &emulator).await.json();
    assert!(after["ended_at"].is_string());
    assert_eq!(after, ended);
}

/// What the server acknowledged to one client before it was killed.
#[derive(Clone, Default)]
struct Acknowledged {
    samples: Vec<String>,
    queued: Vec<String>,
    used: u64,
    now: String,
}

#[tokio::test]
async fn answered_requests_survive_a_kill() {
    const ROUNDS: usize = 50;
    const CLIENTS: usize = 3;
    let db = fresh("restarts-kill.db");
    let set = crate::harness::program::file(
        "restarts-kill.yaml",
        &SET.replace("lookup_limit: 3", "lookup_limit: 1000000"),
    );
    let arguments = [
        "--log",
        "json",
        "--listen",
        "127.0.0.1:0",
        "--db",
        db.to_str().expect("UTF-8"),
        "--fixtures",
        set.to_str().expect("UTF-8"),
    ];
    // What was acknowledged to each client, over all rounds.
    let acknowledged: Vec<Arc<Mutex<Acknowledged>>> = (0..CLIENTS).map(|_| Arc::default()).collect();
    for round in 0..ROUNDS {
        let server = Running::start(&mut program(&arguments));
        let address = server.address();
        for (nth, acknowledged) in acknowledged.iter().enumerate() {
            let acknowledged = acknowledged.lock().expect("unharmed").clone();
            check(address, nth, &acknowledged).await;
        }
        // Kill the server while requests are in flight, after a different number of answers in each round.
        let answers = Arc::new(AtomicUsize::new(0));
        let clients: Vec<_> = acknowledged
            .iter()
            .enumerate()
            .map(|(nth, acknowledged)| {
                tokio::spawn(client(address, nth, round, acknowledged.clone(), answers.clone()))
            })
            .collect();
        while answers.load(Ordering::Acquire) <= round % 17 && !clients.iter().all(|one| one.is_finished()) {
            tokio::task::yield_now().await;
        }
        assert_eq!(server.end("KILL").0.code(), None);
        for client in clients {
            client.await.expect("no client fails");
        }
    }
    let answered: usize =
        acknowledged.iter().map(|acknowledged| acknowledged.lock().expect("unharmed").samples.len()).sum();
    assert!(answered >= ROUNDS, "{answered} samples over all rounds");
}

/// Changes a world until the server is killed, and records what was answered.
async fn client(
    address: std::net::SocketAddr,
    nth: usize,
    round: usize,
    acknowledged: Arc<Mutex<Acknowledged>>,
    answers: Arc<AtomicUsize>,
) {
    for step in 0.. {
        let sha256 = hex(&derived(format!("{nth} {round} {step}").as_bytes(), "kill")[..32]);
        let asks = [
            // The clock comes first: a rate-limit window opened in real time would not be valid at an earlier time.
            ask("PUT", &format!("/_world/w{nth}/_scandouble/clock")).json(&format!(
                r#"{{"at":"2026-03-01T12:{:02}:{:02}Z","frozen":true}}"#,
                round,
                step % 60
            )),
            ask("PUT", &format!("/_world/w{nth}/_scandouble/samples/{sha256}"))
                .json(r#"{"name":"x","verdict":"infected"}"#),
            post(&format!("/_world/w{nth}/api/samples/{sha256}/analyze/"))
                .header("Authorization", "Token sometoken")
                .form("analysis=cloud"),
            get(&format!("/_world/w{nth}/v2/hash/{sha256}")).header("apikey", "somekey"),
        ];
        for (kind, ask) in asks.into_iter().enumerate() {
            let Some(answer) = try_exchange(address, &ask.bytes()).await else { return };
            let mut acknowledged = acknowledged.lock().expect("unharmed");
            match kind {
                0 => acknowledged.now = answer.json()["now"].as_str().expect("a time").to_owned(),
                1 => acknowledged.samples.push(sha256.clone()),
                2 => acknowledged.queued.push(sha256.clone()),
                _ => {
                    acknowledged.used =
                        answer.header("X-RateLimit-Used").and_then(|used| used.parse().ok()).expect("a count")
                }
            }
            assert!(answer.status < 300, "{}", answer.text());
            answers.fetch_add(1, Ordering::AcqRel);
        }
    }
}

/// Sends a request; `None` if the server is killed before the whole answer has arrived.
async fn try_exchange(address: std::net::SocketAddr, request: &[u8]) -> Option<Answer> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await.ok()?;
    stream.write_all(request).await.ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.ok()?;
    let answer = Answer::read(&bytes)?;
    let length = answer.header("Content-Length")?.parse::<usize>().ok()?;
    (answer.body.len() == length).then_some(answer)
}

/// Asserts that the server has everything that was acknowledged.
async fn check(address: std::net::SocketAddr, nth: usize, acknowledged: &Acknowledged) {
    let send = |ask: Ask| async move { exchange(address, &ask.bytes()).await };
    // An incomplete write would lose the latest changes; one list has enough of them.
    let list = send(get(&format!("/_world/w{nth}/_scandouble/samples?limit=1000&verdict=infected")))
        .await
        .text()
        .to_owned();
    for sha256 in acknowledged.samples.iter().rev().take(900) {
        assert!(list.contains(sha256.as_str()), "{sha256} of w{nth} was answered, and is lost");
    }
    for sha256 in acknowledged.queued.iter().rev().take(3) {
        let shown = send(get(&format!("/_world/w{nth}/_scandouble/samples/{sha256}"))).await;
        assert_eq!(shown.json()["analyses"][0]["engine"], "cloud", "{}", shown.text());
    }
    if acknowledged.used > 0 {
        let used = send(
            get(&format!("/_world/w{nth}/v2/hash/{}", acknowledged.samples[0])).header("apikey", "somekey"),
        )
        .await;
        let used: u64 = used.header("X-RateLimit-Used").and_then(|used| used.parse().ok()).expect("a count");
        assert!(used > acknowledged.used, "{used} after {}", acknowledged.used);
    }
    if !acknowledged.now.is_empty() {
        let clock = send(get(&format!("/_world/w{nth}/_scandouble/clock"))).await.json();
        // The last change may have been saved without its answer arriving.
        assert!(clock["now"].as_str().is_some_and(|now| *now >= *acknowledged.now), "{clock}");
    }
}
