//! Persistence with failing writes: changes answered with 2xx survive a kill, even if other writes failed in between.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::harness::program::{Running, file, program};
use crate::harness::{Answer, Ask, ask, exchange, get, post};
use crate::state_across_restarts::fresh;

const SET: &str = "
accounts:
  metadefender_core: [{key: corekey}]
";

/// Fails `fsync` and `fdatasync` with EIO for as long as the file in `FAIL_SYNC` exists.
const FAILING_SYNC: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
static int fails(void) {
    const char *path = getenv("FAIL_SYNC");
    return path && access(path, F_OK) == 0;
}
int fsync(int fd) {
    if (fails()) { errno = EIO; return -1; }
    return (int)syscall(SYS_fsync, fd);
}
int fdatasync(int fd) {
    if (fails()) { errno = EIO; return -1; }
    return (int)syscall(SYS_fdatasync, fd);
}
"#;

/// A server with its own state file; the test can make its writes fail.
struct Server {
    running: Running,
    address: SocketAddr,
}

impl Server {
    fn start(db: &Path) -> Self {
        Self::start_with(db, |_| {})
    }

    fn start_with(db: &Path, more: impl FnOnce(&mut Command)) -> Self {
        let set = file("persistence.yaml", SET);
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
        let program = program(&arguments);
        // A write above the limit sends a signal first, which would end the program; the shell has it ignored.
        let mut command = Command::new("sh");
        command
            .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
            .arg(program.get_program())
            .args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.stdin(Stdio::null());
        more(&mut command);
        let running = Running::start(&mut command);
        let address = running.address();
        Self { running, address }
    }

    async fn send(&self, ask: Ask) -> Answer {
        exchange(self.address, &ask.bytes()).await
    }

    /// Limits the size of files that the process writes, in bytes (`unlimited` for none): writes beyond it fail.
    fn limit_files(&self, limit: &str) {
        let limit = format!("--fsize={limit}:unlimited");
        let done = Command::new("prlimit").args(["--pid", &self.running.id().to_string(), &limit]).status();
        assert!(done.expect("prlimit runs").success());
    }

    async fn add(&self, name: &str) -> Answer {
        let sample = format!("samples: [{{name: {name}, content: {name}, verdict: clean}}]");
        self.send(post("/_world/w/_scandouble/samples").body(sample)).await
    }

