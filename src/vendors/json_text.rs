//! Texts of a request in JSON, and lists of them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A string, borrowed from the body where nothing in it is escaped. A list of `Cow<str>` would copy each of its texts.
#[derive(Debug)]
pub(crate) struct JsonText<'a>(pub(crate) Cow<'a, str>);

impl<'de> Deserialize<'de> for JsonText<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(JsonTextVisitor)
    }
}

struct JsonTextVisitor;

impl<'de> Visitor<'de> for JsonTextVisitor {
    type Value = JsonText<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(JsonText(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(JsonText(Cow::Owned(text.to_owned())))
    }
}

/// A list of strings. If there are more than `MOST`, only one more is kept, which bounds memory.
#[derive(Debug)]
pub(crate) struct JsonTexts<'a, const MOST: usize>(pub(crate) Vec<Cow<'a, str>>);

impl<'de, const MOST: usize> Deserialize<'de> for JsonTexts<'de, MOST> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(JsonTextsVisitor)
    }
}

struct JsonTextsVisitor<const MOST: usize>;

impl<'de, const MOST: usize> Visitor<'de> for JsonTextsVisitor<MOST> {
    type Value = JsonTexts<'de, MOST>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of strings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element::<JsonText<'de>>()? {
            // The rest is read as well, because a mistake in it makes the body malformed.
            if texts.len() <= MOST {
                texts.push(text.0);
            }
        }
        Ok(JsonTexts(texts))
    }
}
