//! Who may pass the door: whoever knows the token, if there is one, and no page of another origin.
//!
//! The door listens on the machine of somebody who also browses the web, so a web page may try it. What stops the page:
//!
//! - Its browser says where the page comes from. `Origin` must name the host that the request is for, and
//!   `Sec-Fetch-Site` must not say that the page is another's. The door sends no CORS headers, so a preflight fails too.
//! - DNS rebinding, where a page's own name suddenly resolves to this machine, looks like the same origin: `Origin` and
//!   `Host` are both that name. Where the server listens on a loopback address alone, `Host` must therefore be an
//!   address, a single word, or a name that nobody can register.
//! - With a token all of this is moot: a page does not know it, and a browser never adds it by itself. It is the
//!   protection of a server that listens on other addresses, where any `Host` may be right.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};

use super::problem::Problem;

/// What opens the door. It is kept as a digest, and never shown.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    /// The token of this text.
    ///
    /// # Errors
    /// The text cannot stand in a header, or is empty; the error says what can.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("the admin token is one or more visible ASCII characters; leave it out to have none");
        }
        Ok(Self(digest(text.as_bytes())))
    }

    /// Whether `text` is the token, in a time that says nothing about where they differ.
    fn is(&self, text: &[u8]) -> bool {
        let differing = self.0.iter().zip(digest(text)).fold(0, |sum, (own, other)| sum | (own ^ other));
        std::hint::black_box(differing) == 0
    }
}

fn digest(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// What the door is guarded with.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    token: Option<Token>,
    loopback: bool,
}

impl Guard {
    /// A guard for a server that listens on `address`.
    #[must_use]
    pub fn new(token: Option<Token>, address: SocketAddr) -> Self {
        Self { token, loopback: address.ip().is_loopback() }
    }

    /// The answer to a request that may not pass. Its body is not looked at.
    #[must_use]
    pub fn refusal(&self, request: &Request) -> Option<Response> {
        self.judge(request).err().map(Refusal::into_response)
    }

    fn judge(&self, request: &Request) -> Result<(), Refusal> {
        let headers = request.headers();
        if is_certificate(request) {
            return Ok(());
        }
        if is_of_another_origin(headers) {
            return Err(Refusal::AnotherOrigin);
        }
        match &self.token {
            None if self.loopback && headers.get_all(header::HOST).iter().any(can_be_rebound) => {
                Err(Refusal::StrangeHost)
            }
            Some(token) if !is_health(request) && !bearer(headers).is_some_and(|text| token.is(text)) => {
                Err(Refusal::NoToken)
            }
            _ => Ok(()),
        }
    }
}

/// Health is asked by supervisors that have no token, and tells nothing that a port scan does not.
fn is_health(request: &Request) -> bool {
    request.uri().path() == super::HEALTH
}

/// What has to be trusted is shown in every handshake anyway; clients ask for it by whatever name they know.
fn is_certificate(request: &Request) -> bool {
    request.uri().path() == "/_scandouble/ca.pem"
}

enum Refusal {
    NoToken,
    AnotherOrigin,
    StrangeHost,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let forbidden = |detail| Problem::new(StatusCode::FORBIDDEN, "Forbidden", detail).into_response();
        match self {
            Self::NoToken => {
                let detail =
                    "this server was started with --admin-token; send it as \"Authorization: Bearer TOKEN\"";
                let problem = Problem::new(StatusCode::UNAUTHORIZED, "No token", detail);
                let challenge = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
                (challenge, problem).into_response()
            }
            Self::AnotherOrigin => {
                forbidden("a web page of another origin cannot use this; call it from a program or a test")
            }
            Self::StrangeHost => forbidden(
                "this server listens on a loopback address, and the Host header names another machine; call it by its \
                 address, such as http://127.0.0.1:8080, or start it with --admin-token",
            ),
        }
    }
}

/// What follows `Bearer` in the only `Authorization` header.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = only(headers, header::AUTHORIZATION.as_str())?;
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

