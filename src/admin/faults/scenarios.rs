//! `/scenarios`: predefined sets of fault rules.

use std::sync::Arc;

use axum::Extension;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::request::find_api;
use super::view::view;
use super::wire::RuleView;
use crate::admin::decode::{advice, shorten};
use crate::admin::extract::{Body, PathParameter};
use crate::admin::openapi::{self, Operation, ScenarioName, schema};
use crate::admin::problem::Problem;
use crate::admin::response::{Json, ok};
use crate::faults::{SCENARIOS, Scenario};
use crate::journal::Api;
use crate::worlds::World;

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct ScenarioView {
    #[schemars(with = "ScenarioName")]
    name: &'static str,
    /// What clients get.
    summary: &'static str,
    /// Whether it is active in this world.
    active: bool,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Scenarios")]
struct ScenarioList {
    scenarios: Vec<ScenarioView>,
}

async fn list(Extension(world): Extension<Arc<World>>) -> Json<ScenarioList> {
    let standing = world.state().faults.list();
    let active = |scenario: &Scenario| standing.iter().any(|known| scenario.owns(&known.rule.id));
    let shown = SCENARIOS.iter().map(|scenario| ScenarioView {
        name: scenario.name,
        summary: scenario.summary,
        active: active(scenario),
    });
    ok(ScenarioList { scenarios: shown.collect() })
}

/// How a scenario is started.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "StartScenario")]
struct ScenarioStart {
    /// The API that it is limited to; without it, all APIs.
    #[schemars(with = "Option<Api>")]
    api: Option<String>,
}

#[derive(Debug, JsonSchema, Serialize)]
struct StartedScenario {
    #[schemars(with = "ScenarioName")]
    scenario: &'static str,
    faults: Vec<RuleView>,
}

async fn start(
    Extension(world): Extension<Arc<World>>,
    PathParameter(name): PathParameter,
    Body(start): Body<ScenarioStart>,
) -> Result<Json<StartedScenario>, Problem> {
    let scenario = scenario(&name)?;
    let api = start.api.as_deref().map(|name| find_api("api", name)).transpose()?.map(|api| api.name);
    let state = world.state();
    let rules = scenario.rules(api);
    let ids: Vec<_> = rules.iter().map(|rule| rule.id.clone()).collect();
    rules.into_iter().for_each(|rule| state.faults.put(rule));
    let standing = state.faults.list();
    let started = standing.iter().filter(|standing| ids.contains(&standing.rule.id));
    let faults = started.map(|standing| view(standing, &state)).collect();
    Ok(ok(StartedScenario { scenario: scenario.name, faults }))
}

async fn stop(
    Extension(world): Extension<Arc<World>>,
    PathParameter(name): PathParameter,
) -> Result<StatusCode, Problem> {
    let scenario = scenario(&name)?;
    let state = world.state();
    // A scenario can have been started once for each of several APIs. `owns` recognises the rules of all of them.
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

const NAME: openapi::PathParameter = openapi::PathParameter {
    name: "name",
    about: "The name of a scenario.",
    schema: schema::<ScenarioName>,
    example: r#""flaky-1-in-3""#,
};

/// Their operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        openapi::get("/scenarios", list)
            .named("listScenarios", "List the scenarios")
            .replies(200, "The scenarios."),
        openapi::put("/scenarios/{name}", start)
            .named("startScenario", "Start a scenario")
            .parameter(&NAME)
            .example("all", "For every API", "{}")
            .example("one", "For one API", r#"{"api": "<api>"}"#)
            .replies(200, "The rules of the scenario.")
            .problems(&[404, 422]),
        openapi::delete("/scenarios/{name}", stop)
            .named("stopScenario", "Stop a scenario for all APIs")
            .parameter(&NAME)
            .replies(204, "Done. The response has no body.")
            .problems(&[404]),
    ]
}
