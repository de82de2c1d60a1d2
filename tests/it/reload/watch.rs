//! `--watch`: changed files are reloaded.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use serde_json::Value;

use super::{folder, write};
use crate::harness::exchange;
use crate::harness::get;
use crate::harness::program::{Running, program};

/// Time limit for a change to be detected; generous, because the machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts a server that watches these files, with a JSON log.
fn watch(paths: &[&Path]) -> (Running, std::net::SocketAddr) {
    let mut command = program(&["--log", "json", "--listen", "127.0.0.1:0", "--watch"]);
    for path in paths {
        command.arg("--fixtures").arg(path);
    }
    let running = Running::start(&mut command);
    let address = running.address();
    (running, address)
}

/// Waits for the next log event about a reload.
fn next(running: &Running) -> Value {
    let lines = running
        .lines_until(|line| line.contains("fixtures reloaded") || line.contains("fixtures not reloaded"));
    serde_json::from_str(lines.last().expect("a line")).expect("JSON")
}

fn ask(address: std::net::SocketAddr, path: &str) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(exchange(address, &get(path).bytes())).json()
}

#[test]
fn changed_new_and_removed_files_are_detected() {
    let here = folder("watch");
    let sample = |name: &str| format!("samples: [{{name: {name}, file: {name}.bin, verdict: clean}}]");
    std::fs::write(here.join("a.bin"), "one").expect("written");
    std::fs::write(here.join("b.bin"), "b").expect("written");
    write(&here.join("a.yaml"), &sample("a"));
    let (running, address) = watch(&[&here]);
    let size = || ask(address, "/_scandouble/samples")["samples"][0]["size"].clone();
    assert_eq!(ask(address, "/_scandouble/fixtures")["watched"], true);
    assert_eq!(size(), 3);

    // Another file in the folder.
    write(&here.join("b.yaml"), &sample("b"));
    let event = next(&running);
    assert_eq!(
        (&event["level"], &event["samples"], &event["loads"]),
        (&"INFO".into(), &2.into(), &2.into()),
        "{event}"
    );
    assert_eq!(event["message"], format!("fixtures reloaded from {}", here.display()));
    // The content file of a sample, changed in place.
    std::fs::write(here.join("a.bin"), "three").expect("written");
    assert_eq!(next(&running)["loads"], 3);
    assert_eq!(size(), 5);
    // Same length, immediately afterwards.
    std::fs::write(here.join("a.bin"), "eerht").expect("written");
    assert_eq!(next(&running)["loads"], 4);
    // A removed fixture, whose content file is no longer used.
    std::fs::remove_file(here.join("b.yaml")).expect("removed");
    let event = next(&running);
    assert_eq!((&event["samples"], &event["loads"]), (&1.into(), &5.into()));
    std::fs::write(here.join("b.bin"), "other").expect("written");
    write(&here.join("a.yaml"), &sample("b"));
    let event = next(&running);
    assert_eq!((&event["samples"], &event["loads"]), (&1.into(), &6.into()));
    assert_eq!(size(), 5);
    assert!(running.end("TERM").0.success());
}

#[test]
fn an_invalid_edit_keeps_the_old_set_and_logs_all_errors() {
    let here = folder("watch-faulty");
    let path = here.join("set.yaml");
    write(&path, "samples: [{name: a, content: a, verdict: clean}]");
    let (running, address) = watch(&[&path]);
    write(
        &path,
        "samples:\n- {name: a, content: a, verdict: klean}\n- {nam: b, content: b, verdict: clean}\n",
    );
    let event = next(&running);
    assert_eq!((&event["level"], &event["errors"]), (&"ERROR".into(), &3.into()), "{event}");
    let message = event["message"].as_str().expect("a message");
    let start = format!(
        "fixtures not reloaded, the previous ones stay:\n{0}:2:34: error: unknown verdict \"klean\"\n 2 | - {{name: a, ",
        path.display()
    );
    assert!(message.starts_with(&start), "{message}");
    assert!(message.contains(":3:4: error: unknown field \"nam\""), "{message}");
    let health = ask(address, "/_scandouble/health");
    assert_eq!(
        (&health["status"], &health["samples"], &health["fixtures"]),
        (&"ok".into(), &1.into(), &"faulty".into())
    );
    assert_eq!(ask(address, "/_scandouble/fixtures")["errors"].as_array().map(Vec::len), Some(3));

    write(&path, "samples: []");
    assert_eq!(next(&running)["samples"], 0);
    assert_eq!(ask(address, "/_scandouble/health")["fixtures"], "in-force");
    assert!(running.end("TERM").0.success());
}

#[test]
fn text_logs_go_to_standard_error() {
    let here = folder("watch-text");
    let path = here.join("set.yaml");
    write(&path, "samples: [{name: a, content: a, verdict: clean}]");
    let mut command: Command = program(&["--listen", "127.0.0.1:0", "--watch", "--fixtures"]);
    let mut child =
        command.arg(&path).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let stdout = lines(child.stdout.take().expect("its output"));
    let stderr = lines(child.stderr.take().expect("its errors"));
    until(&stdout, "Health: ");
    write(&path, "samples: [{name: a, content: a, verdict: klean}]");
    until(&stderr, "ERROR scandouble::fixtures::watch: fixtures not reloaded, the previous ones stay:");
    until(&stderr, ":1:42: error: unknown verdict \"klean\"");
    write(&path, "samples: []");
    until(&stderr, "INFO scandouble::fixtures::watch: fixtures reloaded from ");
    child.kill().expect("it ends");
    child.wait().expect("it ended");
}

fn lines(from: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (send, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        BufReader::new(from).lines().map_while(Result::ok).try_for_each(|line| send.send(line))
    });
    lines
}

fn until(lines: &Receiver<String>, part: &str) {
    let mut seen = Vec::new();
    loop {
        let line = lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{part:?} never came: {seen:#?}"));
        seen.push(line);
        if seen.last().is_some_and(|line| line.contains(part)) {
            return;
        }
    }
}
