//! `/queue`: the analyses that wait in a world, those that end next first.

use std::sync::Arc;

use axum::Extension;
use schemars::JsonSchema;
use serde::Serialize;

use crate::admin::openapi::{self, Operation};
use crate::admin::problem::Problem;
use crate::admin::response::{Json, ok};
use crate::clock::{Instant, with_millis};
use crate::ids::hex;
use crate::samples::{Hash, Key};
use crate::worlds::{Analysis, State, World};

/// The maximum number of analyses in a response.
const MOST: usize = 1000;

/// The analyses that wait.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Queue")]
pub(super) struct QueueView {
    /// The time of the world's clock.
    #[schemars(with = "Instant")]
    now: String,
    /// How many wait; `waiting` holds at most 1000.
    total: usize,
    waiting: Vec<WaitingView>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "WaitingAnalysis")]
struct WaitingView {
    /// The name of the sample; empty if it was removed.
    name: String,
    sha256: String,
    /// The engine, under its name in the API.
    engine: String,
    #[schemars(with = "Instant")]
    queued_at: String,
    /// Null if it waits until it is completed manually.
    #[schemars(with = "Option<Instant>")]
    ends_at: Option<String>,
}

async fn list(Extension(world): Extension<Arc<World>>) -> Result<Json<QueueView>, Problem> {
    let state = world.state();
    let now = state.clock.now();
    let mut found: Vec<(Key, Analysis)> = Vec::new();
    for (key, analyses) in state.queue().all() {
        let waiting = analyses.iter().filter(|analysis| analysis.is_waiting(now));
        found.extend(waiting.map(|analysis| (*key, analysis.clone())));
    }
    let total = found.len();
    // What waits until it is completed manually comes last. `None` alone would sort before every time.
    found.sort_by_key(|(key, analysis)| {
        (analysis.ends_at.is_none(), analysis.ends_at, analysis.queued_at, *key)
    });
    found.truncate(MOST);
    let mut waiting = Vec::new();
    for (key, analysis) in found {
        waiting.push(view(&state, key, analysis)?);
    }
    Ok(ok(QueueView { now: with_millis(now), total, waiting }))
}

fn view(state: &State, key: Key, analysis: Analysis) -> Result<WaitingView, Problem> {
    let sample = state.find(&Hash::Sha256(key))?;
    Ok(WaitingView {
        name: sample.map_or(String::new(), |sample| sample.name.clone()),
        sha256: hex(&key),
        engine: analysis.engine,
        queued_at: with_millis(analysis.queued_at),
        ends_at: analysis.ends_at.map(with_millis),
    })
}

/// Its operation.
pub(super) fn operation() -> Operation {
    openapi::get("/queue", list)
        .named("listQueue", "List the analyses that wait")
        .about("Those that end next come first, those that wait until they are completed manually last.")
        .replies(200, "The analyses that wait in this world.")
}
