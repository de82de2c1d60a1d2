//! The program under test, in a separate process.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use crate::http1;

/// The admin token of the files that start the program with one; the others ignore it.
const TOKEN: &str = "secret";

/// A running program, which is stopped on drop.
pub(crate) struct Program {
    child: Child,
    address: SocketAddr,
}

impl Program {
    /// Starts the program on a free port with the fixtures of this folder.
    pub(crate) fn start(flags: &[String]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scandouble"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SCANDOUBLE_")) {
            command.env_remove(name);
        }
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "json", "--log-level", "info"]);
        command.args(["--fixtures", "tests/replies/fixtures"]).args(flags);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let out = child.as_mut().ok().and_then(|child| child.stdout.take()).expect("the program starts");
        let mut lines = BufReader::new(out).lines().map_while(Result::ok);
        let line = lines.find(|line| line.contains(r#""event":"listening""#)).expect("it listens");
        let event: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let address = event["address"].as_str().and_then(|address| address.parse().ok()).expect("an address");
        // Drain the log, since a full pipe would block the program.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child: child.expect("it started"), address }
    }

    /// The address on which it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Freezes the clock of the default world.
    pub(crate) fn freeze_clock(&self) {
        self.ask("PUT", "/_scandouble/clock", r#"{"at":"2026-03-01T12:00:00Z","frozen":true}"#);
    }

    /// The body of a reply, whose status must be 200.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Authorization: Bearer {TOKEN}\r\nContent-Length: {length}\r\n\r\n"
        );
        let (reply, _) = http1::exchange(self.address, &[head.as_bytes(), body.as_bytes()].concat());
        let reply = String::from_utf8(reply).expect("UTF-8");
        let (head, body) = reply.split_once("\r\n\r\n").expect("a reply");
        assert!(head.starts_with("HTTP/1.1 200 "), "{method} {path}: {reply}");
        body.to_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
