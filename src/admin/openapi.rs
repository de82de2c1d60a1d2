//! The OpenAPI document of the admin API. Its text is `openapi.json`, without the responses that all operations share. Tests
//! compare it with the routes, the enumerations of the code and the responses.

use std::sync::LazyLock;

use axum::response::IntoResponse;
use http::header;
use serde::Serialize;
use serde_json::{Value, json};

use crate::vendors;

/// The placeholder in the text for the names of the vendor APIs.
const EVERY_API: &str = "\"<every API>\"";

/// The responses that operations have in common, by their names in the document.
const SHARED_RESPONSES: [(&str, &str); 7] = [
    ("400", "BadRequest"),
    (UNAUTHORIZED, "Unauthorized"),
    ("403", "Forbidden"),
    ("405", "MethodNotAllowed"),
    ("413", "TooLarge"),
    ("500", "Failed"),
    ("503", "TooManyWorlds"),
];

/// The status of requests without the admin token.
const UNAUTHORIZED: &str = "401";

/// The document.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<_> = vendors::ALL.iter().map(|api| format!("\"{}\"", api.name)).collect();
    let text = include_str!("openapi.json").replace(EVERY_API, &names.join(", "));
    let mut document: Value = serde_json::from_str(&text).unwrap_or_default();
    let paths = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    let operations = paths.filter_map(Value::as_object_mut).flat_map(|path| path.values_mut());
    operations.for_each(add_shared_responses);
    format!("{document:#}")
});

/// Adds the shared responses to those of an operation, and sorts them by status.
fn add_shared_responses(operation: &mut Value) {
    let needs_token = operation["security"].as_array().is_none_or(|schemes| !schemes.is_empty());
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, name) in SHARED_RESPONSES {
        if needs_token || status != UNAUTHORIZED {
            let reference = format!("#/components/responses/{name}");
            responses.insert(status.to_owned(), json!({ "$ref": reference }));
        }
    }
    responses.sort_keys();
}

/// The text of the document, as it is served.
#[must_use]
pub fn document() -> &'static str {
    &DOCUMENT
}

pub(super) async fn get() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document())
}

/// An operation of the document.
#[derive(Debug, Serialize)]
pub(super) struct Operation {
    /// In upper case.
    pub(super) method: String,
    /// With placeholders, for the default world.
    pub(super) path: String,
    /// One line.
    pub(super) summary: String,
    /// The names of the query parameters.
    #[serde(skip)]
    pub(super) parameters: Vec<String>,
    /// The names of the fields of a JSON body.
    #[serde(skip)]
    pub(super) fields: Vec<String>,
}

/// Every operation, in the order of the document.
pub(super) fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(document()).unwrap_or_default();
    let paths = document["paths"].as_object().into_iter().flatten();
    let methods = paths.flat_map(|(path, item)| {
        item.as_object().into_iter().flatten().map(move |(method, operation)| (path, method, operation))
    });
    methods.map(|(path, method, operation)| read_operation(&document, path, method, operation)).collect()
}

fn read_operation(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let parameters = parameters.map(|parameter| resolve(document, parameter));
    let schema = resolve(document, &operation["requestBody"]["content"]["application/json"]["schema"]);
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        parameters: parameters.filter(|one| one["in"] == "query").map(|one| text(&one["name"])).collect(),
        fields: schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect(),
    }
}

/// The value, or what its `$ref` points to.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}
