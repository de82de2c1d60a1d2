//! `/samples`: the samples of a world, in the fixture format.

mod answers;
mod hash;
mod list;
mod load;
mod queue;
mod view;

use std::sync::Arc;

use axum::Extension;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use self::hash::{HASH, parse_hash};
use self::view::{SampleView, view};
use super::extract::PathParameter;
use super::openapi::{self, Fixture, FixtureRows, FixtureSample, Operation, Resource, schema};
use super::problem::Problem;
use super::response::{Json, ok};
use crate::samples::Sample;
use crate::worlds::{State, World};

pub(super) async fn get(
    Extension(world): Extension<Arc<World>>,
    PathParameter(hash): PathParameter,
) -> Result<Json<SampleView>, Problem> {
    let state = world.state();
    let sample = find(&state, &hash)?;
    Ok(ok(view(&state, &sample)))
}

fn find(state: &State, text: &str) -> Result<Arc<Sample>, Problem> {
    let hash = parse_hash(text)?;
    state.find(&hash)?.ok_or_else(|| {
        let detail = format!("no sample of world \"{}\" has the {} {hash}", state.world, hash.kind().name());
        Problem::not_found(format!("{detail}; GET /_scandouble/samples lists them"))
    })
}

/// Removes a sample from this world.
pub(super) async fn delete(
    Extension(world): Extension<Arc<World>>,
    PathParameter(hash): PathParameter,
) -> Result<StatusCode, Problem> {
    let sample = find(&world.state(), &hash)?;
    world.change(|state| state.remove(&sample));
    Ok(StatusCode::NO_CONTENT)
}

/// A sample, and how many of its analyses were completed.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "AdvancedSample")]
pub(super) struct Advanced {
    #[serde(flatten)]
    sample: SampleView,
    /// The number of completed analyses.
    ended: usize,
}

/// Completes everything that is in progress for a sample: queued analyses, unfinished scans, pending rescan results.
pub(super) async fn advance(
    Extension(world): Extension<Arc<World>>,
    PathParameter(hash): PathParameter,
) -> Result<Json<Advanced>, Problem> {
    let state = world.state();
    let sample = find(&state, &hash)?;
    let ended = state.finish(&sample, state.clock.now());
    Ok(ok(Advanced { sample: view(&state, &sample), ended }))
}

/// The operations of samples.
pub(super) fn resource() -> Resource {
    let operations = vec![
        openapi::get("/samples", list::list)
            .named("listSamples", "List samples")
            .replies(200, "The world's own samples, then the shared ones, each in insertion order.")
            .problems(&[422]),
        load_operation(),
        openapi::get("/samples/{hash}", get)
            .named("getSample", "Show a sample")
            .parameter(&HASH)
            .replies(200, "The sample and its state in this world.")
            .problems(&[404]),
        openapi::put("/samples/{hash}", load::put)
            .named("putSample", "Add or replace a sample")
            .parameter(&HASH)
            .takes("application/json", schema::<FixtureSample>)
            .body_about("One entry of `samples:`. The hash in the path becomes one of its hashes.")
            .example("clean", "A clean file", r#"{"name": "eicar.com", "verdict": "clean"}"#)
            .replies(200, "The sample was replaced.")
            .replies(201, "It was created.")
            .problems(&[409, 422]),
        openapi::delete("/samples/{hash}", delete)
            .named("deleteSample", "Remove a sample from this world")
            .about("Other worlds keep it. A reset restores it.")
            .parameter(&HASH)
            .replies(204, "Done. The response has no body.")
            .problems(&[404]),
        queue::operation(),
        answers::operation(),
        openapi::post("/samples/{hash}/advance", advance)
            .named("advanceSample", "Complete what is in progress for a sample")
            .about("Completes queued analyses and unfinished scans, and applies pending rescan results.")
            .parameter(&HASH)
            .replies(200, "The sample, and the number of completed analyses.")
            .problems(&[404]),
    ];
    Resource { name: "samples", about: "The samples of a world, in the fixture format.", operations }
}

fn load_operation() -> Operation {
    let fixture = r#"{
        "samples": [{"name": "invoice.exe", "content": "harmless", "verdict": "infected", "threat": "Win32.Emotet"}]
    }"#;
    openapi::post("/samples", load::post)
        .named("loadSamples", "Load a fixture")
        .body_about(
            "A fixture in YAML or JSON, or samples as JSON Lines (`application/x-ndjson`) or CSV with a header row. If the \
             content type names none of these formats, the format is detected from the text. The samples, accounts, rules and \
             settings belong to this world alone.",
        )
        .takes("application/json", schema::<Fixture>)
        .example("one", "One sample", fixture)
        .takes("text/csv", schema::<FixtureRows>)
        .example("one", "One sample", r#""name,content,verdict\ninvoice.exe,harmless,infected\n""#)
        .takes("application/yaml", schema::<Fixture>)
        .example("one", "One sample", fixture)
        .replies(200, "What was loaded.")
        .problems(&[409, 422])
}
