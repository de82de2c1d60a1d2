//! A server with a state file, in a process that can be killed.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use crate::harness::program::{Running, file, program};
use crate::harness::{Answer, Ask};
use crate::shim::Shim;

const SET: &str = "
accounts:
  spectra_intelligence: [{user: u/test, password: secret, daily_quota: 100}]
  spectra_analyze: [{token: sometoken}]
  metadefender_cloud: [{key: somekey, lookup_limit: 100}]
  metadefender_core: [{key: corekey}]
samples:
  - {name: one.exe, content: one, verdict: infected, threat: Trojan.One, scanned_at: '2026-01-01T00:00:00Z'}
  - {name: two.exe, content: two, verdict: clean, scanned_at: '2026-01-01T00:00:00Z'}
";
/// How long an answer may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder of its own for a test, emptied, with the path of a state file in it.
pub fn fresh(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder.join("state.db")
}

/// The command that serves with this state file.
pub fn command(db: &Path, shim: Option<&Shim>) -> Command {
    // Written once: another test may be starting a server with it.
    static FIXTURES: LazyLock<PathBuf> = LazyLock::new(|| file("faults.yaml", SET));
    let [db, set] = [db, &**FIXTURES].map(|path| path.to_str().expect("UTF-8"));
    let mut command = program(&["--log", "json", "--listen", "127.0.0.1:0", "--db", db, "--fixtures", set]);
    // Beside the state file, under a name that the library does not watch.
    command.stderr(File::create(errors_of(Path::new(db))).expect("a file"));
    if let Some(shim) = shim {
        shim.attach(&mut command);
    }
    command
}

fn errors_of(db: &Path) -> PathBuf {
    db.with_file_name(format!("errors-{}", db.file_name().expect("a name").display()))
}

pub struct Server {
    running: Running,
    address: SocketAddr,
}

impl Server {
    pub fn start(db: &Path, shim: Option<&Shim>) -> Self {
        Self::try_start(db, shim).unwrap_or_else(|error| panic!("the server does not start: {error}"))
    }

    /// The error is what it printed instead of its address.
    pub fn try_start(db: &Path, shim: Option<&Shim>) -> Result<Self, String> {
        let running = Running::start(&mut command(db, shim));
        let lines = running.lines_until_end(|line| line.contains(r#""event":"listening""#));
        let event: serde_json::Value =
            lines.last().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
        match event["address"].as_str().map(str::parse) {
            Some(Ok(address)) => Ok(Self { running, address }),
            _ => Err(lines.join("\n") + &std::fs::read_to_string(errors_of(db)).expect("text")),
        }
    }

    /// The answer, or `None` if there is none, because the server was killed.
    pub fn send(&self, ask: &Ask) -> Option<Answer> {
        send(self.address, ask)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn kill(self) {
        assert_eq!(self.running.end("KILL").0.code(), None);
    }

    /// Stops it as SIGTERM does; it must end with 0.
    pub fn stop(self) {
        assert_eq!(self.running.end("TERM").0.code(), Some(0));
    }
}

pub fn send(address: SocketAddr, ask: &Ask) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.write_all(&ask.bytes()).ok()?;
    let mut bytes = Vec::new();
    // A killed server may leave half an answer.
    stream.read_to_end(&mut bytes).ok()?;
    let answer = Answer::read(&bytes)?;
    let length = answer.header("content-length").map_or(Some(0), |length| length.parse().ok());
    (length == Some(answer.body.len())).then_some(answer)
}
