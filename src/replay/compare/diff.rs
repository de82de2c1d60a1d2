//! Compares two bodies: path by path where both are JSON, else up to the first byte that differs.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::document::{TimeSpec, truncate};
use crate::journal::redact;

/// How many characters of a value a report shows.
const MOST_OF_VALUE: usize = 80;

/// In which way something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DifferenceKind {
    /// The vendor sends it, scandouble does not.
    Missing,
    /// scandouble sends it, the vendor does not.
    Extra,
    /// Both send it, with different types, such as a number and a string.
    Type,
    /// Both send it, with different values.
    Value,
    /// Both have the same keys, in a different order.
    Order,
    /// The contents are equal, with different white space, escapes or number formats.
    Layout,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    /// `status`, `header` or `body`.
    pub part: &'static str,
    /// Where: the name of a header, a path such as `results[0].code`, or empty for the whole.
    pub path: String,
    /// In which way.
    pub kind: DifferenceKind,
    /// What the vendor sends there, truncated.
    pub vendor: Option<String>,
    /// What scandouble sends there, truncated.
    pub double: Option<String>,
    /// Whether the two are times or identifiers, which differ from one run to the next.
    pub volatile: bool,
}

impl Difference {
    pub(super) fn of_status(vendor: u16, double: u16) -> Self {
        Self {
            part: "status",
            path: String::new(),
            kind: DifferenceKind::Value,
            vendor: Some(vendor.to_string()),
            double: Some(double.to_string()),
            volatile: false,
        }
    }
}

/// Adds the differences between the vendor's body and scandouble's.
pub(super) fn bodies(vendor: &[u8], double: &[u8], found: &mut Vec<Difference>) {
    if vendor == double {
        return;
    }
    let parsed = serde_json::from_slice(vendor).ok().zip(serde_json::from_slice(double).ok());
    // Without JSON on both sides there are no paths to compare.
    let Some((theirs, ours)) = parsed else { return texts(vendor, double, found) };
    let before = found.len();
    values("", &theirs, &ours, found);
    // The bytes differ although every value is equal.
    if found.len() == before {
        let (vendor, double) = around(vendor, double);
        found.push(body("", DifferenceKind::Layout, Some(vendor), Some(double)));
    }
}

fn values(path: &str, vendor: &Value, double: &Value, found: &mut Vec<Difference>) {
    match (vendor, double) {
        (Value::Object(theirs), Value::Object(ours)) => objects(path, theirs, ours, found),
        (Value::Array(theirs), Value::Array(ours)) => {
            for (place, pair) in theirs.iter().zip(ours).enumerate() {
                values(&format!("{path}[{place}]"), pair.0, pair.1, found);
            }
            for (place, value) in theirs.iter().enumerate().skip(ours.len()) {
                let path = format!("{path}[{place}]");
                found.push(body(&path, DifferenceKind::Missing, Some(printed(&path, value)), None));
            }
            for (place, value) in ours.iter().enumerate().skip(theirs.len()) {
                let path = format!("{path}[{place}]");
                found.push(body(&path, DifferenceKind::Extra, None, Some(printed(&path, value))));
            }
        }
        (theirs, ours) if theirs == ours => {}
        (theirs, ours) => found.push(scalars(path, theirs, ours)),
    }
}

/// Compares the fields of two objects, and the order of those that both have.
fn objects(path: &str, theirs: &Map<String, Value>, ours: &Map<String, Value>, found: &mut Vec<Difference>) {
    for (key, value) in theirs {
        let path = inside(path, key);
        match ours.get(key) {
            Some(other) => values(&path, value, other, found),
            None => found.push(body(&path, DifferenceKind::Missing, Some(printed(&path, value)), None)),
        }
    }
    for (key, value) in ours.iter().filter(|(key, _)| !theirs.contains_key(*key)) {
        let path = inside(path, key);
        found.push(body(&path, DifferenceKind::Extra, None, Some(printed(&path, value))));
    }
    // A key that only one of them has is reported already, and must not count as a different order.
    let in_both = |one: &Map<String, Value>, other: &Map<String, Value>| {
        one.keys().filter(|key| other.contains_key(*key)).cloned().collect::<Vec<_>>()
    };
    let (theirs, ours) = (in_both(theirs, ours), in_both(ours, theirs));
    if theirs != ours {
        found.push(body(
            path,
            DifferenceKind::Order,
            Some(truncate_value(&theirs.join(", "))),
            Some(truncate_value(&ours.join(", "))),
        ));
    }
}

