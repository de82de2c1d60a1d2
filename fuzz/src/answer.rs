//! Answers, and what each must look like whatever was asked.

use std::collections::HashMap;
use std::sync::LazyLock;

use http::Method;
use scandouble::internals::journal::Behaviour;
use scandouble::internals::vendors;

use crate::request::Request;

/// An answer of the server.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

static CATALOGUE: LazyLock<HashMap<&str, &Behaviour>> = LazyLock::new(|| {
    vendors::ALL.iter().flat_map(|api| api.behaviours).map(|behaviour| (behaviour.name, *behaviour)).collect()
});

impl Answer {
    /// Reads the head of an answer, and its length; `None` until all of it is there.
    pub fn head(bytes: &[u8]) -> Option<(Self, usize)> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]);
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Some((Self { status: status.unwrap_or_default(), headers, body: Vec::new() }, end + 4))
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(header, _)| header == name);
        let value = values.next().map(|(_, value)| &**value);
        assert!(values.next().is_none(), "{name} came twice: {self:?}");
        value
    }

    /// Whether no more answers come on the connection.
    pub fn is_last(&self) -> bool {
        self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// Panics unless this is an answer that the server may give to `request` where nothing was injected and no setting was
    /// changed.
    pub fn check(&self, request: &Request) {
        self.check_form(request);
        assert!(self.status < 500, "an internal error");
        let owner = vendors::owner(request.own_path()).filter(|_| !is_admin(request));
        let behaviours = self.header("scandouble-behaviour");
        match (owner, behaviours) {
            (Some(api), Some(behaviours)) => {
                for (place, name) in behaviours.split(", ").enumerate() {
                    let behaviour =
                        CATALOGUE.get(name).unwrap_or_else(|| panic!("{name} is not in the catalogue"));
                    assert_eq!(behaviour.api, api.name, "the answer of another API");
                    let is_its = place > 0 || behaviour.codes.contains(&self.status);
                    assert!(is_its, "{name} answers {:?}, not {}", behaviour.codes, self.status);
                }
                assert!(self.header("scandouble-provenance").is_some(), "no provenance");
            }
            // The server refuses the name of a world before it looks at the rest of the path. A page that a browser
            // asks for by itself needs no behaviour.
            (Some(_), None) => assert!(request.names_a_world() && self.status == 400, "no behaviour"),
            (None, Some(name)) => panic!("{name} answers a path of no API"),
            (None, None) => {}
        }
    }

    /// Panics unless the answer is well formed.
    pub fn check_form(&self, request: &Request) {
        let (content_type, body) = (self.header("content-type").unwrap_or_default(), &*self.body);
        assert!(self.header("scandouble-request").is_some(), "no number");
        if request.method == Method::HEAD || self.header("scandouble-fault").is_some() {
            return;
        }
        let is_json = content_type.starts_with("application/json") || content_type.contains("+json");
        let is_whole = || serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
        assert!(!is_json || is_whole(), "invalid JSON");
        assert!(!content_type.contains("xml") || body.trim_ascii().starts_with(b"<"), "invalid XML");
        let is_text = content_type.starts_with("text/") || content_type.contains("charset=utf-8");
        assert!(!is_text || std::str::from_utf8(body).is_ok(), "invalid UTF-8");
    }
}

/// Whether a request is for the admin API.
pub fn is_admin(request: &Request) -> bool {
    request.own_path() == "/_scandouble" || request.own_path().starts_with("/_scandouble/")
}
