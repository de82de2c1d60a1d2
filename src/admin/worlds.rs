//! `/worlds` and `/reset`: list, create, reset and remove worlds.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State as Extract;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decode::{advice, shorten};
use super::extract::{Body, PathParameter};
use super::openapi::{self, PartName, Resource};
use super::problem::Problem;
use super::response::{Json, ok};
use crate::clock::{Instant, with_millis};
use crate::document::suggest;
use crate::worlds::{DEFAULT, Part, World, Worlds};

/// The state of a world.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "World")]
pub(super) struct WorldView {
    name: String,
    /// The path prefix that addresses the world; empty for the default world.
    prefix: String,
    #[schemars(with = "Instant")]
    now: String,
    /// The number of samples in addition to the shared ones.
    own_samples: usize,
    /// The number of fault rules.
    faults: usize,
    /// The number of exchanges in its journal.
    journal_entries: usize,
}

/// The path prefix of a world; empty for the default world.
pub(super) fn prefix(world: &World) -> String {
    if world.name() == DEFAULT { String::new() } else { format!("/_world/{}", world.name()) }
}

fn view(world: &World) -> WorldView {
    // Loaded once: a reset in between would mix the numbers of two states.
    let state = world.state();
    let prefix = prefix(world);
    WorldView {
        name: world.name().to_owned(),
        prefix,
        now: with_millis(state.clock.now()),
        own_samples: state.own_samples().len(),
        faults: state.faults.list().len(),
        journal_entries: state.journal.len(),
    }
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Worlds")]
pub(super) struct WorldList {
    worlds: Vec<WorldView>,
}

pub(super) async fn list(Extract(worlds): Extract<Arc<Worlds>>) -> Json<WorldList> {
    ok(WorldList { worlds: worlds.list().iter().map(|world| view(world)).collect() })
}

pub(super) async fn get(
    Extract(worlds): Extract<Arc<Worlds>>,
    PathParameter(name): PathParameter,
) -> Result<Json<WorldView>, Problem> {
    worlds.find(&name).map(|world| ok(view(&world))).ok_or_else(|| no_world(&worlds, &name))
}

/// Creates a world. Status 201 if it is new, 200 if it exists.
pub(super) async fn put(
    Extract(worlds): Extract<Arc<Worlds>>,
    PathParameter(name): PathParameter,
) -> Result<Json<WorldView>, Problem> {
    let (world, is_new) = worlds.get_or_create(&name)?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(Json(status, view(&world)))
}

pub(super) async fn delete(
    Extract(worlds): Extract<Arc<Worlds>>,
    PathParameter(name): PathParameter,
) -> Result<StatusCode, Problem> {
    if name == DEFAULT {
        return Err(Problem::conflict(
            "the default world cannot be removed; POST /_scandouble/reset resets it",
        ));
    }
    if worlds.remove(&name) { Ok(StatusCode::NO_CONTENT) } else { Err(no_world(&worlds, &name)) }
}

fn no_world(worlds: &Worlds, name: &str) -> Problem {
    let known = worlds.list();
    let meant = suggest(name, known.iter().map(|world| world.name()));
    let hint = meant.map_or(String::new(), |meant| format!("did you mean \"{meant}\"? "));
    Problem::not_found(format!("there is no world \"{name}\"; {hint}GET /_scandouble/worlds lists them"))
}

/// What to reset.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Reset")]
pub(super) struct ResetRequest {
    /// The parts to reset; without it, all parts.
    #[schemars(with = "Option<Vec<PartName>>")]
    parts: Option<Vec<String>>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "WasReset")]
pub(super) struct ResetResult {
    world: String,
    #[schemars(with = "Vec<PartName>")]
    reset: Vec<&'static str>,
}

pub(super) async fn reset(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    Body(reset): Body<ResetRequest>,
) -> Result<Json<ResetResult>, Problem> {
    // All names are checked before anything is reset.
    let parts = match reset.parts {
        Some(names) => names.iter().map(|name| part(name)).collect::<Result<Vec<_>, _>>()?,
        None => Part::ALL.to_vec(),
    };
    worlds.reset(&world, &parts);
    Ok(ok(ResetResult {
        world: world.name().to_owned(),
        reset: parts.iter().map(|part| part.name()).collect(),
    }))
}

fn part(name: &str) -> Result<Part, Problem> {
    Part::named(name).ok_or_else(|| {
        let advice = advice(name, &Part::ALL.map(Part::name), "\"").unwrap_or_default();
        Problem::unprocessable(format!("`parts`: unknown part \"{}\"; {advice}", shorten(name)))
    })
}

const WORLD: openapi::PathParameter = openapi::PathParameter {
    name: "name",
    about: "The name of a world.",
    schema: openapi::name,
    example: r#""t42""#,
};

/// The operations of worlds.
pub(super) fn resource() -> Resource {
    let operations = vec![
        openapi::get("/worlds", list)
            .named("listWorlds", "List the worlds")
            .replies(200, "All worlds, the default one first."),
        openapi::get("/worlds/{name}", get)
            .named("getWorld", "Show a world")
            .parameter(&WORLD)
            .replies(200, "The world.")
            .problems(&[404]),
        openapi::put("/worlds/{name}", put)
            .named("makeWorld", "Create a world")
            .parameter(&WORLD)
            .keeps_world()
            .replies(200, "The world exists already.")
            .replies(201, "It was created."),
        openapi::delete("/worlds/{name}", delete)
            .named("deleteWorld", "Remove a world")
            .about(
                "Frees its credentials and ends requests that wait for its journal. Its exercised behaviours still count in the \
                 coverage of all worlds.",
            )
            .parameter(&WORLD)
            .keeps_world()
            .replies(204, "Done. The response has no body.")
            .problems(&[404, 409]),
        openapi::post("/reset", reset)
            .named("reset", "Reset a world to its fixtures")
            .about("The reset is one step. Requests in flight finish with the old state.")
            .example("all", "Everything", "{}")
            .example("parts", "Some parts", r#"{"parts": ["limits", "faults"]}"#)
            .replies(200, "The world and the parts that were reset.")
            .problems(&[422]),
    ];
    Resource { name: "worlds", about: "Worlds: isolated environments, one for each test.", operations }
}
