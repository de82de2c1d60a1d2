//! One thing that an exchange must be, and what it is instead.

use std::borrow::Cow;
use std::cell::OnceCell;

use serde::Serialize;
use serde_json::Value;

use super::annotated::AnnotatedEntry;
use super::body::fields;
use super::entry::Entry;
use super::redact::{self, Redactor};
use super::reply::FindingKind;
use super::tokens;
use crate::faults::{Needle, Pattern, has_form, pattern};

/// One thing that an exchange must be.
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
    /// Of a kind, or of any.
    Finding(Option<FindingKind>),
    Hash(Needle),
    /// Hashes in lower case, sorted, and what else a client sends in their place.
    Hashes(Vec<String>, Vec<Needle>),
    /// In lower case; without a value for one that must not be there.
    Header(String, Option<Pattern>),
    Query(String, Option<Pattern>),
    Body(Value),
}

/// An exchange that is looked at: what several criteria ask for is worked out once.
#[derive(Debug)]
pub struct MatchInput<'a> {
    pub(crate) exchange: &'a AnnotatedEntry,
    hashes: OnceCell<Vec<String>>,
    fields: OnceCell<Option<Value>>,
    body: OnceCell<String>,
}

impl<'a> MatchInput<'a> {
    /// The exchange, at which nothing has looked yet.
    #[must_use]
    pub fn of(exchange: &'a AnnotatedEntry) -> Self {
        Self { exchange, hashes: OnceCell::new(), fields: OnceCell::new(), body: OnceCell::new() }
    }

    /// The hashes of the path and the body, sorted, repeated as often as they stand there.
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
            let kind = fields::content_type(&entry.headers);
            cut(&String::from_utf8_lossy(&redactor.body(&kind, entry.body.as_deref().unwrap_or_default())))
        })
    }

    fn fields(&self) -> Option<&Value> {
        let entry = &self.exchange.entry;
        self.fields.get_or_init(|| fields::read(&entry.headers, entry.body.as_ref()?)).as_ref()
    }
}

/// Which status.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StatusMatcher {
    Exactly(u16),
    /// By the first digit.
    Class(u16),
}

/// What an exchange was instead of what it should have been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// What differs: `status`, `header apikey`.
    pub what: String,
    /// What was wanted.
    pub wanted: String,
    /// What it was, credentials masked.
    pub was: String,
}

impl Matcher {
    pub(crate) fn needs_findings(&self) -> bool {
        matches!(self, Self::Finding(_))
    }

