//! What the subcommands share that drive a running server: where it is, and how it is spoken to.

use std::cell::Cell;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use http::{Method, Request, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::net::TcpStream;

use super::announcement::reachable;
use super::log::{complain, say};
use super::{FAILED, MISUSED, missing_world};
use crate::fixtures::input::{self, InputError};
use crate::server::ListenAddress;

/// How long a server that is there may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which server, and which of its worlds.
#[derive(Debug, Args)]
#[command(next_help_heading = "The running server")]
pub(super) struct Target {
    /// Its base address, with or without a world's path [default: the address in SCANDOUBLE_LISTEN, or
    /// http://127.0.0.1:8080]
    #[arg(long, value_name = "URL", env = "SCANDOUBLE_URL", global = true, hide_env_values = true)]
    url: Option<String>,

    /// The world [default: default]
    #[arg(long, value_name = "NAME", env = "SCANDOUBLE_WORLD", global = true, hide_env_values = true)]
    pub(super) world: Option<String>,

    /// The token that it was started with, if it was [default: none]
    #[arg(long, value_name = "TOKEN", env = "SCANDOUBLE_ADMIN_TOKEN", global = true, hide_env_values = true)]
    admin_token: Option<Secret>,

    /// Print the JSON of the answer
    #[arg(long, global = true)]
    pub(super) json: bool,
}

/// A text that is not shown.
#[derive(Clone)]
pub(super) struct Secret(pub(super) String);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Why a subcommand did not do what it was asked; each with what to say.
#[derive(Debug)]
pub(super) enum Failure {
    /// What was asked is wrong by itself.
    Misused(String),
    /// The server said no, or there is none.
    Failed(String),
}

/// A file, or standard input, that cannot be read, or a file that cannot be written.
pub(super) fn io_failure(verb: &str, file: &str, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("cannot {verb} {file}: {error}"))
}

/// The text of a file, or of standard input for `-`.
pub(super) fn read(file: &str) -> Result<String, Failure> {
    let text = match file {
        "-" => input::read_stdin(input::RECORDING),
        path => input::read_text(Path::new(path), input::RECORDING),
    };
    text.map_err(|error| match error {
        InputError::Io(error) => io_failure("read", file, &error),
        other => Failure::Failed(format!("{file} {other}; {}", other.help())),
    })
}

impl Target {
    /// Does `act` with the door of the server; the exit code.
    pub(super) fn drive(self, act: impl AsyncFnOnce(&Door) -> Result<u8, Failure>) -> u8 {
        let door = match Door::of(self) {
            Ok(door) => door,
            Err(failure) => return tell(&failure),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let done = match runtime {
            Ok(runtime) => runtime.block_on(missing_world::noted_after(&door, act)),
            Err(error) => Err(Failure::Failed(error.to_string())),
        };
        done.unwrap_or_else(|failure| tell(&failure))
    }
}

/// Says why; the exit code.
pub(super) fn tell(failure: &Failure) -> u8 {
    let (code, what) = match failure {
        Failure::Misused(what) => (MISUSED, what),
        Failure::Failed(what) => (FAILED, what),
    };
    complain(&format!("scandouble: {what}"));
    code
}

/// The operator's door of a running server.
pub(super) struct Door {
    /// The server's base address without a path, for people.
    pub(super) url: String,
    /// What goes in front of the door's paths: `/_world/t42`, or nothing.
    pub(super) prefix: String,
    json: bool,
    authority: String,
    host: String,
    port: u16,
    token: Option<Secret>,
    /// Whether the server has answered.
    pub(super) reached: Cell<bool>,
}

/// What the server said.
pub(super) struct Answer {
    status: u16,
    is_json: bool,
    pub(super) text: String,
    pub(super) value: Value,
}

impl Answer {
    /// Its body as a problem's `detail`, if it is one.
    pub(super) fn detail(&self) -> Option<&str> {
        self.value["detail"].as_str()
    }

