//! The server under test: an emulator in this process, reached through a Unix socket.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use http::{Method, Uri};
use scandouble::internals::server::Address;
use scandouble::{Builder, Emulator};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::runtime::{self, Runtime};

use crate::answer::Answer;
use crate::request::Request;

/// How long an answer may take. The fuzzer may run beside other work, at a low priority.
const PATIENCE: Duration = Duration::from_secs(60);
/// The time at which the clock of the default world is frozen.
const NOW: &str = "2026-03-01T12:00:00Z";

/// An emulator, and one connection to it, which stays open from input to input.
#[derive(Debug)]
pub struct Server {
    runtime: Runtime,
    emulator: Emulator,
    socket: PathBuf,
    connection: Option<UnixStream>,
}

impl Server {
    /// Starts an emulator in a thread of its own kind: everything but SQLite's threads runs on this one, so that an input takes
    /// the same steps each time.
    ///
    /// # Panics
    /// It does not start.
    #[must_use]
    pub fn start(more: impl FnOnce(Builder) -> Builder) -> Self {
        // Rust's `main` does this, but the one here is libFuzzer's. The server may close a connection that is written to.
        // SAFETY: no handler runs.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
        let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let socket = std::env::temp_dir().join(format!("scandouble-fuzz-{}.sock", std::process::id()));
        let builder = more(Emulator::builder().listen(Address::Unix(socket.clone())));
        let emulator = runtime.block_on(builder.start()).unwrap_or_else(|error| panic!("{error}"));
        let server = Self { runtime, emulator, socket, connection: None };
        server.freeze();
        server
    }

    fn freeze(&self) {
        let clock = self.emulator.world("default").state().clock.clone();
        clock.freeze(Some(NOW.parse().expect("a timestamp")));
    }

    /// The answer to a request.
    ///
    /// # Panics
    /// There is none.
    pub fn ask(&mut self, request: &Request) -> Answer {
        self.ask_within(request, PATIENCE).unwrap_or_else(|error| panic!("no answer: {error}"))
    }

    /// The answer to a request, if it is there in time.
    ///
    /// # Errors
    /// The server sends nothing, closes the connection, or takes longer.
    pub fn ask_within(&mut self, request: &Request, time: Duration) -> io::Result<Answer> {
        let (socket, kept) = (&self.socket, self.connection.take());
        let (answer, connection) = self.runtime.block_on(async {
            let mut connection = match kept {
                Some(connection) => connection,
                None => UnixStream::connect(socket).await?,
            };
            let exchange = exchange(&mut connection, request);
            let answer = tokio::time::timeout(time, exchange).await.map_err(io::Error::from)??;
            Ok::<_, io::Error>((answer, connection))
        })?;
        self.connection = Some(connection).filter(|_| !answer.is_last());
        Ok(answer)
    }

    /// Sends bytes in parts, each followed by a moment in which the server works on them, and returns what comes back until the
    /// server closes the connection. With `abort` the connection is closed without waiting for answers.
    ///
    /// # Panics
    /// The server does not close the connection although the client did.
    pub fn send(&self, parts: &[&[u8]], abort: bool) -> Vec<u8> {
        self.runtime.block_on(async {
            let mut connection = UnixStream::connect(&self.socket).await.expect("connects");
            let mut received = Vec::new();
            for part in parts {
                // The server may have closed the connection already.
                let _ = connection.write_all(part).await;
                tokio::task::yield_now().await;
                while connection.try_read_buf(&mut received).is_ok_and(|length| length > 0) {}
            }
            if !abort {
                let _ = connection.shutdown().await;
                let read = tokio::time::timeout(PATIENCE, connection.read_to_end(&mut received)).await;
                assert!(read.is_ok(), "the connection stays open; so far came {}", received.escape_ascii());
            }
            received
        })
    }

    /// Puts everything that requests to the vendor APIs may have changed back.
    pub fn reset(&mut self, requests: &[Request]) {
        if requests.iter().any(Request::names_a_world) {
            self.remove_worlds();
        }
        self.emulator.world("default").reset();
        self.freeze();
    }

    /// Puts everything back that requests to the admin API may have changed.
    pub fn reset_all(&mut self) {
        self.remove_worlds();
        self.own("POST", "/_scandouble/reset");
        self.freeze();
    }

    fn remove_worlds(&mut self) {
        let listed = self.own("GET", "/_scandouble/worlds");
        let listed: serde_json::Value = serde_json::from_slice(&listed.body).expect("JSON");
        let names =
            listed["worlds"].as_array().expect("worlds").iter().filter_map(|world| world["name"].as_str());
        for name in names.filter(|name| *name != "default") {
            self.own("DELETE", &format!("/_scandouble/worlds/{name}"));
        }
    }

    /// Everything that the journal of the default world shows.
    pub fn journal(&mut self) -> String {
        String::from_utf8(self.own("GET", "/_scandouble/journal").body).expect("UTF-8")
    }

    fn own(&mut self, method: &str, target: &str) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let answer = self.ask(&Request::new(method, &Uri::try_from(target).expect("a target"), &[], b""));
        assert!(answer.status < 300, "{target}: {answer:?}");
        answer
    }
}

/// Sends a request and reads its answer.
async fn exchange(connection: &mut UnixStream, request: &Request) -> io::Result<Answer> {
    connection.write_all(&request.bytes).await?;
    let mut received = Vec::new();
    let (mut answer, length) = loop {
        match Answer::head(&received) {
            Some(head) => break head,
            None if connection.read_buf(&mut received).await? == 0 => {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            None => {}
        }
    };
    let mut body = received.split_off(length);
    let has_none = request.method == Method::HEAD || matches!(answer.status, 204 | 304);
    let length = answer.header("content-length").and_then(|length| length.parse().ok());
    let missing = || io::Error::other("an answer without a length");
    let length: usize = if has_none { 0 } else { length.ok_or_else(missing)? };
    while body.len() < length {
        if connection.read_buf(&mut body).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    if body.len() > length {
        return Err(io::Error::other("bytes behind the answer"));
    }
    answer.body = body;
    Ok(answer)
}
