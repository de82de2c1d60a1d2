//! `/samples`: the samples of a world, in the fixture format.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State as Extract;
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::decode::{advice, shorten};
use super::extract::{PathParameter, Query, Text, parse_json};
use super::problem::Problem;
use super::response::{Json, ok};
use crate::clock::with_millis;
use crate::document::Format;
use crate::fixtures::{self, CancelOnDrop, LoadError};
use crate::samples::{Hash, Sample, Verdict};
use crate::store::StoreError;
use crate::worlds::Worlds;
use crate::worlds::{State, World};

/// The query of [`list`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleQuery {
    /// Part of the name; upper and lower case match each other.
    name: Option<String>,
    /// The verdict of the last scan.
    verdict: Option<String>,
    #[serde(default)]
    offset: u32,
    /// The maximum number of samples: 100 by default, at most 1000.
    limit: Option<u32>,
}

/// A sample in a list.
#[derive(Debug, Serialize)]
struct SampleRow<'a> {
    name: &'a str,
    sha256: String,
    verdict: &'static str,
    size: u64,
    /// The fixture set that it comes from, or `request`.
    origin: &'a str,
    /// Whether it belongs to this world alone.
    own: bool,
}

/// Lists the world's own samples, then the shared ones, each in insertion order.
pub(super) async fn list(
    Extension(world): Extension<Arc<World>>,
    Query(query): Query<SampleQuery>,
) -> Result<Json<Value>, Problem> {
    if let Some(word) = query.verdict.as_deref().filter(|word| Verdict::of_word(word).is_none()) {
        let advice = advice(word, &Verdict::words(), "\"").unwrap_or_default();
        return Err(Problem::unprocessable(format!(
            "`verdict`: unknown verdict \"{}\"; {advice}",
            shorten(word)
        )));
    }
    let limit = query.limit.unwrap_or(100).min(1000) as usize;
    let state = world.state();
    let own = state.own_samples();
    let hidden = hidden(&state, &own).await?;
    let matches = |sample: &Sample| {
        let verdict = sample.scans.last().map_or("", |scan| scan.verdict.word());
        query.verdict.as_deref().is_none_or(|word| word == verdict)
            && query
                .name
                .as_deref()
                .is_none_or(|part| sample.name.to_ascii_lowercase().contains(&part.to_ascii_lowercase()))
    };
    let matching: Vec<&Arc<Sample>> = own.iter().filter(|sample| matches(sample)).collect();
    let index = &state.base.index;
    let filter = (query.name.as_deref().unwrap_or_default(), query.verdict.as_deref().unwrap_or_default());
    let skip = (query.offset as usize).saturating_sub(matching.len());
    let first: Vec<&Arc<Sample>> = matching.iter().copied().skip(query.offset as usize).take(limit).collect();
    let shared = index.list(filter.0, filter.1, &hidden, skip, limit - first.len()).await?;
    let total = matching.len() + index.count(filter.0, filter.1, &hidden).await?;
    let rows = first.iter().map(|sample| row(sample, true));
    let rows: Vec<SampleRow<'_>> = rows.chain(shared.iter().map(|sample| row(sample, false))).collect();
    Ok(ok(json!({ "total": total, "offset": query.offset, "samples": rows })))
}

/// The positions of the shared samples that the world has replaced or removed.
async fn hidden(state: &State, own: &[Arc<Sample>]) -> Result<HashSet<u32>, StoreError> {
    let (index, removed) = (&state.base.index, state.overlay.load_full());
    let mut places = HashSet::new();
    for key in removed.hidden() {
        places.extend(index.place_of(&Hash::Sha256(*key)).await?);
    }
    for sample in own {
        for hash in sample.hashes.all() {
            places.extend(index.place_of(&hash).await?);
        }
    }
    Ok(places)
}

fn row(sample: &Sample, own: bool) -> SampleRow<'_> {
    SampleRow {
        name: &sample.name,
        sha256: crate::ids::hex(&sample.key()),
        verdict: sample.scans.last().map_or("", |scan| scan.verdict.word()),
        size: sample.size,
        origin: &sample.origin,
        own,
    }
}

pub(super) async fn get(
    Extension(world): Extension<Arc<World>>,
    PathParameter(hash): PathParameter,
) -> Result<Json<Value>, Problem> {
    let state = world.state();
    let sample = find(&state, &hash).await?;
    Ok(ok(view(&state, &sample)))
}

