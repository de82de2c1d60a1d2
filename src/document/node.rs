//! The tree: values, each with its place and, where the notation would lose it, its source text.

use serde_json::{Map, Number, Value as Json};

use super::Place;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where the value starts.
    pub place: Place,
    /// The value, typed as YAML's core schema types it.
    pub value: Value,
    /// The source text of an unquoted YAML scalar that is not text by itself: an unquoted hash of digits is a number to
    /// YAML, and its leading zeros would be lost.
    pub raw: Option<Box<str>>,
}

/// What stands at a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing: `null`, `~` or an empty value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or an exponent; always finite.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the file's order, without repeated keys.
    Map(Vec<Entry>),
}

/// A key of a mapping and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key; a YAML key that is a number or a flag is kept as written.
    pub key: String,
    /// Where the key stands.
    pub place: Place,
    /// The value.
    pub node: Node,
}

impl Node {
    /// A value at a place, without source text.
    pub fn new(place: Place, value: Value) -> Self {
        Self { place, value, raw: None }
    }

    /// The value under `key`, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// The entry of `key`, if this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.iter().find(|entry| entry.key == key)
    }

    /// The text; of an unquoted YAML number or flag the text as written.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Bool(_) | Value::Integer(_) | Value::Float(_) => self.raw.as_deref(),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub fn as_list(&self) -> Option<&[Node]> {
        if let Value::List(items) = &self.value { Some(items) } else { None }
    }

    /// The entries, if this is a mapping.
    pub fn as_map(&self) -> Option<&[Entry]> {
        if let Value::Map(entries) = &self.value { Some(entries) } else { None }
    }

    /// The flag, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(flag) = self.value { Some(flag) } else { None }
    }

    /// The whole number, if this is one.
    pub fn as_integer(&self) -> Option<i64> {
        if let Value::Integer(number) = self.value { Some(number) } else { None }
    }

    /// The number, whole or not, if this is one.
    pub fn as_number(&self) -> Option<f64> {
        match self.value {
            Value::Integer(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            _ => None,
        }
    }

    /// Whether nothing stands here.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// What this is, in words for a message.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// The same value as JSON, keys in the file's order.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(flag) => Json::Bool(*flag),
            Value::Integer(number) => Json::from(*number),
            Value::Float(number) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
            Value::Text(text) => Json::String(text.clone()),
            Value::List(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Value::Map(entries) => {
                let pairs = entries.iter().map(|entry| (entry.key.clone(), entry.node.to_json()));
                Json::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// A tree of a JSON value, all places 0. Whole numbers beyond 64 signed bits become floats.
    pub fn from_json(json: &Json) -> Node {
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Value::Integer(whole),
                None => Value::Float(number.as_f64().unwrap_or_default()),
            },
            Json::String(text) => Value::Text(text.clone()),
            Json::Array(items) => Value::List(items.iter().map(Node::from_json).collect()),
            Json::Object(pairs) => {
                let entry = |(key, value): (&String, &Json)| Entry {
                    key: key.clone(),
                    place: Place::default(),
                    node: Node::from_json(value),
                };
                Value::Map(pairs.iter().map(entry).collect())
            }
        };
        Node::new(Place::default(), value)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn json_survives_the_round_trip_in_order() {
        let text = r#"{"z":[1,2.5,true,null],"a":{"y":"x","b":-3},"e":[],"m":{}}"#;
        let json: Json = serde_json::from_str(text).unwrap();
        let node = Node::from_json(&json);
        assert_eq!(node.to_json().to_string(), text);
        assert_eq!(node.place, Place { line: 0, column: 0 });
    }

    #[test]
    fn accessors_accept_only_their_kind() {
        let node =
            Node::from_json(&serde_json::json!({"t": "x", "i": 3, "f": 0.5, "b": true, "l": [1], "n": null}));
        assert_eq!(node.get("t").and_then(Node::as_text), Some("x"));
        assert_eq!(node.get("i").and_then(Node::as_text), None);
        assert_eq!(node.get("i").and_then(Node::as_integer), Some(3));
        assert_eq!(node.get("i").and_then(Node::as_number), Some(3.0));
        assert_eq!(node.get("f").and_then(Node::as_number), Some(0.5));
        assert_eq!(node.get("f").and_then(Node::as_integer), None);
        assert_eq!(node.get("b").and_then(Node::as_bool), Some(true));
        assert_eq!(node.get("l").and_then(Node::as_list).map(<[Node]>::len), Some(1));
        assert!(node.get("n").unwrap().is_null());
        assert_eq!(node.entry("x"), None);
        assert_eq!(node.get("t").unwrap().get("t"), None);
        let kinds: Vec<_> = node.as_map().unwrap().iter().map(|entry| entry.node.kind()).collect();
        assert_eq!(kinds, ["text", "a whole number", "a number", "true or false", "a list", "nothing"]);
        assert_eq!(node.kind(), "a mapping");
    }
}
