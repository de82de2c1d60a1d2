//! Runs the real binary in a separate process.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_scandouble");
/// Far longer than any wait here takes, even on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program, without the `SCANDOUBLE_*` environment variables of this process.
pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SCANDOUBLE_")) {
        command.env_remove(name);
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Writes a file for one test into cargo's folder for tests. An existing file is overwritten.
pub fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("a file in cargo's folder for tests");
    path
}

/// A running program.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let (send, lines) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Self { child, lines }
    }

    /// The process identifier.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Reads the lines of its output up to the first that `is` accepts.
    pub fn lines_until(&self, is: impl Fn(&str) -> bool) -> Vec<String> {
        let lines = self.lines_until_end(&is);
        assert!(lines.last().is_some_and(|line| is(line)), "the line never came; until then: {lines:#?}");
        lines
    }

    /// Reads the lines of its output up to the first that `is` accepts, or to the last one.
    pub fn lines_until_end(&self, is: impl Fn(&str) -> bool) -> Vec<String> {
        let mut lines = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            lines.push(line);
            if lines.last().is_some_and(|line| is(line)) {
                break;
            }
        }
        lines
    }

    /// Reads the events up to `listening`. The program must have been started with `--log json`.
    pub fn events(&self) -> Vec<Value> {
        let lines = self.lines_until(|line| line.contains(r#""event":"listening""#));
        lines.iter().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
    }

    /// The address on which it listens. The program must have been started with `--log json`.
    pub fn address(&self) -> SocketAddr {
        let events = self.events();
        let address = events.last().and_then(|event| event["address"].as_str()).expect("an address");
        address.parse().expect("an address")
    }

    /// Sends the signal of this name.
    pub fn send(&self, signal: &str) {
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(self.id().to_string()).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Sends a signal, waits for the end, and returns the exit status and the time that it took.
    pub fn end(mut self, signal: &str) -> (ExitStatus, Duration) {
        let since = scandouble::internals::clock::stopwatch();
        self.send(signal);
        (self.ended(since), since.elapsed())
    }

    /// Sends a signal, waits for the end, and returns the exit status and standard error (empty if not piped).
    pub fn end_with_errors(mut self, signal: &str) -> (ExitStatus, String) {
        let err = self.child.stderr.take();
        let (status, _) = self.end(signal);
        let mut text = String::new();
        if let Some(mut err) = err {
            err.read_to_string(&mut text).expect("text");
        }
        (status, text)
    }

    fn ended(&mut self, since: Instant) -> ExitStatus {
        loop {
            match self.child.try_wait().expect("its state") {
                Some(status) => return status,
                None if since.elapsed() > PATIENCE => panic!("the program does not end"),
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program to its end and returns the exit code, standard output and standard error.
pub fn outcome(command: &mut Command) -> (i32, String, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    // Read while it runs, since a full pipe would block it.
    let read = |mut from: Box<dyn std::io::Read + Send>| {
        std::thread::spawn(move || {
            let mut text = String::new();
            from.read_to_string(&mut text).expect("text");
            text
        })
    };
    let out = read(Box::new(child.stdout.take().expect("out")));
    let err = read(Box::new(child.stderr.take().expect("err")));
    let mut running = Running { child, lines: channel().1 };
    let status = running.ended(scandouble::internals::clock::stopwatch());
    let (out, err) = (out.join().expect("text"), err.join().expect("text"));
    (status.code().expect("an exit code"), out, err)
}

/// Like [`outcome`], with a short input on standard input.
pub fn outcome_fed(command: &mut Command, input: &str) -> (i32, String, String) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("sent");
    let ended = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (ended.status.code().expect("an exit code"), text(ended.stdout), text(ended.stderr))
}
