//! Schemas of values that requests and responses write as text, and what is changed in all schemas.

use std::mem;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use super::describe::SchemaOf;
use crate::document::named_schemas;
use crate::faults::SCENARIOS;
use crate::samples::{HashKind, Verdict};
use crate::worlds::Part;

named_schemas! {
    pub(in crate::admin) Span {
        "description": "A duration, or a whole number of seconds.",
        "oneOf": [
            {
                "type": "string",
                "pattern": "^([0-9]{1,6}|(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?([0-9]{1,6}ms)?)$",
                "examples": ["90s", "1h30m", "24h"]
            },
            { "type": "integer", "minimum": 0, "maximum": 9_223_372_036_854_775_u64 }
        ]
    };
    pub(in crate::admin) Wait {
        "type": "string",
        "description": "A duration in real time, at most one hour.",
        "pattern": "^([0-9]{1,3}|[0-9]{1,6}ms|3600000ms|[0-9]{1,3}s|[0-9]m|[0-9]m[0-9]{1,2}s|1h)$",
        "examples": ["250ms", "2s"]
    };
    pub(in crate::admin) VerdictWord { "type": "string", "enum": (Verdict::words()) };
    pub(in crate::admin) VerdictOrNone { "type": "string", "enum": ([&[""], &*Verdict::words()].concat()) };
    pub(in crate::admin) HashKindName { "type": "string", "enum": (HashKind::ALL.map(HashKind::name)) };
    pub(in crate::admin) PartName { "type": "string", "enum": (Part::ALL.map(Part::name)) };
    pub(in crate::admin) ScenarioName { "type": "string", "enum": (SCENARIOS.iter().map(|one| one.name).collect::<Vec<_>>()) };
    pub(in crate::admin) SettingValue { "type": ["string", "integer", "boolean"] };
    pub(in crate::admin) FixtureSample {
        "type": "object",
        "description": "One entry of `samples:` in the fixture format. Missing fields are derived.",
        "properties": {
            "name": { "type": ["string", "null"] },
            "verdict": { "enum": ([Verdict::words().into_iter().map(Value::from).collect(), vec![Value::Null]].concat()) },
            "threat": { "type": ["string", "null"] }
        },
        "additionalProperties": true
    };
    pub(in crate::admin) Fixture {
        "type": ["object", "null"],
        "description": "A fixture.",
        "properties": {
            "samples": { "type": ["array", "null"] },
            "accounts": { "type": ["object", "null"] },
            "rules": { "type": ["array", "null"] },
            "settings": { "type": ["object", "null"] },
            "profiles": { "type": ["object", "null"] },
            "$schema": { "type": ["string", "number", "boolean", "null"] }
        },
        "additionalProperties": false
    };
    pub(in crate::admin) FixtureRows { "type": "string", "description": "A header row with the names of fields, then one sample per row" };
    pub(in crate::admin) Har {
        "type": "object",
        "description": "An HTTP archive, HAR 1.2.",
        "required": ["log"],
        "properties": {
            "log": {
                "type": "object",
                "required": ["version", "creator", "entries"],
                "properties": {
                    "version": { "type": "string", "const": "1.2" },
                    "creator": { "type": "object" },
                    "entries": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["startedDateTime", "time", "request", "response", "cache", "timings"]
                        }
                    }
                },
                "additionalProperties": true
            }
        }
    };
}

/// The schema of any text.
pub(in crate::admin) fn text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string" })
}

/// The schema of any object.
pub(in crate::admin) fn object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object" })
}

/// A name of a world or the id of a fault.
pub(in crate::admin) fn name(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": NAME, "minLength": 1, "maxLength": 100 })
}

/// What names of worlds and ids of faults look like.
pub(in crate::admin) const NAME: &str = "^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,99}$";

/// Makes schemas for an OpenAPI document.
fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
        settings.transforms.clear();
    })
}

/// Makes the schemas of requests.
pub(super) fn of_requests() -> SchemaGenerator {
    settings().for_deserialize().with_transform(RecursiveTransform(bound_number)).into_generator()
}

/// Makes the schemas of responses.
pub(super) fn of_responses() -> SchemaGenerator {
    settings().for_serialize().with_transform(RecursiveTransform(close)).into_generator()
}

/// The names of the properties of an object.
pub(super) fn properties(schema: SchemaOf) -> Vec<String> {
    // A reference to a named schema would have no properties to list.
    let mut generator = settings().with(|settings| settings.inline_subschemas = true).into_generator();
    let schema = schema(&mut generator);
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flat_map(Map::keys).cloned().collect()
}

/// Says in words of JSON Schema what the format of a number says.
fn bound_number(schema: &mut Schema) {
    unwrap_lines(schema);
    // Validators ignore formats that they do not know, such as `uint64`.
    let max = match schema.remove("format") {
        Some(Value::String(format)) if format == "uint32" => u64::from(u32::MAX),
        Some(Value::String(format)) if format == "uint64" || format == "uint" => u64::MAX,
        _ => return,
    };
    schema.ensure_object().entry("maximum").or_insert(max.into());
}

/// Responses have no other fields than the documented ones. Fields that may be absent are never null.
fn close(schema: &mut Schema) {
    unwrap_lines(schema);
    schema.remove("format");
    let Some(object) = schema.as_object_mut() else { return };
    if object.get("type").is_none_or(|kind| kind != "object") || object.contains_key("additionalProperties") {
        return;
    }
    // The schema of an `Option` allows null, but a response leaves the field out instead.
    let required = object.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(Value::Object(properties)) = object.get_mut("properties") else { return };
    let optional = properties.iter_mut().filter(|(name, _)| !required.iter().any(|known| known == *name));
    optional.for_each(|(_, property)| without_null(property));
    object.insert("additionalProperties".to_owned(), false.into());
}

/// Descriptions are comments of the code, whose lines are wrapped.
fn unwrap_lines(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
}

/// Removes null from what a schema allows.
pub(super) fn without_null(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    for key in ["type", "enum", "anyOf"] {
        let Some(Value::Array(allowed)) = object.get_mut(key) else { continue };
        let mut allowed = mem::take(allowed);
        allowed.retain(|one| *one != "null" && !one.is_null() && one["type"] != "null");
        match (key, allowed.as_mut_slice()) {
            ("type", [only]) => drop(object.insert(key.to_owned(), mem::take(only))),
            ("anyOf", [Value::Object(only)]) => {
                object.remove(key);
                object.append(only);
            }
            _ => drop(object.insert(key.to_owned(), allowed.into())),
        }
    }
}
