//! What the server was started with: look at it, and read it again.

use std::sync::Arc;

use axum::Extension;
use serde::Serialize;

use super::body::{Json, ok};
use super::problem::{FixtureError, Problem};
use crate::clock::with_millis;
use crate::fixtures::{ReloadError, Reloader, Status};

/// What is in force for all worlds.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    /// `in-force`, or `faulty` if what was read last is not.
    state: &'static str,
    /// How often fixtures came into force, the start included.
    loads: u64,
    loaded_at: String,
    samples: usize,
    sets: Vec<String>,
    /// Those that the sets have.
    profiles: Vec<String>,
    picked: Vec<String>,
    notes: Vec<String>,
    /// Whether changes of files are loaded by themselves.
    watched: bool,
    tried_at: String,
    /// What is wrong with what was read last.
    errors: Vec<FixtureError>,
}

/// Whether what was read last is in force.
pub(super) fn state(status: &Status) -> &'static str {
    if status.errors.is_empty() { "in-force" } else { "faulty" }
}

fn show(status: Status) -> Shown {
    let state = state(&status);
    let Status { loads, loaded_at, summary, picked, watched, tried_at, errors } = status;
    Shown {
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

pub(super) async fn get(Extension(reloader): Extension<Arc<Reloader>>) -> Json<Shown> {
    ok(show(reloader.status()))
}

/// Reads everything again, and moves all worlds to it; or lists every error, and nothing changes.
pub(super) async fn reload(Extension(reloader): Extension<Arc<Reloader>>) -> Result<Json<Shown>, Problem> {
    match reloader.reload().await {
        Ok(status) => Ok(ok(show(status))),
        Err(ReloadError::Invalid(errors)) => Err(Problem::fixture(errors)),
        Err(ReloadError::Store(error)) => Err(error.into()),
    }
}
