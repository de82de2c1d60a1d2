//! `/fixtures`: the state of the fixtures that the server was started with, and their reload.

use std::sync::Arc;

use axum::Extension;
use serde::Serialize;

use super::problem::{FixtureError, Problem};
use super::response::{Json, ok};
use crate::clock::with_millis;
use crate::fixtures::{ReloadError, Reloader, Status};

/// The fixtures that all worlds share.
#[derive(Debug, Serialize)]
pub(super) struct FixturesView {
    /// `in-force`, or `faulty` if the last reload failed.
    state: &'static str,
    /// How many times fixtures were loaded, the start included.
    loads: u64,
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
    tried_at: String,
    /// The errors of the last load.
    errors: Vec<FixtureError>,
}

/// Whether the last load succeeded.
pub(super) fn state(status: &Status) -> &'static str {
    if status.errors.is_empty() { "in-force" } else { "faulty" }
}

fn view(status: Status) -> FixturesView {
    let state = state(&status);
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
