//! From a tree to JSON, typed by its shape.

use serde_json::{Map, Value as Json};

use super::Shape;
use crate::document::{Diagnostics, Node, Value};

impl Shape {
    /// The node as JSON, typed by this shape and not by YAML's guess: texts, hashes, times, spans and words become
    /// strings even where they were written as bare numbers, and fields that hold nothing are left out.
    ///
    /// What does not fit the shape is converted as it is; [`Shape::check`] is the one to report it.
    pub fn to_json(&self, node: &Node) -> Json {
        match (self, &node.value) {
            (Shape::Text | Shape::Time | Shape::Span | Shape::Hash(_) | Shape::Word(_), value) => {
                match (node.as_text(), value) {
                    (Some(text), _) => Json::String(text.to_owned()),
                    // A number of JSON has no source text. A duration may be one, in seconds.
                    (None, Value::Integer(number)) => Json::String(number.to_string()),
                    _ => node.to_json(),
                }
            }
            (Shape::List(shape), Value::List(items)) => {
                items.iter().map(|item| shape.to_json(item)).collect()
            }
            (Shape::Map(shape), Value::Map(entries)) => {
                let pairs = entries.iter().map(|entry| (entry.key.clone(), shape.to_json(&entry.node)));
                Json::Object(pairs.collect::<Map<_, _>>())
            }
            (Shape::Record(fields), Value::Map(entries)) => {
                let given = entries.iter().filter(|entry| !entry.node.is_null());
                let pairs = given.map(|entry| {
                    let field = fields.iter().find(|field| field.name == entry.key);
                    let shape = field.map_or(&Shape::Any, |field| &field.shape);
                    (entry.key.clone(), shape.to_json(&entry.node))
                });
                Json::Object(pairs.collect::<Map<_, _>>())
            }
            (Shape::Either(shapes), _) => {
                // The order of the alternatives matters: an earlier one that fits wins.
                let fits = |shape: &&Shape| shape.check(node, "", &mut Diagnostics::default());
                shapes.iter().find(fits).map_or_else(|| node.to_json(), |shape| shape.to_json(node))
            }
            _ => node.to_json(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::document::{Field, Format, parse};

    static TAGS: Shape = Shape::List(&Shape::Text);
    static NAMES: Shape = Shape::Map(&Shape::Text);
    static SHAPE: Shape = Shape::Record(&[
        Field::new("name", Shape::Text, ""),
        Field::new("md5", Shape::Hash("md5"), ""),
        Field::new("seen", Shape::Time, ""),
        Field::new("lasts", Shape::Span, ""),
        Field::new("level", Shape::Word(|| vec!["1", "2"]), ""),
        Field::new("size", Shape::Count { min: 0, max: u64::MAX }, ""),
        Field::new("share", Shape::Number, ""),
        Field::new("tags", TAGS, ""),
        Field::new("names", NAMES, ""),
        Field::new("either", Shape::Either(&[TAGS, Shape::Span, Shape::Any]), ""),
        Field::new("any", Shape::Any, ""),
    ]);

    #[test]
    fn types_by_shape() {
        let yaml = "name: 1.0\nmd5: 00000000000000000000000000001414\nseen: 2026-01-02\nlasts: 90\nlevel: 1\nsize: 012\nshare: 1\n\
                    tags: [1, yes, true]\nnames: {a: 007}\neither: 5\nany: {a: 007, b: null}\nother: ~\n";
        let mut diagnostics = Diagnostics::new("f");
        let node = parse(yaml, Format::Yaml, &mut diagnostics).unwrap();
        assert_eq!(
            SHAPE.to_json(&node).to_string(),
            concat!(
                r#"{"name":"1.0","md5":"00000000000000000000000000001414","seen":"2026-01-02","lasts":"90","level":"1","size":12,"#,
                r#""share":1,"tags":["1","yes","true"],"names":{"a":"007"},"either":"5","any":{"a":7,"b":null}}"#
            )
        );
    }

    #[test]
    fn json_numbers_can_be_spans() {
        let node = Node::from_json(&serde_json::json!({"lasts": 90, "either": [1], "name": null}));
        assert_eq!(SHAPE.to_json(&node).to_string(), r#"{"lasts":"90","either":[1]}"#);
    }
}
