//! The OpenAPI document: its examples work, responses fit its schemas, and it is valid itself.

use std::collections::BTreeSet;

use scandouble::internals::faults::SCENARIOS;
use scandouble::internals::samples::Verdict;
use scandouble::internals::vendors;
use scandouble::internals::worlds::DEFAULT;
use scandouble::internals::worlds::Part;
use serde_json::Value;

use crate::harness::{Answer, ask, get, post, start};

pub(super) const FIXTURE: &str = include_str!("../../admin_api/fixtures.yaml");
const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

pub(super) fn document() -> Value {
    serde_json::from_str(scandouble::internals::admin::openapi_document()).expect("JSON")
}

/// Every operation: path, method, and its description in the document.
pub(super) fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().expect("paths").iter();
    let of_path = |(path, item)| {
        let item: &Value = item;
        METHODS.iter().filter_map(move |method| {
            let path: &String = path;
            Some((path.as_str(), *method, item.get(*method)?))
        })
    };
    paths.flat_map(of_path).collect()
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(pointer) => {
            let found = document.pointer(pointer.trim_start_matches('#'));
            found.unwrap_or_else(|| panic!("{pointer} leads nowhere"))
        }
        None => value,
    }
}

#[test]
fn every_operation_is_described() {
    let document = document();
    let operations = operations(&document);
    assert!(operations.len() > 40, "{}", operations.len());
    for (path, method, operation) in operations {
        let text = |name: &str| operation[name].as_str().unwrap_or_default();
        assert!(!text("operationId").is_empty() && !text("summary").is_empty(), "{method} {path}");
        assert!(
            document["tags"].as_array().expect("tags").iter().any(|tag| tag["name"] == operation["tags"][0])
        );
        let parameters: Vec<_> = operation["parameters"].as_array().into_iter().flatten().collect();
        let in_path = parameters
            .iter()
            .filter(|one| one["in"] == "path")
            .map(|one| format!("{{{}}}", one["name"].as_str().expect("a name")));
        assert_eq!(
            path.matches('{').count(),
            in_path.filter(|name| path.contains(name)).count(),
            "{method} {path}"
        );
        for parameter in parameters {
            assert!(
                parameter["description"].is_string() && parameter["schema"].is_object(),
                "{path}: {parameter}"
            );
        }
    }
    let text = document.to_string();
    for leftover in ["[`", "<api>", "\"$defs\"", "#/$defs"] {
        assert!(!text.contains(leftover), "{leftover}");
    }
}

#[test]
fn headers_that_an_operation_reads_are_parameters() {
    let document = document();
    let parameters = document["paths"]["/_scandouble/journal/events"]["get"]["parameters"].as_array();
    let headers: Vec<_> =
        parameters.expect("parameters").iter().filter(|one| one["in"] == "header").collect();
    assert_eq!(headers.len(), 1);
    assert_eq!((&headers[0]["name"], &headers[0]["example"]), (&"Last-Event-ID".into(), &0.into()));
    assert_eq!(headers[0]["schema"]["type"], "integer");
}

#[test]
fn enumerations_are_those_of_the_code() {
    let document = document();
    let words = |name: &str| -> Vec<String> {
        let words = document["components"]["schemas"][name]["enum"].as_array().expect("words").iter();
        words.map(|word| word.as_str().expect("text").to_owned()).collect()
    };
    assert_eq!(words("Api"), vendors::ALL.iter().map(|api| api.name).collect::<Vec<_>>());
    assert_eq!(words("ScenarioName"), SCENARIOS.iter().map(|scenario| scenario.name).collect::<Vec<_>>());
    assert_eq!(words("VerdictWord"), Verdict::words());
    assert_eq!(words("PartName"), Part::ALL.map(Part::name));
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(document["servers"][1]["variables"]["name"]["default"], DEFAULT);
    let ids: Vec<_> =
        operations(&document).iter().map(|(_, _, operation)| operation["operationId"].to_string()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "every operation has an id of its own");
}

#[test]
fn every_refusal_is_a_problem_and_every_operation_documents_those_of_the_guard() {
    let document = document();
    for (path, method, operation) in operations(&document) {
        let responses = operation["responses"].as_object().expect("responses");
        for (status, response) in responses {
            let content = resolve(&document, response)["content"].as_object();
            let types: Vec<_> = content.into_iter().flatten().map(|(kind, _)| kind.as_str()).collect();
            if status.starts_with(['4', '5']) {
                assert_eq!(types, ["application/problem+json"], "{method} {path} {status}");
            }
        }
        for status in ["400", "403", "405", "413", "500", "503"] {
            assert!(responses.contains_key(status), "{method} {path} lacks {status}");
        }
        let open = ["/_scandouble/health", "/_scandouble/ca.pem"].contains(&path);
        let public = open || path == "/_scandouble/openapi.json";
        assert_eq!(responses.contains_key("401"), !open, "{method} {path}");
        let takes_a_body = operation.get("requestBody").is_some();
        assert!(!takes_a_body || responses.contains_key("422"), "{method} {path} lacks 422");
        assert!(public || operation["summary"].is_string());
    }
}

