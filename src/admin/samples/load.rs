//! `POST /samples` and `PUT /samples/{hash}`: load fixtures into a world.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State as Extract;
use http::{HeaderMap, StatusCode, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::view::{SampleRow, SampleView, row, view};
use super::{find, parse_hash};
use crate::admin::extract::{PathParameter, Query, Text, parse_json};
use crate::admin::problem::Problem;
use crate::admin::response::{Json, ok};
use crate::document::Format;
use crate::fixtures::{self, CancelOnDrop, LoadError};
use crate::samples::Hash;
use crate::worlds::{World, Worlds};

/// The query of [`post`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(in crate::admin) struct LoadQuery {
    /// The profiles of the fixture to use, separated by commas.
    profile: Option<String>,
}

impl LoadQuery {
    fn profiles(&self) -> Vec<String> {
        let names = self.profile.as_deref().unwrap_or_default().split(',').map(str::trim);
        names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }
}

/// What was loaded.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::admin) struct Loaded {
    /// The number of samples that were loaded.
    samples: usize,
    /// How many of them replaced a sample of the world.
    replaced: usize,
    accounts: usize,
    rules: usize,
    settings: usize,
    /// The first 1000 of the samples.
    #[schemars(length(max = 1000))]
    loaded: Vec<SampleRow>,
}

/// Loads a fixture into the world: samples, accounts, fault rules and settings.
pub(in crate::admin) async fn post(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    Query(query): Query<LoadQuery>,
    headers: HeaderMap,
    Text(text): Text,
) -> Result<Json<Loaded>, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::bad_request(
            "the body is empty; send a fixture in YAML or JSON, or samples as JSON Lines or CSV",
        ));
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let notation = kind.and_then(Format::of_media_type);
    let lost_breaks = kind.is_some_and(|kind| may_lack_line_breaks(kind, &text));
    let outcome = load(worlds, world, text, notation, query.profiles()).await;
    let outcome =
        if lost_breaks { outcome.map_err(|problem| problem.advising(LINE_BREAKS)) } else { outcome }?;
    let fixtures::LoadOutcome { samples, replaced, accounts, rules, settings } = outcome;
    let loaded = samples.iter().take(1000).map(|sample| row(sample, true)).collect();
    Ok(ok(Loaded { samples: samples.len(), replaced, accounts, rules, settings, loaded }))
}

const LINE_BREAKS: &str =
    "the body is a single line: curl -d @FILE removes line breaks; send files with --data-binary @FILE";

/// Whether a body may be a file from which `curl -d @FILE` has removed the line breaks. JSON alone would be valid without
/// them; JSON Lines would not.
fn may_lack_line_breaks(content_type: &str, text: &str) -> bool {
    let is_json = text.trim_start().starts_with(['{', '[']) && !text.contains("}{");
    content_type.starts_with("application/x-www-form-urlencoded") && !text.contains('\n') && !is_json
}

/// Loads a text on a thread of its own: a large one would delay other requests.
async fn load(
    worlds: Arc<Worlds>,
    world: Arc<World>,
    text: String,
    notation: Option<Format>,
    profiles: Vec<String>,
) -> Result<fixtures::LoadOutcome, Problem> {
    // One load at a time in a world: small ones that come in between would make a large one start over again and again.
    let waiting = world.clone();
    let _turn = waiting.turn().await;
    // Dropped with this future when the client disconnects.
    let client = CancelOnDrop::default();
    let cancelled = client.flag();
    let loading = tokio::task::spawn_blocking(move || {
        fixtures::load_into(&worlds, &world, "request", &text, notation, &profiles, cancelled)
    });
    match loading.await {
        Ok(loaded) => loaded.map_err(|error| match error {
            LoadError::Invalid(errors) => Problem::fixture(errors),
            LoadError::NotClaimed(refusal) => refusal.into(),
            LoadError::Store(error) => error.into(),
            LoadError::Cancelled => {
                Problem::new(StatusCode::REQUEST_TIMEOUT, "Cancelled", LoadError::Cancelled.to_string())
            }
        }),
        // Only a stopping server rejects work.
        Err(_) => {
            let detail = "the server is stopping; nothing was loaded";
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Stopping", detail))
        }
    }
}

/// Replaces the sample with this hash, or adds it. The body is one entry of `samples:`.
pub(in crate::admin) async fn put(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    PathParameter(text): PathParameter,
    Text(body): Text,
) -> Result<Json<SampleView>, Problem> {
    let hash = parse_hash(&text)?;
    let Value::Object(mut fields) = parse_json(&body)? else {
        return Err(Problem::unprocessable("the body must be one sample as a JSON object"));
    };
    fields.entry(hash.kind().name()).or_insert_with(|| json!(hash.to_string()));
    if fields.get(hash.kind().name()).and_then(Value::as_str).and_then(Hash::parse) != Some(hash) {
        let detail = format!(
            "the sample's {0} differs from that of the path; leave `{0}` out or make them equal",
            hash.kind().name()
        );
        return Err(Problem::unprocessable(detail));
    }
    let whole = json!({ "samples": [fields] });
    let outcome = load(worlds, world.clone(), whole.to_string(), Some(Format::Json), Vec::new()).await?;
    let state = world.state();
    let sample = find(&state, &text)?;
    let status = if outcome.replaced > 0 { StatusCode::OK } else { StatusCode::CREATED };
    Ok(Json(status, view(&state, &sample)))
}
