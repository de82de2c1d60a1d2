//! The OpenAPI document of the admin API, made from the table of operations.
//!
//! Schemas are derived from the types that handlers decode and return. The texts are those of the table and the types.

mod describe;
mod operation;
mod problems;
mod schemas;

use schemars::{JsonSchema as _, SchemaGenerator};
use serde_json::{Map, Value, json};

use self::describe::SchemaOf;
pub(super) use self::describe::{Argument, Returned, Signature, schema};
use self::operation::example;
pub(super) use self::operation::{
    HeaderParameter, Operation, PathParameter, Resource, delete, get, patch, post, put,
};
pub(super) use self::schemas::*;
use super::PREFIX;
use super::problem::Problem;
use crate::journal::Api;
use crate::vendors;
use crate::worlds::DEFAULT;

/// Returns the OpenAPI document, which is made at the first request for it.
#[derive(Clone, Copy, Debug)]
pub(in crate::admin) struct Document(pub(in crate::admin) fn() -> &'static str);

/// The text of the document about these operations, indented.
pub(super) fn document(resources: &[Resource]) -> String {
    let (mut requests, mut responses) = (schemas::of_requests(), schemas::of_responses());
    let mut paths = Map::new();
    for resource in resources {
        for operation in &resource.operations {
            let path = paths.entry(format!("{PREFIX}{}", operation.path)).or_insert(json!({}));
            let described = describe(operation, resource.name, &mut requests, &mut responses);
            path[operation.method.as_str().to_ascii_lowercase()] = described;
        }
    }
    let tags = resources.iter().map(|one| json!({ "name": one.name, "description": one.about }));
    let tags: Vec<Value> = tags.collect();
    // The type of errors is part of no handler's signature.
    responses.subschema_for::<Problem>();
    let shared = problems::ALL.iter().map(|problem| (problem.name.to_owned(), problem.response()));
    let shared: Map<String, Value> = shared.collect();
    let mut paths = Value::Object(paths);
    let schemas = merge(&mut paths, requests.take_definitions(true), responses.take_definitions(true));
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "scandouble admin API",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Control a test double for malware-scan services, and see what its clients sent.",
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" }
        },
        "servers": [
            { "url": "/", "description": "The world `default`." },
            {
                "url": "/_world/{name}",
                "description": "A world of this name, created by its first client request or write.",
                "variables": {
                    "name": { "default": DEFAULT, "description": "1 to 100 letters, digits, `.`, `_`, `-` and `~`." }
                }
            }
        ],
        "security": [{}, { "token": [] }],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": { "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "The value of `--admin-token`, if the server has one."
            } },
            "responses": shared,
            "schemas": schemas
        }
    });
    // Only the vendors' own folders name vendors. Examples use the path `/v2/hash`, so they get the API that serves it.
    let api = vendors::owner("/v2/hash").map_or("", |vendor| vendor.name);
    format!("{document:#}").replace("<api>", api)
}

const ABOUT: &str = "Operations act on one world. Its name goes in front of the path: `/_world/t42/_scandouble/clock`. Without a \
     name the world is `default`. The first client request to a world creates it, and so do writes here. Reading a world that \
     does not exist shows its initial state and creates nothing. Bodies are read as JSON whatever the content type. Unknown \
     query parameters and unknown fields are refused. Errors are problem documents (RFC 9457) whose `detail` says what to \
     do.\n\nWith `--admin-token`, every operation but `health` and `ca.pem` requires `Authorization: Bearer TOKEN`. Requests \
     that a browser sends from a page of another origin are refused with 403.";

/// An operation of the document.
fn describe(
    operation: &Operation,
    tag: &str,
    requests: &mut SchemaGenerator,
    responses: &mut SchemaGenerator,
) -> Value {
    let mut described = json!({ "operationId": operation.id, "tags": [tag], "summary": operation.summary });
    if let Some(about) = operation.about {
        described["description"] = about.into();
    }
    if operation.is_open {
        described["security"] = json!([]);
    }
    let parameters = path_parameter(operation, requests).into_iter().chain(query(operation, requests));
    let parameters: Vec<Value> = parameters.chain(header(operation, requests)).collect();
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(body) = body(operation, requests) {
        described["requestBody"] = body;
    }
    described["responses"] = replies(operation, responses);
    described
}

fn path_parameter(operation: &Operation, requests: &mut SchemaGenerator) -> Option<Value> {
    let PathParameter { name, about, schema, example: value } = operation.parameter?;
    let (schema, example) = (made(*schema, requests), example(value));
    Some(json!({
        "name": name, "in": "path", "required": true, "description": about, "schema": schema, "example": example
    }))
}

fn header(operation: &Operation, requests: &mut SchemaGenerator) -> Option<Value> {
    let HeaderParameter { name, about, schema, example: value } = operation.header?;
    let (schema, example) = (made(*schema, requests), example(value));
    Some(json!({ "name": name, "in": "header", "description": about, "schema": schema, "example": example }))
}