/// The difference between two values that are not equal.
fn scalars(path: &str, theirs: &Value, ours: &Value) -> Difference {
    let key = path.rsplit(['.', ']']).next().unwrap_or_default();
    let same = std::mem::discriminant(theirs) == std::mem::discriminant(ours);
    // 78 and 78.0 are the same number in two formats.
    let kind = if same && theirs.as_f64().is_some_and(|number| Some(number) == ours.as_f64()) {
        DifferenceKind::Layout
    } else if same || (is_flag(theirs) && is_flag(ours)) {
        DifferenceKind::Value
    } else {
        DifferenceKind::Type
    };
    let mut difference = body(path, kind, Some(printed(path, theirs)), Some(printed(path, ours)));
    difference.volatile = kind == DifferenceKind::Value && is_volatile(key, theirs, ours);
    difference
}

fn is_flag(value: &Value) -> bool {
    value.is_boolean()
}

/// Whether two values differ as times and identifiers do from one run to the next.
pub(super) fn is_volatile(key: &str, one: &Value, other: &Value) -> bool {
    let key = key.to_ascii_lowercase();
    match (one, other) {
        (Value::String(one), Value::String(other)) => {
            let is_time = |text: &str| text.len() > 8 && matches!(TimeSpec::parse(text), Ok(TimeSpec::At(_)));
            let is_span = |text: &str| {
                text.strip_suffix('s').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            };
            // A value that was redacted in the recording cannot be compared.
            one.ends_with(redact::MASK)
                || (is_time(one) && is_time(other))
                || (is_id(one)
                    && is_id(other)
                    // A hash has the form of an identifier, but another hash is another answer.
                    && !["md5", "sha1", "sha256", "sha512", "imphash", "hash"].contains(&&*key))
                || (is_name_of_id(&key) && is_token(one) && is_token(other))
                // Headers such as `x-ratelimit-reset-in: 86400s` count down.
                || (key.contains("reset") && is_span(one) && is_span(other))
        }
        (Value::Number(_), Value::Number(_)) => {
            ["time", "elapsed", "duration", "timestamp"].iter().any(|word| key.ends_with(word))
                || ["id", "user"].contains(&&*key)
        }
        _ => false,
    }
}

/// Whether a field of this name holds an identifier, such as `data_id`.
pub(super) fn is_name_of_id(key: &str) -> bool {
    key == "id" || key.ends_with("_id")
}

/// 16 or more letters of base64, the form of some identifiers.
pub(super) fn is_token(text: &str) -> bool {
    text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// 16 or more hex digits, or a UUID.
pub(super) fn is_id(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    digits >= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn texts(vendor: &[u8], double: &[u8], found: &mut Vec<Difference>) {
    let squeezed = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
    };
    let kind =
        if squeezed(vendor) == squeezed(double) { DifferenceKind::Layout } else { DifferenceKind::Value };
    let (vendor, double) = around(vendor, double);
    found.push(body("", kind, Some(vendor), Some(double)));
}

/// Both texts, from shortly before the first byte that differs.
fn around(one: &[u8], other: &[u8]) -> (String, String) {
    let at =
        one.iter().zip(other).position(|(one, other)| one != other).unwrap_or(one.len().min(other.len()));
    let from = at.saturating_sub(20);
    let part = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes.get(from..).unwrap_or_default()).into_owned();
        truncate_value(&format!("{}{text}", if from > 0 { "…" } else { "" }))
    };
    (part(one), part(other))
}