/// A sample with its state in the world: verdict, analyses, origin.
fn view(state: &State, sample: &Sample) -> Value {
    let now = state.clock.now();
    let key = sample.key();
    let scans = state.scans(sample, now);
    let newest = scans.last().map_or("", |scan| scan.verdict.word());
    let queue = state.queue();
    let analyses: Vec<Value> = queue
        .of(&key)
        .iter()
        .map(|analysis| {
            json!({
                "engine": analysis.engine,
                "queued_at": with_millis(analysis.queued_at),
                "ends_at": analysis.ends_at.map(with_millis),
                "waiting": analysis.is_waiting(now),
            })
        })
        .collect();
    json!({
        "sample": fixtures::entry(sample),
        "synthetic": sample.hashes.synthetic.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
        "origin": sample.origin,
        "own": state.own_sample(&Hash::Sha256(key)).is_some(),
        "verdict": newest,
        "analyses": analyses,
        "ended_at": queue.ended_at(&key).map(with_millis),
    })
}

pub(super) fn parse_hash(text: &str) -> Result<Hash, Problem> {
    Hash::parse(text).ok_or_else(|| {
        let text = shorten(text);
        Problem::bad_request(format!(
            "\"{text}\" is not an md5, sha1, sha256 or sha512: use 32, 40, 64 or 128 hex digits"
        ))
    })
}

async fn find(state: &State, text: &str) -> Result<Arc<Sample>, Problem> {
    let hash = parse_hash(text)?;
    state.find(&hash).await?.ok_or_else(|| {
        let detail = format!("no sample of world \"{}\" has the {} {hash}", state.world, hash.kind().name());
        Problem::not_found(format!("{detail}; GET /_scandouble/samples lists them"))
    })
}

/// The query of [`post`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoadQuery {
    /// The profiles to use, separated by commas.
    profile: Option<String>,
}

impl LoadQuery {
    fn profiles(&self) -> Vec<String> {
        let names = self.profile.as_deref().unwrap_or_default().split(',').map(str::trim);
        names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }
}

/// Loads a fixture into the world: samples, accounts, fault rules and settings.
pub(super) async fn post(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    Query(query): Query<LoadQuery>,
    headers: HeaderMap,
    Text(text): Text,
) -> Result<Json<Value>, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::bad_request(
            "the body is empty; send a fixture in YAML or JSON, or samples as JSON Lines or CSV",
        ));
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let notation = kind.and_then(Format::of_media_type);
    let outcome = load(worlds, world, text, notation, query.profiles()).await?;
    let samples: Vec<SampleRow<'_>> =
        outcome.samples.iter().take(1000).map(|sample| row(sample, true)).collect();
    Ok(ok(json!({
        "samples": outcome.samples.len(),
        "replaced": outcome.replaced,
        "accounts": outcome.accounts,
        "rules": outcome.rules,
        "settings": outcome.settings,
        "loaded": samples,
    })))
}

/// Loads a text on a thread of its own: a large one would delay other requests.
async fn load(
    worlds: Arc<Worlds>,
    world: Arc<World>,
    text: String,
    notation: Option<Format>,
    profiles: Vec<String>,
) -> Result<fixtures::LoadOutcome, Problem> {
    let runtime = tokio::runtime::Handle::current();
    let waiting = world.clone();
    let _turn = waiting.turn().await;
    // Dropped with this future when the client disconnects.
    let client = CancelOnDrop::default();
    let cancelled = client.flag();
    let loading = tokio::task::spawn_blocking(move || {
        runtime
            .block_on(fixtures::load_into(&worlds, &world, "request", &text, notation, &profiles, cancelled))
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
pub(super) async fn put(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    PathParameter(text): PathParameter,
    Text(body): Text,
) -> Result<Json<Value>, Problem> {
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
    let sample = find(&state, &text).await?;
    let status = if outcome.replaced > 0 { StatusCode::OK } else { StatusCode::CREATED };
    Ok(Json(status, view(&state, &sample)))
}

/// Removes a sample from this world.
pub(super) async fn delete(
    Extension(world): Extension<Arc<World>>,
    PathParameter(hash): PathParameter,
) -> Result<StatusCode, Problem> {
    let sample = find(&world.state(), &hash).await?;
    world.change(|state| state.remove(&sample));
    Ok(StatusCode::NO_CONTENT)
}

/// Completes everything that is in progress for a sample: queued analyses, unfinished scans, pending rescan results.
pub(super) async fn advance(
    Extension(world): Extension<Arc<World>>,
    PathParameter(hash): PathParameter,
) -> Result<Json<Value>, Problem> {
    let state = world.state();
    let sample = find(&state, &hash).await?;
    let ended = state.finish(&sample, state.clock.now());
    let mut shown = view(&state, &sample);
    shown["ended"] = json!(ended);
    Ok(ok(shown))
}
