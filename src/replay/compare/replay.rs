//! Sends recorded requests to a server over HTTP, in a world of the comparison's own, at their recorded times.

use std::fmt::Display;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::uri::InvalidUri;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use http_body_util::Full;
use jiff::{SignedDuration, Timestamp};
use memchr::memmem;
use serde_json::{Value, json};

use crate::document::format_span;
use crate::journal::recorded::{RecordedExchange, RecordedRequest};
use crate::journal::redact::MASK;
use crate::replay::http::HttpClient;

/// Why traffic cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    /// The server does not answer.
    #[error("{authority} does not answer: {what}; start one with \"scandouble serve\", or leave --url out")]
    Unreachable {
        /// Its host and port.
        authority: String,
        /// What happened.
        what: String,
    },
    /// The admin API refuses what the comparison needs.
    #[error("{path} answered {status}: {what}")]
    Refused {
        /// The path.
        path: String,
        /// The status.
        status: u16,
        /// The reason that was given.
        what: String,
    },
}

/// A running server, and the world to use there.
#[derive(Debug)]
pub(crate) struct ReplayTarget {
    http: HttpClient,
    authority: String,
    world: String,
    token: Option<String>,
}

/// An answer of the server.
#[derive(Debug)]
pub(super) struct ReplayAnswer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Headers that belong to the recorded connection rather than to the request.
const OF_CONNECTION: [HeaderName; 9] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::ACCEPT_ENCODING,
    header::UPGRADE,
    header::TE,
    header::EXPECT,
    header::PROXY_AUTHORIZATION,
];

/// The user and password in place of redacted ones.
const MASKED: &str = "masked:masked";

/// Replaces a redacted login, `Basic ***`, by a well-formed one, which the vendor accepts as an account of the fixture.
pub(super) fn replace_redacted_login(exchange: &mut RecordedExchange) {
    let Some(request) = &mut exchange.request else { return };
    let value = request.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let masked = value.is_some_and(|value| value.eq_ignore_ascii_case("basic ***"));
    if masked && let Ok(value) = HeaderValue::try_from(format!("Basic {}", BASE64.encode(MASKED))) {
        request.headers.insert(header::AUTHORIZATION, value);
    }
}

/// Why the request cannot be sent again, if a secret in its body or query was redacted. A redacted key in a header can: if the
/// vendor accepted it, the fixture has an account with this text.
pub(super) fn is_redacted(request: &RecordedRequest) -> Option<&'static str> {
    if has_mask(&request.body) {
        return Some("a secret in its body was redacted in the recording");
    }
    let in_query = request.query.as_deref().is_some_and(|query| has_mask(query.as_bytes()));
    in_query.then_some("a secret in its query was redacted in the recording")
}

/// Whether a redacted credential was refused. If the server accepts its text, that is because another one begins alike.
pub(super) fn is_redacted_refusal(exchange: &RecordedExchange, request: &RecordedRequest) -> bool {
    matches!(exchange.status, 401 | 403) && request.headers.values().any(|value| has_mask(value.as_bytes()))
}

fn has_mask(bytes: &[u8]) -> bool {
    memmem::find(bytes, MASK.as_bytes()).is_some()
}

impl ReplayTarget {
    /// The server at `authority`, a host and a port. The requests go to the world `world`, which is reset first. `token` is
    /// the admin token, if the server has one.
    pub(crate) fn new(authority: impl Into<String>, world: impl Into<String>, token: Option<String>) -> Self {
        Self { http: HttpClient::new(), authority: authority.into(), world: world.into(), token }
    }

    /// Resets the world and loads a fixture into it.
    pub(super) async fn begin(&self, fixture: &Value) -> Result<(), ReplayError> {
        self.admin(Method::POST, "/reset", &json!({})).await?;
        self.admin(Method::POST, "/samples", fixture).await
    }

    /// Freezes the clock at the time of an exchange. The first one sets it; later ones advance it.
    pub(super) async fn set_clock(
        &self,
        was: &mut Option<Timestamp>,
        at: Option<Timestamp>,
    ) -> Result<(), ReplayError> {
        let Some(at) = at else { return Ok(()) };
        match was.replace(at).map(|was| at.duration_since(was)) {
            None => self.admin(Method::PUT, "/clock", &json!({ "at": at.to_string(), "frozen": true })).await,
            // The clock is advanced by whole milliseconds.
            Some(by) if by < SignedDuration::from_millis(1) => Ok(()),
            Some(by) => self.admin(Method::POST, "/clock/advance", &json!({ "by": format_span(by) })).await,
        }
    }

    async fn admin(&self, method: Method, path: &str, body: &Value) -> Result<(), ReplayError> {
        let path = format!("/_world/{}{}{path}", self.world, crate::admin::PREFIX);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let token =
            self.token.as_ref().and_then(|token| HeaderValue::try_from(format!("Bearer {token}")).ok());
        headers.extend(token.map(|token| (header::AUTHORIZATION, token)));
        let answer = self.send(method, &path, headers, body.to_string().into()).await?;
        if (200..300).contains(&answer.status) {
            return Ok(());
        }
        // Another program may listen there and answer anything.
        let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let errors =
            problem["errors"].as_array().into_iter().flatten().filter_map(|error| error["what"].as_str());
        let detail = problem["detail"].as_str().unwrap_or("the server does not seem to be scandouble");
        let what = [detail].into_iter().chain(errors).collect::<Vec<_>>().join("; ");
        Err(ReplayError::Refused { path, status: answer.status, what })
    }

    /// Sends a recorded request with its recorded host, so that the same API answers.
    pub(super) async fn ask(&self, request: &RecordedRequest) -> Result<ReplayAnswer, ReplayError> {
        let query = request.query.as_deref().map_or(String::new(), |query| format!("?{query}"));
        let path = format!("/_world/{}{}{query}", self.world, request.path);
        let mut headers = request.headers.clone();
        OF_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
        let method = Method::from_bytes(request.method.as_bytes()).unwrap_or(Method::GET);
        headers.extend(
            HeaderValue::try_from(&request.host)
                .ok()
                .filter(|host| !host.is_empty())
                .map(|host| (header::HOST, host)),
        );
        self.send(method, &path, headers, request.body.clone()).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<ReplayAnswer, ReplayError> {
        let broken = |what: &dyn Display| ReplayError::Unreachable {
            authority: self.authority.clone(),
            what: what.to_string(),
        };
        let uri = format!("http://{}{path}", self.authority);
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri.parse().map_err(|error: InvalidUri| broken(&error))?;
        *request.headers_mut() = headers;
        let (head, body) = self.http.send(request).await.map_err(|error| broken(&error))?.into_parts();
        Ok(ReplayAnswer { status: head.status.as_u16(), headers: head.headers, body })
    }
}
