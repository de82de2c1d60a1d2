//! The samples of a world, in the fixture format.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State as Extract;
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::body::{Json, Name, Query, Text, ok};
use super::problem::Problem;
use crate::clock::with_millis;
use crate::document::Format;
use crate::fixtures::{self, CancelOnDrop, LoadError};
use crate::samples::{Hash, Sample, Verdict};
use crate::store::StoreError;
use crate::worlds::Worlds;
use crate::worlds::{State, World};

/// Which samples to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Part of a name, in any case.
    name: Option<String>,
    /// The verdict of the newest scan in the fixture.
    verdict: Option<String>,
    #[serde(default)]
    offset: u32,
    limit: Option<u32>,
}

/// A sample in a list.
#[derive(Debug, Serialize)]
struct Line<'a> {
    name: &'a str,
    sha256: String,
    verdict: &'static str,
    size: u64,
    /// The set or request that brought it.
    origin: &'a str,
    /// Whether the world alone has it.
    own: bool,
}

/// Lists the world's own samples first, then the shared ones, each in the order in which they came.
pub(super) async fn list(
    Extension(world): Extension<Arc<World>>,
    Query(which): Query<Which>,
) -> Result<Json<Value>, Problem> {
    if let Some(word) = which.verdict.as_deref().filter(|word| Verdict::of_word(word).is_none()) {
        let known = Verdict::words().join(", ");
        return Err(Problem::unprocessable(format!("verdict: \"{word}\" is none of {known}")));
    }
    let limit = which.limit.unwrap_or(100).min(1000) as usize;
    let state = world.state();
    let own = state.own_samples();
    let hidden = hidden(&state, &own).await?;
    let wanted = |sample: &Sample| {
        let verdict = sample.scans.last().map_or("", |scan| scan.verdict.word());
        which.verdict.as_deref().is_none_or(|word| word == verdict)
            && which
                .name
                .as_deref()
                .is_none_or(|part| sample.name.to_ascii_lowercase().contains(&part.to_ascii_lowercase()))
    };
    let mine: Vec<&Arc<Sample>> = own.iter().filter(|sample| wanted(sample)).collect();
    let index = &state.base.index;
    let filter = (which.name.as_deref().unwrap_or_default(), which.verdict.as_deref().unwrap_or_default());
    let skip = (which.offset as usize).saturating_sub(mine.len());
    let first: Vec<&Arc<Sample>> = mine.iter().copied().skip(which.offset as usize).take(limit).collect();
    let shared = index.list(filter.0, filter.1, &hidden, skip, limit - first.len()).await?;
    let total = mine.len() + index.count(filter.0, filter.1, &hidden).await?;
    let lines = first.iter().map(|sample| line(sample, true));
    let lines: Vec<Line<'_>> = lines.chain(shared.iter().map(|sample| line(sample, false))).collect();
    Ok(ok(json!({ "total": total, "offset": which.offset, "samples": lines })))
}

/// The places of the shared samples that the world has replaced or taken away.
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

fn line(sample: &Sample, own: bool) -> Line<'_> {
    Line {
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
    Name(hash): Name,
) -> Result<Json<Value>, Problem> {
    let state = world.state();
    let sample = find(&state, &hash).await?;
    Ok(ok(show(&state, &sample)))
}

/// The sample with what the world has made of it.
fn show(state: &State, sample: &Sample) -> Value {
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

async fn find(state: &State, text: &str) -> Result<Arc<Sample>, Problem> {
    let hash = Hash::parse(text).ok_or_else(|| {
        Problem::bad_request(format!(
            "\"{text}\" is no md5, sha1, sha256 or sha512: 32, 40, 64 or 128 hex digits"
        ))
    })?;
    state.find(&hash).await?.ok_or_else(|| {
        let detail = format!("no sample of world \"{}\" has the {} {hash}", state.world, hash.kind().name());
        Problem::not_found(format!("{detail}; GET /_scandouble/samples lists them"))
    })
}

/// How to load a fixture.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct How {
    /// The profiles to pick, with commas between.
    profile: Option<String>,
}

