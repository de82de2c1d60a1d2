//! Reads a JSON reply and remembers which of its values were read.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Map, Value};

use crate::samples::HashKind;

/// A value in a reply, at its path. Clones share the record of what was read.
#[derive(Clone, Debug)]
pub struct ReplyReader<'v> {
    value: &'v Value,
    path: String,
    read: Rc<RefCell<BTreeSet<String>>>,
}

impl<'v> ReplyReader<'v> {
    /// The whole reply, of which nothing has been read.
    pub fn new(value: &'v Value) -> Self {
        Self { value, path: String::new(), read: Rc::default() }
    }

    /// The path, such as `scans.One.result`; empty for the whole reply.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<Self> {
        self.value.as_object()?.get(key).map(|value| self.inside(value, key_path(&self.path, key)))
    }

    /// Whether there is a value under a key. This does not count as reading it.
    pub fn has(&self, key: &str) -> bool {
        self.value.get(key).is_some()
    }

    /// The items of an array; empty if this is not an array.
    pub fn items(&self) -> Vec<Self> {
        let Value::Array(items) = self.value else { return Vec::new() };
        // An empty list has no item that could be read later, so this call counts as reading it.
        self.mark_if_empty(items.is_empty());
        let item = |(place, value)| self.inside(value, format!("{}[{place}]", self.path));
        items.iter().enumerate().map(item).collect()
    }

    /// The entries of an object; empty if this is not an object.
    pub fn entries(&self) -> Vec<(&'v str, Self)> {
        let Value::Object(map) = self.value else { return Vec::new() };
        self.mark_if_empty(map.is_empty());
        map.iter().map(|(key, value)| (key.as_str(), self.inside(value, key_path(&self.path, key)))).collect()
    }

    /// The string, if this is one.
    pub fn text(&self) -> Option<&'v str> {
        self.seen(self.value.as_str())
    }

    /// The non-negative integer, if this is one.
    pub fn count(&self) -> Option<u64> {
        self.seen(self.value.as_u64())
    }

    /// The number, if this is one.
    pub fn number(&self) -> Option<f64> {
        self.seen(self.value.as_f64())
    }

    /// The boolean, if this is one.
    pub fn flag(&self) -> Option<bool> {
        self.seen(self.value.as_bool())
    }

    /// The whole value, which counts as read.
    pub fn value(&self) -> &'v Value {
        self.mark_all(self.value, &self.path);
        self.value
    }

    /// Counts the whole value as read, because a fixture has no use for it.
    pub fn skip(&self) {
        self.mark_all(self.value, &self.path);
    }

    /// Counts a field as read if it has a value that says nothing to a fixture. Another value stays unread, and is reported.
    pub fn skip_if(&self, key: &str, is_usual: impl FnOnce(&Value) -> bool) {
        if let Some(field) = self.get(key).filter(|field| is_usual(field.peek())) {
            field.skip();
        }
    }

    /// The value, which does not count as read.
    pub fn peek(&self) -> &'v Value {
        self.value
    }

    /// The string under a key, if it is one.
    pub fn text_of(&self, key: &str) -> Option<&'v str> {
        self.get(key)?.text()
    }

    /// The non-negative integer under a key, if it is one.
    pub fn count_of(&self, key: &str) -> Option<u64> {
        self.get(key)?.count()
    }

    /// The hashes of these kinds that stand under their names.
    pub fn hashes(&self, kinds: &[HashKind]) -> Vec<(HashKind, &'v str)> {
        kinds.iter().filter_map(|kind| Some((*kind, self.text_of(kind.name())?))).collect()
    }

    /// Copies a field to a mapping under the same name, if it is as it must be there.
    pub fn copy(&self, field: &str, is: fn(&Value) -> bool, to: &mut Map<String, Value>) {
        // A value of another kind is only looked at, so it stays unread and is reported.
        if let Some(value) = self.get(field).filter(|value| is(value.peek())) {
            to.insert(field.to_owned(), value.value().clone());
        }
    }

    /// The values that were not read, with their paths.
    pub fn unread(&self) -> Vec<(String, &'v Value)> {
        let mut found = Vec::new();
        let read = self.read.borrow();
        // A stack returns the last value first, so children are added in reverse: the order is that of the reply.
        let mut open = vec![(self.path.clone(), self.value)];
        while let Some((path, value)) = open.pop() {
            match value {
                _ if read.contains(&path) => {}
                Value::Object(map) if !map.is_empty() => {
                    open.extend(map.iter().rev().map(|(key, value)| (key_path(&path, key), value)));
                }
                Value::Array(items) if !items.is_empty() => {
                    let inside = |(place, value)| (format!("{path}[{place}]"), value);
                    open.extend(items.iter().enumerate().rev().map(inside));
                }
                other => found.push((path, other)),
            }
        }
        found
    }

    fn inside(&self, value: &'v Value, path: String) -> Self {
        Self { value, path, read: self.read.clone() }
    }

    fn seen<T>(&self, value: Option<T>) -> Option<T> {
        // A value of another type than the caller expects does not count as read, so it is reported.
        if value.is_some() {
            self.read.borrow_mut().insert(self.path.clone());
        }
        value
    }

    fn mark_if_empty(&self, is_empty: bool) {
        if is_empty {
            self.read.borrow_mut().insert(self.path.clone());
        }
    }

    fn mark_all(&self, value: &Value, path: &str) {
        self.read.borrow_mut().insert(path.to_owned());
        match value {
            Value::Object(map) => {
                map.iter().for_each(|(key, value)| self.mark_all(value, &key_path(path, key)));
            }
            Value::Array(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(at, value)| self.mark_all(value, &format!("{path}[{at}]")));
            }
            _ => {}
        }
    }
}

fn key_path(path: &str, key: &str) -> String {
    // A key such as `a.b` is quoted, or it would look like the key `b` inside `a`.
    let plain = !key.is_empty() && !key.contains(['.', '[', ']', '"']) && !key.contains(char::is_control);
    match (plain, path.is_empty()) {
        (true, true) => key.to_owned(),
        (true, false) => format!("{path}.{key}"),
        (false, _) => format!("{path}[{}]", Value::from(key)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unread_values_are_listed_with_their_paths() {
        let reply = json!({
            "a": "x", "b": { "c": 1, "d.e": [true, { "f": null }] }, "none": [], "empty": {}, "wrong": "7",
            "all": { "in": [1, 2] },
        });
        let reading = ReplyReader::new(&reply);
        assert_eq!(reading.text_of("a"), Some("x"));
        assert_eq!(reading.count_of("wrong"), None);
        assert!(reading.get("none").expect("there").items().is_empty());
        assert_eq!(reading.get("all").expect("there").value(), &json!({ "in": [1, 2] }));
        let list = reading.get("b").expect("there").get("d.e").expect("there").items();
        assert_eq!((list.len(), list[0].flag()), (2, Some(true)));
        let unread: Vec<String> =
            reading.unread().into_iter().map(|(path, value)| format!("{path} = {value}")).collect();
        assert_eq!(unread, ["b.c = 1", "b[\"d.e\"][1].f = null", "empty = {}", "wrong = \"7\""]);
    }
}
