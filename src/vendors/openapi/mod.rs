//! The OpenAPI document of a vendor API, made from its table of endpoints and its catalogue of behaviours.
//!
//! The examples of the table are sent to a copy of a world. Replies to them are the examples of the document, and schemas
//! are inferred from them. Behaviours without an example have a status and a text.

mod examples;
mod infer;
mod response;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use self::examples::{Examples, Sent, usual_credentials};
use self::response::{Response, example_value, media_type};
use super::{Call, Endpoint, NameAndValue, Vendor};
use crate::journal::Reply;
use crate::samples::Sample;
use crate::worlds::State;

/// The text of the document, indented. `sample` is the sample of its examples. Nothing in the world changes.
pub(crate) async fn document(vendor: &'static Vendor, state: &State, sample: Option<&Sample>) -> String {
    let mut examples = Examples::new(vendor, state, sample);
    // Without configured accounts, callers may have any credentials, or none.
    let is_open = examples.credentials.is_empty();
    let credentials = if is_open { usual_credentials(vendor) } else { examples.credentials.clone() };
    let mut paths = Map::new();
    for endpoint in &vendor.endpoints {
        let (sent, replies) = examples.send(endpoint).await;
        let described = operation(vendor, endpoint, &credentials, &sent, &replies);
        let item = paths.entry(endpoint.form()).or_insert(json!({}));
        for method in endpoint.methods.iter().filter(|method| !matches!(**method, "HEAD" | "OPTIONS")) {
            item[method.to_ascii_lowercase()] = described.clone();
        }
    }
    let (schemes, required) = security(&credentials);
    let security = if is_open { json!([{}, required]) } else { json!([required]) };
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": vendor.product,
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A vendor API as scandouble emulates it.",
            "description": ABOUT,
        },
        "servers": [
            { "url": "/", "description": "The world `default`." },
            {
                "url": "/_world/{name}",
                "description": "A world of this name.",
                "variables": { "name": { "default": crate::worlds::DEFAULT } }
            }
        ],
        "security": security,
        "paths": paths,
        "components": { "securitySchemes": schemes }
    });
    format!("{document:#}")
}

const ABOUT: &str = "Each response lists the behaviours that it can be, with their provenance: `documented` if the vendor's page or \
     specification says so, `observed` if a published reply shows it, `assumed` otherwise. The examples are the server's own \
     replies. Schemas of replies and JSON bodies are inferred from examples: other fields can occur, and fields can be absent.";

/// The schemes of the headers by which callers identify themselves, and the requirement of all of them.
fn security(credentials: &[NameAndValue]) -> (Value, Value) {
    let schemes = credentials.iter().map(|NameAndValue { name, value }| {
        let scheme = match value.split_once(' ') {
            Some(("Basic", _)) => json!({ "type": "http", "scheme": "basic" }),
            // `Token` is not a registered HTTP scheme, so it is described as a header with a text.
            Some((word, _)) => json!({
                "type": "apiKey", "in": "header", "name": name, "description": format!("`{word}`, a blank and the credential.")
            }),
            None => json!({ "type": "apiKey", "in": "header", "name": name }),
        };
        (name.to_ascii_lowercase(), scheme)
    });
    let schemes: Map<String, Value> = schemes.collect();
    let all: Map<String, Value> = schemes.keys().map(|name| (name.clone(), json!([]))).collect();
    (schemes.into(), all.into())
}

fn operation(
    vendor: &'static Vendor,
    endpoint: &'static Endpoint,
    credentials: &[NameAndValue],
    sent: &[Sent],
    replies: &[Reply],
) -> Value {
    let method = endpoint.methods.first().copied().unwrap_or_default();
    let mut operation = json!({ "operationId": operation_id(method, endpoint.form()) });
    if !endpoint.summary.is_empty() {
        operation["summary"] = endpoint.summary.into();
    }
    operation["description"] = about(endpoint).into();
    if endpoint.anonymous {
        operation["security"] = json!([]);
    }
    let parameters = parameters(vendor, endpoint, credentials, sent);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    let content = bodies(vendor, endpoint, sent);
    if !content.is_empty() {
        operation["requestBody"] = json!({ "content": content });
    }
    operation["responses"] = responses(endpoint, replies);
    operation
}

