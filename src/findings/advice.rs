//! Advice about a request: what is allowed but unwise, and what the endpoint does not read.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use http::{StatusCode, header};
use jiff::{SignedDuration, Timestamp};

use super::malformed;
use crate::clock::with_millis;
use crate::document::{format_span, suggest, truncate};
use crate::journal::body::fields;
use crate::journal::{Entry, Finding, FindingKind, tokens};
use crate::vendors::{self, Answered, Reads, Vendor};

/// Headers that clients, proxies and browsers add by themselves.
const ORDINARY: &str = "host user-agent accept accept-encoding accept-language accept-charset connection keep-alive \
    proxy-connection content-length content-type transfer-encoding te trailer expect upgrade \
    upgrade-insecure-requests http2-settings cache-control pragma date origin referer dnt \
    priority purpose cookie from via forwarded x-real-ip x-request-id x-correlation-id \
    traceparent tracestate baggage b3 request-id if-none-match if-modified-since \
    x-requested-with";

/// Prefixes of such headers.
const ORDINARY_BEGINNINGS: &[&str] = &["sec-", "x-forwarded-", "x-b3-", "x-amzn-trace-", "x-datadog-"];

/// How many unread names of a kind, and how many invalid hashes, one request gets advice about.
const MOST: usize = 10;

fn advice(text: String) -> Finding {
    Finding { kind: FindingKind::Advice, text, source: "" }
}

/// The advice about a single request.
pub(crate) fn of(entry: &Entry) -> Vec<Finding> {
    let api = entry.api.and_then(vendors::named);
    let reads = api.and_then(|api| api.reads(entry.method.as_str(), entry.head.path()));
    // The bytes of an uploaded file can look like hashes or fields, and mean nothing.
    let is_file = reads.is_some_and(|reads| reads.file);
    let mut found: Vec<_> = repeated(entry).into_iter().filter(|_| !is_file).collect();
    if let Some(reads) = reads {
        found.extend(unread_headers(entry, reads));
        found.extend(unread_parameters(entry, reads));
        if !is_file {
            found.extend(unread_fields(entry, reads));
        }
    }
    if let Some(api) = api {
        found.extend(malformed::hashes(api, entry));
    }
    found
}

fn repeated(entry: &Entry) -> Option<Finding> {
    let hashes = tokens::hashes(entry.head.path(), &entry.head.header_map(), entry.body.as_ref()?);
    let repeated: Vec<_> = hashes.iter().filter(|(_, count)| *count > 1).collect();
    let (hash, count) = repeated.first()?;
    let more =
        if repeated.len() > 1 { format!(", and {} others", repeated.len() - 1) } else { String::new() };
    Some(advice(format!("{hash} is sent {count} times in one request{more}; once is enough")))
}

fn unread_headers(entry: &Entry, reads: &Reads) -> Vec<Finding> {
    let is_unread = |name: &&str| {
        !ORDINARY.split(' ').any(|known| known == *name)
            && !ORDINARY_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
            && !reads.headers.contains(name)
    };
    let mut names: Vec<_> = entry.head.headers().map(|(name, _)| name).filter(is_unread).collect();
    // The values of one name follow each other.
    names.dedup();
    names.into_iter().take(MOST).map(|name| unread("header", name, entry, (reads, reads.headers))).collect()
}

fn unread_parameters(entry: &Entry, reads: &Reads) -> Vec<Finding> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in form_urlencoded::parse(entry.head.query().unwrap_or_default().as_bytes()) {
        if names.len() == MOST {
            break;
        }
        if !reads.query.contains(&&*name) && !names.iter().any(|known| *known == name) {
            names.push(name.into_owned());
        }
    }
    names.iter().map(|name| unread("query parameter", name, entry, (reads, reads.query))).collect()
}

fn unread_fields(entry: &Entry, reads: &Reads) -> Vec<Finding> {
    let Some(body) = entry.body.as_ref().filter(|body| !body.is_empty()) else { return Vec::new() };
    match entry.fields() {
        Some(value) => {
            let names = fields::unread(&value, reads.fields, MOST);
            names.iter().map(|name| unread("body field", name, entry, (reads, reads.fields))).collect()
        }
        None if reads.fields.is_empty() => {
            vec![advice(format!(
                "{} {} does not read a request body, but {} bytes were sent; send none",
                entry.method,
                entry.head.path(),
                body.len()
            ))]
        }
        None => Vec::new(),
    }
}

fn unread(what: &str, name: &str, entry: &Entry, (reads, read): (&Reads, &[&str])) -> Finding {
    let printed = truncate(name, 80);
    if reads.documented.contains(&name) {
        return advice(format!(
            "the {what} {printed}, which the vendor documents, is not emulated here; it has no effect"
        ));
    }
    let hint = match suggest(name, read.iter().copied()) {
        Some(meant) => format!("did you mean {meant}?"),
        None if read.is_empty() => "remove it".to_owned(),
        None => format!("remove it, or use one of {}", read.join(", ")),
    };
    advice(format!(
        "the {what} {printed} was sent, but {} {} does not read it; {hint}",
        entry.method,
        entry.head.path()
    ))
}

