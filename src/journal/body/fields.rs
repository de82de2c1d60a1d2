//! The fields of a request body in JSON, urlencoded, multipart or XML.

use bytes::Bytes;
use http::{HeaderMap, header};
use quick_xml::events::Event;
use serde_json::{Map, Value};

use super::multipart;
use crate::journal::redact;

/// How deep XML elements may be nested.
const MAX_DEPTH: usize = 64;

/// The content type of a request, with its parameters.
pub(crate) fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).map(http::HeaderValue::as_bytes).unwrap_or_default();
    String::from_utf8_lossy(value).into_owned()
}

/// The fields as a JSON value; `None` if the body has none. Repeated names of a form and of XML become a list.
pub(crate) fn read(headers: &HeaderMap, body: &Bytes) -> Option<Value> {
    let kind = content_type(headers);
    let parts = multipart::parts(&kind, body);
    if !parts.is_empty() {
        let mut fields = Map::new();
        for part in parts {
            let content = &body[part.content];
            let text = if part.is_file {
                format!("a file of {} bytes", content.len())
            } else {
                String::from_utf8_lossy(content).into_owned()
            };
            add(&mut fields, part.name, Value::String(text));
        }
        return Some(Value::Object(fields));
    }
    let looks_like = body.iter().find(|byte| !byte.is_ascii_whitespace())?;
    let read = match looks_like {
        b'{' | b'[' => serde_json::from_slice(body).ok(),
        b'<' => xml(std::str::from_utf8(body).ok()?),
        _ => None,
    };
    let may_be_form = redact::is_form(&kind) || !b"{[<".contains(looks_like);
    if read.is_some() || !may_be_form || !body.contains(&b'=') {
        return read;
    }
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(body) {
        add(&mut fields, name.into_owned(), Value::String(value.into_owned()));
    }
    Some(Value::Object(fields))
}

fn add(fields: &mut Map<String, Value>, name: String, value: Value) {
    match fields.get_mut(&name) {
        Some(Value::Array(list)) => list.push(value),
        Some(known) => *known = Value::Array(vec![known.take(), value]),
        None => {
            fields.insert(name, value);
        }
    }
}

/// XML elements as objects and strings. Attributes are ignored.
fn xml(text: &str) -> Option<Value> {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut open: Vec<(String, Map<String, Value>, String)> = Vec::new();
    let mut root = Map::new();
    loop {
        let closed = match reader.read_event().ok()? {
            Event::Start(tag) => {
                if open.len() >= MAX_DEPTH {
                    return None;
                }
                open.push((tag.name().as_ref().to_owned(), Map::new(), String::new()));
                continue;
            }
            Event::Empty(tag) => (tag.name().as_ref().to_owned(), Value::Null),
            Event::End(_) => {
                let (name, fields, text) = open.pop()?;
                let value = if fields.is_empty() { Value::String(text) } else { Value::Object(fields) };
                (name, value)
            }
            Event::Text(piece) => {
                if let Some((_, _, text)) = open.last_mut() {
                    text.push_str(piece.trim());
                }
                continue;
            }
            Event::Eof => return open.is_empty().then_some(Value::Object(root)),
            _ => continue,
        };
        let fields = open.last_mut().map_or(&mut root, |(_, fields, _)| fields);
        add(fields, closed.0, closed.1);
    }
}

/// The first `most` fields that are not among those `read`, as `outer.inner`.
pub(crate) fn unread(value: &Value, read: &[&str], most: usize) -> Vec<String> {
    let mut found = Vec::new();
    collect_unread(value, "", read, most, &mut found);
    found
}

fn collect_unread(value: &Value, within: &str, read: &[&str], most: usize, found: &mut Vec<String>) {
    let fields = match value {
        Value::Object(fields) => fields,
        Value::Array(items) => {
            return items.iter().for_each(|item| collect_unread(item, within, read, most, found));
        }
        _ => return,
    };
    for (name, value) in fields {
        if found.len() >= most {
            return;
        }
        let path = if within.is_empty() { name.clone() } else { format!("{within}.{name}") };
        if read.contains(&path.as_str()) || found.contains(&path) {
            continue;
        }
        let is_outer = |field: &&&str| field.strip_prefix(&path).is_some_and(|rest| rest.starts_with('.'));
        if read.iter().any(|field| is_outer(&field)) {
            collect_unread(value, &path, read, most, found);
        } else {
            found.push(path);
        }
    }
}

/// Whether `actual` includes `wanted`: of an object only the keys of `wanted` count, a list must be equal item by item.
pub(crate) fn includes(actual: &Value, wanted: &Value) -> bool {
    match (actual, wanted) {
        (Value::Object(actual), Value::Object(wanted)) => wanted
            .iter()
            .all(|(name, wanted)| actual.get(name).is_some_and(|actual| includes(actual, wanted))),
        (Value::Array(actual), Value::Array(wanted)) => {
            actual.len() == wanted.len()
                && actual.iter().zip(wanted).all(|(actual, wanted)| includes(actual, wanted))
        }
        // Forms have neither numbers nor lists with one item.
        (Value::String(text), Value::Number(_) | Value::Bool(_)) => {
            serde_json::from_str::<Value>(text).is_ok_and(|read| read == *wanted)
        }
        (single @ Value::String(_), Value::Array(wanted)) => {
            wanted.len() == 1 && includes(single, &wanted[0])
        }
        (actual, wanted) => actual == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(kind: &'static str, body: &'static str) -> Option<Value> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
        read(&headers, &Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn every_format_has_fields() {
        assert_eq!(of("application/x-www-form-urlencoded", r#" {"a":[1]}"#), Some(json!({"a": [1]})));
        assert_eq!(of("", "a=1&b=x%20y&a=2"), Some(json!({"a": ["1", "2"], "b": "x y"})));
        let xml = "<?xml version=\"1.0\"?><rl><q><h><item>x</item><item>y</item></h><n/></q></rl>";
        assert_eq!(of("", xml), Some(json!({"rl": {"q": {"h": {"item": ["x", "y"]}, "n": null}}})));
        for none in ["", "text", "{\"a\"", "<a>", "<a></b>"] {
            assert_eq!(of("", none), None, "{none}");
        }
    }

    #[test]
    fn a_form_may_begin_like_json() {
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        assert_eq!(of(form, "[=1&a=2"), Some(json!({"[": "1", "a": "2"})));
        assert_eq!(of("application/json", "[=1&a=2"), None);
    }

    #[test]
    fn unread_fields_are_named_by_their_path() {
        let value = json!({"rl": {"query": {"hashes": [{"x": 1}], "more": 1}, "other": 2}, "top": 3});
        assert_eq!(unread(&value, &["rl.query.hashes"], 2), ["rl.query.more", "rl.other"]);
        assert_eq!(unread(&value, &["rl.query.hashes"], 9), ["rl.query.more", "rl.other", "top"]);
        assert_eq!(unread(&json!(["a"]), &[], 9), [""; 0]);
    }

    #[test]
    fn a_part_of_a_body_is_enough() {
        let body = json!({"hash": ["a", "b"], "n": "1"});
        assert!(includes(&body, &json!({"hash": ["a", "b"], "n": 1})));
        assert!(!includes(&body, &json!({"hash": ["a"]})) && !includes(&body, &json!({"x": null})));
    }
}
