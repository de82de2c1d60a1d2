//! A condition on an exchange, and how an exchange differs from it.

use std::borrow::Cow;
use std::cell::OnceCell;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::annotated::AnnotatedEntry;
use super::body::fields;
use super::entry::Entry;
use super::redact::{self, Redactor};
use super::reply::FindingKind;
use super::tokens;
use crate::document::truncate;
use crate::faults::{Needle, Pattern, has_form, pattern};

/// How many characters of a body a mismatch shows.
const MOST_OF_BODY: usize = 500;

/// A condition on an exchange.
#[derive(Clone, Debug)]
pub(crate) enum Matcher {
    Api(&'static str),
    Behaviour(Pattern),
    Account(String),
    Method(String),
    Path(Pattern),
    Endpoint(&'static str, &'static str),
    StatusMatcher(StatusMatcher),
    Fault(Pattern),
    /// A finding of this kind, or of any kind.
    Finding(Option<FindingKind>),
    Hash(Needle),
    /// Hashes in lower case, sorted, and other texts that a client sends in place of a hash.
    Hashes(Vec<String>, Vec<Needle>),
    /// The name in lower case. Without a pattern, the header must be absent.
    Header(String, Option<Pattern>),
    Query(String, Option<Pattern>),
    Body(Value),
}

/// An exchange that is matched. What several matchers need, such as its hashes, is computed once.
#[derive(Debug)]
pub(crate) struct MatchInput<'a> {
    pub(crate) exchange: &'a AnnotatedEntry,
    hashes: OnceCell<Vec<String>>,
    fields: OnceCell<Option<Value>>,
    body: OnceCell<String>,
}

impl<'a> MatchInput<'a> {
    /// The exchange, of which nothing has been computed yet.
    pub(crate) fn of(exchange: &'a AnnotatedEntry) -> Self {
        Self { exchange, hashes: OnceCell::new(), fields: OnceCell::new(), body: OnceCell::new() }
    }

    /// The hashes of the path and the body, sorted, each as often as it occurs.
    fn hashes(&self) -> &[String] {
        self.hashes.get_or_init(|| {
            let mut hashes = hashes(&self.exchange.entry);
            hashes.sort_unstable();
            hashes
        })
    }

    /// The beginning of the body, redacted.
    fn body(&self, redactor: &Redactor) -> &str {
        let entry = &self.exchange.entry;
        self.body.get_or_init(|| {
            let body = entry.body.as_deref().unwrap_or_default();
            let redacted = redactor.body_as_seen(&entry.content_type(), body, entry.layout.as_ref());
            truncate(&String::from_utf8_lossy(&redacted), MOST_OF_BODY)
        })
    }

    fn fields(&self) -> Option<&Value> {
        self.fields.get_or_init(|| self.exchange.entry.fields()).as_ref()
    }
}

/// A condition on the status.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StatusMatcher {
    Exactly(u16),
    /// Every status with this first digit.
    Class(u16),
}

/// How an exchange differs from what a matcher asks for.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[schemars(inline)]
pub(crate) struct Mismatch {
    /// What differs: `status`, `header apikey`.
    pub what: String,
    /// What the matcher asks for.
    pub wanted: String,
    /// What the exchange has, with credentials redacted.
    pub was: String,
}

impl Matcher {
    pub(crate) fn needs_findings(&self) -> bool {
        matches!(self, Self::Finding(_))
    }

    pub(crate) fn matches(&self, view: &MatchInput<'_>) -> bool {
        let exchange = view.exchange;
        let entry = &exchange.entry;
        match self {
            Self::Api(name) => entry.api == Some(name),
            Self::Behaviour(pattern) => entry
                .reply
                .behaviours
                .iter()
                .any(|behaviour| pattern.fits(behaviour.name) || pattern.fits(behaviour.id)),
            // The journal shows a key redacted, so its shown form selects the account too.
            Self::Account(name) => entry.account.name() == name || redact::account(&entry.account) == *name,
            Self::Method(method) => entry.method.as_str().eq_ignore_ascii_case(method),
            Self::Path(pattern) => pattern.fits(entry.head.path()),
            Self::Endpoint(method, form) => {
                entry.method.as_str().eq_ignore_ascii_case(method) && has_form(entry.head.path(), form)
            }
            Self::StatusMatcher(StatusMatcher::Exactly(status)) => entry.reply.status.as_u16() == *status,
            Self::StatusMatcher(StatusMatcher::Class(class)) => entry.reply.status.as_u16() / 100 == *class,
            Self::Fault(pattern) => entry.faults.iter().any(|id| pattern.fits(id)),
            Self::Finding(None) => !exchange.findings.is_empty(),
            Self::Finding(Some(kind)) => exchange.findings.iter().any(|finding| finding.kind == *kind),
            Self::Hash(hash) => contains_all(entry, std::slice::from_ref(hash)),
            // A client may send a text that is not a hash where one belongs: it must occur somewhere in the request.
            Self::Hashes(real, odd) => view.hashes() == real.as_slice() && contains_all(entry, odd),
            Self::Header(name, wanted) => {
                let mut values = entry.head.values(name);
                match wanted {
                    Some(wanted) => values.any(|value| wanted.fits(&String::from_utf8_lossy(value))),
                    None => values.next().is_none(),
                }
            }
            Self::Query(name, wanted) => {
                let mut values = parameters(entry).filter(|(key, _)| key == name).map(|(_, value)| value);
                match wanted {
                    Some(wanted) => values.any(|value| wanted.fits(&value)),
                    None => values.next().is_none(),
                }
            }
            // A text is the whole body, byte for byte. Anything else is compared with its fields.
            Self::Body(Value::String(text)) => {
                entry.body.as_ref().is_some_and(|body| text.as_bytes() == &body[..])
            }
            Self::Body(wanted) => view.fields().is_some_and(|body| fields::includes(body, wanted)),
        }
    }

