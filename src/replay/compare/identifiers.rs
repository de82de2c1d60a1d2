//! Identifiers that a server gives, such as that of an uploaded file. Those of the recording are unknown to another server,
//! and later requests of the recording name them.

use std::collections::HashMap;

use serde_json::Value;

use super::diff::{is_id, is_name_of_id, is_token};
use crate::journal::recorded::RecordedRequest;

/// The identifiers of the recording, with those that the server gave in their place.
#[derive(Debug, Default)]
pub(super) struct Identifiers(HashMap<String, String>);

impl Identifiers {
    /// Adds the identifiers that stand at the same places of the vendor's reply and of the server's.
    pub(super) fn learn(&mut self, vendor: &[u8], server: &[u8]) {
        if let (Ok(vendor), Ok(server)) = (serde_json::from_slice(vendor), serde_json::from_slice(server)) {
            self.pair("", &vendor, &server);
        }
    }

    fn pair(&mut self, key: &str, vendor: &Value, server: &Value) {
        match (vendor, server) {
            (Value::Object(vendor), Value::Object(server)) => {
                for (key, value) in vendor {
                    server.get(key).into_iter().for_each(|other| self.pair(key, value, other));
                }
            }
            (Value::Array(vendor), Value::Array(server)) => {
                vendor.iter().zip(server).for_each(|(one, other)| self.pair(key, one, other));
            }
            (Value::String(one), Value::String(other)) if is_name_of_id(key) => {
                let is_given = |text: &str| is_id(text) || is_token(text);
                if one != other && is_given(one) && is_given(other) {
                    self.0.insert(one.clone(), other.clone());
                }
            }
            (Value::Number(one), Value::Number(other)) if key == "id" && one != other => {
                self.0.insert(one.to_string(), other.to_string());
            }
            _ => {}
        }
    }

    /// The request with the server's identifiers as segments of its path and as values of its headers.
    pub(super) fn apply(&self, request: &RecordedRequest) -> RecordedRequest {
        let mut request = request.clone();
        let segments = request.path.split('/');
        let segments = segments.map(|segment| self.0.get(segment).map_or(segment, String::as_str));
        request.path = segments.collect::<Vec<_>>().join("/");
        for value in request.headers.values_mut() {
            let given = value.to_str().ok().and_then(|text| self.0.get(text));
            if let Some(Ok(given)) = given.map(|text| text.parse()) {
                *value = given;
            }
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_at_the_same_place_replace_each_other() {
        let mut known = Identifiers::default();
        let vendor = br#"{"data_id":"0123456789abcdef","detail":{"id":429,"sha1":"0123456789abcdef"},"files":[{"data_id":"bzI2MDMwMWFiY2Rl"}],"user_id":"x"}"#;
        let server = br#"{"data_id":"fedcba9876543210","detail":{"id":1,"sha1":"1123456789abcdef"},"files":[{"data_id":"bzI2MDMwMXh4eHh4"}],"user_id":"y"}"#;
        known.learn(vendor, server);
        let expected = [
            ("0123456789abcdef", "fedcba9876543210"),
            ("429", "1"),
            ("bzI2MDMwMWFiY2Rl", "bzI2MDMwMXh4eHh4"),
        ];
        assert_eq!(known.0, expected.map(|(one, other)| (one.to_owned(), other.to_owned())).into());
        known.learn(b"no JSON", server);
        assert_eq!(known.0.len(), 3);
    }
}
