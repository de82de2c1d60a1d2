//! One thing that an exchange must be, and what it is instead.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use super::{Exchange, fields, mask};
use crate::faults::has_form;
use crate::journal::Entry;
use crate::near::tokens;
use crate::pattern::Pattern;
use crate::reply::FindingKind;

/// One thing that an exchange must be.
#[derive(Clone, Debug)]
pub(super) enum Criterion {
    Api(&'static str),
    Behaviour(Pattern),
    Account(String),
    Method(String),
    Path(Pattern),
    Endpoint(&'static str, &'static str),
    Status(Status),
    Fault(Pattern),
    /// Of a kind, or of any.
    Finding(Option<FindingKind>),
    /// In lower case.
    Hash(String),
    /// In lower case, sorted.
    Hashes(Vec<String>),
    /// In lower case; without a value for one that must not be there.
    Header(String, Option<Pattern>),
    Query(String, Option<Pattern>),
    Body(Value),
}

/// Which status.
#[derive(Clone, Copy, Debug)]
pub(super) enum Status {
    Exactly(u16),
    /// By the first digit.
    Class(u16),
}

/// What an exchange was instead of what it should have been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What differs: `status`, `header apikey`.
    pub what: String,
    /// What was wanted.
    pub wanted: String,
    /// What it was, credentials masked.
    pub was: String,
}

impl Criterion {
    pub(super) fn is_of_findings(&self) -> bool {
        matches!(self, Self::Finding(_))
    }

    pub(super) fn fits(&self, exchange: &Exchange) -> bool {
        let entry = &exchange.entry;
        match self {
            Self::Api(name) => entry.api == Some(name),
            Self::Behaviour(pattern) => entry
                .reply
                .behaviours
                .iter()
                .any(|behaviour| pattern.fits(behaviour.name) || pattern.fits(behaviour.id)),
            Self::Account(name) => entry.account.name() == name || mask::account(&entry.account) == *name,
            Self::Method(method) => entry.method.as_str().eq_ignore_ascii_case(method),
            Self::Path(pattern) => pattern.fits(&entry.path),
            Self::Endpoint(method, form) => {
                entry.method.as_str().eq_ignore_ascii_case(method) && has_form(&entry.path, form)
            }
            Self::Status(Status::Exactly(status)) => entry.reply.status.as_u16() == *status,
            Self::Status(Status::Class(class)) => entry.reply.status.as_u16() / 100 == *class,
            Self::Fault(pattern) => entry.faults.iter().any(|id| pattern.fits(id)),
            Self::Finding(None) => !exchange.findings.is_empty(),
            Self::Finding(Some(kind)) => exchange.findings.iter().any(|finding| finding.kind == *kind),
            Self::Hash(hash) => holds(entry, hash),
            Self::Hashes(wanted) => carries(entry, wanted),
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
            Self::Body(wanted) => has_body(entry, wanted),
        }
    }

    pub(super) fn difference(&self, exchange: &Exchange) -> Difference {
        let entry = &exchange.entry;
        let or_none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
        let (what, wanted, was) = match self {
            Self::Api(name) => ("api", (*name).to_owned(), entry.api.unwrap_or("none").to_owned()),
            Self::Behaviour(pattern) => {
                let names: Vec<_> = entry.reply.behaviours.iter().map(|behaviour| behaviour.name).collect();
                ("behaviour", pattern.to_string(), or_none(names.join(", ")))
            }
            Self::Account(name) => ("account", mask::key(name), mask::account(&entry.account)),
            Self::Method(method) => ("method", method.clone(), entry.method.to_string()),
            Self::Path(pattern) => ("path", pattern.to_string(), entry.path.clone()),
            Self::Endpoint(method, form) => {
                ("endpoint", format!("{method} {form}"), format!("{} {}", entry.method, entry.path))
            }
            Self::Status(status) => ("status", status.to_string(), entry.reply.status.as_u16().to_string()),
            Self::Fault(pattern) => ("fault", pattern.to_string(), or_none(entry.faults.join(", "))),
            Self::Finding(kind) => {
                let mut words: Vec<_> = exchange.findings.iter().map(|finding| finding.kind.word()).collect();
                words.dedup();
                ("finding", kind.map_or("any", FindingKind::word).to_owned(), or_none(words.join(", ")))
            }
            Self::Hash(hash) => ("hash", hash.clone(), or_none(listed(&hashes(entry)))),
            Self::Hashes(wanted) => ("hashes", or_none(listed(wanted)), or_none(listed(&hashes(entry)))),
            Self::Header(name, wanted) => {
                let values = entry.headers.get_all(name).iter();
                let was: Vec<_> = values.map(|value| mask::header(name, value.as_bytes())).collect();
                return Difference {
                    what: format!("header {name}"),
                    wanted: wanted.as_ref().map_or("none".to_owned(), |wanted| {
                        mask::header(name, wanted.to_string().as_bytes())
                    }),
                    was: or_none(was.join(", ")),
                };
            }
            Self::Query(name, wanted) => {
                let values = parameters(entry).filter(|(key, _)| key == name);
                let was: Vec<_> = values.map(|(_, value)| mask::parameter(name, &value)).collect();
                return Difference {
                    what: format!("query {name}"),
                    wanted: wanted
                        .as_ref()
                        .map_or("none".to_owned(), |wanted| mask::parameter(name, &wanted.to_string())),
                    was: or_none(was.join(", ")),
                };
            }
            Self::Body(wanted) => {
                let body = entry.body.as_deref().unwrap_or_default();
                let kind = fields::content_type(&entry.headers);
                let was = String::from_utf8_lossy(&mask::body(&kind, body)).into_owned();
                let wanted = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned);
                let wanted = String::from_utf8_lossy(&mask::body("", wanted.as_bytes())).into_owned();
                ("body", cut(&wanted), or_none(cut(&was)))
            }
        };
        Difference { what: what.to_owned(), wanted, was }
    }
}

impl std::fmt::Display for Status {
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

/// Whether these are exactly the hashes of an exchange. What is no hash, such as a client may send all the same, must
/// stand somewhere in it.
fn carries(entry: &Entry, wanted: &[String]) -> bool {
    let (real, odd): (Vec<_>, Vec<_>) =
        wanted.iter().partition(|hash| crate::samples::Hash::parse(hash).is_some());
    let mut sent = hashes(entry);
    sent.sort_unstable();
    sent.iter().eq(real) && odd.into_iter().all(|text| holds(entry, text))
}

fn holds(entry: &Entry, text: &str) -> bool {
    crate::faults::holds(&entry.path, entry.body.as_deref(), text)
}

fn has_body(entry: &Entry, wanted: &Value) -> bool {
    let Some(body) = &entry.body else { return false };
    match wanted {
        Value::String(text) => text.as_bytes() == &body[..],
        wanted => fields::read(&entry.headers, body).is_some_and(|body| fields::includes(&body, wanted)),
    }
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