    pub(super) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(super) fn status(&self) -> u16 {
        self.status
    }
}

impl Door {
    fn of(target: Target) -> Result<Self, Failure> {
        let Target { url, world, admin_token, json } = target;
        let url = url.filter(|url| !url.is_empty()).map_or_else(usual_url, Ok)?;
        let bad = |why: &str| Failure::Misused(format!("{url:?} is no base address: {why}"));
        let whole = if url.contains("://") { url.clone() } else { format!("http://{url}") };
        let uri: Uri = whole.parse().map_err(|_| bad("write http://127.0.0.1:8080"))?;
        if uri.scheme_str() != Some("http") {
            return Err(bad("only http is spoken"));
        }
        let (authority, host) = match (uri.authority(), uri.host()) {
            (Some(authority), Some(host)) if !authority.as_str().contains('@') => (authority, host),
            _ => return Err(bad("write http://127.0.0.1:8080")),
        };
        if authority.as_str() != host && uri.port_u16().is_none() {
            return Err(bad("the port is no number from 0 to 65535"));
        }
        let path = uri.path().trim_end_matches('/');
        let world = world.filter(|world| !world.is_empty());
        let prefix = match (world, path.rsplit_once("/_world/")) {
            (Some(world), Some((before, _))) => format!("{before}/_world/{}", encode(&world)),
            (Some(world), None) => format!("{path}/_world/{}", encode(&world)),
            (None, _) => path.to_owned(),
        };
        Ok(Self {
            url: format!("http://{authority}"),
            prefix,
            json,
            authority: authority.to_string(),
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: uri.port_u16().unwrap_or(80),
            token: admin_token.filter(|token| !token.0.is_empty()),
            reached: Cell::new(false),
        })
    }

    /// The same door, for what belongs to no world: asking for it must not make one.
    pub(super) fn of_server(&self) -> Self {
        let before = self.prefix.rsplit_once("/_world/").map_or(self.prefix.as_str(), |(before, _)| before);
        Self {
            prefix: before.to_owned(),
            url: self.url.clone(),
            authority: self.authority.clone(),
            host: self.host.clone(),
            token: self.token.clone(),
            reached: self.reached.clone(),
            ..*self
        }
    }

    /// Whether the answers are wanted as they come.
    pub(super) fn wants_json(&self) -> bool {
        self.json
    }

    pub(super) async fn get(&self, path: &str) -> Result<Answer, Failure> {
        self.call(Method::GET, path, Bytes::new()).await
    }

    pub(super) async fn delete(&self, path: &str) -> Result<Answer, Failure> {
        self.call(Method::DELETE, path, Bytes::new()).await
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.call(Method::PUT, path, body.to_string().into()).await
    }

    pub(super) async fn patch(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.call(Method::PATCH, path, body.to_string().into()).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.call(Method::POST, path, body.to_string().into()).await
    }

    /// Sends a request to a path behind the door; a refusal is a failure.
    pub(super) async fn call(&self, method: Method, path: &str, body: Bytes) -> Result<Answer, Failure> {
        let answer = self.ask(method, path, body).await?;
        if answer.is_good() { Ok(answer) } else { Err(self.refused(&answer)) }
    }

    /// Sends a request to a path behind the door; the answer, whatever it is.
    pub(super) async fn ask(&self, method: Method, path: &str, body: Bytes) -> Result<Answer, Failure> {
        self.ask_as("application/json", method, path, body).await
    }

    /// The same with a body of this media type.
    pub(super) async fn ask_as(
        &self,
        kind: &str,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Answer, Failure> {
        let stream = self.connect().await?;
        let broken = |error: &dyn fmt::Display| {
            Failure::Failed(format!("{} broke off: {error}; is it a scandouble?", self.url))
        };
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| broken(&error))?;
        tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{}{path}", self.prefix, crate::admin::PREFIX))
            .header(header::HOST, &self.authority)
            .header(header::USER_AGENT, concat!("scandouble/", env!("CARGO_PKG_VERSION")));
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        if let Some(Secret(token)) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Full::new(body)).map_err(|_| {
            Failure::Misused("the admin token or the path has characters that HTTP does not allow".to_owned())
        })?;
        let response = sender.send_request(request).await.map_err(|error| broken(&error))?;
        self.reached.set(true);
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| broken(&error))?.to_bytes();
        let text = String::from_utf8_lossy(&body).into_owned();
        let kind =
            head.headers.get(header::CONTENT_TYPE).map(http::HeaderValue::as_bytes).unwrap_or_default();
        let is_json = kind.starts_with(b"application/json") || kind.starts_with(b"application/problem+json");
        let value = if is_json { serde_json::from_str(&text).unwrap_or_default() } else { Value::Null };
        Ok(Answer { status: head.status.as_u16(), is_json, text, value })
    }

    async fn connect(&self) -> Result<TcpStream, Failure> {
        let connecting = tokio::time::timeout(PATIENCE, TcpStream::connect((self.host.as_str(), self.port)));
        let error = match connecting.await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer".to_owned(),
        };
        Err(Failure::Failed(format!(
            "cannot connect to {}: {error}; start a server with \"scandouble serve\", or name the one that runs with \
             --url or SCANDOUBLE_URL",
            self.url
        )))
    }

    pub(super) fn refused(&self, answer: &Answer) -> Failure {
        Failure::Failed(match (answer.status, answer.detail()) {
            (401, Some(_)) => {
                "this server was started with --admin-token; give it with --admin-token or SCANDOUBLE_ADMIN_TOKEN"
                    .to_owned()
            }
            (_, Some(detail)) => detail.to_owned(),
            (status, None) => format!("{} answered {status} and is no scandouble, or another version", self.url),
        })
    }

    /// Says what came, as JSON or in the words of `for_people`.
    pub(super) fn show(&self, answer: &Answer, for_people: impl FnOnce(&Value) -> String) {
        if !self.json {
            say(for_people(&answer.value).trim_end());
        } else if answer.is_json {
            say(&answer.text);
        }
    }
}

