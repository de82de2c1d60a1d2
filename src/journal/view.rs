//! Exchanges as JSON, with credentials redacted.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::annotated::AnnotatedEntry;
use super::behaviour::{Api, Behaviour, Provenance};
use super::redact::{self, Redactor};
use super::reply::{Finding, FindingKind};
use crate::clock::{Instant, with_millis};

/// A whole exchange.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Entry")]
pub(crate) struct ExchangeView<'a> {
    world: &'a str,
    /// The number in its world, from 1, without gaps.
    #[schemars(range(min = 1))]
    number: u64,
    /// The number of the request in the server, as in the response header `Scandouble-Request`.
    #[schemars(range(min = 1))]
    request_number: u64,
    /// On the world's clock.
    #[schemars(with = "Instant")]
    at: String,
    /// The real time from the end of the request to the end of the response.
    #[schemars(range(min = 0))]
    took_ms: f64,
    #[schemars(with = "Option<Api>")]
    api: Option<&'static str>,
    /// The user name, or the redacted key.
    account: String,
    request: Request<'a>,
    /// The intended response, also if a fault changed its delivery.
    response: Response,
    /// The behaviours of the response, the most specific first.
    behaviours: Vec<BehaviourView>,
    /// The ids of the fault rules that fired.
    faults: &'a [String],
    findings: Vec<FindingView>,
}

/// An exchange in a few fields.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[schemars(rename = "CallSummary")]
pub(crate) struct ExchangeSummary {
    /// Its number.
    pub number: u64,
    /// The request line.
    pub request: String,
    /// The status of the answer.
    pub status: u16,
    /// The behaviours of the answer.
    pub behaviours: Vec<&'static str>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct Request<'a> {
    method: &'a str,
    /// The prefix in front of the vendor's path, such as that of a world.
    prefix: &'a str,
    path: String,
    query: Option<String>,
    headers: Headers,
    body: Content,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct Response {
    #[schemars(range(min = 100, max = 599))]
    status: u16,
    headers: Headers,
    body: Content,
}

/// A behaviour in a few fields.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
pub(crate) struct BehaviourView {
    /// The API's name and the id.
    name: &'static str,
    #[schemars(with = "Provenance")]
    provenance: &'static str,
}

impl BehaviourView {
    pub(crate) fn of(behaviour: &Behaviour) -> Self {
        Self { name: behaviour.name, provenance: behaviour.provenance() }
    }
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Finding")]
struct FindingView {
    #[schemars(with = "FindingKind")]
    kind: &'static str,
    /// One sentence that says what to do.
    text: String,
    /// The part of the vendor's documentation that requires it.
    #[serde(skip_serializing_if = "str::is_empty")]
    source: &'static str,
}

/// Names and values as received. Credentials are redacted.
#[derive(Debug, JsonSchema)]
#[schemars(inline)]
struct Headers(#[schemars(with = "BTreeMap<String, Vec<String>>")] Vec<(String, Vec<String>)>);

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.0.iter().map(|(name, values)| (name, values)))
    }
}

/// A body as text, or as base64 if it is not text. Credentials are redacted.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(untagged)]
enum Content {
    Text {
        size: usize,
        text: String,
    },
    Base64 {
        size: usize,
        #[schemars(extend("contentEncoding" = "base64"))]
        base64: String,
    },
    TooLarge {
        /// The body was larger than `max-body` and is not recorded.
        #[schemars(extend("const" = true))]
        too_large: bool,
    },
    File {
        /// The body was an uploaded file. Files are not recorded.
        #[schemars(extend("const" = true))]
        file: bool,
    },
}

impl<'a> ExchangeView<'a> {
    /// The exchange, redacted.
    pub(crate) fn of(exchange: &'a AnnotatedEntry, redactor: &Redactor) -> Self {
        let (entry, reply) = (&exchange.entry, &exchange.entry.reply);
        let kind = entry.content_type();
        let request = Request {
            method: entry.method.as_str(),
            prefix: entry.head.prefix(),
            path: redactor.path(entry.head.path()),
            query: entry.head.query().map(|query| redactor.query(query)),
            headers: headers(entry.head.headers(), redactor),
            body: match &entry.body {
                // The size is that of the body as it was sent, not of its redacted form.
                Some(body) => content(&redactor.body_as_seen(&kind, body, entry.layout.as_ref()), body.len()),
                None if entry.is_file => Content::File { file: true },
                None => Content::TooLarge { too_large: true },
            },
        };
        let response = Response {
            status: reply.status.as_u16(),
            headers: headers(entry.head.reply_headers(), redactor),
            body: content(&redactor.body(&reply_type(exchange), &reply.body), reply.body.len()),
        };
        let behaviours = reply.behaviours.iter();
        Self {
            world: &entry.world,
            number: entry.number,
            request_number: entry.request,
            at: with_millis(entry.at),
            took_ms: millis(exchange),
            api: entry.api,
            account: redact::account(&entry.account),
            request,
            response,
            behaviours: behaviours.map(|behaviour| BehaviourView::of(behaviour)).collect(),
            faults: &entry.faults,
            findings: exchange.findings.iter().map(|finding| finding_view(finding, redactor)).collect(),
        }
    }
}

impl ExchangeSummary {
    /// The summary of an exchange, redacted.
    pub(crate) fn of(exchange: &AnnotatedEntry, redactor: &Redactor) -> Self {
        let entry = &exchange.entry;
        let query = entry.head.query().map_or(String::new(), |query| format!("?{}", redactor.query(query)));
        Self {
            number: entry.number,
            request: format!("{} {}{query}", entry.method, redactor.path(entry.head.path())),
            status: entry.reply.status.as_u16(),
            behaviours: entry.reply.behaviours.iter().map(|behaviour| behaviour.name).collect(),
        }
    }
}

/// The duration in milliseconds, to the microsecond.
pub(crate) fn millis(exchange: &AnnotatedEntry) -> f64 {
    exchange.entry.took.as_micros() as f64 / 1000.0
}

/// The content type of the answer.
pub(crate) fn reply_type(exchange: &AnnotatedEntry) -> String {
    let kind = exchange.entry.head.reply_header(&header::CONTENT_TYPE);
    String::from_utf8_lossy(kind.unwrap_or_default()).into_owned()
}

fn finding_view(finding: &Finding, redactor: &Redactor) -> FindingView {
    FindingView { kind: finding.kind.word(), text: redactor.text(&finding.text), source: finding.source }
}

fn headers<'h>(all: impl Iterator<Item = (&'h str, &'h [u8])>, redactor: &Redactor) -> Headers {
    let mut headers: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in all {
        let value = redactor.header(name, value);
        // In the order in which they were sent, which a map would not keep.
        match headers.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value),
            None => headers.push((name.to_owned(), vec![value])),
        }
    }
    Headers(headers)
}

fn content(redacted: &[u8], size: usize) -> Content {
    match text_or_base64(redacted) {
        Ok(text) => Content::Text { size, text },
        Err(base64) => Content::Base64 { size, base64 },
    }
}

/// A redacted body: `Ok` with its text, or `Err` with base64 if it is not UTF-8.
pub(crate) fn text_or_base64(redacted: &[u8]) -> Result<String, String> {
    std::str::from_utf8(redacted).map(str::to_owned).map_err(|_| BASE64.encode(redacted))
}