    pub(crate) fn mismatch(&self, view: &MatchInput<'_>, redactor: &Redactor) -> Mismatch {
        let exchange = view.exchange;
        let entry = &exchange.entry;
        let (what, wanted, was) = match self {
            Self::Api(name) => ("api", (*name).to_owned(), entry.api.unwrap_or("none").to_owned()),
            Self::Behaviour(pattern) => {
                let names: Vec<_> = entry.reply.behaviours.iter().map(|behaviour| behaviour.name).collect();
                ("behaviour", pattern.to_string(), or_none(names.join(", ")))
            }
            Self::Account(name) => ("account", redact::key(name), redact::account(&entry.account)),
            Self::Method(method) => ("method", method.clone(), entry.method.to_string()),
            Self::Path(pattern) => {
                ("path", redactor.path(&pattern.to_string()), redactor.path(entry.head.path()))
            }
            Self::Endpoint(method, form) => (
                "endpoint",
                format!("{method} {form}"),
                format!("{} {}", entry.method, redactor.path(entry.head.path())),
            ),
            Self::StatusMatcher(status) => {
                ("status", status.to_string(), entry.reply.status.as_u16().to_string())
            }
            Self::Fault(pattern) => ("fault", pattern.to_string(), or_none(entry.faults.join(", "))),
            Self::Finding(kind) => {
                let mut words: Vec<_> = exchange.findings.iter().map(|finding| finding.kind.word()).collect();
                words.dedup();
                ("finding", kind.map_or("any", FindingKind::word).to_owned(), or_none(words.join(", ")))
            }
            Self::Hash(hash) => ("hash", hash.to_string(), or_none(list(&hashes(entry)))),
            Self::Hashes(real, odd) => {
                let wanted: Vec<_> = real.iter().cloned().chain(odd.iter().map(Needle::to_string)).collect();
                ("hashes", or_none(list(&wanted)), or_none(list(&hashes(entry))))
            }
            Self::Header(name, pattern) => return header_mismatch(name, pattern.as_ref(), entry, redactor),
            Self::Query(name, pattern) => return query_mismatch(name, pattern.as_ref(), entry, redactor),
            Self::Body(wanted) => {
                let wanted = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned);
                let wanted = String::from_utf8_lossy(&redactor.body("", wanted.as_bytes())).into_owned();
                ("body", truncate(&wanted, MOST_OF_BODY), or_none(view.body(redactor).to_owned()))
            }
        };
        Mismatch { what: what.to_owned(), wanted, was }
    }
}

impl std::fmt::Display for StatusMatcher {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(status) => write!(out, "{status}"),
            Self::Class(class) => write!(out, "{class}xx"),
        }
    }
}

fn header_mismatch(name: &str, pattern: Option<&Pattern>, entry: &Entry, redactor: &Redactor) -> Mismatch {
    let was: Vec<_> = entry.head.values(name).map(|value| redactor.header(name, value)).collect();
    let wanted = pattern.map(|pattern| redactor.header(name, pattern.to_string().as_bytes()));
    Mismatch {
        what: format!("header {name}"),
        wanted: or_none(wanted.unwrap_or_default()),
        was: or_none(was.join(", ")),
    }
}

fn query_mismatch(name: &str, pattern: Option<&Pattern>, entry: &Entry, redactor: &Redactor) -> Mismatch {
    let values = parameters(entry).filter(|(key, _)| key == name);
    let was: Vec<_> = values.map(|(_, value)| redactor.parameter(name, &value)).collect();
    let wanted = pattern.map(|pattern| redactor.parameter(name, &pattern.to_string()));
    Mismatch {
        what: format!("query {name}"),
        wanted: or_none(wanted.unwrap_or_default()),
        was: or_none(was.join(", ")),
    }
}

fn or_none(text: String) -> String {
    if text.is_empty() { "none".to_owned() } else { text }
}

fn parameters(entry: &Entry) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(entry.head.query().unwrap_or_default().as_bytes())
}

/// The hashes of the path and the body, each as often as it occurs.
fn hashes(entry: &Entry) -> Vec<String> {
    let body = entry.body.clone().unwrap_or_default();
    let counted = tokens::hashes(entry.head.path(), &entry.head.header_map(), &body);
    counted.into_iter().flat_map(|(hash, count)| std::iter::repeat_n(hash, count)).collect()
}

/// Whether all of these occur in the path or the body.
fn contains_all(entry: &Entry, needles: &[Needle]) -> bool {
    let needles: Vec<_> = needles.iter().collect();
    let texts = [entry.head.path().as_bytes(), entry.body.as_deref().unwrap_or_default()];
    pattern::find_all(&needles, &texts).into_iter().all(|found| found)
}

fn list(hashes: &[String]) -> String {
    const MOST: usize = 10;
    let mut text = hashes.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if hashes.len() > MOST {
        text.push_str(&format!(" and {} others", hashes.len() - MOST));
    }
    text
}
