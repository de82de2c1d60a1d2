//! Queries for exchanges, as a person or a test writes them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::document::{named_schemas, suggest};
use crate::faults::{Needle, Pattern};
use crate::journal::redact::Redactor;
use crate::journal::{Api, FindingKind, MatchInput, Matcher, Mismatch, StatusMatcher};
use crate::samples::Hash;
use crate::vendors::{self, Vendor};

/// How many other texts a list of hashes may have: each is searched for in every body.
const MAX_ODD: usize = 100;

/// Describes calls. Fields that are left out do not matter.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Call")]
pub(crate) struct ExchangeQuery {
    /// The API's name.
    #[schemars(with = "Option<Api>")]
    pub api: Option<String>,
    /// A behaviour of the response, by full name or id; `*` matches any text.
    #[serde(alias = "behavior")]
    pub behaviour: Option<String>,
    /// The account's name or key.
    pub account: Option<String>,
    /// The method.
    pub method: Option<String>,
    /// The path as sent, without the world's prefix; `*` matches any text.
    pub path: Option<String>,
    /// A method and a path with placeholders.
    pub endpoint: Option<String>,
    /// A status, such as 404, or a class of statuses, such as `4xx`.
    #[schemars(with = "Option<StatusOrClass>")]
    pub status: Option<Value>,
    /// The id of a fault rule that fired; `*` matches any text.
    pub fault: Option<String>,
    /// A kind of finding, or `any`.
    #[schemars(with = "Option<FindingKindOrAny>")]
    pub finding: Option<String>,
    /// A hash, or a part of one, in the path or the body: at most 128 hexadecimal digits.
    #[schemars(regex(pattern = "^[0-9A-Fa-f]{1,128}$"))]
    pub hash: Option<String>,
    /// Exactly the hashes in the path and body, in any order; at most 100 of them may be something other than a hash.
    pub hashes: Option<Vec<String>>,
    /// Headers and their values; null for a header that must be absent.
    #[schemars(with = "Option<BTreeMap<String, TextOrAbsent>>")]
    pub header: Option<Map<String, Value>>,
    /// Query parameters and their values; null for a parameter that must be absent.
    #[schemars(with = "Option<BTreeMap<String, TextOrAbsent>>")]
    pub query: Option<Map<String, Value>>,
    /// The body as text, or some of its fields.
    pub body: Option<Value>,
}

named_schemas! {
    /// The schema of a status in a query.
    pub(crate) StatusOrClass {
        "anyOf": [
            { "type": "integer", "minimum": 100, "maximum": 599 },
            { "type": "string", "pattern": "^([1-5][0-9]{2}|[1-5]xx)$" }
        ]
    };
    /// The schema of a kind of finding in a query.
    pub(crate) FindingKindOrAny {
        "type": "string",
        "enum": (FindingKind::ALL.into_iter().map(FindingKind::word).chain(["any"]).collect::<Vec<_>>())
    };
    /// The schema of a value that a header or parameter must have.
    pub(crate) TextOrAbsent { "type": ["string", "number", "boolean", "null"] };
}

/// A query that has been checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    matchers: Vec<Matcher>,
}

impl ExchangeQuery {
    /// Checks the query.
    ///
    /// # Errors
    /// It names something that does not exist: a typo must not look like a call that the client never made.
    pub(crate) fn into_filter(self) -> Result<Filter, String> {
        // Mismatches are reported in this order.
        let mut matchers = Vec::new();
        if let Some(name) = self.api {
            matchers.push(Matcher::Api(api(&name)?.name));
        }
        if let Some(text) = self.behaviour {
            matchers.push(Matcher::Behaviour(behaviours(&text)?));
        }
        matchers.extend(self.account.map(Matcher::Account));
        matchers.extend(self.method.map(Matcher::Method));
        if let Some(text) = self.path {
            matchers.push(Matcher::Path(bounded("path", text)?));
        }
        if let Some(text) = self.endpoint {
            matchers.push(endpoint(&text)?);
        }
        if let Some(value) = self.status {
            matchers.push(Matcher::StatusMatcher(status(&value)?));
        }
        if let Some(text) = self.fault {
            matchers.push(Matcher::Fault(bounded("fault", text)?));
        }
        if let Some(word) = self.finding {
            matchers.push(Matcher::Finding(finding(&word)?));
        }
        if let Some(text) = self.hash {
            let needle = Needle::hash(&text).map_err(|error| format!("hash: {error}"))?;
            matchers.push(Matcher::Hash(needle));
        }
        if let Some(texts) = self.hashes {
            matchers.push(hashes(&texts)?);
        }
        for (name, value) in self.header.unwrap_or_default() {
            let value = pattern("header", &name, &value)?;
            // Names of headers are compared in lower case, as the journal holds them.
            matchers.push(Matcher::Header(name.to_ascii_lowercase(), value));
        }
        for (name, value) in self.query.unwrap_or_default() {
            let value = pattern("query", &name, &value)?;
            matchers.push(Matcher::Query(name, value));
        }
        matchers.extend(self.body.map(Matcher::Body));
        Ok(Filter { matchers })
    }
}