/// The path with values for its parameters.
pub(super) fn substitute_path(path: &str) -> String {
    let hash = "44d88612fea8a8f36de82e1278abb02f";
    path.replace("/scenarios/{name}", "/scenarios/slow")
        .replace("/settings/{name}", "/settings/auth")
        .replace("{name}", "t42")
        .replace("{hash}", hash)
        .replace("{id}", "x")
        .replace("{number}", "1")
}

/// The path with its parameters' examples; a query of those of the query.
fn fill_path(document: &Value, path: &str, operation: &Value) -> String {
    let mut path = path.to_owned();
    let mut query = form_urlencoded::Serializer::new(String::new());
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let parameter = resolve(document, parameter);
        let (name, example) = (parameter["name"].as_str().expect("a name"), &parameter["example"]);
        let text = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
        match parameter["in"].as_str() {
            Some("path") => path = path.replace(&format!("{{{name}}}"), &text),
            Some("query") if !example.is_null() => drop(query.append_pair(name, &text)),
            _ => {}
        }
    }
    let query = query.finish();
    assert!(!path.contains('{'), "{path} lacks an example");
    if query.is_empty() { path } else { format!("{path}?{query}") }
}

/// Asserts that a value fits a schema of the document.
pub(super) fn assert_valid(document: &Value, schema: &Value, value: &Value, what: &str) {
    let mut whole = schema.clone();
    whole["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&whole).expect("a schema");
    let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{what}: {errors:?} in {value}");
}

fn assert_documented(document: &Value, operation: &Value, answer: &Answer, what: &str) {
    assert!((200..300).contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
    let response = &operation["responses"][answer.status.to_string()];
    let response = resolve(document, response);
    assert!(response.is_object(), "{what}: {} is not documented", answer.status);
    let kind = answer.header("content-type").map(|kind| kind.split(';').next().unwrap_or_default());
    match response["content"].as_object() {
        Some(content) => {
            let media =
                content.get(kind.expect("a content type")).unwrap_or_else(|| panic!("{what}: {kind:?}"));
            if kind == Some("application/json") {
                assert_valid(document, &media["schema"], &answer.json(), what);
            }
        }
        None => assert_eq!((kind, answer.text()), (None, ""), "{what}"),
    }
}

#[tokio::test]
async fn every_example_works_in_every_world() {
    let document = document();
    for prefix in ["", "/_world/example"] {
        for (path, method, operation) in operations(&document) {
            let mut bodies = vec![(None, String::new())];
            if let Some(content) = operation["requestBody"]["content"].as_object() {
                bodies.clear();
                for (kind, media) in content {
                    let examples = media["examples"].as_object().expect("examples").values();
                    // Other bodies than JSON are strings in the document.
                    let text = |value: &Value| match value.as_str() {
                        Some(text) if kind != "application/json" => text.to_owned(),
                        _ => value.to_string(),
                    };
                    bodies.extend(examples.map(|example| (Some(kind.as_str()), text(&example["value"]))));
                }
                assert!(!bodies.is_empty(), "{method} {path} has no example");
            }
            for (kind, body) in bodies {
                // Each example runs on a new server, prepared so that the resources in its parameters exist.
                let emulator = start(FIXTURE).await;
                let fault = r#"{"then":{"status":503}}"#;
                for (method, path, body) in [
                    ("PUT", "/_scandouble/worlds/t42", ""),
                    ("PUT", &*format!("{prefix}/_scandouble/faults/down"), fault),
                    ("DELETE", &*format!("{prefix}/_scandouble/scenarios/slow"), ""),
                ] {
                    assert!(
                        ask(method, path).body(body).send(&emulator).await.status < 300,
                        "{method} {path}"
                    );
                }
                let call = post(&format!("{prefix}/v2/hash")).header("apikey", "exampleapikey");
                let hash = r#"{"hash":["44d88612fea8a8f36de82e1278abb02f"]}"#;
                // The prepared fault has the vendor's body; it only has to be in the journal.
                call.json(hash).send(&emulator).await;
                if path == "/_scandouble/verify" {
                    let clear = format!("{prefix}/_scandouble/faults");
                    ask("DELETE", &clear).send(&emulator).await;
                    ask("DELETE", &format!("{prefix}/_scandouble/journal")).send(&emulator).await;
                    let call = post(&format!("{prefix}/v2/hash")).header("apikey", "exampleapikey");
                    assert_eq!(call.json(hash).send(&emulator).await.status, 200);
                }
                let path = format!("{prefix}{}", fill_path(&document, path, operation));
                let what = format!("{method} {path} {body}");
                let mut request = ask(&method.to_ascii_uppercase(), &path).body(body);
                if let Some(kind) = kind {
                    request = request.header("Content-Type", kind);
                }
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                for header in parameters.filter(|one| one["in"] == "header") {
                    let name = header["name"].as_str().expect("a name");
                    request = request.header(name, &header["example"].to_string());
                }
                assert_documented(&document, operation, &request.send(&emulator).await, &what);
            }
        }
    }
}

#[tokio::test]
async fn reading_a_world_that_does_not_exist_does_not_create_it() {
    let document = document();
    let emulator = start(FIXTURE).await;
    let names = async || {
        let list = get("/_scandouble/worlds").send(&emulator).await.json();
        let worlds = list["worlds"].as_array().expect("a list").iter();
        worlds.map(|world| world["name"].to_string()).collect::<Vec<_>>()
    };
    let mut reads = 0;
    for (path, method, operation) in operations(&document).into_iter().filter(|one| one.1 == "get") {
        let path = fill_path(&document, path, operation);
        // Long polls are tested elsewhere. A stream without an end would not end.
        let is_kept = |pair: &&str| !pair.contains("wait=") || path.contains("/events");
        let path = path.split('&').filter(is_kept).collect::<Vec<_>>().join("&");
        for method in [method, "head"] {
            let read = ask(&method.to_ascii_uppercase(), &format!("/_world/nobody{path}"));
            let answer = read.send(&emulator).await;
            // The world, fault or entry in the parameters does not exist.
            assert!(matches!(answer.status, 200 | 404), "{path}: {} {}", answer.status, answer.text());
            assert_eq!(names().await, ["\"default\""], "{method} {path}");
            reads += 1;
        }
    }
    assert!(reads > 30);
    let never = r#"{"expectations":[{"call":{},"times":0}]}"#;
    let verified = post("/_world/nobody/_scandouble/verify").json(never).send(&emulator).await;
    assert_eq!(verified.status, 200, "{}", verified.text());
    let once = r#"{"expectations":[{"call":{},"times":1}]}"#;
    assert_eq!(post("/_world/nobody/_scandouble/verify").json(once).send(&emulator).await.status, 409);
    for (path, count) in [("journal", "matching"), ("faults", "faults")] {
        let shown = get(&format!("/_world/nobody/_scandouble/{path}")).send(&emulator).await.json();
        assert!(shown[count] == 0 || shown[count] == serde_json::json!([]), "{shown}");
    }
    let samples = get("/_world/nobody/_scandouble/samples").send(&emulator).await.json();
    let shared = get("/_scandouble/samples").send(&emulator).await.json();
    assert_eq!(samples, shared, "the fixtures, as in a new world");
    assert_eq!(names().await, ["\"default\""]);
    for path in ["/_world/nobody/_scandouble/nothing", "/_world/nobody/_scandouble/worlds/x/y"] {
        assert_eq!(post(path).send(&emulator).await.status, 404, "{path}");
    }
    assert_eq!(names().await, ["\"default\""], "nor by a path that is none");
    assert_eq!(ask("PUT", "/_world/nobody/_scandouble/worlds/t1").send(&emulator).await.status, 201);
    assert_eq!(names().await, ["\"default\"", "\"t1\""]);
}

#[tokio::test]
async fn methods_that_it_does_not_list_are_refused() {
    let emulator = start(FIXTURE).await;
    let document = document();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let path = substitute_path(path);
        for method in METHODS.iter().filter(|method| item.get(**method).is_none()) {
            let answer = ask(&method.to_ascii_uppercase(), &path).send(&emulator).await;
            assert!(super::problem(&answer, 405).contains("does not support"), "{method} {path}");
            let allowed =
                answer.header("allow").unwrap_or_else(|| panic!("{method} {path} has no Allow header"));
            let allowed: BTreeSet<_> =
                allowed.split(',').filter(|one| *one != "HEAD").map(str::to_ascii_lowercase).collect();
            let documented: BTreeSet<_> = METHODS
                .iter()
                .filter(|method| item.get(**method).is_some())
                .map(|one| (*one).to_owned())
                .collect();
            assert_eq!(allowed, documented, "{method} {path}");
        }
    }
    let served = get("/_world/a/_scandouble/openapi.json").send(&emulator).await;
    assert_eq!((served.status, served.json()), (200, document));
}
