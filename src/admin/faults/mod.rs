//! `/faults` and `/scenarios`: rules that inject faults, and predefined sets of rules.

mod request;
pub(super) mod scenarios;
mod view;

use std::sync::Arc;

use axum::Extension;
use http::StatusCode;
use serde_json::{Value, json};

use self::request::NewRule;
use self::view::view;
use super::extract::{Body, PathParameter};
use super::problem::Problem;
use super::response::{Json, ok};
use crate::worlds::World;

pub(in crate::admin) async fn list(Extension(world): Extension<Arc<World>>) -> Json<Value> {
    let state = world.state();
    let rules = state.faults.list();
    ok(json!({ "faults": rules.iter().map(|rule| view(rule, &state)).collect::<Vec<_>>() }))
}

fn find(world: &World, id: &str) -> Result<Value, Problem> {
    let state = world.state();
    let rules = state.faults.list();
    let found = rules.iter().find(|standing| standing.rule.id == id);
    found.map(|found| view(found, &state)).ok_or_else(|| no_fault(id))
}

fn no_fault(id: &str) -> Problem {
    Problem::not_found(format!("there is no fault \"{id}\"; GET /_scandouble/faults lists them"))
}

pub(in crate::admin) async fn get(
    Extension(world): Extension<Arc<World>>,
    PathParameter(id): PathParameter,
) -> Result<Json<Value>, Problem> {
    find(&world, &id).map(ok)
}

pub(in crate::admin) async fn post(
    Extension(world): Extension<Arc<World>>,
    Body(new): Body<NewRule>,
) -> Result<Json<Value>, Problem> {
    let rule = new.read(None)?;
    let id = rule.id.clone();
    world.state().faults.put(rule);
    find(&world, &id).map(|shown| Json(StatusCode::CREATED, shown))
}

pub(in crate::admin) async fn put(
    Extension(world): Extension<Arc<World>>,
    PathParameter(id): PathParameter,
    Body(new): Body<NewRule>,
) -> Result<Json<Value>, Problem> {
    let rule = new.read(Some(id.clone()))?;
    world.state().faults.put(rule);
    find(&world, &id).map(ok)
}

pub(in crate::admin) async fn delete(
    Extension(world): Extension<Arc<World>>,
    PathParameter(id): PathParameter,
) -> Result<StatusCode, Problem> {
    if world.state().faults.remove(&id) { Ok(StatusCode::NO_CONTENT) } else { Err(no_fault(&id)) }
}

pub(in crate::admin) async fn clear(Extension(world): Extension<Arc<World>>) -> StatusCode {
    world.state().faults.clear();
    StatusCode::NO_CONTENT
}