impl Filter {
    /// Whether it looks at findings.
    pub(crate) fn needs_findings(&self) -> bool {
        self.matchers.iter().any(Matcher::needs_findings)
    }

    /// Whether it matches an exchange, leaving out conditions on findings.
    pub(crate) fn matches_before_findings(&self, view: &MatchInput<'_>) -> bool {
        self.matchers.iter().all(|matcher| matcher.needs_findings() || matcher.matches(view))
    }

    /// Whether it matches an exchange.
    pub(crate) fn matches(&self, view: &MatchInput<'_>) -> bool {
        self.matchers.iter().all(|matcher| matcher.matches(view))
    }

    /// How many conditions an exchange does not meet.
    pub(crate) fn distance(&self, view: &MatchInput<'_>) -> usize {
        self.matchers.iter().filter(|matcher| !matcher.matches(view)).count()
    }

    /// How an exchange differs from it; empty if it matches.
    pub(crate) fn mismatches(&self, view: &MatchInput<'_>, redactor: &Redactor) -> Vec<Mismatch> {
        let unmet = self.matchers.iter().filter(|matcher| !matcher.matches(view));
        unmet.map(|matcher| matcher.mismatch(view, redactor)).collect()
    }
}

/// The API of this name.
///
/// # Errors
/// There is none; the text lists the known names.
pub(crate) fn api(name: &str) -> Result<&'static Vendor, String> {
    vendors::required(name).map_err(|error| format!("api: {error}"))
}

/// A pattern that matches at least one behaviour.
///
/// # Errors
/// It matches none.
pub(crate) fn behaviours(text: &str) -> Result<Pattern, String> {
    let pattern = bounded("behaviour", text.to_owned())?;
    let all = || vendors::ALL.iter().flat_map(|api| api.behaviours);
    if all().any(|behaviour| pattern.fits(behaviour.name) || pattern.fits(behaviour.id)) {
        return Ok(pattern);
    }
    let near = suggest(text, all().flat_map(|behaviour| [behaviour.id, behaviour.name]));
    let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
    Err(format!(
        "behaviour: nothing in the catalogue is \"{text}\"{hint}; GET /_scandouble/behaviours lists it"
    ))
}

/// A matcher for exactly these hashes, or for other texts in place of a hash.
fn hashes(texts: &[String]) -> Result<Matcher, String> {
    let (mut real, mut odd) = (Vec::new(), Vec::new());
    for text in texts {
        match Hash::parse(text) {
            Some(_) => real.push(text.to_ascii_lowercase()),
            None => odd.push(Needle::in_place_of_hash(text).map_err(|error| format!("hashes: {error}"))?),
        }
    }
    if odd.len() > MAX_ODD {
        let len = odd.len();
        return Err(format!(
            "hashes: at most {MAX_ODD} of them may be something other than a hash, and {len} are; leave some out"
        ));
    }
    // The hashes of an exchange are sorted as well, so that their order does not matter.
    real.sort_unstable();
    Ok(Matcher::Hashes(real, odd))
}

fn bounded(what: &str, text: String) -> Result<Pattern, String> {
    Pattern::bounded(text).map_err(|error| format!("{what}: {error}"))
}

fn endpoint(text: &str) -> Result<Matcher, String> {
    let known: Vec<_> = vendors::ALL.iter().flat_map(|api| api.listed()).collect();
    match known.iter().find(|(method, path)| text == format!("{method} {path}")) {
        Some((method, path)) => Ok(Matcher::Endpoint(method, path)),
        None => {
            let known: Vec<_> = known.iter().map(|(method, path)| format!("{method} {path}")).collect();
            let near = suggest(text, known.iter().map(String::as_str));
            let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            Err(format!("endpoint: \"{text}\" is none of {}{hint}", known.join(", ")))
        }
    }
}

fn status(value: &Value) -> Result<StatusMatcher, String> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    // `parse` accepts a plus sign, which no status has.
    let number = |text: &str| if text.starts_with('+') { None } else { text.parse::<u16>().ok() };
    let class = text.strip_suffix("xx").and_then(number).filter(|digit| (1..=5).contains(digit));
    match (number(&text).filter(|status| (100..=599).contains(status)), class) {
        (Some(status), _) => Ok(StatusMatcher::Exactly(status)),
        (_, Some(class)) => Ok(StatusMatcher::Class(class)),
        _ => Err(format!("status: a number such as 404, or a class such as \"4xx\", not {value}")),
    }
}

fn finding(word: &str) -> Result<Option<FindingKind>, String> {
    if word == "any" {
        return Ok(None);
    }
    FindingKind::ALL.into_iter().find(|kind| kind.word() == word).map(Some).ok_or_else(|| {
        let known: Vec<_> = FindingKind::ALL.iter().map(|kind| kind.word()).collect();
        format!("finding: one of any, {}, not \"{word}\"", known.join(", "))
    })
}

fn pattern(what: &str, name: &str, value: &Value) -> Result<Option<Pattern>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => bounded(&format!("{what}.{name}"), text.clone()).map(Some),
        Value::Number(_) | Value::Bool(_) => Ok(Some(Pattern::new(value.to_string()))),
        _ => Err(format!("{what}.{name}: text, or null for one that is not there")),
    }
}