    pub(crate) fn fits(&self, view: &MatchInput<'_>) -> bool {
        let exchange = view.exchange;
        let entry = &exchange.entry;
        match self {
            Self::Api(name) => entry.api == Some(name),
            Self::Behaviour(pattern) => entry
                .reply
                .behaviours
                .iter()
                .any(|behaviour| pattern.fits(behaviour.name) || pattern.fits(behaviour.id)),
            Self::Account(name) => entry.account.name() == name || redact::account(&entry.account) == *name,
            Self::Method(method) => entry.method.as_str().eq_ignore_ascii_case(method),
            Self::Path(pattern) => pattern.fits(&entry.path),
            Self::Endpoint(method, form) => {
                entry.method.as_str().eq_ignore_ascii_case(method) && has_form(&entry.path, form)
            }
            Self::StatusMatcher(StatusMatcher::Exactly(status)) => entry.reply.status.as_u16() == *status,
            Self::StatusMatcher(StatusMatcher::Class(class)) => entry.reply.status.as_u16() / 100 == *class,
            Self::Fault(pattern) => entry.faults.iter().any(|id| pattern.fits(id)),
            Self::Finding(None) => !exchange.findings.is_empty(),
            Self::Finding(Some(kind)) => exchange.findings.iter().any(|finding| finding.kind == *kind),
            Self::Hash(hash) => stand(entry, std::slice::from_ref(hash)),
            // What is no hash, such as a client may send all the same, must stand somewhere in it.
            Self::Hashes(real, odd) => view.hashes() == real.as_slice() && stand(entry, odd),
            Self::Header(name, wanted) => {
                let mut values = entry.headers.get_all(name).iter();
                match wanted {
                    Some(wanted) => {
                        values.any(|value| wanted.fits(&String::from_utf8_lossy(value.as_bytes())))
                    }
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
            Self::Body(Value::String(text)) => {
                entry.body.as_ref().is_some_and(|body| text.as_bytes() == &body[..])
            }
            Self::Body(wanted) => view.fields().is_some_and(|body| fields::includes(body, wanted)),
        }
    }

    pub(crate) fn mismatch(&self, view: &MatchInput<'_>, redactor: &Redactor) -> Mismatch {
        let exchange = view.exchange;
        let entry = &exchange.entry;
        let or_none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
        let (what, wanted, was) = match self {
            Self::Api(name) => ("api", (*name).to_owned(), entry.api.unwrap_or("none").to_owned()),
            Self::Behaviour(pattern) => {
                let names: Vec<_> = entry.reply.behaviours.iter().map(|behaviour| behaviour.name).collect();
                ("behaviour", pattern.to_string(), or_none(names.join(", ")))
            }
            Self::Account(name) => ("account", redact::key(name), redact::account(&entry.account)),
            Self::Method(method) => ("method", method.clone(), entry.method.to_string()),
            Self::Path(pattern) => ("path", redactor.path(&pattern.to_string()), redactor.path(&entry.path)),
            Self::Endpoint(method, form) => (
                "endpoint",
                format!("{method} {form}"),
                format!("{} {}", entry.method, redactor.path(&entry.path)),
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
            Self::Hash(hash) => ("hash", hash.to_string(), or_none(listed(&hashes(entry)))),
            Self::Hashes(real, odd) => {
                let wanted: Vec<_> = real.iter().cloned().chain(odd.iter().map(Needle::to_string)).collect();
                ("hashes", or_none(listed(&wanted)), or_none(listed(&hashes(entry))))
            }
            Self::Header(name, wanted) => {
                let values = entry.headers.get_all(name).iter();
                let was: Vec<_> = values.map(|value| redactor.header(name, value.as_bytes())).collect();
                return Mismatch {
                    what: format!("header {name}"),
                    wanted: wanted.as_ref().map_or("none".to_owned(), |wanted| {
                        redactor.header(name, wanted.to_string().as_bytes())
                    }),
                    was: or_none(was.join(", ")),
                };
            }
            Self::Query(name, wanted) => {
                let values = parameters(entry).filter(|(key, _)| key == name);
                let was: Vec<_> = values.map(|(_, value)| redactor.parameter(name, &value)).collect();
                return Mismatch {
                    what: format!("query {name}"),
                    wanted: wanted
                        .as_ref()
                        .map_or("none".to_owned(), |wanted| redactor.parameter(name, &wanted.to_string())),
                    was: or_none(was.join(", ")),
                };
            }
            Self::Body(wanted) => {
                let wanted = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned);
                let wanted = String::from_utf8_lossy(&redactor.body("", wanted.as_bytes())).into_owned();
                ("body", cut(&wanted), or_none(view.body(redactor).to_owned()))
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

fn parameters(entry: &Entry) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(entry.query.as_deref().unwrap_or_default().as_bytes())
}

/// The hashes of the path and the body, repeated as often as they stand there.
fn hashes(entry: &Entry) -> Vec<String> {
    let body = entry.body.clone().unwrap_or_default();
    let counted = tokens::hashes(&entry.path, &entry.headers, &body);
    counted.into_iter().flat_map(|(hash, count)| std::iter::repeat_n(hash, count)).collect()
}

/// Whether all of these stand in the path or the body.
fn stand(entry: &Entry, needles: &[Needle]) -> bool {
    let needles: Vec<_> = needles.iter().collect();
    let texts = [entry.path.as_bytes(), entry.body.as_deref().unwrap_or_default()];
    pattern::find_all(&needles, &texts).into_iter().all(|found| found)
}

fn listed(hashes: &[String]) -> String {
    const MOST: usize = 10;
    let mut shown = hashes.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if hashes.len() > MOST {
        shown.push_str(&format!(" and {} others", hashes.len() - MOST));
    }
    shown
}

fn cut(text: &str) -> String {
    const MOST: usize = 500;
    let mut cut: String = text.chars().take(MOST).collect();
    if text.chars().nth(MOST).is_some() {
        cut.push('…');
    }
    cut
}
