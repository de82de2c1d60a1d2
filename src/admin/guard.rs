//! Access control of the admin API: an optional token, and protection against web pages of other origins.
//!
//! The server often runs on a developer's machine with a browser, so a web page may try to call it. Three things
//! prevent that:
//!
//! - Browsers say where a page comes from. `Origin` must match the host of the request, and `Sec-Fetch-Site` must not name
//!   another site. The API sends no CORS headers, so a preflight request fails too.
//! - With DNS rebinding, the name of an attacker's page resolves to this machine, and `Origin` and `Host` are both that
//!   name. If the server listens on a loopback address alone, `Host` must therefore be an address, a single word, or a name
//!   under a reserved top-level domain.
//! - A page does not know the token, and a browser never adds it. The token protects servers that listen on other addresses,
//!   where any `Host` can be right.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};

use super::problem::Problem;
use super::response::is_browser;
use crate::ids::{hex, random};

/// The name of the console's cookie.
pub(super) const SESSION: &str = "scandouble-session";

/// The admin token. It is stored as a SHA-256 digest and never printed.
#[derive(Clone)]
pub(crate) struct Token([u8; 32]);

impl Token {
    /// The token of this text.
    ///
    /// # Errors
    /// The text is empty, or has characters that a header cannot hold.
    pub(crate) fn new(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(
                "the admin token must be one or more visible ASCII characters; leave the option out to use no token",
            );
        }
        Ok(Self(digest(text.as_bytes())))
    }

    /// What the console's cookie holds: it follows from the token, and ends with the process.
    fn session(&self) -> String {
        static PROCESS: LazyLock<[u8; 32]> = LazyLock::new(random);
        hex(&digest(&[self.0, *PROCESS].concat()))
    }

    /// Whether `text` is the token. The comparison takes the same time wherever they differ.
    fn matches(&self, text: &[u8]) -> bool {
        is_same(&self.0, &digest(text))
    }
}

/// Compares in the same time wherever the two differ.
fn is_same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    let differing = one.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b));
    std::hint::black_box(differing) == 0
}

fn digest(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// The access control of one listener.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    token: Option<Token>,
    loopback: bool,
}

impl Guard {
    /// Access control for a listener on `address`.
    pub(crate) fn new(token: Option<Token>, address: SocketAddr) -> Self {
        Self { token, loopback: address.ip().is_loopback() }
    }

    /// The cookie of the console for the right token; empty on a server without a token.
    pub(super) fn session(&self, text: &str) -> Option<String> {
        match &self.token {
            None => Some(String::new()),
            Some(token) => token.matches(text.as_bytes()).then(|| token.session()),
        }
    }

    /// The response to a request without access; `None` if it has access. The body is not read.
    pub(crate) fn refusal(&self, request: &Request) -> Option<Response> {
        self.check(request).err().map(Denial::into_response)
    }

    fn check(&self, request: &Request) -> Result<(), Denial> {
        let headers = request.headers();
        if is_certificate(request) {
            return Ok(());
        }
        // Checked with a token as well: the browser adds the console's cookie by itself, and shares it among the ports of a
        // host.
        if is_of_another_origin(headers) {
            return Err(Denial::AnotherOrigin);
        }
        match &self.token {
            // Any of several `Host` headers, because it is unclear which one counts. A client whose vendor's name resolves to
            // this machine waits for the server under that name, so health is left out.
            None if self.loopback
                && request.uri().path() != super::HEALTH
                && headers.get_all(header::HOST).iter().any(can_be_rebound) =>
            {
                Err(Denial::ForeignHost)
            }
            Some(token)
                if !is_public(request)
                    && !bearer(headers).is_some_and(|text| token.matches(text))
                    && !has_session(headers, token) =>
            {
                Err(if is_reference(request) { Denial::NoSession } else { Denial::NoToken })
            }
            _ => Ok(()),
        }
    }
}

/// The API reference of the console, which shows credentials of the fixtures.
fn is_reference(request: &Request) -> bool {
    let below = request.uri().path().strip_prefix(super::CONSOLE);
    below.is_some_and(|rest| rest.starts_with("/reference"))
}

/// Health checks have no token, and their answer is not secret. The console's files have to arrive before the page can ask for
/// the token.
fn is_public(request: &Request) -> bool {
    let path = request.uri().path();
    let is_console = || {
        let is_page = matches!(path, super::PREFIX | super::ROOT) && is_browser(request.headers());
        is_page || path.strip_prefix(super::CONSOLE).is_some_and(|rest| rest.starts_with('/'))
    };
    path == super::HEALTH || (is_console() && !is_reference(request))
}

