//! Ready-made faults over the door.

use std::sync::Arc;

use axum::Extension;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::read::no_api;
use super::show::show;
use crate::admin::body::{Body, Json, Name, ok};
use crate::admin::problem::Problem;
use crate::faults::{SCENARIOS, Scenario};
use crate::vendors;
use crate::worlds::World;

#[derive(Debug, Serialize)]
pub(in crate::admin) struct ShownScenario {
    name: &'static str,
    summary: &'static str,
    /// Whether its rules are in force in this world.
    active: bool,
}

#[derive(Debug, Serialize)]
pub(in crate::admin) struct Scenarios {
    scenarios: Vec<ShownScenario>,
}

pub(in crate::admin) async fn list(Extension(world): Extension<Arc<World>>) -> Json<Scenarios> {
    let standing = world.state().faults.list();
    let active = |scenario: &Scenario| standing.iter().any(|known| scenario.owns(&known.rule.id));
    let shown = SCENARIOS.iter().map(|scenario| ShownScenario {
        name: scenario.name,
        summary: scenario.summary,
        active: active(scenario),
    });
    ok(Scenarios { scenarios: shown.collect() })
}

/// Which API a scenario is for; all, if none is named.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct Start {
    api: Option<String>,
}

pub(in crate::admin) async fn start(
    Extension(world): Extension<Arc<World>>,
    Name(name): Name,
    Body(start): Body<Start>,
) -> Result<Json<Value>, Problem> {
    let scenario = scenario(&name)?;
    let api = match start.api.as_deref() {
        Some(name) => Some(vendors::named(name).ok_or_else(|| no_api(name))?.name),
        None => None,
    };
    let state = world.state();
    let rules = scenario.rules(api);
    let ids: Vec<_> = rules.iter().map(|rule| rule.id.clone()).collect();
    rules.into_iter().for_each(|rule| state.faults.put(rule));
    let standing = state.faults.list();
    let started = standing.iter().filter(|standing| ids.contains(&standing.rule.id));
    let shown: Vec<_> = started.map(|standing| show(standing, &state)).collect();
    Ok(ok(json!({ "scenario": scenario.name, "faults": shown })))
}

pub(in crate::admin) async fn stop(
    Extension(world): Extension<Arc<World>>,
    Name(name): Name,
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
        Problem::not_found(format!("there is no scenario \"{name}\"; there are {}", known.join(", ")))
    })
}