/// Where the server of this machine, or of this container, listens.
fn usual_url() -> Result<String, Failure> {
    const USUAL: &str = "http://127.0.0.1:8080";
    let Some(listen) = std::env::var("SCANDOUBLE_LISTEN").ok().filter(|listen| !listen.is_empty()) else {
        return Ok(USUAL.to_owned());
    };
    let entrances = listen.split(',').filter_map(|text| ListenAddress::parse(text.trim(), false).ok());
    let address = entrances.filter_map(|one| one.address.tcp()).find(|address| address.port() != 0);
    match address {
        Some(address) => Ok(format!("http://{}", reachable(address))),
        None => Err(Failure::Misused(format!(
            "SCANDOUBLE_LISTEN is {listen:?}, which is no address to call; give --url"
        ))),
    }
}

/// Everything but what a segment of a path, or a value in a query, may hold as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text as a segment of a path.
pub(super) fn encode(text: &str) -> String {
    // Dots alone would be taken for a step up by whoever is in between.
    match text {
        "." => "%2e".to_owned(),
        ".." => "%2e%2e".to_owned(),
        text => utf8_percent_encode(text, RESERVED).to_string(),
    }
}

/// A query of the parameters that have a value, with its question mark; empty if none has.
pub(super) fn query<'a>(parameters: impl IntoIterator<Item = (&'a str, Option<String>)>) -> String {
    let given = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let pairs: Vec<String> = given.map(|(name, value)| format!("{name}={}", encode(&value))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(url: &str, world: Option<&str>) -> Result<Door, String> {
        let target = Target {
            url: Some(url.to_owned()),
            world: world.map(str::to_owned),
            admin_token: Some(Secret("t0ken".to_owned())),
            json: false,
        };
        assert!(!format!("{target:?}").contains("t0ken"));
        Door::of(target).map_err(|failure| match failure {
            Failure::Misused(what) | Failure::Failed(what) => what,
        })
    }

    #[test]
    fn an_address_may_hold_a_world() {
        for (url, world, prefix) in [
            ("http://127.0.0.1:8080", None, ""),
            ("127.0.0.1:8080/", None, ""),
            ("http://localhost", Some("t42"), "/_world/t42"),
            ("http://localhost/_world/a/", None, "/_world/a"),
            ("http://localhost/_world/a", Some("b"), "/_world/b"),
            ("http://localhost/mount", Some("b"), "/mount/_world/b"),
            ("http://localhost", Some("a b/.."), "/_world/a%20b%2F.."),
        ] {
            let door = door(url, world).expect("an address");
            assert_eq!(door.prefix, prefix, "{url} {world:?}");
            assert!(!door.of_server().prefix.contains("_world"));
        }
        let door = door("http://[::1]:81", None).expect("an address");
        assert_eq!((door.host.as_str(), door.port, door.authority.as_str()), ("::1", 81, "[::1]:81"));
    }

    #[test]
    fn an_address_that_cannot_be_called_is_told() {
        assert!(door("https://a", None).is_err_and(|what| what.contains("only http is spoken")));
        for url in ["http://", "http://user:p@a", "a b", "http://a:b"] {
            assert!(door(url, None).is_err(), "{url}");
        }
    }

    #[test]
    fn a_query_is_made_of_what_is_given() {
        assert_eq!(query([("a", None)]), "");
        assert_eq!(
            query([("a", Some("x&y=1 é".to_owned())), ("b", None), ("c", Some("2".to_owned()))]),
            "?a=x%26y%3D1%20%C3%A9&c=2"
        );
    }
}
