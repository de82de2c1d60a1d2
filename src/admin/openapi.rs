//! What the door can do, for programs: an OpenAPI document, written by hand and held to the truth by tests.

use std::sync::LazyLock;

use axum::response::IntoResponse;
use http::header;
use serde::Serialize;
use serde_json::Value;

use crate::vendors;

/// What stands in the text in the place of the names of the APIs.
const EVERY_API: &str = "\"<every API>\"";

/// The document.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<_> = vendors::ALL.iter().map(|api| format!("\"{}\"", api.name)).collect();
    include_str!("openapi.json").replace(EVERY_API, &names.join(", "))
});

/// The text of the document, as it is served.
#[must_use]
pub fn document() -> &'static str {
    &DOCUMENT
}

pub(super) async fn get() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document())
}

/// An operation as the document has it.
#[derive(Debug, Serialize)]
pub(super) struct Operation {
    /// In upper case.
    pub(super) method: String,
    /// With placeholders, for the default world.
    pub(super) path: String,
    /// One line.
    pub(super) summary: String,
    /// What it is about; the operations of one tag stand together.
    #[serde(skip)]
    pub(super) tag: String,
}

/// Every operation, in the order of the document.
pub(super) fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(document()).unwrap_or_default();
    let paths = document["paths"].as_object().into_iter().flatten();
    let methods =
        paths.flat_map(|(path, item)| item.as_object().into_iter().flatten().map(move |of| (path, of)));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let operation = |(path, (method, of)): (&String, (&String, &Value))| Operation {
        method: method.to_uppercase(),
        path: path.clone(),
        summary: text(&of["summary"]),
        tag: text(&of["tags"][0]),
    };
    methods.filter(|(_, (method, _))| *method != "parameters").map(operation).collect()
}
