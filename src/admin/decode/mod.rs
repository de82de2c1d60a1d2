//! Decodes JSON bodies and query strings into the types of requests.
//!
//! The types derive `Deserialize`, but serde's own messages speak of Rust ("invalid type: sequence, expected struct Change").
//! This deserializer checks the kind of each value itself and reports errors in the words of the API, with the path of the
//! field and the word that was probably meant.

mod error;

use std::vec;

use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer as _, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

pub(super) use self::error::{AMERICAN, DecodeError, advice, excerpt, shorten};

/// Decodes a parsed JSON body.
pub(super) fn json<T: DeserializeOwned>(value: Value) -> Result<T, DecodeError> {
    T::deserialize(Input { value, is_text: false })
}

/// Decodes the parameters of a query. A parameter's value may be read as text, a number or `true` and `false`.
pub(super) fn query<T: DeserializeOwned>(query: &str) -> Result<T, DecodeError> {
    let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
    let fields = pairs.map(|(name, text)| (name, Input { value: Value::String(text), is_text: true }));
    T::deserialize(de::value::MapAccessDeserializer::new(Fields::new(fields.collect())))
}

/// A value to be decoded.
struct Input {
    value: Value,
    /// Whether it comes from a query, where numbers and flags are text.
    is_text: bool,
}

impl Input {
    fn refuse<T>(&self, expected: impl Into<String>) -> Result<T, DecodeError> {
        Err(DecodeError::expected(expected, &self.value))
    }

    fn unsigned(&self, max: u64) -> Result<u64, DecodeError> {
        let number = match &self.value {
            Value::String(text) if self.is_text => text.parse().ok(),
            value => value.as_u64(),
        };
        match number.filter(|number| *number <= max) {
            Some(number) => Ok(number),
            None if max == u64::MAX => self.refuse("a whole number from 0"),
            None => self.refuse(format!("a whole number from 0 to {max}")),
        }
    }
}

impl<'de> de::Deserializer<'de> for Input {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(flag),
            // Integers come first: a large one would lose digits as an `f64`.
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_u64(number),
                (_, Some(number), _) => visitor.visit_i64(number),
                (.., number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visitor.visit_seq(Items { items: items.into_iter(), next: 0 }),
            Value::Object(fields) => {
                // Only whole parameters are text. Inside a JSON value, `"1"` is not a number.
                let fields = fields.into_iter().map(|(name, value)| (name, Self { value, is_text: false }));
                visitor.visit_map(Fields::new(fields.collect()))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.value {
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::String(text) if self.is_text && text == "true" => visitor.visit_bool(true),
            Value::String(text) if self.is_text && text == "false" => visitor.visit_bool(false),
            _ => self.refuse("true or false"),
        }
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_u64(self.unsigned(u16::MAX.into())?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_u64(self.unsigned(u32::MAX.into())?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_u64(self.unsigned(u64::MAX)?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.value.as_f64() {
            Some(number) => visitor.visit_f64(number),
            None => self.refuse("a number"),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.value {
            Value::String(text) => visitor.visit_string(text),
            _ => self.refuse("text in double quotes"),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.value.is_array() { self.deserialize_any(visitor) } else { self.refuse("a list") }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.value.is_object() { self.deserialize_any(visitor) } else { self.refuse("a JSON object") }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.value {
            Value::String(word) => visitor.visit_enum(Variant { word, value: None }),
            // As serde writes enums: a word alone, `"reset"`, or a word with a value, `{"next": 2}`.
            Value::Object(fields) if fields.len() == 1 => {
                let (word, value) = fields.into_iter().next().unwrap_or_default();
                visitor.visit_enum(Variant { word, value: Some(Self { value, is_text: false }) })
            }
            _ => self.refuse(format!("one of {}", words.join(", "))),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u128 f32 char bytes byte_buf unit unit_struct newtype_struct tuple tuple_struct identifier
        ignored_any
    }
}

/// The fields of an object, or the parameters of a query.
struct Fields {
    fields: vec::IntoIter<(String, Input)>,
    /// The value of the field whose name was read last.
    current: Option<(String, Input)>,
}

impl Fields {
    fn new(fields: Vec<(String, Input)>) -> Self {
        Self { fields: fields.into_iter(), current: None }
    }
}

impl<'de> de::MapAccess<'de> for Fields {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        self.current = self.fields.next();
        let Some((name, _)) = &self.current else { return Ok(None) };
        seed.deserialize(name.clone().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let Some((name, value)) = self.current.take() else {
            return Err(de::Error::custom("a field with a value"));
        };
        seed.deserialize(value).map_err(|error| error.in_field(&name))
    }
}

/// The items of a list.
struct Items {
    items: vec::IntoIter<Value>,
    next: usize,
}

impl<'de> de::SeqAccess<'de> for Items {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        let Some(value) = self.items.next() else { return Ok(None) };
        let index = self.next;
        self.next += 1;
        seed.deserialize(Input { value, is_text: false }).map(Some).map_err(|error| error.in_item(index))
    }
}

/// A word, or an object with a word as its only field.
struct Variant {
    word: String,
    value: Option<Input>,
}

impl<'de> de::EnumAccess<'de> for Variant {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), DecodeError> {
        Ok((seed.deserialize(self.word.clone().into_deserializer())?, self))
    }
}

impl Variant {
    fn value(self) -> Result<(String, Input), DecodeError> {
        match self.value {
            Some(value) => Ok((self.word, value)),
            None => {
                Err(de::Error::custom(format!("an object with a value, such as {{\"{}\": …}}", self.word)))
            }
        }
    }
}

impl<'de> de::VariantAccess<'de> for Variant {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        match self.value {
            None => Ok(()),
            Some(_) => Err(de::Error::custom(format!("the text \"{}\" alone", self.word))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, DecodeError> {
        let (word, value) = self.value()?;
        seed.deserialize(value).map_err(|error| error.in_field(&word))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, DecodeError> {
        let (word, value) = self.value()?;
        de::Deserializer::deserialize_seq(value, visitor).map_err(|error| error.in_field(&word))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let (word, value) = self.value()?;
        de::Deserializer::deserialize_map(value, visitor).map_err(|error| error.in_field(&word))
    }
}

#[cfg(test)]
mod tests;
