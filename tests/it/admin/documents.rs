//! The OpenAPI documents of the emulated APIs: valid, complete, and made without an effect on the world.

use scandouble::internals::vendors::{self, Endpoint, Vendor};
use serde_json::{Value, json};

use super::openapi::{assert_valid, document};
use super::{get_json, problem};
use crate::harness::{get, post, start, start_builtin};

/// The schema of OpenAPI 3.1 documents, of 2022-10-07, by the OpenAPI Initiative (Apache-2.0).
const OPENAPI: &str = include_str!("openapi-3.1.schema.json");

/// The names and documents of all APIs.
async fn documents() -> Vec<(&'static Vendor, Value)> {
    let emulator = start_builtin().await;
    let mut documents = Vec::new();
    for api in vendors::ALL.iter().copied() {
        documents.push((api, get_json(&emulator, &format!("/_scandouble/openapi/{}.json", api.name)).await));
    }
    documents
}

#[tokio::test]
async fn every_document_is_valid_openapi() {
    let schema: Value = serde_json::from_str(OPENAPI).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let all = documents().await.into_iter().map(|(api, document)| (api.name, document));
    for (name, document) in all.chain([("admin", document())]) {
        let errors: Vec<_> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
    assert!(
        !validator.is_valid(&json!({ "openapi": "3.1.0", "info": {}, "paths": {} })),
        "the schema refuses something"
    );
}

#[tokio::test]
async fn every_endpoint_is_an_operation_with_what_it_reads_and_answers() {
    for (api, document) in documents().await {
        for endpoint in &api.endpoints {
            let methods = endpoint.methods.iter().filter(|method| !["HEAD", "OPTIONS"].contains(method));
            for method in methods {
                let operation = &document["paths"][endpoint.form()][method.to_ascii_lowercase()];
                assert!(operation["summary"].is_string(), "{endpoint:?} of {} lacks a summary", api.name);
                let text = operation.to_string();
                for behaviour in endpoint.answers {
                    assert!(!behaviour.codes.is_empty(), "{} lacks a status", behaviour.name);
                    for code in behaviour.codes {
                        let listed = &operation["responses"][code.to_string()]["x-scandouble-behaviours"];
                        let listed = listed.as_array().into_iter().flatten();
                        assert!(
                            listed.into_iter().any(|name| name == behaviour.name),
                            "{endpoint:?} {}",
                            behaviour.name
                        );
                    }
                }
                for name in placeholders(endpoint) {
                    assert!(
                        text.contains(&format!("\"in\":\"path\",\"name\":\"{name}\""))
                            || text.contains(&format!("\"name\":\"{name}\",\"in\":\"path\"")),
                        "{endpoint:?} {name}"
                    );
                }
            }
        }
    }
}

fn placeholders(endpoint: &Endpoint) -> impl Iterator<Item = &'static str> {
    endpoint.form().split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

#[tokio::test]
async fn examples_of_replies_fit_their_schemas() {
    let mut checked = 0;
    for (api, document) in documents().await {
        let items = document["paths"].as_object().expect("paths").values();
        for operation in items.flat_map(|item| item.as_object().expect("operations").values()) {
            for (status, response) in operation["responses"].as_object().expect("responses") {
                for media in response["content"].as_object().into_iter().flat_map(|content| content.values())
                {
                    for (behaviour, example) in media["examples"].as_object().expect("examples") {
                        let what = format!("{} {} {status} {behaviour}", api.name, operation["operationId"]);
                        assert_valid(&document, &media["schema"], &example["value"], &what);
                        checked += 1;
                    }
                }
            }
        }
    }
    assert!(checked > 80, "{checked}");
}

#[tokio::test]
async fn examples_are_replies_about_a_loaded_sample() {
    let fixture = "
accounts: {metadefender_cloud: [{key: k7}]}
samples: [{name: known.txt, content: known, verdict: infected, threat: Some.Threat}]
";
    let emulator = start(fixture).await;
    let document = get_json(&emulator, "/_scandouble/openapi/metadefender-cloud.json").await;
    let operation = &document["paths"]["/v2/hash/{hash}"]["get"];
    let sha256 = scandouble::internals::ids::hex(&<sha2::Sha256 as sha2::Digest>::digest("known"));
    assert_eq!(operation["parameters"][0]["example"], sha256.as_str());
    let example =
        &operation["responses"]["200"]["content"]["application/json"]["examples"]["hash.found"]["value"];
    let call = get(&format!("/v2/hash/{sha256}")).header("apikey", "k7").send(&emulator).await;
    assert_eq!(*example, call.json());
    assert_eq!(document["security"], json!([{ "apikey": [] }]));
}

#[tokio::test]
async fn documents_leave_no_trace() {
    let emulator = start_builtin().await;
    let key = ("apikey", "exampleapikey");
    let used = async || {
        let call = post("/v2/hash").header(key.0, key.1).json(r#"{"hash":["x"]}"#).send(&emulator).await;
        call.header("x-ratelimit-used").expect("a limit").to_owned()
    };
    assert_eq!(used().await, "1");
    for api in vendors::ALL.iter() {
        get_json(&emulator, &format!("/_world/nobody/_scandouble/openapi/{}.json", api.name)).await;
        get_json(&emulator, &format!("/_scandouble/openapi/{}.json", api.name)).await;
    }
    assert_eq!(used().await, "2");
    let journal = get_json(&emulator, "/_scandouble/journal").await;
    assert_eq!(journal["entries"].as_array().map(Vec::len), Some(2));
    let coverage = get_json(&emulator, "/_scandouble/coverage?world=all").await;
    assert_eq!(coverage["total"]["exercised"], 1, "the bulk look-up with an unknown hash");
    let worlds = get_json(&emulator, "/_scandouble/worlds").await;
    assert_eq!(worlds["worlds"].as_array().map(Vec::len), Some(1));
    assert_eq!(worlds["worlds"][0]["own_samples"], 0, "uploads in examples are not kept");
}

#[tokio::test]
async fn the_documents_are_listed_and_unknown_ones_come_with_advice() {
    let emulator = start_builtin().await;
    let list = get_json(&emulator, "/_world/t42/_scandouble/openapi").await;
    let documents = list["documents"].as_array().expect("a list");
    let names: Vec<_> = documents.iter().map(|one| one["api"].as_str().expect("a name")).collect();
    assert_eq!(names, vendors::ALL.iter().map(|api| api.name).collect::<Vec<_>>());
    for one in documents {
        let document = get_json(&emulator, one["path"].as_str().expect("a path")).await;
        assert_eq!(document["info"]["title"], one["product"]);
    }
    let answer = get("/_scandouble/openapi/metadefender-clod.json").send(&emulator).await;
    let detail = "there is no document \"metadefender-clod.json\"; did you mean \"metadefender-cloud.json\"?";
    assert_eq!(problem(&answer, 404), detail);
    let without_ending = get("/_scandouble/openapi/metadefender-cloud").send(&emulator).await;
    assert!(problem(&without_ending, 404).contains("\"metadefender-cloud.json\""));
}
