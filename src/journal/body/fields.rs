//! The fields of a request body in JSON, urlencoded, multipart or XML, for readers of the journal.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::layout::{self, Layout};
use super::xml::{self, Visitor};
use super::{Format, media_type};

/// The fields as a JSON value; `None` if the body has none. Repeated names of a form and of XML become a list.
///
/// If the endpoint read fields, `seen` is what it read. Otherwise the body may be anything: clients declare JSON as a form, or
/// nothing at all.
pub(crate) fn read(content_type: &str, body: &[u8], seen: Option<&Layout>) -> Option<Value> {
    if let Some(layout) = seen {
        return Some(of_layout(layout, body));
    }
    let media = media_type(content_type);
    let declared = Format::declared(&media);
    if declared == Some(Format::Multipart) {
        let fields = of_layout(&Layout::of(content_type, body), body);
        return fields.as_object().is_some_and(|fields| !fields.is_empty()).then_some(fields);
    }
    let looks_like = body.iter().find(|byte| !byte.is_ascii_whitespace())?;
    let read = match looks_like {
        b'{' | b'[' => serde_json::from_slice(body).ok(),
        b'<' => of_xml(body),
        _ => None,
    };
    // JSON and XML may contain equals signs too, so such a body is a form only if it is declared as one.
    let may_be_form = declared == Some(Format::Urlencoded) || !b"{[<".contains(looks_like);
    if read.is_some() || !may_be_form || !body.contains(&b'=') {
        return read;
    }
    Some(of_layout(&Layout::form(body), body))
}

fn of_layout(layout: &Layout, body: &[u8]) -> Value {
    let mut fields = Map::new();
    for (name, value) in layout.fields(body) {
        let text = match value {
            layout::Value::Text(text) => text.into_owned(),
            layout::Value::File(_, content) => format!("a file of {} bytes", content.len()),
        };
        add(&mut fields, name.into_owned(), Value::String(text));
    }
    Value::Object(fields)
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

/// The elements of a document.
#[derive(Default)]
struct Elements {
    /// The open elements, outermost first: name, elements inside, text.
    open: Vec<(String, Map<String, Value>, String)>,
    root: Map<String, Value>,
}

impl Visitor<'_> for Elements {
    fn open(&mut self, name: &str) -> Option<()> {
        self.open.push((name.to_owned(), Map::new(), String::new()));
        Some(())
    }

    fn close(&mut self) -> Option<()> {
        let (name, fields, text) = self.open.pop()?;
        let value =
            if fields.is_empty() { Value::String(text.trim().to_owned()) } else { Value::Object(fields) };
        let outer = self.open.last_mut().map_or(&mut self.root, |(_, fields, _)| fields);
        add(outer, name, value);
        Some(())
    }

    fn text(&mut self, text: Cow<'_, str>) -> Option<()> {
        self.open.last_mut()?.2.push_str(&text);
        Some(())
    }
}

/// XML elements as objects and strings. Attributes are ignored.
fn of_xml(body: &[u8]) -> Option<Value> {
    xml::read(body).map(|Elements { root, .. }| Value::Object(root))
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
        // Items of a list have the same path.
        if read.contains(&path.as_str()) || found.contains(&path) {
            continue;
        }
        // A field that the endpoint reads something inside of is examined further; any other one is named as a whole.
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

    fn of(kind: &str, body: &str) -> Option<Value> {
        read(kind, body.as_bytes(), None)
    }

    #[test]
    fn every_format_has_fields() {
        assert_eq!(of("application/x-www-form-urlencoded", r#" {"a":[1]}"#), Some(json!({"a": [1]})));
        assert_eq!(of("", "a=1&b=x%20y&a=2"), Some(json!({"a": ["1", "2"], "b": "x y"})));
        let xml = "<?xml version=\"1.0\"?><rl>\n<q><h><item> x&amp;z</item><item><![CDATA[y]]></item></h><n/></q></rl>";
        assert_eq!(of("", xml), Some(json!({"rl": {"q": {"h": {"item": ["x&z", "y"]}, "n": ""}}})));
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
    fn fields_are_those_that_the_endpoint_saw() {
        let body = b"{\"a\":1}&b=2";
        let seen = Layout::form(body);
        let expected = json!({"{\"a\":1}": "", "b": "2"});
        assert_eq!(read("application/json", body, Some(&seen)), Some(expected));
        assert_eq!(read("application/json", body, None), None);
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
