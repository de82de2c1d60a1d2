//! Requests as text that stays a valid request however it is mutated, so that the fuzzer gets past HTTP itself.
//!
//! An input is a list of requests, separated by the control character RS. Each is a line with the method and the target, lines
//! with headers, an empty line, and the body. What is not allowed in HTTP is left out, and the length of the body is added.

use http::{HeaderName, HeaderValue, Method, Uri};

/// Separates two requests.
const SEPARATOR: u8 = 0x1e;
/// The most requests of an input.
const MOST: usize = 8;
/// The most headers of a request; a server may refuse more.
const MOST_HEADERS: usize = 40;
/// Headers that say how the request is framed, which the harness decides.
const FRAMING: &[&str] =
    &["connection", "content-length", "expect", "host", "te", "transfer-encoding", "upgrade"];

/// A request that is valid HTTP.
#[derive(Debug)]
pub struct Request {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub bytes: Vec<u8>,
}

/// The requests of an input.
pub fn requests(input: &[u8]) -> Vec<Request> {
    input.split(|byte| *byte == SEPARATOR).take(MOST).filter_map(Request::read).collect()
}

impl Request {
    fn read(text: &[u8]) -> Option<Self> {
        let (head, body) = match text.windows(2).position(|two| two == b"\n\n") {
            Some(at) => (&text[..at], &text[at + 2..]),
            None => (text, &[][..]),
        };
        let mut lines = head.split(|byte| *byte == b'\n');
        let mut words = lines.next()?.splitn(2, |byte| *byte == b' ');
        let method = Method::from_bytes(words.next()?).ok()?;
        let target = words.next()?;
        let uri = Uri::try_from(target).ok().filter(|_| target.first() == Some(&b'/'))?;
        // A CONNECT has no path, and turns the connection into a tunnel.
        if method == Method::CONNECT {
            return None;
        }
        let mut headers = Vec::new();
        for line in lines.take(MOST_HEADERS) {
            let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
            let name = HeaderName::from_bytes(&line[..colon]);
            let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
            if let (Ok(name), Ok(value)) = (name, value)
                && !FRAMING.contains(&name.as_str())
            {
                headers.push((name, value));
            }
        }
        Some(Self::new(method, &uri, &headers, body))
    }

    /// A request with a body.
    pub fn new(method: Method, uri: &Uri, headers: &[(HeaderName, HeaderValue)], body: &[u8]) -> Self {
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let mut bytes = format!("{method} {target} HTTP/1.1\r\nhost: scandouble.test\r\n").into_bytes();
        for (name, value) in headers {
            bytes.extend_from_slice(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        if !body.is_empty() || !matches!(method, Method::GET | Method::HEAD | Method::OPTIONS) {
            bytes.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body);
        let query = uri.query().unwrap_or_default().to_owned();
        Self { method, path: uri.path().to_owned(), query, bytes }
    }

    /// The path without the name of a world in front of it.
    pub fn own_path(&self) -> &str {
        let Some(rest) = self.path.strip_prefix("/_world/") else { return &self.path };
        rest.find('/').map_or("/", |slash| &rest[slash..])
    }

    pub fn names_a_world(&self) -> bool {
        self.path.starts_with("/_world")
    }
}