fn body(path: &str, kind: DifferenceKind, vendor: Option<String>, double: Option<String>) -> Difference {
    Difference { part: "body", path: path.to_owned(), kind, vendor, double, volatile: false }
}

fn inside(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A value in a report: truncated, with secrets redacted, because reports are sent to others and recordings are real.
fn printed(path: &str, value: &Value) -> String {
    let key = path.rsplit('.').next().unwrap_or_default();
    match value {
        Value::String(text) => truncate_value(&Value::from(redact::by_name(key, text)).to_string()),
        Value::Object(_) | Value::Array(_) => truncate_value(&masked(value).to_string()),
        other => other.to_string(),
    }
}

fn masked(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| {
                let value = match value {
                    Value::String(text) => Value::from(redact::by_name(key, text)),
                    other => masked(other),
                };
                (key.clone(), value)
            };
            Value::Object(map.iter().map(entry).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(masked).collect()),
        other => other.clone(),
    }
}

fn truncate_value(text: &str) -> String {
    truncate(text, MOST_OF_VALUE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(vendor: &str, double: &str) -> Vec<String> {
        let mut found = Vec::new();
        bodies(vendor.as_bytes(), double.as_bytes(), &mut found);
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        let line = |one: &Difference| {
            let volatile = if one.volatile { " volatile" } else { "" };
            format!("{} {:?}{volatile} {} {}", one.path, one.kind, text(&one.vendor), text(&one.double))
        };
        found.iter().map(line).collect()
    }

    #[test]
    fn json_differs_by_path() {
        assert_eq!(lines(r#"{"a":1}"#, r#"{"a":1}"#), [""; 0]);
        assert_eq!(
            lines(
                r#"{"b":1,"a":{"x":[1,2,"3"],"n":null,"t":"2026-01-01T00:00:00Z","gone":{"token":"0123456789"}}}"#,
                r#"{"a":{"x":[1,"2",3,4],"n":0,"t":"2027-01-01T00:00:00Z","new":true},"b":2}"#
            ),
            [
                "b Value 1 2",
                "a.x[1] Type 2 \"2\"",
                "a.x[2] Type \"3\" 3",
                "a.x[3] Extra - 4",
                "a.n Type null 0",
                "a.t Value volatile \"2026-01-01T00:00:00Z\" \"2027-01-01T00:00:00Z\"",
                "a.gone Missing {\"token\":\"0123***\"} -",
                "a.new Extra - true",
                " Order b, a a, b",
            ]
        );
        assert_eq!(lines("{\"a\":78}", "{\"a\":78.0}"), ["a Layout 78 78.0"]);
        assert_eq!(lines("{\"a\": 1}", "{\"a\":1}"), [" Layout {\"a\": 1} {\"a\":1}"]);
        let ids = ["0123456789abcdef", "fedcba9876543210"];
        let id = |key: &str, id: &str| format!("{{\"{key}\":\"{id}\"}}");
        assert!(lines(&id("x_id", ids[0]), &id("x_id", ids[1]))[0].contains("volatile"));
        let tokens = ["bzI2MDMwMWFiY2RlZmdo", "0123456789abcdef"];
        assert!(lines(&id("data_id", tokens[0]), &id("data_id", tokens[1]))[0].contains("volatile"));
        assert!(!lines(&id("name", tokens[0]), &id("name", tokens[1]))[0].contains("volatile"));
        assert!(!lines(&id("md5", ids[0]), &id("md5", ids[1]))[0].contains("volatile"));
    }

    #[test]
    fn texts_differ_by_their_first_place() {
        assert_eq!(lines("<a> <b/></a>", "<a><b/></a>"), [" Layout <a> <b/></a> <a><b/></a>"]);
        let long = "x".repeat(100);
        let expected = format!(" Value …{}1 …{}2", "x".repeat(20), "x".repeat(20));
        assert_eq!(lines(&format!("{long}1"), &format!("{long}2")), [expected]);
        assert_eq!(lines("", "a"), [" Value  a"]);
    }
}
