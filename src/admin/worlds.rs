//! Worlds: list them, make them, reset them, remove them.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State as Extract;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::body::{Body, Json, Name, ok};
use super::problem::Problem;
use crate::clock::with_millis;
use crate::worlds::{DEFAULT, Worlds};
use crate::worlds::{Part, World};

/// A world as the door shows it.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    name: String,
    /// What a client puts in front of the vendor's paths.
    prefix: String,
    now: String,
    own_samples: usize,
    faults: usize,
    journal_entries: usize,
}

/// What stands in front of every path of a world.
pub(super) fn prefix(world: &World) -> String {
    if world.name() == DEFAULT { String::new() } else { format!("/_world/{}", world.name()) }
}

fn show(world: &World) -> Shown {
    let state = world.state();
    let prefix = prefix(world);
    Shown {
        name: world.name().to_owned(),
        prefix,
        now: with_millis(state.clock.now()),
        own_samples: state.own_samples().len(),
        faults: state.faults.list().len(),
        journal_entries: state.journal.len(),
    }
}

#[derive(Debug, Serialize)]
pub(super) struct List {
    worlds: Vec<Shown>,
}

pub(super) async fn list(Extract(worlds): Extract<Arc<Worlds>>) -> Json<List> {
    ok(List { worlds: worlds.list().iter().map(|world| show(world)).collect() })
}

pub(super) async fn get(
    Extract(worlds): Extract<Arc<Worlds>>,
    Name(name): Name,
) -> Result<Json<Shown>, Problem> {
    worlds.find(&name).map(|world| ok(show(&world))).ok_or_else(|| no_world(&name))
}

/// Makes a world; 201 if it is new, 200 if it was there.
pub(super) async fn put(
    Extract(worlds): Extract<Arc<Worlds>>,
    Name(name): Name,
) -> Result<Json<Shown>, Problem> {
    let (world, is_new) = worlds.get_or_create(&name)?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(Json(status, show(&world)))
}

pub(super) async fn delete(
    Extract(worlds): Extract<Arc<Worlds>>,
    Name(name): Name,
) -> Result<StatusCode, Problem> {
    if name == DEFAULT {
        return Err(Problem::conflict(
            "the default world cannot be removed; POST /_scandouble/reset puts it back",
        ));
    }
    if worlds.remove(&name) { Ok(StatusCode::NO_CONTENT) } else { Err(no_world(&name)) }
}

fn no_world(name: &str) -> Problem {
    Problem::not_found(format!("there is no world \"{name}\"; GET /_scandouble/worlds lists them"))
}

/// Which parts to reset; all, if none is named.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reset {
    parts: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
pub(super) struct WasReset {
    world: String,
    reset: Vec<&'static str>,
}

pub(super) async fn reset(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    Body(reset): Body<Reset>,
) -> Result<Json<WasReset>, Problem> {
    let parts = match reset.parts {
        Some(names) => names.iter().map(|name| part(name)).collect::<Result<Vec<_>, _>>()?,
        None => Part::ALL.to_vec(),
    };
    worlds.reset(&world, &parts);
    Ok(ok(WasReset { world: world.name().to_owned(), reset: parts.iter().map(|part| part.name()).collect() }))
}

fn part(name: &str) -> Result<Part, Problem> {
    Part::named(name).ok_or_else(|| {
        let known: Vec<_> = Part::ALL.iter().map(|part| part.name()).collect();
        Problem::unprocessable(format!("parts: there is no part \"{name}\"; there are {}", known.join(", ")))
    })
}
