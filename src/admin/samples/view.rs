//! Samples as the admin API shows them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::admin::openapi::{FixtureSample, HashKindName, VerdictOrNone};
use crate::clock::{Instant, with_millis};
use crate::fixtures;
use crate::samples::{Hash, Sample};
use crate::worlds::State;

/// A sample in a list.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "SampleLine")]
pub(super) struct SampleRow {
    name: String,
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    sha256: String,
    /// The verdict of the last scan; empty if there is none.
    #[schemars(with = "VerdictOrNone")]
    verdict: &'static str,
    size: u64,
    /// The fixture set that it comes from, or `request`.
    origin: String,
    /// Whether it belongs to this world alone.
    own: bool,
}

pub(super) fn row(sample: &Sample, own: bool) -> SampleRow {
    SampleRow {
        name: sample.name.clone(),
        sha256: crate::ids::hex(&sample.key()),
        verdict: sample.scans.last().map_or("", |scan| scan.verdict.word()),
        size: sample.size,
        origin: sample.origin.to_string(),
        own,
    }
}

/// A sample and its state in the world.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Sample")]
pub(in crate::admin) struct SampleView {
    /// The complete sample in the fixture format.
    #[schemars(with = "FixtureSample")]
    sample: Value,
    /// The hashes that are derived because the fixture does not give them.
    #[schemars(with = "Vec<HashKindName>")]
    synthetic: Vec<&'static str>,
    /// The fixture set that it comes from, or `request`.
    origin: String,
    /// Whether it belongs to this world alone.
    own: bool,
    /// The current verdict, rescans included.
    #[schemars(with = "VerdictOrNone")]
    verdict: &'static str,
    /// Analyses in the queue, completed ones included.
    analyses: Vec<AnalysisView>,
    /// When `advance` completed its analyses, if it did.
    #[schemars(with = "Option<Instant>")]
    ended_at: Option<String>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Analysis")]
struct AnalysisView {
    /// The engine, under its name in the API.
    engine: String,
    #[schemars(with = "Instant")]
    queued_at: String,
    /// Null if it waits until it is completed manually.
    #[schemars(with = "Option<Instant>")]
    ends_at: Option<String>,
    waiting: bool,
}

pub(super) fn view(state: &State, sample: &Sample) -> SampleView {
    let now = state.clock.now();
    let key = sample.key();
    let scans = state.scans(sample, now);
    let newest = scans.last().map_or("", |scan| scan.verdict.word());
    let queue = state.queue();
    let analyses = queue.of(&key).iter().map(|analysis| AnalysisView {
        engine: analysis.engine.to_string(),
        queued_at: with_millis(analysis.queued_at),
        ends_at: analysis.ends_at.map(with_millis),
        waiting: analysis.is_waiting(now),
    });
    SampleView {
        sample: fixtures::entry(sample),
        synthetic: sample.hashes.synthetic.iter().map(|kind| kind.name()).collect(),
        origin: sample.origin.to_string(),
        own: state.own_sample(&Hash::Sha256(key)).is_some(),
        verdict: newest,
        analyses: analyses.collect(),
        ended_at: queue.ended_at(&key).map(with_millis),
    }
}