/// Whether one of the cookies is that of the console. Two servers of one host share their cookies.
fn has_session(headers: &HeaderMap, token: &Token) -> bool {
    // Digests have the same length, which the comparison in constant time needs.
    let expected = digest(token.session().as_bytes());
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.any(|(name, value)| name == SESSION && is_same(&digest(value.as_bytes()), &expected))
}

/// The CA certificate is sent in every TLS handshake anyway, and clients fetch it under any host name.
fn is_certificate(request: &Request) -> bool {
    request.uri().path() == "/_scandouble/ca.pem"
}

enum Denial {
    NoToken,
    /// A page of the console was asked for.
    NoSession,
    AnotherOrigin,
    ForeignHost,
}

impl IntoResponse for Denial {
    fn into_response(self) -> Response {
        let forbidden = |detail| Problem::new(StatusCode::FORBIDDEN, "Forbidden", detail).into_response();
        match self {
            Self::NoToken => {
                let detail = "this server requires its admin token (--admin-token); send it as \"Authorization: Bearer TOKEN\"";
                let problem = Problem::new(StatusCode::UNAUTHORIZED, "Admin token required", detail);
                let challenge = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
                (challenge, problem).into_response()
            }
            // The first page asks for the token.
            Self::NoSession => (StatusCode::FOUND, [(header::LOCATION, "../../")]).into_response(),
            Self::AnotherOrigin => forbidden(
                "a web page of another origin cannot use the admin API; call it from a program or a test",
            ),
            Self::ForeignHost => forbidden(
                "this server listens on a loopback address, and the Host header names another machine; call it by its \
                 address, such as http://127.0.0.1:8080, or start the server with --admin-token",
            ),
        }
    }
}

/// The token of the only `Authorization` header.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = only(headers, header::AUTHORIZATION.as_str())?;
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

fn host(headers: &HeaderMap) -> &[u8] {
    only(headers, header::HOST.as_str()).unwrap_or_default()
}

/// The value of a header that is sent once. With two values it is unclear which one counts.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none()).map(HeaderValue::as_bytes)
}

/// Whether a browser says that a page of another origin sent the request.
fn is_of_another_origin(headers: &HeaderMap) -> bool {
    let site = headers.get_all("sec-fetch-site").iter();
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let host = host(headers);
    // `none` is the person's own navigation, such as a typed address or a bookmark.
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
    // Either of the two may leave the default port out.
    let plain = |name: &str| name.strip_suffix(port).unwrap_or(name).to_ascii_lowercase();
    !rest.is_empty() && plain(rest) == plain(host)
}

/// Whether an attacker can register this name and make it resolve to this machine.
fn can_be_rebound(host: &HeaderValue) -> bool {
    /// Reserved top-level domains: RFC 6761, RFC 6762, and `internal` by ICANN's decision.
    const RESERVED: [&str; 6] = ["localhost", "test", "example", "invalid", "local", "internal"];
    // What cannot be read is not trusted.
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
    // `evil.com.` is the same name as `evil.com`.
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name.rsplit_once('.').is_some_and(|(_, end)| !RESERVED.contains(&end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_match_exactly_and_are_never_printed() {
        let token = Token::new("s3cret").expect("a token");
        assert!(
            token.matches(b"s3cret")
                && !token.matches(b"s3cret ")
                && !token.matches(b"")
                && !token.matches(b"S3cret")
        );
        assert_eq!(format!("{token:?}"), "Token");
        // The differences of two bytes must not cancel each other out.
        let mut other = token.0;
        (other[0], other[1]) = (other[0] ^ 1, other[1] ^ 1);
        assert!(is_same(&token.0, &token.0) && !is_same(&token.0, &other));
        for text in ["", " ", "a b", "é", "a\n"] {
            assert!(Token::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn origins_match_their_host_with_or_without_the_default_port() {
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
    fn names_that_can_be_registered_can_be_rebound() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:8080",
            "[::1]:80",
            "[::1]",
            "localhost:1",
            "scandouble:8080",
            "a.localhost",
            "a.localhost:80",
            "",
        ] {
            assert!(!can_be_rebound(&HeaderValue::from_static(host)), "{host}");
        }
        for host in [
            "evil.com",
            "evil.com:8080",
            "EVIL.COM.",
            "127.0.0.1.nip.io",
            "test.evil.com:80",
            "localhost:evil.com",
            "1.2.3",
        ] {
            assert!(can_be_rebound(&HeaderValue::from_static(host)), "{host}");
        }
    }
}
