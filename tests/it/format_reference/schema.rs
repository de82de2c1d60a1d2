//! The schema and the loader accept the same fixtures.

use std::path::Path;

use jsonschema::Validator;
use scandouble::internals::document::{Diagnostics, Field, Format, Shape, parse};
use scandouble::internals::fixtures::{Source, document_shape, load, schema};
use serde_json::{Value, json};

use crate::harness::program::{outcome, program};

fn validator() -> Validator {
    jsonschema::options().build(&schema()).expect("a schema")
}

/// Whether the loader accepts the shape of this YAML, and its value as JSON.
fn check_shape(yaml: &str) -> (bool, Value) {
    let mut problems = Diagnostics::new("set.yaml");
    let node = parse(yaml, Format::Yaml, &mut problems).expect("YAML");
    (document_shape().check(&node, "", &mut problems) && problems.is_empty(), node.to_json())
}

#[test]
fn the_committed_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scandouble.schema.json");
    let (code, printed, err) = outcome(&mut program(&["schema"]));
    assert_eq!((code, err.as_str()), (0, ""));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, printed).expect("written");
        return;
    }
    let written = std::fs::read_to_string(path).expect("the schema");
    assert!(
        written == printed,
        "the schema is out of date; regenerate it with UPDATE_DOCS=1 cargo test --test it format_reference"
    );
}

#[test]
fn the_schema_is_valid_and_describes_every_field() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::meta::validate(&schema).expect("what its draft allows");
    let mut described = 0;
    let mut open = vec![("".to_owned(), &schema)];
    while let Some((path, value)) = open.pop() {
        if let Some(properties) = value["properties"].as_object() {
            assert_eq!(value["additionalProperties"], json!(false), "{path}");
            for (name, property) in properties {
                let text = property["description"].as_str().unwrap_or_default();
                assert!(text.len() > 5 && text.ends_with('.'), "{path}/{name}: {text:?}");
                described += 1;
            }
        }
        match value {
            Value::Object(fields) => {
                open.extend(fields.iter().map(|(name, inner)| (format!("{path}/{name}"), inner)))
            }
            Value::Array(items) => open.extend(items.iter().map(|inner| (path.clone(), inner))),
            _ => {}
        }
    }
    assert!(described > 150, "{described}");
}

#[test]
fn the_builtin_sets_refer_to_the_schema_and_satisfy_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let validator = validator();
    let mut sets = 0;
    for folder in ["starter", "vendor-examples"] {
        for entry in std::fs::read_dir(root.join(folder)).expect("a folder") {
            let path = entry.expect("a file").path();
            let text = std::fs::read_to_string(&path).expect("text");
            let header =
                text.lines().next().and_then(|line| line.strip_prefix("# yaml-language-server: $schema="));
            let schema =
                path.parent().expect("a folder").join(header.expect("a first line that names the schema"));
            assert_eq!(
                schema.canonicalize().expect("it is there"),
                root.join("scandouble.schema.json").canonicalize().expect("it is there")
            );
            let (accepted, value) = check_shape(&text);
            assert!(accepted && validator.is_valid(&value), "{}", path.display());
            sets += 1;
        }
    }
    assert_eq!(sets, 5);
}

/// Values of every kind, in YAML.
const VALUES: &[&str] = &[
    "~",
    "true",
    "no",
    "0",
    "1",
    "-1",
    "-2",
    "2",
    "99",
    "101",
    "255",
    "256",
    "300",
    "1.5",
    "-0.5",
    "text",
    "''",
    "'5'",
    "[]",
    "{}",
    "[a]",
    "[a, 1]",
    "[[]]",
    "[~]",
    "{a: b}",
    "[{}]",
    "clean",
    "infected",
    "klean",
    "[clean]",
    "[klean]",
    "Allowed",
    "Blocked",
    "[enginedefinitions]",
    "now",
    "-2d",
    "+1h30m",
    "90s",
    "1h1d",
    "5ms",
    "1m5ms",
    "2026-01-02",
    "2026-02-30",
    "2026-13-01",
    "2026-01-02T10:00:00Z",
    "2026-01-02T10:00:00.123+02:00",
    "2026-01-02T10:00:00",
    "2026-01-02T25:00:00Z",
    "soon",
    "0cc175b9c0f1b6a831c399e269772661",
    "'00000000000000000000000000001414'",
    "95cb0bfd2977c761298d9624e4b4d4c72a39974a",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "0CC175B9C0F1B6A831C399E26977266Z",
    "[{name: a, content: x}]",
    "[{name: ~}]",
    "[{sample: a, path: b}]",
    "[{engine: E, verdict: clean}]",
    "[{verdict: infected}]",
    "{verdict: infected, after: 90s}",
    "[{key: k}]",
    "[{user: u, password: p}]",
    "{ci: {}}",
    "{ci: ~}",
    "{ci: {profiles: {}}}",
];

