//! A shape as JSON Schema, for editors and other programs.

use serde_json::{Map, Value as Json, json};

use super::{Field, Shape, hash_digits};

/// A span with units, the larger first, each once: an alternation, because not every
/// regular-expression engine supports lookahead.
const UNITS: &str = "[0-9]+d([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?|[0-9]+h([0-9]+m)?([0-9]+s)?([0-9]+ms)?|[0-9]+m([0-9]+s)?([0-9]+ms)?|[0-9]+s([0-9]+ms)?|[0-9]+ms";
// 29 February is allowed in every year: a pattern cannot know leap years. The loader checks the calendar.
const DATE: &str = "[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))";
// Offsets up to 25:59, since that is what jiff reads.
const CLOCK: &str = "[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]{1,9})?([Zz]|[+-]([01][0-9]|2[0-5]):[0-5][0-9])";

impl Shape {
    /// The schema of this shape, in JSON Schema 2020-12; `named` gives, for shapes that are described elsewhere, a
    /// reference.
    ///
    /// It is about the values that a YAML file holds: an unquoted number counts as text there, which JSON does not grant.
    pub fn schema(&self, named: &dyn Fn(&Shape) -> Option<Json>) -> Json {
        if let Some(reference) = named(self) {
            return reference;
        }
        match self {
            Shape::Any => json!({}),
            Shape::Text => json!({"type": ["string", "number", "boolean"]}),
            Shape::Flag => json!({"type": "boolean"}),
            Shape::Number => json!({"type": "number"}),
            Shape::Count { min, max } => {
                let mut schema = json!({"type": "integer", "minimum": min});
                // Whole numbers of a file are signed 64-bit numbers, so a larger bound excludes nothing.
                if *max < i64::MAX.cast_unsigned() {
                    schema["maximum"] = json!(max);
                }
                schema
            }
            Shape::Integer { min, max } => {
                let mut schema = json!({"type": "integer"});
                if *min > i64::MIN {
                    schema["minimum"] = json!(min);
                }
                if *max < i64::MAX {
                    schema["maximum"] = json!(max);
                }
                schema
            }
            Shape::Time => {
                json!({"type": "string", "pattern": format!("^(now|[+-]({UNITS})|{DATE}({CLOCK})?)$")})
            }
            Shape::Span => {
                json!({"type": ["string", "integer"], "minimum": 0, "pattern": format!("^([0-9]+|{UNITS})$")})
            }
            // A hash of digits alone, without quotes, is a number to YAML.
            Shape::Hash(kind) => {
                let pattern = format!("^[0-9A-Fa-f]{{{}}}$", hash_digits(kind));
                json!({"type": ["string", "number"], "minimum": 0, "pattern": pattern})
            }
            Shape::Word(words) => json!({"enum": words()}),
            Shape::List(inner) => json!({"type": "array", "items": inner.schema(named)}),
            Shape::Map(inner) => json!({"type": "object", "additionalProperties": inner.schema(named)}),
            Shape::Record(fields) => record(fields, named),
            Shape::Either(shapes) => {
                json!({"anyOf": shapes.iter().map(|shape| shape.schema(named)).collect::<Vec<_>>()})
            }
        }
    }
}

fn record(fields: &[Field], named: &dyn Fn(&Shape) -> Option<Json>) -> Json {
    let property = |field: &Field| {
        let schema = field.shape.schema(named);
        // A required field that is null counts as missing, so there null is not allowed.
        let schema = if field.required { schema } else { or_null(schema) };
        let mut described = Map::new();
        if !field.summary.is_empty() {
            described.insert("description".to_owned(), json!(field.summary));
        }
        if let Json::Object(schema) = schema {
            described.extend(schema);
        }
        (field.name.to_owned(), Json::Object(described))
    };
    let mut schema = json!({
        "type": "object",
        "properties": Json::Object(fields.iter().map(property).collect()),
        "additionalProperties": false,
    });
    let required: Vec<_> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// The same, or nothing: a field that holds nothing counts as not given.
pub(crate) fn or_null(mut schema: Json) -> Json {
    if schema.get("$ref").is_some() {
        // The schema behind a reference is shared, also by fields that must be given, so null is added beside it.
        return json!({"anyOf": [schema, {"type": "null"}]});
    }
    if let Some(kind) = schema.get_mut("type") {
        match kind {
            Json::Array(kinds) => kinds.push(json!("null")),
            kind => *kind = json!([kind.take(), "null"]),
        }
    } else if let Some(Json::Array(words)) = schema.get_mut("enum") {
        words.push(Json::Null);
    } else if let Some(Json::Array(shapes)) = schema.get_mut("anyOf") {
        shapes.push(json!({"type": "null"}));
    }
    schema
}
