//! `{"rl":{"query":{"hash_type":"md5","hashes":["…"]}}}`: one document, this shape, further keys are ignored, and of a
//! repeated key the last one counts.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};

use super::{MAX_HASHES, Query};
use crate::vendors::{JsonText, JsonTexts, PlainJson};

/// Reads a body; `None` if it is malformed.
pub(super) fn parse(text: &str) -> Option<Query<'_>> {
    let Fields { hash_type, hashes } = plain(text).or_else(|| any(text))?;
    Some(Query { hash_type: hash_type?, hashes: hashes? })
}

/// The fields of a body that has nothing else and no escapes.
fn plain(text: &str) -> Option<Fields<'_>> {
    let mut json = PlainJson::of(text)?;
    for outer in ["rl", "query"] {
        json.skip(b'{')?;
        json.skip_name(outer)?;
    }
    json.skip(b'{')?;
    let mut fields = Fields::default();
    loop {
        match json.name()? {
            "hash_type" => fields.hash_type = Some(Cow::Borrowed(json.text()?)),
            "hashes" => fields.hashes = Some(json.texts(MAX_HASHES)?),
            _ => return None,
        }
        if json.skip(b',').is_none() {
            break;
        }
    }
    for _ in 0..3 {
        json.skip(b'}')?;
    }
    json.is_at_end().then_some(fields)
}

/// The fields of any body.
fn any(text: &str) -> Option<Fields<'_>> {
    let mut from = serde_json::Deserializer::from_str(text);
    let fields = Level(&["rl", "query"]).deserialize(&mut from).ok()?;
    from.end().ok()?;
    Some(fields)
}

/// The fields of the query.
#[derive(Debug, Default, PartialEq)]
struct Fields<'a> {
    hash_type: Option<Cow<'a, str>>,
    hashes: Option<Vec<Cow<'a, str>>>,
}

/// An object of the document: the query is that many keys below it.
struct Level(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Fields<'de>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Fields<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Fields::default();
        while let Some(JsonText(key)) = map.next_key()? {
            match (self.0, &*key) {
                ([next, below @ ..], key) if *next == key => fields = map.next_value_seed(Level(below))?,
                ([], "hash_type") => fields.hash_type = Some(map.next_value::<JsonText<'de>>()?.0),
                ([], "hashes") => {
                    fields.hashes = Some(map.next_value::<JsonTexts<'de, MAX_HASHES>>()?.0);
                }
                // Not parsed into a value, which could hold neither deep nesting nor 1e999.
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendors::plain_json::variants;

    #[test]
    fn plain_bodies_are_read_as_any_other() {
        for body in [
            r#"{"rl":{"query":{"hash_type":"md5","hashes":["a","bc",""]}}}"#,
            r#" { "rl": {"query": {"hashes": ["a", "b"] , "hash_type": "md5"}}} "#,
            r#"{"rl":{"query":{"hashes":["a"],"hashes":[],"hash_type":"md5"}}}"#,
        ] {
            assert!(plain(body).is_some() && plain(body) == any(body), "{body}");
            for other in variants(body) {
                let plain = plain(&other);
                assert!(plain.is_none() || plain == any(&other), "{other}");
            }
        }
    }

    #[test]
    fn only_the_documented_shape_is_accepted() {
        let good = r#"{"rl":{"extra":[1],"query":{"hashes":["a","\u00e9",""],"hash_type":"md5"}}}"#;
        let query = parse(good).expect("well-formed");
        assert_eq!((&*query.hash_type, query.hashes.len()), ("md5", 3));
        assert_eq!(query.hashes[1], "é");
        let one = r#"{"rl":{"query":{"hash_type":"md5","hashes":[]}}}"#;
        assert!(parse(one).is_some() && parse(&format!("\n{one} ")).is_some());
        for bad in [
            &format!("{one}{one}"),
            &format!("{one},"),
            "",
            "null",
            "[[[\"md5\",[]]]]",
            r#"{"rl":[["md5",[]]]}"#,
            r#"{"rl":{"query":["md5",[]]}}"#,
            r#"{"rl":{"query":{"hashes":[]}}}"#,
            r#"{"rl":{"query":{"hash_type":"md5"}}}"#,
            r#"{"rl":{"query":{"hash_type":null,"hashes":[]}}}"#,
            r#"{"rl":{"query":{"hash_type":"md5","hashes":null}}}"#,
            r#"{"rl":{"query":{"hash_type":"md5","hashes":"a"}}}"#,
            r#"{"rl":{"query":{"hash_type":"md5","hashes":{"a":"b"}}}}"#,
            r#"{"rl":{"query":{"hash_type":"md5","hashes":["a",1]}}}"#,
            r#"{"rl":{"query":{"hash_type":"md5","hashes":["a",null]}}}"#,
            r#"{"rl":{"query":{"hash_type":"md5","hashes":["a",]}}}"#,
            r#"{"rl":{"query":{"hash_type":"md5","hashes":["\ud800"]}}}"#,
            r#"{"query":{"hash_type":"md5","hashes":[]}}"#,
            &"[".repeat(1_000_000),
        ] {
            assert!(parse(bad).is_none(), "{}", &bad[..bad.len().min(60)]);
        }
    }

    #[test]
    fn further_keys_are_ignored_and_the_last_of_a_repeated_key_counts() {
        let twice = r#"{"rl":{},"rl":{"query":{},"query":{"hash_type":"x","hash_type":"md5","hashes":["a"],"hashes":["b"]}}}"#;
        let query = parse(twice).expect("well-formed");
        assert_eq!((&*query.hash_type, query.hashes), ("md5", vec!["b".into()]));
        let deep = format!("{}1e999{}", "[".repeat(1000), "]".repeat(1000));
        let more = format!(r#"{{"x":{deep},"rl":{{"query":{{"h\u0061sh_type":"md5","hashes":["b"]}}}}}}"#);
        assert_eq!(parse(&more).map(|query| query.hashes), Some(vec!["b".into()]));
    }
}
