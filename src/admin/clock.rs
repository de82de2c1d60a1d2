//! `/clock`: show, set, freeze and advance the clock of a world.

use std::sync::Arc;

use axum::Extension;
use serde::{Deserialize, Serialize};

use super::decode::shorten;
use super::extract::Body;
use super::problem::Problem;
use super::response::{Json, ok};
use crate::clock::{Clock, with_millis};
use crate::document::{TimeSpec, parse_span};
use crate::worlds::World;

/// The state of a clock.
#[derive(Debug, Serialize)]
pub(super) struct ClockView {
    now: String,
    frozen: bool,
    /// Whether it shows real time: neither set nor frozen.
    real: bool,
    /// The time that relative times in fixtures are relative to.
    origin: String,
}

fn view(clock: &Clock) -> ClockView {
    let hand = clock.hand();
    ClockView {
        now: with_millis(clock.now()),
        frozen: hand.frozen.is_some(),
        real: hand.is_real(),
        origin: with_millis(hand.origin),
    }
}

pub(super) async fn get(Extension(world): Extension<Arc<World>>) -> Json<ClockView> {
    ok(view(&world.state().clock))
}

/// A change of a clock. At least one field is required.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockChange {
    /// A time, or an offset from the current one: `+90s`, `-2d`.
    at: Option<String>,
    /// Whether the clock stops there.
    frozen: Option<bool>,
}

pub(super) async fn put(
    Extension(world): Extension<Arc<World>>,
    Body(change): Body<ClockChange>,
) -> Result<Json<ClockView>, Problem> {
    let clock = world.state().clock.clone();
    let at = match &change.at {
        Some(text) => Some(
            TimeSpec::parse(text)
                .map_err(|error| Problem::unprocessable(format!("`at`: {error}")))?
                .resolve(clock.now()),
        ),
        None => None,
    };
    match (at, change.frozen.unwrap_or(clock.hand().frozen.is_some())) {
        (None, _) if change.frozen.is_none() => {
            return Err(Problem::unprocessable("send `at`, `frozen` or both, as in {\"frozen\": true}"));
        }
        (at, true) => clock.freeze(at),
        (Some(at), false) => clock.set(at),
        (None, false) => clock.resume(),
    }
    Ok(ok(view(&clock)))
}

/// How far to advance a clock.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockAdvance {
    /// A duration (`90s`) or a number of seconds.
    by: serde_json::Value,
}

pub(super) async fn advance(
    Extension(world): Extension<Arc<World>>,
    Body(advance): Body<ClockAdvance>,
) -> Result<Json<ClockView>, Problem> {
    let by = span(&advance.by).map_err(|error| Problem::unprocessable(format!("`by`: {error}")))?;
    let clock = world.state().clock.clone();
    clock.advance(by);
    Ok(ok(view(&clock)))
}

/// Returns the clock to real time.
pub(super) async fn delete(Extension(world): Extension<Arc<World>>) -> Json<ClockView> {
    let clock = world.state().clock.clone();
    clock.restart();
    ok(view(&clock))
}

/// Reads a duration: text such as `90s`, or a number of seconds.
fn span(value: &serde_json::Value) -> Result<jiff::SignedDuration, String> {
    match value {
        serde_json::Value::String(text) => parse_span(text),
        serde_json::Value::Number(number) => parse_span(&number.to_string()),
        other => Err(format!(
            "use a duration such as \"90s\", or a number of seconds, not {}",
            shorten(&other.to_string())
        )),
    }
}
