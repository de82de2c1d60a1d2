//! `/console/reference/{name}`: the API reference, made from the OpenAPI documents of the admin API and of the vendor APIs.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::response::Response;
use serde_json::Value;

use super::pages::{Shell, respond};
use crate::accounts::Account;
use crate::admin::documents;
use crate::admin::extract::PathParameter;
use crate::admin::openapi::Document;
use crate::admin::problem::Problem;
use crate::findings::coverage::Marked;
use crate::samples::Hash;
use crate::vendors::{self, NameAndValue, Vendor};
use crate::worlds::{State, World};

/// The name of the admin API among those of the vendor APIs.
const ADMIN: &str = "admin";
const METHODS: [&str; 7] = ["get", "head", "post", "put", "patch", "delete", "options"];

#[derive(Template)]
#[template(path = "reference.html", config = "src/askama.toml")]
struct Reference<'a> {
    shell: Shell<'a>,
    /// The name of the API.
    name: &'a str,
    title: &'a str,
    summary: Marked<'a>,
    is_admin: bool,
    /// The names and titles of all APIs.
    apis: Vec<(&'static str, &'static str)>,
    groups: Vec<Group<'a>>,
}

/// The operations with the same tag.
struct Group<'a> {
    name: &'a str,
    about: Marked<'a>,
    operations: Vec<Operation<'a>>,
}

struct Operation<'a> {
    id: &'a str,
    method: String,
    path: &'a str,
    summary: Marked<'a>,
    about: Option<Marked<'a>>,
    parameters: Vec<Parameter<'a>>,
    body: Option<Body<'a>>,
    responses: Vec<Answer<'a>>,
}

struct Parameter<'a> {
    name: &'a str,
    place: &'a str,
    is_required: bool,
    about: Option<Marked<'a>>,
    /// What the field holds at first.
    value: String,
    example: String,
}

struct Body<'a> {
    kind: &'a str,
    example: String,
}

struct Answer<'a> {
    status: &'a str,
    about: Marked<'a>,
}

impl Answer<'_> {
    /// The first digit of the status.
    fn class(&self) -> &str {
        self.status.get(..1).unwrap_or_default()
    }
}

/// The page about one API.
pub(super) async fn page(
    Extension(world): Extension<Arc<World>>,
    Extension(Document(admin)): Extension<Document>,
    PathParameter(name): PathParameter,
) -> Result<Response, Problem> {
    let vendor = vendors::named(&name);
    let text = match vendor {
        _ if name == ADMIN => admin().to_owned(),
        Some(api) => documents::text(api, &world).await?,
        None => return Err(Problem::not_found(format!("there is no reference of \"{name}\""))),
    };
    let document: Value = serde_json::from_str(&text).unwrap_or_default();
    let credentials = vendor.map(|api| credentials(api, &world.state())).unwrap_or_default();
    let apis = vendors::ALL.iter().map(|api| (api.name, api.product));
    let title = vendor.map_or("Admin API", |api| api.product);
    Ok(respond(&Reference {
        shell: Shell { base: "../../", world: world.name(), panel: "api" },
        name: &name,
        title,
        summary: Marked { text: str_of(&document["info"]["summary"]) },
        is_admin: vendor.is_none(),
        apis: [(ADMIN, "Admin API")].into_iter().chain(apis).collect(),
        groups: groups(&document, &credentials),
    }))
}

/// The headers by which the first account that is not refused identifies itself.
fn credentials(api: &Vendor, state: &State) -> Vec<NameAndValue> {
    let accounts = state.accounts.load();
    let account = accounts.of(api.name).iter().find(|account| !account.suspended && !account.unentitled);
    // The hash does not matter for the headers.
    let example = |account: &Account| (api.client.look_up)(account, &Hash::Sha256([0; 32]));
    let headers = account.map(|account| example(account).headers).unwrap_or_default();
    headers.into_iter().filter(|header| !header.name.eq_ignore_ascii_case("content-type")).collect()
}

fn groups<'a>(document: &'a Value, credentials: &'a [NameAndValue]) -> Vec<Group<'a>> {
    let tags = document["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut groups: Vec<Group<'a>> = Vec::new();
    for tag in tags {
        let (name, about) = (str_of(&tag["name"]), Marked { text: str_of(&tag["description"]) });
        groups.push(Group { name, about, operations: Vec::new() });
    }
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS.into_iter().filter(|method| item[method].is_object()) {
            let described = &item[method];
            let operation = operation(document, (path, method), described, credentials);
            // The documents of vendor APIs have no tags.
            let tag = described["tags"][0].as_str().unwrap_or("Operations");
            match groups.iter_mut().find(|group| group.name == tag) {
                Some(group) => group.operations.push(operation),
                None => {
                    groups.push(Group { name: tag, about: Marked { text: "" }, operations: vec![operation] })
                }
            }
        }
    }
    groups.retain(|group| !group.operations.is_empty());
    groups
}

fn operation<'a>(
    document: &'a Value,
    (path, method): (&'a str, &str),
    described: &'a Value,
    credentials: &'a [NameAndValue],
) -> Operation<'a> {
    let list = described["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let parameters = list.iter().map(|one| parameter(document, resolve(document, one)));
    // An empty list of requirements overrides those of the document: nobody has to identify themselves.
    let is_anonymous = described["security"].as_array().is_some_and(Vec::is_empty);
    let identify =
        credentials.iter().filter(|_| !is_anonymous).map(|NameAndValue { name, value }| Parameter {
            name,
            place: "header",
            is_required: false,
            about: None,
            value: value.clone(),
            example: String::new(),
        });
    let content = resolve(document, &described["requestBody"])["content"].as_object();
    let body = content.and_then(|content| content.iter().next());
    let responses = described["responses"].as_object().into_iter().flatten();
    Operation {
        id: str_of(&described["operationId"]),
        method: method.to_ascii_uppercase(),
        path,
        summary: Marked { text: str_of(&described["summary"]) },
        about: marked(&described["description"]),
        parameters: identify.chain(parameters).collect(),
        body: body.map(|(kind, media)| Body { kind, example: example(document, media) }),
        responses: responses
            .map(|(status, response)| Answer {
                status,
                about: Marked { text: str_of(&resolve(document, response)["description"]) },
            })
            .collect(),
    }
}

fn parameter<'a>(document: &'a Value, one: &'a Value) -> Parameter<'a> {
    let (place, is_required) = (str_of(&one["in"]), one["required"] == true);
    let example = example(document, one);
    // An optional parameter is left out unless somebody fills it in.
    let value = if is_required { example.clone() } else { String::new() };
    Parameter {
        name: str_of(&one["name"]),
        place,
        is_required,
        about: marked(&one["description"]),
        value,
        example,
    }
}

/// What a `$ref` leads to, or the value itself.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|reference| document.pointer(reference.strip_prefix('#')?));
    target.unwrap_or(value)
}

/// The first example of a parameter or a body, as text.
fn example(document: &Value, one: &Value) -> String {
    let first = one["examples"].as_object().and_then(|examples| examples.values().next());
    let first = first.map(|example| &resolve(document, example)["value"]);
    let schema = resolve(document, &one["schema"]);
    let known = [first.unwrap_or(&Value::Null), &one["example"], &schema["example"], &schema["examples"][0]];
    match known.into_iter().find(|value| !value.is_null()) {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => format!("{value:#}"),
    }
}

fn str_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn marked(value: &Value) -> Option<Marked<'_>> {
    value.as_str().map(|text| Marked { text })
}
