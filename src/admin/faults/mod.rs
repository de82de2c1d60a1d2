//! `/faults` and `/scenarios`: rules that inject faults, and predefined sets of rules.

mod request;
mod scenarios;
mod view;
mod wire;

use std::sync::Arc;

use axum::Extension;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use self::view::view;
use self::wire::RuleView;
pub(crate) use self::wire::{NewRule, WireDelivery, WireLatency, WireRefusal, WireWhen};
use super::extract::{Body, PathParameter};
use super::openapi::{self, Operation, Resource};
use super::problem::Problem;
use super::response::{Json, ok};
use crate::worlds::World;

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Faults")]
struct RuleList {
    faults: Vec<RuleView>,
}

async fn list(Extension(world): Extension<Arc<World>>) -> Json<RuleList> {
    let state = world.state();
    ok(RuleList { faults: state.faults.list().iter().map(|rule| view(rule, &state)).collect() })
}

fn find(world: &World, id: &str) -> Result<RuleView, Problem> {
    let state = world.state();
    let rules = state.faults.list();
    let found = rules.iter().find(|standing| standing.rule.id == id);
    found.map(|found| view(found, &state)).ok_or_else(|| no_fault(id))
}

fn no_fault(id: &str) -> Problem {
    Problem::not_found(format!("there is no fault \"{id}\"; GET /_scandouble/faults lists them"))
}

async fn get(
    Extension(world): Extension<Arc<World>>,
    PathParameter(id): PathParameter,
) -> Result<Json<RuleView>, Problem> {
    find(&world, &id).map(ok)
}

async fn post(
    Extension(world): Extension<Arc<World>>,
    Body(new): Body<NewRule>,
) -> Result<Json<RuleView>, Problem> {
    let rule = new.read(None)?;
    let id = rule.id.clone();
    world.state().faults.put(rule);
    find(&world, &id).map(|shown| Json(StatusCode::CREATED, shown))
}

async fn put(
    Extension(world): Extension<Arc<World>>,
    PathParameter(id): PathParameter,
    Body(new): Body<NewRule>,
) -> Result<Json<RuleView>, Problem> {
    let rule = new.read(Some(id.clone()))?;
    world.state().faults.put(rule);
    find(&world, &id).map(ok)
}

async fn delete(
    Extension(world): Extension<Arc<World>>,
    PathParameter(id): PathParameter,
) -> Result<StatusCode, Problem> {
    if world.state().faults.remove(&id) { Ok(StatusCode::NO_CONTENT) } else { Err(no_fault(&id)) }
}

async fn clear(Extension(world): Extension<Arc<World>>) -> StatusCode {
    world.state().faults.clear();
    StatusCode::NO_CONTENT
}

const ID: openapi::PathParameter = openapi::PathParameter {
    name: "id",
    about: "The id of a fault.",
    schema: openapi::name,
    example: r#""down""#,
};

/// The operations of faults and scenarios.
pub(super) fn resource() -> Resource {
    let mut operations = vec![
        openapi::get("/faults", list)
            .named("listFaults", "List the fault rules")
            .replies(200, "The rules with their counters, in insertion order."),
        add_operation(),
        openapi::delete("/faults", clear)
            .named("clearFaults", "Remove all fault rules")
            .replies(204, "Done. The response has no body."),
        openapi::get("/faults/{id}", get)
            .named("getFault", "Show a fault rule")
            .parameter(&ID)
            .replies(200, "The rule with its counters.")
            .problems(&[404]),
        openapi::put("/faults/{id}", put)
            .named("putFault", "Add or replace a fault rule")
            .parameter(&ID)
            .example(
                "revoked",
                "A revoked credential",
                r#"{"match": {"account": "exampleapikey"}, "then": {"refuse": "revoked"}}"#,
            )
            .replies(200, "The rule was stored. Its counters start at 0.")
            .problems(&[422]),
        openapi::delete("/faults/{id}", delete)
            .named("deleteFault", "Remove a fault rule")
            .parameter(&ID)
            .replies(204, "Done. The response has no body.")
            .problems(&[404]),
    ];
    operations.extend(scenarios::operations());
    Resource { name: "faults", about: "Injected faults and predefined scenarios.", operations }
}

fn add_operation() -> Operation {
    let outage = r#"{
        "id": "down", "match": {"api": "<api>"}, "when": {"next": 2}, "then": {"status": 503, "retry_after": 120}
    }"#;
    let slow = r#"{"when": {"every": 3}, "then": {"latency": {"p50": "100ms", "p99": "2s"}}}"#;
    let cut = r#"{"when": {"chance": {"probability": 0.1, "seed": 7}}, "then": {"delivery": "reset"}}"#;
    let own = r#"{"then": {"status": 502, "body": "<html>", "content_type": "text/html"}}"#;
    openapi::post("/faults", post)
        .named("addFault", "Add a fault rule")
        .example("outage", "The next two requests to one API fail", outage)
        .example("slow", "Every third response is delayed", slow)
        .example("cut", "One in ten connections is reset", cut)
        .example("own", "A custom response", own)
        .replies(201, "The rule was added.")
        .problems(&[422])
}