impl How {
    fn profiles(&self) -> Vec<String> {
        let names = self.profile.as_deref().unwrap_or_default().split(',').map(str::trim);
        names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }
}

/// Loads a whole fixture into the world: samples, accounts, rules, settings.
pub(super) async fn post(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    Query(how): Query<How>,
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
    let brought = load(worlds, world, text, notation, how.profiles()).await?;
    let samples: Vec<Line<'_>> = brought.samples.iter().take(1000).map(|sample| line(sample, true)).collect();
    Ok(ok(json!({
        "samples": brought.samples.len(),
        "replaced": brought.replaced,
        "accounts": brought.accounts,
        "rules": brought.rules,
        "settings": brought.settings,
        "loaded": samples,
    })))
}

/// Loads a text apart from the requests of others, whom a large one would keep waiting.
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
            LoadError::Invalid(faults) => Problem::fixture(faults),
            LoadError::NotClaimed(refusal) => refusal.into(),
            LoadError::Store(error) => error.into(),
            LoadError::Cancelled => {
                Problem::new(StatusCode::REQUEST_TIMEOUT, "Cancelled", LoadError::Cancelled.to_string())
            }
        }),
        // Only a server that is stopping takes no more work.
        Err(_) => {
            let detail = "the server is stopping, so nothing was loaded";
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Stopping", detail))
        }
    }
}

/// Puts one sample in place of the one that has this hash, or adds it; the body is one entry of `samples:`.
pub(super) async fn put(
    Extract(worlds): Extract<Arc<Worlds>>,
    Extension(world): Extension<Arc<World>>,
    Name(text): Name,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let hash = Hash::parse(&text).ok_or_else(|| {
        Problem::bad_request(format!(
            "\"{text}\" is no md5, sha1, sha256 or sha512: 32, 40, 64 or 128 hex digits"
        ))
    })?;
    let entry: Value = serde_json::from_slice(&body)
        .map_err(|error| Problem::bad_request(format!("the body is one sample as JSON: {error}")))?;
    let Value::Object(mut fields) = entry else {
        return Err(Problem::unprocessable("the body is one sample as a JSON object"));
    };
    fields.entry(hash.kind().name()).or_insert_with(|| json!(hash.to_string()));
    if fields.get(hash.kind().name()).and_then(Value::as_str).and_then(Hash::parse) != Some(hash) {
        let detail = format!("the sample's {} is not the one in the path", hash.kind().name());
        return Err(Problem::unprocessable(detail));
    }
    let whole = json!({ "samples": [fields] });
    let brought = load(worlds, world.clone(), whole.to_string(), Some(Format::Json), Vec::new()).await?;
    let state = world.state();
    let sample = find(&state, &text).await?;
    let status = if brought.replaced > 0 { StatusCode::OK } else { StatusCode::CREATED };
    Ok(Json(status, show(&state, &sample)))
}

/// Takes a sample away from this world.
pub(super) async fn delete(
    Extension(world): Extension<Arc<World>>,
    Name(hash): Name,
) -> Result<StatusCode, Problem> {
    let sample = find(&world.state(), &hash).await?;
    world.change(|state| state.remove(&sample));
    Ok(StatusCode::NO_CONTENT)
}

/// Ends everything that runs on a sample: queued analyses, unfinished scans, the wait for what a rescan changes.
pub(super) async fn advance(
    Extension(world): Extension<Arc<World>>,
    Name(hash): Name,
) -> Result<Json<Value>, Problem> {
    let state = world.state();
    let sample = find(&state, &hash).await?;
    let ended = state.finish(&sample, state.clock.now());
    let mut shown = show(&state, &sample);
    shown["ended"] = json!(ended);
    Ok(ok(shown))
}
