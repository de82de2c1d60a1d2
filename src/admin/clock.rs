//! `/clock`: show, set, freeze and advance the clock of a world.

use std::sync::Arc;

use axum::Extension;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decode::shorten;
use super::extract::Body;
use super::openapi::{self, Resource, Span};
use super::problem::Problem;
use super::response::{Json, ok};
use crate::clock::{Clock, Instant, with_millis};
use crate::document::{TimeSpec, parse_span};
use crate::worlds::World;

/// A clock. Relative times in fixtures, such as `-2d`, are relative to `origin`.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Clock")]
pub(super) struct ClockView {
    #[schemars(with = "Instant")]
    now: String,
    /// Whether the clock is frozen.
    frozen: bool,
    /// Whether it shows real time: neither set nor frozen.
    real: bool,
    #[schemars(with = "Instant")]
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

/// The times that [`ClockChange`] takes. A pattern cannot know the length of a month, so it ends at day 28, which each has.
const AT: &str = "^(now|[+-][0-9]{1,5}(d|h|m|s|ms)|[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])\
                  (T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9]))?)$";

/// A change of a clock. At least one field is required.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub(super) struct ClockChange {
    /// A time, a date, `now`, or an offset from the current time.
    #[schemars(regex(pattern = AT), example = "2026-01-01T00:00:00Z", example = &"+90s")]
    at: Option<String>,
    /// Whether the clock is frozen from then on.
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
    // A frozen clock that is set without `frozen` stays frozen at the new time.
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
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockAdvance {
    #[schemars(with = "Span")]
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

/// The operations of the clock.
pub(super) fn resource() -> Resource {
    let operations = vec![
        openapi::get("/clock", get).named("getClock", "Show the clock").replies(200, "The clock."),
        openapi::put("/clock", put)
            .named("setClock", "Set, freeze or resume the clock")
            .example("freeze", "Freeze it at the current time", r#"{"frozen": true}"#)
            .example("freezeAt", "Freeze it at a time", r#"{"at": "2026-01-01T00:00:00Z", "frozen": true}"#)
            .example("set", "Set it", r#"{"at": "2026-01-01T00:00:00Z"}"#)
            .example("run", "Let it run", r#"{"frozen": false}"#)
            .replies(200, "The clock.")
            .problems(&[422]),
        openapi::delete("/clock", delete)
            .named("resetClock", "Return the clock to real time")
            .replies(200, "The clock."),
        openapi::post("/clock/advance", advance)
            .named("advanceClock", "Advance the clock")
            .example("day", "A day", r#"{"by": "24h"}"#)
            .example("seconds", "90 seconds", r#"{"by": 90}"#)
            .replies(200, "The clock.")
            .problems(&[422]),
    ];
    Resource { name: "clock", about: "The clock of a world.", operations }
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
