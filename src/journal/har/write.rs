//! Exchanges as an HTTP archive (HAR 1.2), which browsers' tools open.

use http::header;
use serde::Serialize;

use crate::clock::with_millis;
use crate::journal::AnnotatedEntry;
use crate::journal::redact::Redactor;
use crate::journal::view::{millis, reply_type, text_or_base64};

/// The archive.
#[derive(Debug, Serialize)]
pub(crate) struct Archive<'a> {
    log: Log<'a>,
}

#[derive(Debug, Serialize)]
struct Log<'a> {
    version: &'static str,
    creator: Creator,
    entries: Vec<Entry<'a>>,
    comment: String,
}

#[derive(Debug, Serialize)]
struct Creator {
    name: &'static str,
    version: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    started_date_time: String,
    time: f64,
    request: Request,
    response: Response,
    cache: Cache,
    timings: Timings,
    comment: String,
    // The format reserves names with an underscore for fields of a program's own.
    #[serde(rename = "_world")]
    world: &'a str,
    #[serde(rename = "_number")]
    number: u64,
    #[serde(rename = "_request_number")]
    request_number: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    http_version: &'static str,
    cookies: [(); 0],
    headers: Vec<Pair>,
    query_string: Vec<Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<PostData>,
    headers_size: i64,
    body_size: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PostData {
    mime_type: String,
    text: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    comment: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    status: u16,
    status_text: &'static str,
    http_version: &'static str,
    cookies: [(); 0],
    headers: Vec<Pair>,
    content: Content,
    #[serde(rename = "redirectURL")]
    redirect_url: String,
    headers_size: i64,
    body_size: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    size: i64,
    mime_type: String,
    text: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    encoding: &'static str,
}

#[derive(Debug, Serialize)]
struct Cache {}

#[derive(Debug, Serialize)]
struct Timings {
    send: f64,
    wait: f64,
    receive: f64,
}

#[derive(Debug, Serialize)]
struct Pair {
    name: String,
    value: String,
}

/// The value that the format prescribes for an unknown size.
const UNKNOWN: i64 = -1;

/// The archive of these exchanges, each redacted as `redactor` says. They are from `world`, or from all worlds.
pub(crate) fn archive<'a>(
    exchanges: &'a [AnnotatedEntry],
    world: Option<&str>,
    redactor: impl Fn(&AnnotatedEntry) -> &'a Redactor,
) -> Archive<'a> {
    let what = world.map_or("All worlds".to_owned(), |world| format!("The world \"{world}\""));
    Archive {
        log: Log {
            version: "1.2",
            creator: Creator { name: "scandouble", version: env!("CARGO_PKG_VERSION") },
            entries: exchanges.iter().map(|exchange| entry(exchange, redactor(exchange))).collect(),
            comment: format!("{what}; times are those of the world's clock, credentials are masked."),
        },
    }
}

fn entry<'a>(exchange: &'a AnnotatedEntry, redactor: &Redactor) -> Entry<'a> {
    let time = millis(exchange);
    let behaviours = exchange.entry.reply.behaviours.iter().map(|behaviour| behaviour.name);
    let findings = exchange.findings.iter().map(|finding| redactor.text(&finding.text));
    let comments: Vec<_> = behaviours.map(str::to_owned).chain(findings).collect();
    Entry {
        started_date_time: with_millis(exchange.entry.at),
        time,
        request: request(exchange, redactor),
        response: response(exchange, redactor),
        cache: Cache {},
        // The journal has only the total time. The format requires all three.
        timings: Timings { send: 0.0, wait: time, receive: 0.0 },
        comment: comments.join("; "),
        world: &exchange.entry.world,
        number: exchange.entry.number,
        request_number: exchange.entry.request,
    }
}

fn request(exchange: &AnnotatedEntry, redactor: &Redactor) -> Request {
    let entry = &exchange.entry;
    // HTTP/2 requests may have no Host header.
    let host = entry.head.values("host").next().filter(|host| host.is_ascii()).unwrap_or(b"scandouble");
    let host = redactor.header("host", host);
    let query = entry.head.query().map(|query| redactor.query(query));
    let behind = query.as_deref().map_or(String::new(), |query| format!("?{query}"));
    let kind = entry.content_type();
    let body = entry.body.as_ref().filter(|body| !body.is_empty());
    let post_data = body.map(|body| {
        let redacted = redactor.body_as_seen(&kind, body, entry.layout.as_ref());
        let (text, comment) = match text_or_base64(&redacted) {
            Ok(text) => (text, ""),
            Err(base64) => (base64, "base64"),
        };
        PostData { mime_type: kind, text, comment }
    });
    let pairs = form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes());
    Request {
        method: entry.method.to_string(),
        url: url(&host, entry, redactor) + &behind,
        http_version: "HTTP/1.1",
        cookies: [],
        headers: headers(entry.head.headers(), redactor),
        query_string: pairs
            .map(|(name, value)| Pair { name: name.into_owned(), value: value.into_owned() })
            .collect(),
        post_data,
        headers_size: UNKNOWN,
        body_size: entry.body.as_ref().map_or(UNKNOWN, |body| size(body.len())),
    }
}

/// The URL without its query. The path of a request to a proxy is the host and port that it asks for.
fn url(host: &str, entry: &crate::journal::Entry, redactor: &Redactor) -> String {
    let path = redactor.path(entry.head.path());
    match path.starts_with('/') {
        true => format!("http://{host}{}{path}", entry.head.prefix()),
        false => format!("http://{path}/"),
    }
}

fn response(exchange: &AnnotatedEntry, redactor: &Redactor) -> Response {
    let (head, reply) = (&exchange.entry.head, &exchange.entry.reply);
    let kind = reply_type(exchange);
    // A reply to HEAD has no body.
    let body = if exchange.entry.method == http::Method::HEAD { &[][..] } else { &reply.body[..] };
    let (text, encoding) = match text_or_base64(&redactor.body(&kind, body)) {
        Ok(text) => (text, ""),
        Err(base64) => (base64, "base64"),
    };
    let location = head.reply_header(&header::LOCATION);
    let location = location.map(|value| redactor.header(header::LOCATION.as_str(), value));
    Response {
        status: reply.status.as_u16(),
        status_text: reply.status.canonical_reason().unwrap_or_default(),
        http_version: "HTTP/1.1",
        cookies: [],
        headers: headers(head.reply_headers(), redactor),
        content: Content { size: size(body.len()), mime_type: kind, text, encoding },
        redirect_url: location.unwrap_or_default(),
        headers_size: UNKNOWN,
        body_size: size(body.len()),
    }
}

fn headers<'h>(all: impl Iterator<Item = (&'h str, &'h [u8])>, redactor: &Redactor) -> Vec<Pair> {
    let pair =
        |(name, value): (&str, &[u8])| Pair { name: name.to_owned(), value: redactor.header(name, value) };
    all.map(pair).collect()
}

fn size(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
