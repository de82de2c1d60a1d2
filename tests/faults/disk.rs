//! A disk that is full and has space again, is slow, cannot be written at all, or holds a file that somebody else has.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;

use crate::harness::{get, post};
use crate::server::{Server, fresh, send};
use crate::session::{fixture, last, requests, view};
use crate::shim::{Kind, Shim};

const EVER: u64 = u64::MAX;

fn health(server: &Server) -> Value {
    server.send(&get("/_scandouble/health")).expect("an answer").json()
}

#[test]
fn a_full_disk_is_reported_and_everything_is_saved_once_there_is_space() {
    for kind in [Kind::Full, Kind::Torn] {
        for full_after in 0..=3 {
            let db = fresh(&format!("full-{kind:?}-{full_after}"));
            let shim = Shim::new(&db);
            let server = Server::start(&db, Some(&shim));
            for (nth, ask) in requests().iter().enumerate() {
                if nth == full_after {
                    shim.inject(kind, shim.calls() + 1, EVER);
                }
                let answer = server.send(ask).expect("an answer");
                // Not every API says why in its 500; the health endpoint does.
                let expected = if nth < full_after { 200..300 } else { 500..501 };
                assert!(expected.contains(&answer.status), "{nth}: {} {}", answer.status, answer.text());
            }
            assert_eq!(health(&server)["status"], "degraded");
            shim.stop();
            // A health check saves what was not saved.
            assert_eq!(health(&server)["status"], "ok");
            let seen = view(&server);
            server.kill();
            let server = Server::start(&db, None);
            assert_eq!(view(&server), seen, "{kind:?} after {full_after}");
            server.stop();
        }
    }
}

#[test]
fn an_answer_waits_for_a_slow_disk_and_others_do_not() {
    let db = fresh("slow");
    let shim = Shim::new(&db);
    shim.only('s');
    let server = Server::start(&db, Some(&shim));
    shim.delay_ms(3000);
    shim.inject(Kind::Delay, shim.calls() + 1, shim.calls() + 1);
    let address = server.address();
    let since = scandouble::internals::clock::stopwatch();
    let slow =
        std::thread::spawn(move || send(address, &post("/_world/w/_scandouble/samples").body(fixture("a"))));
    while shim.fired() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    // Nothing has changed since the last write that these would have to wait for.
    let health = health(&server);
    assert_eq!(health["status"], "degraded");
    assert!(health["reason"].as_str().is_some_and(|why| why.contains("longer than 1 s")), "{health}");
    assert!(!slow.is_finished(), "the answer waits for the sync");
    let answer = slow.join().expect("joined").expect("an answer");
    assert!(answer.status == 200 && since.elapsed() >= Duration::from_secs(3), "{answer:?}");
    assert_eq!(self::health(&server)["status"], "ok");
    server.kill();
    assert!(view(&Server::start(&db, None)).contains_key("w"));
}

#[test]
fn a_read_only_file_is_refused_and_left_unchanged() {
    let db = fresh("read-only");
    let server = Server::start(&db, None);
    assert_eq!(server.send(&last()).expect("an answer").status, 200);
    server.stop();
    let bytes = std::fs::read(&db).expect("its bytes");
    let shim = Shim::new(&db);
    // Whoever runs as root may write to any file, so that a mode is not enough.
    std::fs::set_permissions(&db, std::fs::Permissions::from_mode(0o444)).expect("its mode");
    shim.inject(Kind::Error, 1, EVER);
    let error = Server::try_start(&db, Some(&shim)).err().expect("is refused");
    assert!(error.contains("state.db cannot be "), "{error}");
    assert_eq!(std::fs::read(&db).expect("its bytes"), bytes);
}

#[test]
fn a_file_that_another_process_locks_is_refused() {
    let db = fresh("locked");
    let server = Server::start(&db, None);
    let in_use = || Server::try_start(&db, None).err().expect("is refused");
    assert!(in_use().contains("is in use by another scandouble"));
    assert_eq!(server.send(&last()).expect("an answer").status, 200, "the first one goes on");
    server.stop();
    let other = Connection::open(&db).expect("opens");
    other.execute_batch("begin exclusive").expect("locked");
    assert!(in_use().contains("is in use by another scandouble"));
    other.execute_batch("rollback").expect("unlocked");
    drop(other);
    assert!(view(&Server::start(&db, None)).contains_key("w"));
}