/// Advice that depends on earlier exchanges.
#[derive(Debug, Default)]
pub(crate) struct Past<'a> {
    pauses: HashMap<(&'static str, &'a str), Pause>,
    invalid: HashMap<(&'static str, String), u64>,
}

/// A refusal after which the client should wait.
#[derive(Debug)]
struct Pause {
    number: u64,
    status: StatusCode,
    from: Timestamp,
    until: Timestamp,
    reason: Reason,
}

/// Why the client should wait until then.
#[derive(Clone, Copy, Debug)]
enum Reason {
    RetryAfter,
    /// The vendor renews the limit then.
    Limit,
    /// Limits per second are full again then.
    Rate,
}

impl<'a> Past<'a> {
    /// The advice about the next entry. To be called for every entry, oldest first.
    pub(crate) fn advise(&mut self, entry: &'a Entry) -> Vec<Finding> {
        let Some(api) = entry.api.and_then(vendors::named) else { return Vec::new() };
        let mut found: Vec<_> = self.too_soon(api, entry).into_iter().collect();
        found.extend(self.invalid_again(api, entry));
        found
    }

    fn too_soon(&mut self, api: &Vendor, entry: &'a Entry) -> Option<Finding> {
        let key = (api.name, entry.account.name());
        let new = Pause::of(api, entry);
        // Any other answer ends the pause. The call itself may still have come too soon.
        let old = match new {
            Some(pause) => self.pauses.insert(key, pause),
            None => self.pauses.remove(&key),
        };
        // The start is checked too, because a test may have set the clock back.
        let old = old.filter(|pause| (pause.from..pause.until).contains(&entry.at))?;
        let early = format_span(old.until.duration_since(entry.at));
        let why = match old.reason {
            Reason::RetryAfter => "as Retry-After says",
            Reason::Limit => "until the limit is full again",
            Reason::Rate => "until the next second",
        };
        Some(advice(format!(
            "sent {} after number {} was refused with {}; wait {why}: until {}, {early} later",
            format_span(entry.at.duration_since(old.from)),
            old.number,
            old.status.as_u16(),
            with_millis(old.until)
        )))
    }

    fn invalid_again(&mut self, api: &Vendor, entry: &Entry) -> Vec<Finding> {
        let fields = || entry.fields();
        let route = || api.route(entry.method.as_str(), entry.head.path());
        let mut invalid =
            (api.invalid_hashes)(&Answered { route: &route, fields: &fields, reply: &entry.reply });
        invalid.sort_unstable();
        invalid.dedup();
        let mut found = Vec::new();
        for text in invalid {
            match self.invalid.entry((api.name, text)) {
                Slot::Occupied(known) if found.len() < MOST => {
                    let (text, number) = (&known.key().1, known.get());
                    let printed = truncate(text, 140);
                    found.push(advice(format!(
                        "sent \"{printed}\" again, which the answer to number {number} called invalid; do not send it"
                    )));
                }
                Slot::Occupied(_) => {}
                Slot::Vacant(free) => {
                    free.insert(entry.number);
                }
            }
        }
        found
    }
}

impl Pause {
    fn of(api: &Vendor, entry: &Entry) -> Option<Self> {
        let status = entry.reply.status;
        // With another status `Retry-After` does not mean that the request was refused.
        let busy = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&status);
        let after = entry.head.reply_header(&header::RETRY_AFTER).filter(|_| busy);
        let retry_after = || instant(std::str::from_utf8(after?).ok()?, entry.at);
        let limit = || (api.refusals.retry_at)(entry);
        let rate = || {
            let refused = status == StatusCode::TOO_MANY_REQUESTS;
            refused.then(|| entry.at.checked_add(SignedDuration::from_secs(1)).ok()).flatten()
        };
        // From the most precise source to the least. The last one knows only that limits per second exist.
        let (until, reason) = None
            .or_else(|| Some((retry_after()?, Reason::RetryAfter)))
            .or_else(|| Some((limit()?, Reason::Limit)))
            .or_else(|| Some((rate()?, Reason::Rate)))?;
        Some(Self { number: entry.number, status, from: entry.at, until, reason })
    }
}

/// The instant that a `Retry-After` names: seconds, or a date.
fn instant(text: &str, at: Timestamp) -> Option<Timestamp> {
    match text.trim().parse() {
        Ok(seconds) => at.checked_add(SignedDuration::from_secs(seconds)).ok(),
        Err(_) => jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok(),
    }
}
