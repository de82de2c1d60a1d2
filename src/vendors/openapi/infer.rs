//! Schemas of JSON values: what the values have in common.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// From this number of fields on, fields whose values all have the same form are the entries of a map.
const MAP: usize = 3;

/// The pattern of names that are hashes.
const HASH: &str = "^[0-9A-Fa-f]{32,128}$";

/// The schema that all of the values fit. Values of the same form that are not among them fit too: no field is required, and
/// further ones are allowed.
pub(super) fn schema(values: &[&Value]) -> Value {
    // Sorted, so that the document does not depend on the order of the values.
    let types: BTreeSet<&str> = values.iter().map(|value| type_of(value)).collect();
    let mut schema = Map::new();
    match types.iter().copied().collect::<Vec<_>>().as_slice() {
        // A field that is null in every example has another type in other replies, which no example shows.
        [] | ["null"] => return json!({}),
        [only] => drop(schema.insert("type".to_owned(), json!(only))),
        several => drop(schema.insert("type".to_owned(), json!(several))),
    }
    let objects: Vec<&Map<String, Value>> = values.iter().filter_map(|value| value.as_object()).collect();
    if !objects.is_empty() {
        describe_fields(&objects, &mut schema);
    }
    let items: Vec<&Value> = values.iter().filter_map(|value| value.as_array()).flatten().collect();
    if !items.is_empty() {
        schema.insert("items".to_owned(), self::schema(&items));
    }
    schema.into()
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn describe_fields(objects: &[&Map<String, Value>], schema: &mut Map<String, Value>) {
    // A list, not a set: the document keeps the order of the replies.
    let mut names: Vec<&String> = Vec::new();
    for name in objects.iter().flat_map(|object| object.keys()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let of = |name: &str| -> Vec<&Value> { objects.iter().filter_map(|object| object.get(name)).collect() };
    let all: Vec<&Value> = objects.iter().flat_map(|object| object.values()).collect();
    if is_map(&names, &all) {
        schema.insert("additionalProperties".to_owned(), self::schema(&all));
        return;
    }
    // A reply to an unknown hash has the hash as a name, where other replies of the same endpoint have fields.
    let (hashes, names): (Vec<&String>, Vec<&String>) = names.into_iter().partition(|name| is_hash(name));
    if !hashes.is_empty() {
        let values: Vec<&Value> = hashes.iter().flat_map(|name| of(name)).collect();
        schema.insert("patternProperties".to_owned(), json!({ HASH: self::schema(&values) }));
    }
    if !names.is_empty() {
        let properties = names.iter().map(|name| ((*name).clone(), self::schema(&of(name))));
        schema.insert("properties".to_owned(), properties.collect::<Map<_, _>>().into());
    }
}

/// Whether the fields are names of things of the same kind, such as engines.
fn is_map(names: &[&String], values: &[&Value]) -> bool {
    let fields =
        |value: &&Value| value.as_object().map(|object| object.keys().cloned().collect::<BTreeSet<_>>());
    let mut forms = values.iter().map(fields);
    let first = forms.next().flatten().filter(|fields| !fields.is_empty());
    names.len() >= MAP && first.is_some_and(|first| forms.all(|form| form.as_ref() == Some(&first)))
}

fn is_hash(name: &str) -> bool {
    matches!(name.len(), 32 | 40 | 64 | 128) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_schema(values: &[Value], expected: Value) {
        let values: Vec<&Value> = values.iter().collect();
        assert_eq!(schema(&values), expected);
    }

    #[test]
    fn fields_and_items_of_all_values_are_described_together() {
        assert_schema(
            &[json!({"a": 1, "b": ["x"]}), json!({"a": null, "c": {"d": true}})],
            json!({"type": "object", "properties": {
                "a": {"type": ["integer", "null"]},
                "b": {"type": "array", "items": {"type": "string"}},
                "c": {"type": "object", "properties": {"d": {"type": "boolean"}}}
            }}),
        );
        assert_schema(&[], json!({}));
        assert_schema(&[json!([])], json!({"type": "array"}));
    }

    #[test]
    fn names_of_hashes_and_of_things_of_one_kind_are_not_listed() {
        let hash = "44d88612fea8a8f36de82e1278abb02f";
        assert_schema(
            &[json!({ hash: "Not Found" }), json!({"a": null, "b": 1})],
            json!({
                "type": "object",
                "patternProperties": {HASH: {"type": "string"}},
                "properties": {"a": {}, "b": {"type": "integer"}}
            }),
        );
        let engine = json!({"threat": ""});
        let map = json!({"type": "object", "additionalProperties": {
            "type": "object", "properties": {"threat": {"type": "string"}}
        }});
        assert_schema(&[json!({"A": engine, "B": engine, "C": engine})], map);
    }
}
