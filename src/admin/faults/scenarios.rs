//! `/scenarios`: predefined sets of fault rules.

use std::sync::Arc;

use axum::Extension;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::request::find_api;
use super::view::view;
use crate::admin::decode::{advice, shorten};
use crate::admin::extract::{Body, PathParameter};
use crate::admin::problem::Problem;
use crate::admin::response::{Json, ok};
use crate::faults::{SCENARIOS, Scenario};
use crate::worlds::World;

#[derive(Debug, Serialize)]
pub(in crate::admin) struct ScenarioView {
    name: &'static str,
    summary: &'static str,
    /// Whether this world has its rules.
    active: bool,
}

#[derive(Debug, Serialize)]
pub(in crate::admin) struct ScenarioList {
    scenarios: Vec<ScenarioView>,
}

pub(in crate::admin) async fn list(Extension(world): Extension<Arc<World>>) -> Json<ScenarioList> {
    let standing = world.state().faults.list();
    let active = |scenario: &Scenario| standing.iter().any(|known| scenario.owns(&known.rule.id));
    let shown = SCENARIOS.iter().map(|scenario| ScenarioView {
        name: scenario.name,
        summary: scenario.summary,
        active: active(scenario),
    });
    ok(ScenarioList { scenarios: shown.collect() })
}

/// The API that a scenario is limited to; without it, all APIs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct ScenarioStart {
    api: Option<String>,
}

pub(in crate::admin) async fn start(
    Extension(world): Extension<Arc<World>>,
    PathParameter(name): PathParameter,
    Body(start): Body<ScenarioStart>,
) -> Result<Json<Value>, Problem> {
    let scenario = scenario(&name)?;
    let api = start.api.as_deref().map(|name| find_api("api", name)).transpose()?.map(|api| api.name);
    let state = world.state();
    let rules = scenario.rules(api);
    let ids: Vec<_> = rules.iter().map(|rule| rule.id.clone()).collect();
    rules.into_iter().for_each(|rule| state.faults.put(rule));
    let standing = state.faults.list();
    let started = standing.iter().filter(|standing| ids.contains(&standing.rule.id));
    let shown: Vec<_> = started.map(|standing| view(standing, &state)).collect();
    Ok(ok(json!({ "scenario": scenario.name, "faults": shown })))
}

pub(in crate::admin) async fn stop(
    Extension(world): Extension<Arc<World>>,
    PathParameter(name): PathParameter,
) -> Result<StatusCode, Problem> {
    let scenario = scenario(&name)?;
    let state = world.state();
    for standing in state.faults.list().iter().filter(|standing| scenario.owns(&standing.rule.id)) {
        state.faults.remove(&standing.rule.id);
    }
    Ok(StatusCode::NO_CONTENT)
}

fn scenario(name: &str) -> Result<&'static Scenario, Problem> {
    Scenario::named(name).ok_or_else(|| {
        let known: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        let advice = advice(name, &known, "\"").unwrap_or_default();
        Problem::not_found(format!("there is no scenario \"{}\"; {advice}", shorten(name)))
    })
}
