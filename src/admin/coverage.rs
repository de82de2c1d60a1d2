//! Coverage over the door, in the forms that people and programs read.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State as Extract;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use super::body::{Query, is_browser, ok};
use super::problem::Problem;
use crate::faults::Pattern;
use crate::findings;
use crate::findings::coverage;
use crate::settings::COVERAGE_OUT_OF_SCOPE;
use crate::worlds::World;
use crate::worlds::Worlds;

/// Which coverage, and in which form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// `all` for every world there is and was, instead of the path's.
    world: Option<String>,
    api: Option<String>,
    /// `json`, `text`, `junit` or `html`; what a browser gets without it is `html`.
    format: Option<String>,
    /// Behaviours that the team does not want, in addition to those that the settings say.
    out_of_scope: Option<String>,
}

pub(super) async fn get(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    Query(which): Query<Which>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let api = which.api.as_deref().map(findings::api).transpose().map_err(Problem::unprocessable)?;
    let api = api.map(|api| api.name);
    let settings = world.state().settings.load_full();
    let mut out_of_scope: Vec<Pattern> = coverage::patterns(settings.get(&COVERAGE_OUT_OF_SCOPE)).collect();
    for pattern in coverage::patterns(which.out_of_scope.as_deref().unwrap_or_default()) {
        let known = findings::behaviours(&pattern.to_string());
        out_of_scope.push(known.map_err(|error| Problem::unprocessable(format!("out_of_scope: {error}")))?);
    }
    let report = match is_all(which.world.as_deref())? {
        true => coverage::of_all(&worlds, api, &out_of_scope),
        false => coverage::of_world(&world, api, &out_of_scope),
    };
    let text = |kind: &'static str, text: String| ([(header::CONTENT_TYPE, kind)], text).into_response();
    let format = which.format.as_deref().or_else(|| is_browser(&headers).then_some("html"));
    match format {
        None | Some("json") => Ok(ok(report).into_response()),
        Some("text") => Ok(text("text/plain; charset=utf-8", coverage::table(&report))),
        Some("junit") => Ok(text("application/xml; charset=utf-8", coverage::suites(&report))),
        Some("html") => Ok(text("text/html; charset=utf-8", coverage::page(&report))),
        Some(other) => {
            Err(Problem::unprocessable(format!("format: one of json, text, junit, html, not \"{other}\"")))
        }
    }
}

/// Which coverage to forget.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Whose {
    world: Option<String>,
}

pub(super) async fn clear(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    Query(whose): Query<Whose>,
) -> Result<StatusCode, Problem> {
    match is_all(whose.world.as_deref())? {
        true => coverage::clear_all(&worlds),
        false => coverage::clear_world(&world),
    }
    Ok(StatusCode::NO_CONTENT)
}

fn is_all(world: Option<&str>) -> Result<bool, Problem> {
    match world {
        None => Ok(false),
        Some("all") => Ok(true),
        Some(name) => Err(Problem::unprocessable(format!(
            "world: all, or nothing; that of one world is at /_world/{name}/_scandouble/coverage"
        ))),
    }
}
