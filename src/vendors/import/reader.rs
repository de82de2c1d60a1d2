//! A reply that remembers what was read of it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::Value;

/// A place in a reply.
#[derive(Clone, Debug)]
pub struct ReplyReader<'v> {
    value: &'v Value,
    path: String,
    read: Rc<RefCell<BTreeSet<String>>>,
}

impl<'v> ReplyReader<'v> {
    /// The reply, of which nothing has been read.
    #[must_use]
    pub fn new(value: &'v Value) -> Self {
        Self { value, path: String::new(), read: Rc::default() }
    }

    /// Where this is: `scans.One.result`; empty for the whole reply.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Self> {
        self.value.as_object()?.get(key).map(|value| self.inside(value, key_path(&self.path, key)))
    }

    /// Whether there is a value under a key; it counts as read only when somebody reads it.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.value.get(key).is_some()
    }

    /// The items of a list; none if this is no list.
    #[must_use]
    pub fn items(&self) -> Vec<Self> {
        let Value::Array(items) = self.value else { return Vec::new() };
        self.mark_if_empty(items.is_empty());
        let item = |(place, value)| self.inside(value, format!("{}[{place}]", self.path));
        items.iter().enumerate().map(item).collect()
    }

    /// The entries of an object; none if this is no object.
    #[must_use]
    pub fn entries(&self) -> Vec<(&'v str, Self)> {
        let Value::Object(map) = self.value else { return Vec::new() };
        self.mark_if_empty(map.is_empty());
        map.iter().map(|(key, value)| (key.as_str(), self.inside(value, key_path(&self.path, key)))).collect()
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&'v str> {
        self.seen(self.value.as_str())
    }

    /// The whole number that is not negative, if it is one.
    pub fn count(&self) -> Option<u64> {
        self.seen(self.value.as_u64())
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        self.seen(self.value.as_f64())
    }

    /// The flag, if it is one.
    pub fn flag(&self) -> Option<bool> {
        self.seen(self.value.as_bool())
    }

    /// All of it, whatever it is.
    #[must_use]
    pub fn value(&self) -> &'v Value {
        self.mark_all(self.value, &self.path);
        self.value
    }

    /// Counts all of it as read: it says nothing that is to be learned.
    pub fn skip(&self) {
        self.mark_all(self.value, &self.path);
    }

    /// What is there, without counting as read.
    #[must_use]
    pub fn peek(&self) -> &'v Value {
        self.value
    }

    /// The text under a key, if it is one.
    pub fn text_of(&self, key: &str) -> Option<&'v str> {
        self.get(key)?.text()
    }

    /// The whole number under a key, if it is one.
    pub fn count_of(&self, key: &str) -> Option<u64> {
        self.get(key)?.count()
    }

    /// Where something stands that nobody has read, with what it is.
    #[must_use]
    pub fn unread(&self) -> Vec<(String, &'v Value)> {
        let mut found = Vec::new();
        let read = self.read.borrow();
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
    fn what_nobody_read_is_told_with_its_path() {
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
