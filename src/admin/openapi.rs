//! What the door can do, for programs: an OpenAPI document, written by hand and held to the truth by tests.

use axum::response::IntoResponse;
use http::header;
use serde::Serialize;
use serde_json::Value;

/// The document.
const DOCUMENT: &str = include_str!("openapi.json");

pub(super) async fn get() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT)
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
    let document: Value = serde_json::from_str(DOCUMENT).unwrap_or_default();
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
