//! The clock of a world: look at it, freeze it, set it, move it.

use std::sync::Arc;

use axum::Extension;
use serde::{Deserialize, Serialize};

use super::body::{Body, Json, ok};
use super::problem::Problem;
use crate::clock::{Clock, with_millis};
use crate::document::{TimeSpec, parse_span};
use crate::worlds::World;

/// A clock as the door shows it.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    now: String,
    frozen: bool,
    /// Whether it shows real time, neither moved nor stopped.
    real: bool,
    /// The instant from which relative fixture times count.
    origin: String,
}

fn show(clock: &Clock) -> Shown {
    let hand = clock.hand();
    Shown {
        now: with_millis(clock.now()),
        frozen: hand.frozen.is_some(),
        real: hand.is_real(),
        origin: with_millis(hand.origin),
    }
}

pub(super) async fn get(Extension(world): Extension<Arc<World>>) -> Json<Shown> {
    ok(show(&world.state().clock))
}

/// What to do with a clock; at least one of the two is given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// An instant, or an offset from the present (`+90s`, `-2d`).
    at: Option<String>,
    /// Whether it stands still from then on.
    frozen: Option<bool>,
}

pub(super) async fn put(
    Extension(world): Extension<Arc<World>>,
    Body(change): Body<Change>,
) -> Result<Json<Shown>, Problem> {
    let clock = world.state().clock.clone();
    let at = match &change.at {
        Some(text) => Some(
            TimeSpec::parse(text)
                .map_err(|error| Problem::unprocessable(format!("at: {error}")))?
                .resolve(clock.now()),
        ),
        None => None,
    };
    match (at, change.frozen.unwrap_or(clock.hand().frozen.is_some())) {
        (None, _) if change.frozen.is_none() => {
            return Err(Problem::unprocessable("say at, frozen, or both, as in {\"frozen\":true}"));
        }
        (at, true) => clock.freeze(at),
        (Some(at), false) => clock.set(at),
        (None, false) => clock.resume(),
    }
    Ok(ok(show(&clock)))
}

/// How far to move a clock.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    by: serde_json::Value,
}

pub(super) async fn advance(
    Extension(world): Extension<Arc<World>>,
    Body(advance): Body<Advance>,
) -> Result<Json<Shown>, Problem> {
    let by = span(&advance.by).map_err(|error| Problem::unprocessable(format!("by: {error}")))?;
    let clock = world.state().clock.clone();
    clock.advance(by);
    Ok(ok(show(&clock)))
}

/// Back to real time.
pub(super) async fn delete(Extension(world): Extension<Arc<World>>) -> Json<Shown> {
    let clock = world.state().clock.clone();
    clock.restart();
    ok(show(&clock))
}

/// A span as text (`90s`) or a number of seconds.
pub(super) fn span(value: &serde_json::Value) -> Result<jiff::SignedDuration, String> {
    match value {
        serde_json::Value::String(text) => parse_span(text),
        serde_json::Value::Number(number) => parse_span(&number.to_string()),
        other => Err(format!("a span is text such as \"90s\" or a number of seconds, not {other}")),
    }
}