/// The query parameters: the properties of the type that the handler decodes.
fn query(operation: &Operation, requests: &mut SchemaGenerator) -> Vec<Value> {
    let Some(schema) = operation.query else { return Vec::new() };
    let mut schema = made(schema, requests);
    let properties = schema["properties"].as_object_mut().map(std::mem::take).unwrap_or_default();
    let parameters = properties.into_iter().map(|(name, mut schema)| {
        schemas::without_null(&mut schema);
        let mut part = |key| schema.as_object_mut().and_then(|schema| schema.remove(key));
        let (description, examples) = (part("description"), part("examples"));
        let mut parameter =
            json!({ "name": name, "in": "query", "description": description, "schema": schema });
        if let Some(example) = examples.as_ref().and_then(|examples| examples.get(0)) {
            parameter["example"] = example.clone();
        }
        parameter
    });
    parameters.collect()
}

fn body(operation: &Operation, requests: &mut SchemaGenerator) -> Option<Value> {
    if operation.body.is_empty() {
        return None;
    }
    let mut content = Map::new();
    let mut is_required = operation.needs_body;
    for media in &operation.body {
        let schema = made(media.schema, requests);
        let examples = media.examples.iter();
        let examples = examples.map(|(name, summary, value)| {
            ((*name).to_owned(), json!({ "summary": summary, "value": example(value) }))
        });
        let examples: Map<String, Value> = examples.collect();
        is_required |= needs_fields(requests, &schema);
        content.insert(media.kind.to_owned(), json!({ "schema": schema, "examples": examples }));
    }
    let mut body = json!({ "required": is_required });
    if let Some(about) = operation.body_about {
        body["description"] = about.into();
    }
    body["content"] = content.into();
    Some(body)
}

/// A schema that is not among the named ones, which the generator changes only at the end.
fn made(schema: SchemaOf, generator: &mut SchemaGenerator) -> Value {
    let mut schema = schema(generator);
    generator.transforms_mut().for_each(|change| change.transform(&mut schema));
    schema.to_value()
}

/// Whether an empty body, which is read as an object without fields, does not fit a schema.
fn needs_fields(generator: &SchemaGenerator, schema: &Value) -> bool {
    let name = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    let schema = name.and_then(|name| generator.definitions().get(name)).unwrap_or(schema);
    schema["required"].as_array().is_some_and(|names| !names.is_empty()) || schema["minProperties"].is_u64()
}

fn replies(operation: &Operation, responses: &mut SchemaGenerator) -> Value {
    let mut replies: Vec<(u16, Value)> = Vec::new();
    for reply in &operation.replies {
        let mut described = json!({ "description": reply.about });
        let content = reply
            .media
            .iter()
            .map(|(kind, schema)| ((*kind).to_owned(), json!({ "schema": made(*schema, responses) })));
        let content: Map<String, Value> = content.collect();
        if !content.is_empty() {
            described["content"] = content.into();
        }
        replies.push((reply.status, described));
    }
    let shared = problems::ALL.iter().filter(|problem| problem.is_of(operation));
    replies.extend(shared.map(|problem| {
        (problem.status, json!({ "$ref": format!("#/components/responses/{}", problem.name) }))
    }));
    replies.sort_by_key(|(status, _)| *status);
    replies.into_iter().map(|(status, reply)| (status.to_string(), reply)).collect::<Map<_, _>>().into()
}

/// The schemas of requests and responses together. A type whose schemas differ, for its optional fields may be null only in
/// requests, has two.
fn merge(
    paths: &mut Value,
    mut requests: Map<String, Value>,
    mut responses: Map<String, Value>,
) -> Map<String, Value> {
    // The type `Api` is in a lower layer, which cannot list the vendors. Its values are added here.
    for schemas in [&mut requests, &mut responses] {
        if let Some(api) = schemas.get_mut(&*Api::schema_name()) {
            api["enum"] = vendors::ALL.iter().map(|vendor| vendor.name).collect();
        }
    }
    let differing =
        requests.iter().filter(|(name, schema)| responses.get(*name).is_some_and(|other| other != *schema));
    let differing: Vec<String> = differing.map(|(name, _)| name.clone()).collect();
    let mut requests = Value::Object(requests);
    let bodies = paths.as_object_mut().into_iter().flat_map(Map::values_mut);
    let bodies = bodies.filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    let bodies = bodies.filter_map(|operation| operation.get_mut("requestBody"));
    // Only requests refer to the variants for requests. Responses keep the plain names.
    for schema in bodies.chain([&mut requests]) {
        rename(schema, &differing);
    }
    if let Value::Object(requests) = requests {
        for (name, schema) in requests {
            let name = if differing.contains(&name) { format!("New{name}") } else { name };
            responses.insert(name, schema);
        }
    }
    responses.sort_keys();
    responses
}

/// Changes the references to these schemas.
fn rename(schema: &mut Value, names: &[String]) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get_mut("$ref")
                && let Some((path, name)) = reference.rsplit_once('/')
                && names.iter().any(|known| known == name)
            {
                *reference = format!("{path}/New{name}");
            }
            fields.values_mut().for_each(|field| rename(field, names));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        _ => {}
    }
}
