//! Helpers for all tests: emulators, and an HTTP client that sends and returns raw bytes.

// Not every test file uses every helper.
#![allow(dead_code)]

pub mod program;
pub mod secure;

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use scandouble::Builder;
use scandouble::Emulator;
use scandouble::internals::clock::Clock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The time at which the clocks of tests are frozen.
pub const NOW: &str = "2026-03-01T12:00:00Z";

/// Starts an emulator with these fixtures (YAML) only. The clock of its default world is frozen at [`NOW`].
pub async fn start(fixtures: &str) -> Emulator {
    start_with(fixtures, |builder| builder).await
}

/// Like [`start`], with more settings.
pub async fn start_with(fixtures: &str, more: impl FnOnce(Builder) -> Builder) -> Emulator {
    let builder = more(Emulator::builder().fixtures_text("test.yaml", fixtures));
    frozen(builder.start().await.unwrap_or_else(|error| panic!("the emulator does not start: {error}")))
}

/// Starts an emulator with the built-in fixtures. The clock of its default world is frozen at [`NOW`].
pub async fn start_builtin() -> Emulator {
    frozen(Emulator::builder().start().await.unwrap_or_else(|error| panic!("does not start: {error}")))
}

fn frozen(emulator: Emulator) -> Emulator {
    clock(&emulator).freeze(Some(NOW.parse().expect("a timestamp")));
    emulator
}

/// The clock of the default world.
pub fn clock(emulator: &Emulator) -> Arc<Clock> {
    emulator.world("default").state().clock.clone()
}

/// Advances the clock of the default world.
pub fn advance(emulator: &Emulator, seconds: f64) {
    clock(emulator).advance(jiff::SignedDuration::from_secs_f64(seconds));
}

/// Parses a timestamp.
pub fn instant(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

/// A request to be sent.
#[derive(Clone, Debug)]
pub struct Ask {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    chunked: bool,
}

pub fn get(path: &str) -> Ask {
    ask("GET", path)
}

pub fn post(path: &str) -> Ask {
    ask("POST", path)
}

pub fn ask(method: &str, path: &str) -> Ask {
    Ask {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
        chunked: false,
    }
}

impl Ask {
    /// Adds a header, which is sent as written.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds HTTP Basic credentials.
    pub fn basic(self, user: &str, password: &str) -> Self {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        self.header("Authorization", &format!("Basic {encoded}"))
    }

    /// Sets the body, and with it `Content-Length`.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets a JSON body and its content type.
    pub fn json(self, body: &str) -> Self {
        self.header("Content-Type", "application/json").body(body)
    }

    /// Sets an urlencoded body and its content type.
    pub fn form(self, body: &str) -> Self {
        self.header("Content-Type", "application/x-www-form-urlencoded").body(body)
    }

    /// Sends the body as one chunk, without `Content-Length`.
    pub fn without_length(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// Sends the request on a new connection and reads the whole answer.
    pub async fn send(self, emulator: &Emulator) -> Answer {
        exchange(emulator.address(), &self.bytes()).await
    }

    /// The request as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nHost: scandouble.test\r\nConnection: close\r\n",
            self.method, self.path
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.chunked {
            let length = self.body.len();
            head.push_str("Transfer-Encoding: chunked\r\n\r\n");
            head.push_str(&format!("{length:x}\r\n"));
            return [head.as_bytes(), &self.body, b"\r\n0\r\n\r\n"].concat();
        }
        if !self.body.is_empty() || !matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS") {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// Sends raw bytes and reads until the server closes the connection.
pub async fn exchange(address: SocketAddr, request: &[u8]) -> Answer {
    let stream = TcpStream::connect(address).await.expect("connects");
    let (mut from, mut to) = stream.into_split();
    let request = request.to_vec();
    // A server may answer and close before it has read everything; the caller checks the answer.
    let writing = tokio::spawn(async move {
        let _ = to.write_all(&request).await;
        to
    });
    let mut bytes = Vec::new();
    let read = from.read_to_end(&mut bytes).await;
    drop(writing.await);
    assert!(read.is_ok() || !bytes.is_empty(), "no answer: {read:?}");
    Answer::read(&bytes).expect("an answer")
}

/// An answer as received.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Parses an answer. Returns `None` if the bytes are not a complete head.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1))?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Some(Self { status: status.parse().ok()?, headers, body: bytes[end + 4..].to_vec() })
    }

    /// The value of a header, if present. Panics if the header is repeated.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} came twice: {:?}", self.headers);
        value
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text()))
    }

    /// Asserts status, content type (empty for none) and body, byte for byte, and the behaviours by full name,
    /// most specific first, with the provenance.
    #[track_caller]
    pub fn assert_reply(
        &self,
        status: u16,
        content_type: &str,
        body: &str,
        behaviours: &str,
        provenance: &str,
    ) {
        assert_eq!(self.status, status, "status of {self:?}");
        assert_eq!(self.text(), body, "body");
        assert_eq!(self.header("content-type").unwrap_or_default(), content_type, "content type");
        assert_eq!(self.header("content-length"), Some(body.len().to_string().as_str()), "content length");
        assert_eq!(self.header("scandouble-behaviour").unwrap_or_default(), behaviours, "behaviours");
        assert_eq!(self.header("scandouble-provenance").unwrap_or_default(), provenance, "provenance");
    }
}

/// Asserts that an answer is a problem document, and returns its `detail`.
#[track_caller]
pub fn problem(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let body = answer.json();
    assert_eq!(body["status"], status);
    body["detail"].as_str().expect("a detail").to_owned()
}

/// The SHA-1 of a text, in hexadecimal.
pub fn sha1(content: &str) -> String {
    use sha1::Digest as _;
    scandouble::internals::ids::hex(&sha1::Sha1::digest(content))
}
