//! A request in parts, which can be mutated one by one while the request stays valid HTTP.

use std::fmt;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// A request.
#[derive(Clone)]
pub struct Request {
    pub method: Vec<u8>,
    pub target: Vec<u8>,
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub body: Vec<u8>,
    /// Whether to send the body with chunked transfer encoding.
    pub chunked: bool,
}

impl Request {
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.into(),
            target: target.into(),
            headers: Vec::new(),
            body: Vec::new(),
            chunked: false,
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Whether an HTTP server may refuse it for the size of its head.
    pub fn has_large_head(&self) -> bool {
        let size: usize = self.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        self.target.len() > 65_000 || self.headers.len() > 95 || size > 300_000
    }

    /// The request as bytes. `random` determines the sizes of chunks.
    pub fn bytes(&self, random: &mut ChaCha8Rng) -> Vec<u8> {
        let mut bytes = [&self.method[..], b" ", &self.target, b" HTTP/1.1\r\n"].concat();
        bytes.extend_from_slice(b"Host: scandouble.test\r\nConnection: close\r\n");
        for (name, value) in &self.headers {
            bytes.extend([&name[..], b": ", value, b"\r\n"].concat());
        }
        if !self.chunked {
            bytes.extend(format!("Content-Length: {}\r\n\r\n", self.body.len()).into_bytes());
            bytes.extend_from_slice(&self.body);
            return bytes;
        }
        bytes.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
        let mut rest = &self.body[..];
        while !rest.is_empty() {
            let (chunk, more) = rest.split_at(random.random_range(1..=rest.len()));
            bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
            bytes.extend([chunk, b"\r\n"].concat());
            rest = more;
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        bytes
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |bytes: &[u8]| {
            format!("{} ({} bytes)", bytes[..bytes.len().min(2000)].escape_ascii(), bytes.len())
        };
        writeln!(f, "{} {} chunked: {}", short(&self.method), short(&self.target), self.chunked)?;
        for (name, value) in &self.headers {
            writeln!(f, "{}: {}", short(name), short(value))?;
        }
        write!(f, "\n{}", short(&self.body))
    }
}