fn host(headers: &HeaderMap) -> &[u8] {
    only(headers, header::HOST.as_str()).unwrap_or_default()
}

/// The value of a header that came once; two would leave open which one counts.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none()).map(HeaderValue::as_bytes)
}

/// Whether a browser says that the page which sent this is not of this server.
fn is_of_another_origin(headers: &HeaderMap) -> bool {
    let site = headers.get_all("sec-fetch-site").iter();
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let host = host(headers);
    site.into_iter().any(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"))
        || origins.any(|origin| !is_origin_of(origin.as_bytes(), host))
}

/// Whether `origin`, `http://localhost:8080`, is that of `host`, `localhost:8080`.
fn is_origin_of(origin: &[u8], host: &[u8]) -> bool {
    let (Ok(origin), Ok(host)) = (std::str::from_utf8(origin), std::str::from_utf8(host)) else {
        return false;
    };
    let (rest, port) = match (origin.strip_prefix("http://"), origin.strip_prefix("https://")) {
        (Some(rest), _) => (rest, ":80"),
        (_, Some(rest)) => (rest, ":443"),
        _ => return false,
    };
    let plain = |name: &str| name.strip_suffix(port).unwrap_or(name).to_ascii_lowercase();
    !rest.is_empty() && plain(rest) == plain(host)
}

/// Whether a stranger can have registered this name and made it resolve to this machine.
fn can_be_rebound(host: &HeaderValue) -> bool {
    /// The ends of names that nobody can register, by RFC 6761, RFC 6762 and ICANN's word on `internal`.
    const RESERVED: [&str; 6] = ["localhost", "test", "example", "invalid", "local", "internal"];
    let Ok(host) = host.to_str() else { return true };
    if host.parse::<SocketAddr>().is_ok() {
        return false;
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<IpAddr>().is_ok() {
        return false;
    }
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name.rsplit_once('.').is_some_and(|(_, end)| !RESERVED.contains(&end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_itself_alone_and_is_never_shown() {
        let token = Token::new("s3cret").expect("a token");
        assert!(token.is(b"s3cret") && !token.is(b"s3cret ") && !token.is(b"") && !token.is(b"S3cret"));
        assert_eq!(format!("{token:?}"), "Token");
        for text in ["", " ", "a b", "é", "a\n"] {
            assert!(Token::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_origin_is_that_of_its_host_whatever_the_default_port() {
        for (origin, host, same) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8080", true),
            ("http://LOCALHOST", "localhost:80", true),
            ("https://double.example", "double.example", true),
            ("https://double.example:443", "double.example", true),
            ("http://[::1]:8080", "[::1]:8080", true),
            ("http://localhost:8080", "127.0.0.1:8080", false),
            ("http://localhost:3000", "localhost:8080", false),
            ("http://localhost", "localhost:443", false),
            ("https://evil.example", "127.0.0.1:8080", false),
            ("http://127.0.0.1:8080.evil.example", "127.0.0.1:8080", false),
            ("http://evil@127.0.0.1:8080", "127.0.0.1:8080", false),
            ("null", "null", false),
            ("", "", false),
            ("http://", "", false),
            ("file://", "", false),
        ] {
            assert_eq!(is_origin_of(origin.as_bytes(), host.as_bytes()), same, "{origin} {host}");
        }
    }

    #[test]
    fn a_name_that_can_be_registered_can_be_rebound() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:8080",
            "[::1]:80",
            "[::1]",
            "localhost:1",
            "scandouble:8080",
            "a.localhost",
            "",
        ] {
            assert!(!can_be_rebound(&HeaderValue::from_static(host)), "{host}");
        }
        for host in
            ["evil.com", "evil.com:8080", "EVIL.COM.", "127.0.0.1.nip.io", "test.evil.com:80", "1.2.3"]
        {
            assert!(can_be_rebound(&HeaderValue::from_static(host)), "{host}");
        }
    }
}
