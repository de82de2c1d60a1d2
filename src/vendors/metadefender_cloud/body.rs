//! The body of a bulk look-up: `{"hash":["…"]}`, with any content type.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::vendors::{JsonText, JsonTexts, PlainJson};

/// The most hashes of one request.
pub(super) const MAX_HASHES: usize = 1000;

/// The hashes of a body as sent. If there are more than [`MAX_HASHES`], only one more is returned.
/// `None` if it is malformed.
pub(super) fn parse(body: &[u8]) -> Option<Vec<Cow<'_, str>>> {
    // The page has one error for an empty body and an empty list.
    if body.is_empty() {
        return Some(Vec::new());
    }
    // Checked as a whole: from bytes, serde_json does not check the text of the fields that it skips.
    let text = std::str::from_utf8(body).ok()?;
    plain(text).or_else(|| any(text))
}

/// The hashes of a body that has nothing else and no escapes.
fn plain(text: &str) -> Option<Vec<Cow<'_, str>>> {
    let mut json = PlainJson::of(text)?;
    json.skip(b'{')?;
    json.skip_name("hash")?;
    let hashes = json.texts(MAX_HASHES)?;
    json.skip(b'}')?;
    json.is_at_end().then_some(hashes)
}

/// The hashes of any body.
fn any(text: &str) -> Option<Vec<Cow<'_, str>>> {
    serde_json::from_str(text).ok().map(|BulkRequest(hashes)| hashes)
}

/// An object. If it has several fields `hash`, the last one counts, as in common JSON parsers.
struct BulkRequest<'a>(Vec<Cow<'a, str>>);

impl<'de> Deserialize<'de> for BulkRequest<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // A derived implementation would refuse a repeated field, and would accept an array in place of the object.
        from.deserialize_map(BulkRequestVisitor)
    }
}

struct BulkRequestVisitor;

impl<'de> Visitor<'de> for BulkRequestVisitor {
    type Value = BulkRequest<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut hashes = Vec::new();
        while let Some(key) = map.next_key::<JsonText<'de>>()? {
            if key.0 == "hash" {
                let list = map.next_value::<Option<JsonTexts<'de, MAX_HASHES>>>()?;
                hashes = list.map_or(Vec::new(), |list| list.0);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(BulkRequest(hashes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendors::plain_json::variants;

    #[test]
    fn a_body_has_a_list_of_hashes_or_none() {
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
    fn plain_bodies_are_read_as_any_other() {
        for body in [r#"{"hash":["a","bc",""]}"#, r#" { "hash" : [ "a", "b" ] } "#, r#"{"hash":[]}"#] {
            assert!(plain(body).is_some() && plain(body) == any(body), "{body}");
            for other in variants(body) {
                let plain = plain(&other);
                assert!(plain.is_none() || plain == any(&other), "{other}");
            }
        }
        let many = format!("{{\"hash\":[{}\"a\"]}}", "\"a\",".repeat(5000));
        assert_eq!(plain(&many).map(|hashes| hashes.len()), Some(1001));
    }

    #[test]
    fn other_bodies_are_malformed() {
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
