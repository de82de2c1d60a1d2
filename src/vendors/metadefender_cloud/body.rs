//! The body of a bulk look-up: `{"hash":["…"]}`, whatever its content type says.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The most hashes of one request.
pub(super) const MOST: usize = 1000;

/// The hashes of a body as sent, of more than [`MOST`] only the first [`MOST`] and one; none if it names none.
/// `None` if it is malformed.
pub(super) fn parse(body: &[u8]) -> Option<Vec<Cow<'_, str>>> {
    if body.is_empty() {
        return Some(Vec::new());
    }
    let text = std::str::from_utf8(body).ok()?;
    let Body(hashes) = serde_json::from_str(text).ok()?;
    Some(hashes.into_iter().map(|text| text.0).collect())
}

/// An object; of several `hash` the last counts, as in the parsers that services use.
struct Body<'a>(Vec<Text<'a>>);

struct List<'a>(Vec<Text<'a>>);

/// A string, borrowed where nothing in it is escaped.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Body<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut hashes = Vec::new();
        while let Some(key) = map.next_key::<Text<'de>>()? {
            if key.0 == "hash" {
                hashes = map.next_value::<Option<List<'de>>>()?.map_or(Vec::new(), |list| list.0);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Body(hashes))
    }
}

impl<'de> Deserialize<'de> for List<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(ListVisitor)
    }
}

struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = List<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of strings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut hashes = Vec::new();
        while let Some(text) = list.next_element::<Text<'de>>()? {
            if hashes.len() <= MOST {
                hashes.push(text);
            }
        }
        Ok(List(hashes))
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_strings_or_nothing_at_all() {
        let parsed = parse(br#" {"x":[{}],"hash":["a","\u00e9",""],"y":1} "#).expect("well-formed");
        assert_eq!(parsed, ["a", "é", ""]);
        assert!(matches!(parsed[0], Cow::Borrowed(_)));
        for none in [&b""[..], b"{}", b"{\"hash\":null}", b"{\"hash\":[]}", b"{\"Hash\":[\"a\"]}"] {
            assert_eq!(parse(none).expect("well-formed"), [""; 0], "{}", none.escape_ascii());
        }
        assert_eq!(parse(br#"{"hash":["a"],"hash":["b"]}"#).expect("well-formed"), ["b"]);
        let many = format!("{{\"hash\":[{}\"a\"]}}", "\"a\",".repeat(5000));
        assert_eq!(parse(many.as_bytes()).map(|hashes| hashes.len()), Some(1001));
    }

    #[test]
    fn anything_else_is_malformed() {
        for bad in [
            &b" "[..],
            b"null",
            b"[]",
            b"[\"a\"]",
            b"\"hash\"",
            b"{\"hash\":\"a\"}",
            b"{\"hash\":{}}",
            b"{\"hash\":[1]}",
            b"{\"hash\":[null]}",
            b"{\"hash\":[[\"a\"]]}",
            b"{\"hash\":[\"a\",]}",
            b"{\"hash\":[\"a\"]",
            b"{\"hash\":[\"a\"]}{}",
            b"hash=a",
            b"{\"hash\":[\"\xff\"]}",
            b"{\"other\":\"\xff\"}",
            &b"[".repeat(1_000_000),
        ] {
            assert!(parse(bad).is_none(), "{}", bad[..bad.len().min(40)].escape_ascii());
        }
        let many = format!("{{\"hash\":[{}1]}}", "\"a\",".repeat(5000));
        assert!(parse(many.as_bytes()).is_none(), "malformed beyond the most");
    }
}
