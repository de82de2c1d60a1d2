//! `/coverage`: which behaviours were exercised, as JSON, text, JUnit XML or HTML.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State as Extract;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};
use schemars::JsonSchema;
use serde::Deserialize;

use super::decode::shorten;
use super::extract::Query;
use super::journal::{ClearQuery, Scope, scope};
use super::openapi::{self, Operation, schema, text as any_text};
use super::problem::Problem;
use super::response::{is_browser, ok};
use crate::faults::Pattern;
use crate::findings::{self, coverage};
use crate::journal::Api;
use crate::settings::COVERAGE_OUT_OF_SCOPE;
use crate::worlds::{World, Worlds};

/// The query of [`get`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct CoverageQuery {
    /// `all` for every world, removed ones included, instead of the world of the path.
    #[schemars(extend("const" = "all"), example = &"all")]
    world: Option<String>,
    /// An API.
    #[schemars(with = "Option<Api>", example = &"<api>")]
    api: Option<String>,
    /// JSON, a table for a terminal, JUnit XML, or an HTML page. The default is `html` for a browser, else `json`.
    #[schemars(extend("enum" = ["json", "text", "junit", "html"], "default" = "json"), example = &"json")]
    format: Option<String>,
    /// Behaviours to leave out, separated by commas, in addition to those of the setting; `*` matches any text.
    #[schemars(example = &"<api>/*")]
    out_of_scope: Option<String>,
}

pub(super) async fn get(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    Query(query): Query<CoverageQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let api = query.api.as_deref().map(findings::api).transpose().map_err(Problem::unprocessable)?;
    let api = api.map(|api| api.name);
    let settings = world.state().settings.load_full();
    let mut out_of_scope: Vec<Pattern> = coverage::patterns(settings.get(&COVERAGE_OUT_OF_SCOPE)).collect();
    // A pattern of the request that matches nothing is refused as a typo. One of the setting is listed in the report.
    for pattern in coverage::patterns(query.out_of_scope.as_deref().unwrap_or_default()) {
        let known = findings::behaviours(&pattern.to_string());
        out_of_scope.push(known.map_err(|error| Problem::unprocessable(format!("`out_of_scope`: {error}")))?);
    }
    let report = match scope(query.world.as_deref(), &world, "coverage")? {
        Scope::All => coverage::of_all(&worlds, api, &out_of_scope),
        Scope::World(_) => coverage::of_world(&world, api, &out_of_scope),
    };
    let text = |kind: &'static str, text: String| ([(header::CONTENT_TYPE, kind)], text).into_response();
    // A format that is named wins over `Accept`, so that a browser can show the others as well.
    let format = query.format.as_deref().or_else(|| is_browser(&headers).then_some("html"));
    match format {
        None | Some("json") => Ok(ok(report).into_response()),
        Some("text") => Ok(text("text/plain; charset=utf-8", coverage::table(&report))),
        Some("junit") => Ok(text("application/xml; charset=utf-8", coverage::suites(&report))),
        Some("html") => Ok(text("text/html; charset=utf-8", coverage::page(&report))),
        Some(other) => Err(Problem::unprocessable(format!(
            "`format` must be one of json, text, junit, html, not \"{}\"",
            shorten(other)
        ))),
    }
}

pub(super) async fn clear(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    Query(query): Query<ClearQuery>,
) -> Result<StatusCode, Problem> {
    match scope(query.world.as_deref(), &world, "coverage")? {
        Scope::All => coverage::clear_all(&worlds),
        Scope::World(_) => coverage::clear_world(&world),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Its operations.
pub(super) fn operations() -> Vec<Operation> {
    let media = vec![
        ("application/json", schema::<coverage::Report> as _),
        ("text/plain", any_text as _),
        ("application/xml", any_text as _),
        ("text/html", any_text as _),
    ];
    vec![
        openapi::get("/coverage", get)
            .named("getCoverage", "Show which behaviours were exercised")
            .replies_with(200, "The coverage in the requested format.", media)
            .problems(&[422]),
        openapi::delete("/coverage", clear)
            .named("clearCoverage", "Clear the coverage")
            .replies(204, "Done. The response has no body.")
            .problems(&[422]),
    ]
}