    async fn health(&self) -> Value {
        let answer = self.send(get("/_scandouble/health")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    async fn names(&self) -> Vec<String> {
        let list = self.send(get("/_world/w/_scandouble/samples?limit=1000")).await.json();
        let samples = list["samples"].as_array().expect("a list").iter();
        samples.map(|sample| sample["name"].as_str().expect("a name").to_owned()).collect()
    }

    fn kill(self) {
        assert_eq!(self.running.end("KILL").0.code(), None);
    }

    /// Ends the server with SIGTERM.
    fn stop(self) {
        assert_eq!(self.running.end("TERM").0.code(), Some(0));
    }

    /// Ends the server with SIGTERM; returns what it warned of.
    fn stop_with_warnings(self) -> Vec<String> {
        self.running.send("TERM");
        let lines = self.running.lines_until_end(|_| false);
        assert_eq!(self.running.end("TERM").0.code(), Some(0));
        lines.into_iter().filter(|line| line.contains("\"WARN\"")).collect()
    }

    /// Ends the server with SIGTERM; returns the log line that lists the lost changes.
    fn stop_with_losses(self) -> String {
        let sent = Command::new("kill").args(["-TERM", &self.running.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
        let mut lines = self.running.lines_until(|line| line.contains("are lost"));
        lines.pop().expect("the line")
    }
}

/// Asserts that a failed write is reported by the admin API and by a vendor API, each in its own error format, and by
/// the health endpoint.
async fn assert_refused(server: &Server, reason: &str) {
    let refused = server.add("refused").await;
    assert_eq!(refused.status, 500, "{}", refused.text());
    assert!(refused.text().contains(reason), "{}", refused.text());
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    let upload = post("/_world/w/file").header("apikey", "corekey").header("filename", "f").body("uploaded");
    let refused = server.send(upload).await;
    assert_eq!(refused.status, 500, "{}", refused.text());
    assert!(refused.json()["err"].as_str().is_some_and(|text| text.contains(reason)), "{}", refused.text());
    let health = server.health().await;
    assert_eq!(health["status"], "degraded");
    assert!(health["reason"].as_str().is_some_and(|text| text.contains(reason)), "{health}");
}

#[tokio::test]
async fn answered_writes_survive_a_kill_after_failed_commits() {
    let db = fresh("persistence-commits.db");
    let server = Server::start(&db);
    assert_eq!(server.add("before").await.status, 200);
    for round in 0..4 {
        server.limit_files("1");
        for name in ["failed-a", "failed-b", "failed-c"] {
            assert_eq!(server.add(&format!("{name}-{round}")).await.status, 500);
        }
        assert_eq!(server.health().await["status"], "degraded");
        server.limit_files("unlimited");
        assert_eq!(server.add(&format!("after-{round}")).await.status, 200);
        assert_eq!(server.health().await["status"], "ok");
        assert_eq!(server.health().await.get("reason"), None);
    }
    assert_eq!(server.add("last").await.status, 200);
    let seen = server.names().await;
    server.kill();
    let server = Server::start(&db);
    assert_eq!(server.names().await, seen);
    assert!(seen.contains(&"last".to_owned()) && seen.len() == 2 + 4 * 4, "{seen:?}");
}

#[tokio::test]
async fn failed_writes_are_reported_by_all_apis_and_retried_with_the_next_answer() {
    let db = fresh("persistence-reported.db");
    let server = Server::start(&db);
    server.limit_files("1");
    assert_refused(&server, "persistence-reported.db").await;
    server.limit_files("unlimited");
    // The health request retries the write too.
    assert_eq!(server.health().await["status"], "ok");
    let seen = server.names().await;
    assert_eq!(seen.len(), 2);
    server.kill();
    assert_eq!(Server::start(&db).names().await, seen);
}

#[tokio::test]
async fn failed_syncs_count_as_failed_writes() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (source, library) = (file("failing_sync.c", FAILING_SYNC), folder.join("failing_sync.so"));
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    assert!(built.expect("cc runs").success());
    let db = fresh("persistence-sync.db");
    let switch = fresh("persistence-sync.switch");
    let server = Server::start_with(&db, |command| {
        command.env("LD_PRELOAD", &library).env("FAIL_SYNC", &switch);
    });
    assert_eq!(server.add("before").await.status, 200);
    std::fs::write(&switch, "").expect("written");
    for name in ["failed-a", "failed-b", "failed-c"] {
        assert_eq!(server.add(name).await.status, 500);
    }
    assert_eq!(server.health().await["status"], "degraded");
    std::fs::remove_file(&switch).expect("removed");
    assert_eq!(server.add("after").await.status, 200);
    assert_eq!(server.health().await["status"], "ok");
    server.kill();
    let seen = Server::start(&db).names().await;
    assert_eq!(seen, ["before", "failed-a", "failed-b", "failed-c", "after"]);
}

#[tokio::test]
async fn a_stop_retries_writes_and_logs_lost_changes() {
    let db = fresh("persistence-stop.db");
    let server = Server::start(&db);
    server.limit_files("1");
    assert_eq!(server.add("a").await.status, 500);
    assert_eq!(server.add("b").await.status, 500);
    server.limit_files("unlimited");
    server.stop();
    let server = Server::start(&db);
    assert_eq!(server.names().await, ["a", "b"]);
    server.limit_files("1");
    assert_eq!(server.add("c").await.status, 500);
    let line: Value = serde_json::from_str(&server.stop_with_losses()).expect("JSON");
    let message = line["message"].as_str().expect("a message");
    assert_eq!(line["level"], "ERROR");
    assert!(message.starts_with("the latest changes of \"w\" ("), "{message}");
    assert!(message.contains("samples") && message.contains("cannot write"), "{message}");
    assert_eq!(Server::start(&db).names().await, ["a", "b"]);
}

#[tokio::test]
async fn a_removed_or_replaced_state_file_is_reported() {
    let db = fresh("persistence-moved.db");
    let aside = fresh("persistence-moved-aside.db");
    let server = Server::start(&db);
    assert_eq!(server.add("before").await.status, 200);
    std::fs::rename(&db, &aside).expect("moved");
    let reason = "persistence-moved.db was removed or replaced while the server was running";
    assert_refused(&server, reason).await;
    assert!(!db.exists(), "no empty file takes its place");
    std::fs::write(&db, "another file").expect("written");
    assert_refused(&server, reason).await;
    assert_eq!(std::fs::read_to_string(&db).expect("still there"), "another file");
    // Writing resumes when the file is restored.
    std::fs::rename(&aside, &db).expect("moved back");
    assert_eq!(server.add("after").await.status, 200);
    assert_eq!(server.health().await["status"], "ok");
    let seen = server.names().await;
    server.kill();
    let server = Server::start(&db);
    assert_eq!(server.names().await, seen);
    std::fs::remove_file(&db).expect("removed");
    assert_eq!(server.add("lost").await.status, 500);
    let line = server.stop_with_losses();
    assert!(line.contains(reason), "{line}");
}

#[tokio::test]
async fn a_removed_write_ahead_log_loses_no_changes() {
    let db = fresh("persistence-wal.db");
    let server = Server::start(&db);
    let wal = PathBuf::from(format!("{}-wal", db.display()));
    assert_eq!(server.add("before").await.status, 200);
    std::fs::remove_file(&wal).expect("there is one");
    assert_eq!(server.add("after").await.status, 200);
    server.kill();
    let server = Server::start(&db);
    assert_eq!(server.names().await, ["before", "after"]);
    // The new log is opened once, and not anew for each write.
    std::fs::remove_file(&wal).expect("there is one");
    for name in ["a", "b", "c"] {
        assert_eq!(server.add(name).await.status, 200);
    }
    assert_eq!(server.send(ask("DELETE", "/_scandouble/worlds/w")).await.status, 204);
    let warnings = server.stop_with_warnings();
    let anew = warnings.iter().filter(|line| line.contains("it is written anew")).count();
    assert_eq!(anew, 1, "{warnings:#?}");
    assert!(!wal.exists(), "its changes are in the file after a stop");
}
