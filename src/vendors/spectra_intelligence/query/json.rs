//! `{"rl":{"query":{"hash_type":"md5","hashes":["…"]}}}`: one document, this shape, further keys are ignored, and of a
//! repeated key the last one counts.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Query;
use crate::vendors::JsonText;

/// Reads a body; `None` if it is malformed.
pub(super) fn parse(text: &str) -> Option<Query<'_>> {
    // Each level is parsed by itself. Ignored fields may hold what a parsed value could not: deep nesting, or 1e999.
    let query = Object::of(text)?.object("rl")?.object("query")?;
    let JsonText(hash_type) = query.get("hash_type")?;
    let hashes: Vec<JsonText<'_>> = query.get("hashes")?;
    Some(Query { hash_type, hashes: hashes.into_iter().map(|hash| hash.0).collect() })
}

/// The fields of an object, unparsed.
struct Object<'a>(HashMap<String, &'a RawValue>);

impl<'a> Object<'a> {
    fn of(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    fn object(&self, key: &str) -> Option<Self> {
        Self::of(self.0.get(key)?.get())
    }

    fn get<T: Deserialize<'a>>(&self, key: &str) -> Option<T> {
        serde_json::from_str(self.0.get(key)?.get()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let twice = r#"{"rl":1,"rl":{"query":[],"query":{"hash_type":1,"hash_type":"md5","hashes":["a"],"hashes":["b"]}}}"#;
        let query = parse(twice).expect("well-formed");
        assert_eq!((&*query.hash_type, query.hashes), ("md5", vec!["b".into()]));
        let deep = format!("{}1e999{}", "[".repeat(1000), "]".repeat(1000));
        let more = format!(r#"{{"x":{deep},"rl":{{"query":{{"h\u0061sh_type":"md5","hashes":["b"]}}}}}}"#);
        assert_eq!(parse(&more).map(|query| query.hashes), Some(vec!["b".into()]));
    }
}
