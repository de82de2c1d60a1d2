//! `/fixtures`: the state of the fixtures that the server was started with, and their reload.

use std::sync::Arc;

use axum::Extension;
use schemars::JsonSchema;
use serde::Serialize;

use super::openapi::{self, Operation};
use super::problem::{FixtureError, Problem};
use super::response::{Json, ok};
use crate::clock::{Instant, with_millis};
use crate::fixtures::{ReloadError, Reloader, Status};

/// The fixtures that all worlds share.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "FixturesInForce")]
pub(super) struct FixturesView {
    state: FixturesState,
    /// How many times fixtures were loaded, the start included.
    #[schemars(range(min = 1))]
    loads: u64,
    #[schemars(with = "Instant")]
    loaded_at: String,
    samples: usize,
    sets: Vec<String>,
    /// The profiles that the sets define.
    profiles: Vec<String>,
    /// The profiles in use.
    picked: Vec<String>,
    /// Warnings.
    notes: Vec<String>,
    /// Whether the server watches the files and reloads them when they change.
    watched: bool,
    /// When the last load was tried.
    #[schemars(with = "Instant")]
    tried_at: String,
    /// The errors of the last load.
    errors: Vec<FixtureError>,
}

/// `in-force` if the last load succeeded, else `faulty`.
#[derive(Clone, Copy, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub(super) enum FixturesState {
    InForce,
    Faulty,
}

impl FixturesState {
    pub(super) fn of(status: &Status) -> Self {
        if status.errors.is_empty() { Self::InForce } else { Self::Faulty }
    }
}

fn view(status: Status) -> FixturesView {
    let state = FixturesState::of(&status);
    let Status { loads, loaded_at, summary, picked, watched, tried_at, errors } = status;
    FixturesView {
        state,
        loads,
        loaded_at: with_millis(loaded_at),
        samples: summary.samples,
        sets: summary.sets,
        profiles: summary.profiles,
        picked,
        notes: summary.notes,
        watched,
        tried_at: with_millis(tried_at),
        errors: errors.into_iter().map(FixtureError::from).collect(),
    }
}

pub(super) async fn get(Extension(reloader): Extension<Arc<Reloader>>) -> Json<FixturesView> {
    ok(view(reloader.status()))
}

/// Reads all fixtures again and updates all worlds. If there are errors, it lists them all and changes nothing.
pub(super) async fn reload(
    Extension(reloader): Extension<Arc<Reloader>>,
) -> Result<Json<FixturesView>, Problem> {
    match reloader.reload().await {
        Ok(status) => Ok(ok(view(status))),
        Err(ReloadError::Invalid(errors)) => Err(Problem::fixture(errors)),
        Err(ReloadError::Store(error)) => Err(error.into()),
    }
}

/// Their operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        openapi::get("/fixtures", get)
            .named("getFixtures", "Show the state of the fixtures")
            .replies(200, "The fixtures that all worlds share, and the outcome of the last load."),
        openapi::post("/fixtures/reload", reload)
            .named("reloadFixtures", "Reload the fixtures")
            .about(
                "Reads the files that the server was started with again and updates every world in one step. The own samples, \
                 accounts, rules, changed settings and history of a world stay. If there are errors, nothing changes.",
            )
            .keeps_world()
            .replies(200, "The new state of the fixtures.")
            .problems(&[422]),
    ]
}