fn operation_id(method: &str, path: &str) -> String {
    let words = path.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    // The words consist of ASCII letters and digits, so the first byte is the first letter.
    let words = words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]);
    method.to_ascii_lowercase() + &words.collect::<String>()
}

fn about(endpoint: &Endpoint) -> String {
    let mut about = format!("Source: {}.", endpoint.page);
    if let [_, others @ ..] = endpoint.paths
        && !others.is_empty()
    {
        let others: Vec<_> = others.iter().map(|path| format!("`{path}`")).collect();
        about = format!("{about} Also served at {}.", others.join(" and "));
    }
    about
}

/// The parameters of the path, and what the endpoint reads of the query and the headers.
fn parameters(
    vendor: &'static Vendor,
    endpoint: &'static Endpoint,
    credentials: &[NameAndValue],
    sent: &[Sent],
) -> Vec<Value> {
    let parameter = |name: &str, place: &str, example: Option<String>| {
        let mut parameter = json!({ "name": name, "in": place });
        if place == "path" {
            parameter["required"] = true.into();
        }
        parameter["schema"] = match place {
            "path" => json!({ "type": "string", "pattern": "^[^/]+$" }),
            _ => json!({ "type": "string" }),
        };
        if let Some(example) = example {
            parameter["example"] = example.into();
        }
        parameter
    };
    let first = sent.first();
    let in_path = endpoint.form().split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| {
        let value = first.map(|sent| sent.call.param(name).to_owned());
        parameter(name, "path", value)
    });
    let reads = vendor.reads(endpoint.methods[0], first.map_or("", |sent| sent.call.path()));
    let (query, headers) = reads.map(|reads| (reads.query, reads.headers)).unwrap_or_default();
    let in_query = query
        .iter()
        .map(|name| parameter(name, "query", sent.iter().find_map(|sent| sent.call.parameter(name))));
    let is_credential = |name: &str| credentials.iter().any(|known| known.name.eq_ignore_ascii_case(name));
    // Credentials are described by `security`, which an anonymous endpoint does not have.
    let headers = headers.iter().filter(|name| endpoint.anonymous || !is_credential(name));
    in_path.chain(in_query).chain(headers.map(|name| parameter(name, "header", None))).collect()
}

/// The bodies that the endpoint takes, by content type.
fn bodies(vendor: &'static Vendor, endpoint: &'static Endpoint, sent: &[Sent]) -> Map<String, Value> {
    let mut content = Map::new();
    let with_body = |sent: &&Sent| sent.call.body().is_some_and(|body| !body.is_empty());
    for Sent { call, content_type } in sent.iter().filter(with_body) {
        let body = call.body().map(|body| String::from_utf8_lossy(body).into_owned()).unwrap_or_default();
        let kind = media_type(content_type);
        let value = example_value(kind, &body);
        let described = content.entry(kind).or_insert_with(|| {
            let schema = match (kind, &value) {
                ("multipart/form-data", _) => form(vendor, endpoint, call),
                (_, Value::String(_)) => json!({ "type": "string" }),
                (_, value) => infer::schema(&[value]),
            };
            json!({ "schema": schema, "examples": {} })
        });
        let count = described["examples"].as_object().map_or(0, Map::len) + 1;
        described["examples"][format!("example{count}")] = json!({ "value": value });
    }
    content
}

/// The fields of a form with a file.
fn form(vendor: &'static Vendor, endpoint: &'static Endpoint, call: &Call) -> Value {
    let fields = vendor.reads(endpoint.methods[0], call.path()).map(|reads| reads.fields).unwrap_or_default();
    let properties = fields.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" })));
    json!({ "type": "object", "properties": properties.collect::<Map<_, _>>() })
}

/// The responses: those of the replies, and the behaviours of the endpoint that no reply has, by status.
fn responses(endpoint: &Endpoint, replies: &[Reply]) -> Value {
    let mut by_status: BTreeMap<u16, Response<'_>> = BTreeMap::new();
    for reply in replies {
        by_status.entry(reply.status.as_u16()).or_default().add_reply(reply);
    }
    for behaviour in endpoint.answers {
        for code in behaviour.codes {
            by_status.entry(*code).or_default().add(behaviour);
        }
    }
    let responses =
        by_status.into_iter().map(|(status, response)| (status.to_string(), response.describe(status)));
    responses.collect::<Map<_, _>>().into()
}