/// Whether schema and loader are expected to differ: JSON Schema cannot express that an unquoted number has too few
/// digits for a hash, or that a date does not exist.
fn is_expected_difference(shape: &Shape, value: &str) -> bool {
    let is_number = value.parse::<f64>().is_ok_and(|number| number >= 0.0);
    matches!(shape, Shape::Hash(_)) && is_number || matches!(shape, Shape::Time) && value == "2026-02-30"
}

#[test]
fn schema_and_loader_accept_the_same_field_values() {
    let validator = validator();
    let mut compared = 0;
    compare(document_shape(), &|inner| inner.to_owned(), &mut Vec::new(), &mut |shape, yaml, value| {
        let (accepted, json) = check_shape(yaml);
        compared += 1;
        if accepted != validator.is_valid(&json) && !is_expected_difference(shape, value) {
            let error = validator.iter_errors(&json).next().map(|error| error.to_string());
            panic!("the loader says {accepted} to {yaml}, the schema {error:?}");
        }
    });
    assert!(compared > 5000, "{compared}");
}

/// Calls `each` with each value in each field; `around` returns the document with a value in flow style.
fn compare(
    shape: &Shape,
    around: &dyn Fn(&str) -> String,
    inside: &mut Vec<*const Field>,
    each: &mut dyn FnMut(&Shape, &str, &str),
) {
    match shape {
        Shape::Record(fields) => {
            // Profiles contain samples too; each shape is compared once.
            if inside.contains(&fields.as_ptr()) {
                return;
            }
            inside.push(fields.as_ptr());
            let needed = |but: &str| {
                let others = fields.iter().filter(|field| field.required && field.name != but);
                others
                    .map(|field| format!("{}: x, ", field.name).replace("verdict: x", "verdict: clean"))
                    .collect::<String>()
            };
            each(shape, &around("{}"), "{}");
            each(shape, &around(&format!("{{{}unknown: 1}}", needed(""))), "unknown");
            for field in *fields {
                // Settings have their own test.
                if matches!(field.shape, Shape::Map(Shape::Any)) {
                    continue;
                }
                let around =
                    |inner: &str| around(&format!("{{{}{}: {inner}}}", needed(field.name), field.name));
                for value in VALUES {
                    each(&field.shape, &around(value), value);
                }
                compare(&field.shape, &around, inside, each);
            }
        }
        Shape::List(inner) => compare(inner, &|inner| around(&format!("[{inner}]")), inside, each),
        Shape::Map(inner) => compare(inner, &|inner| around(&format!("{{name: {inner}}}")), inside, each),
        Shape::Either(shapes) => shapes.iter().for_each(|shape| compare(shape, around, inside, each)),
        _ => {}
    }
}

#[test]
fn schema_and_loader_accept_the_same_setting_values() {
    let validator = validator();
    let names: Vec<&str> =
        scandouble::internals::vendors::all_settings().map(|setting| setting.name).collect();
    let values = [
        "~",
        "true",
        "no",
        "0",
        "5",
        "-1",
        "'5'",
        "[]",
        "{}",
        "enforce",
        "any",
        "at-once",
        "when-told",
        "30s",
        "upper",
        "'*'",
    ];
    for name in names.into_iter().chain(["unknown"]) {
        for value in values {
            let yaml = format!("settings: {{{name}: {value}}}");
            let source = Source::Text { name: "set.yaml".to_owned(), text: yaml.clone() };
            let errors: Vec<String> =
                load(&[source]).err().unwrap_or_default().iter().map(ToString::to_string).collect();
            let (_, json) = check_shape(&yaml);
            // Only the loader knows which texts are allowed.
            let is_text = errors.iter().all(|error| error.contains(", not \""));
            let is_free = matches!(
                scandouble::internals::vendors::all_settings()
                    .find(|setting| setting.name == name)
                    .map(|setting| setting.kind),
                Some(scandouble::internals::settings::Kind::Text(_))
            );
            if is_free && is_text {
                continue;
            }
            assert_eq!(errors.is_empty(), validator.is_valid(&json), "{yaml}: {errors:?}");
        }
    }
}
