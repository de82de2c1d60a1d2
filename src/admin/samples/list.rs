//! `GET /samples`: the samples of a world, by name and verdict.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Extension;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::{SampleRow, row};
use crate::admin::decode::{advice, shorten};
use crate::admin::extract::Query;
use crate::admin::openapi::VerdictWord;
use crate::admin::problem::Problem;
use crate::admin::response::{Json, ok};
use crate::samples::{Hash, Sample, Verdict};
use crate::store::StoreError;
use crate::worlds::{State, World};

/// The query of [`list`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(in crate::admin) struct SampleQuery {
    /// Part of the name; case does not matter.
    #[schemars(example = &"eicar")]
    name: Option<String>,
    /// The verdict of the last scan.
    #[schemars(with = "Option<VerdictWord>", example = &"infected")]
    verdict: Option<String>,
    /// How many samples to skip.
    #[serde(default)]
    #[schemars(example = 0)]
    offset: u32,
    /// The maximum number of samples; more than 1000 means 1000.
    #[schemars(extend("default" = 100), example = 10)]
    limit: Option<u32>,
}

/// A page of a list.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Samples")]
pub(in crate::admin) struct SampleList {
    /// The number of samples on all pages together.
    total: usize,
    offset: u32,
    samples: Vec<SampleRow>,
}

/// Lists the world's own samples, then the shared ones, each in insertion order.
pub(in crate::admin) async fn list(
    Extension(world): Extension<Arc<World>>,
    Query(query): Query<SampleQuery>,
) -> Result<Json<SampleList>, Problem> {
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
    let hidden = hidden(&state, &own)?;
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
    // One offset counts over both lists: what the world's own samples do not use up skips shared ones.
    let skip = (query.offset as usize).saturating_sub(matching.len());
    let first: Vec<&Arc<Sample>> = matching.iter().copied().skip(query.offset as usize).take(limit).collect();
    let shared = index.list(filter.0, filter.1, &hidden, skip, limit - first.len())?;
    let total = matching.len() + index.count(filter.0, filter.1, &hidden)?;
    let rows = first.iter().map(|sample| row(sample, true));
    let samples = rows.chain(shared.iter().map(|sample| row(sample, false))).collect();
    Ok(ok(SampleList { total, offset: query.offset, samples }))
}

/// The positions of the shared samples that the world has replaced or removed.
fn hidden(state: &State, own: &[Arc<Sample>]) -> Result<HashSet<u32>, StoreError> {
    let (index, removed) = (&state.base.index, state.overlay.load_full());
    let mut places = HashSet::new();
    for key in removed.hidden() {
        places.extend(index.place_of(&Hash::Sha256(*key))?);
    }
    // A sample of the world replaces every shared one that it has any hash in common with.
    for sample in own {
        for hash in sample.hashes.all() {
            places.extend(index.place_of(&hash)?);
        }
    }
    Ok(places)
}
