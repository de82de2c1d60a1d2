//! `/openapi`: the OpenAPI documents of the vendor APIs.

use std::sync::Arc;

use axum::Extension;
use axum::response::{IntoResponse as _, Response};
use http::header;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::PREFIX;
use super::decode::{advice, shorten};
use super::extract::PathParameter;
use super::openapi::{self, Operation, object};
use super::problem::Problem;
use super::response::{Json, ok};
use super::worlds::prefix;
use crate::journal::Api;
use crate::vendors::{self, Vendor};
use crate::worlds::World;

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Documents")]
pub(super) struct DocumentList {
    documents: Vec<DocumentView>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct DocumentView {
    #[schemars(with = "Api")]
    api: &'static str,
    product: &'static str,
    /// With the prefix of the world.
    path: String,
}

async fn list(Extension(world): Extension<Arc<World>>) -> Json<DocumentList> {
    let prefix = prefix(&world);
    let documents = vendors::ALL.iter().map(|api| DocumentView {
        api: api.name,
        product: api.product,
        path: format!("{prefix}{PREFIX}/openapi/{}.json", api.name),
    });
    ok(DocumentList { documents: documents.collect() })
}

async fn get(
    Extension(world): Extension<Arc<World>>,
    PathParameter(file): PathParameter,
) -> Result<Response, Problem> {
    let name = file.strip_suffix(".json").unwrap_or_default();
    let api = vendors::ALL.iter().find(|api| api.name == name).ok_or_else(|| {
        let known: Vec<String> = vendors::ALL.iter().map(|api| format!("{}.json", api.name)).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let advice = advice(&file, &known, "\"").unwrap_or_default();
        Problem::not_found(format!("there is no document \"{}\"; {advice}", shorten(&file)))
    })?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text(api, &world).await?).into_response())
}

/// The text of the document about a vendor API, with a sample of this world.
pub(super) async fn text(api: &'static Vendor, world: &World) -> Result<String, Problem> {
    let state = world.state();
    let own = state.own_samples();
    let shared = state.base.index.list("", "", &Default::default(), 0, 1)?;
    let sample = own.first().or(shared.first()).map(|sample| &**sample);
    Ok(vendors::openapi::document(api, &state, sample).await)
}

const FILE: openapi::PathParameter = openapi::PathParameter {
    name: "file",
    about: "The name of an API, and `.json`.",
    schema: file_name,
    example: r#""<api>.json""#,
};

fn file_name(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<String> = vendors::ALL.iter().map(|api| format!("{}.json", api.name)).collect();
    json_schema!({ "type": "string", "enum": names })
}

/// Their operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        openapi::get("/openapi", list)
            .named("listDocuments", "List the OpenAPI documents of the emulated APIs")
            .replies(200, "The documents."),
        openapi::get("/openapi/{file}", get)
            .named("getApiDocument", "Get the OpenAPI document of an emulated API")
            .about(
                "Made from the API's table of endpoints and its catalogue of behaviours. Its examples use a sample of this world. \
                 Nothing is recorded or counted.",
            )
            .parameter(&FILE)
            .replies_with(200, "The document, in OpenAPI 3.1.", vec![("application/json", object)])
            .problems(&[404]),
    ]
}
