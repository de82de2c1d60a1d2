//! The engines of a request, and what each answers.

use super::body::Fields;
use super::fields::{ApplianceFacts, NAME};
use super::sandboxes::{self, CLOUD, CORE};
use super::{error, settings};
use crate::journal::{Behaviour, Reply};
use crate::samples::Sample;
use crate::settings::Settings;
use crate::vendors::Call;
use crate::vendors::reversinglabs::CLOUD_SERVICE;
use crate::worlds::{Ask, Queue, Queued};

/// The engines that `analysis` names, in order and without repeats, or the refusal.
pub(super) fn requested(
    fields: &Fields<'_>,
    allowed: &'static [&'static str],
    invalid: &'static Behaviour,
) -> Result<Vec<&'static str>, Reply> {
    let refuse = |text: &str| error::fields(&[("analysis", text)], invalid);
    let texts = fields.texts("analysis").map_err(|error| refuse(error.message()))?;
    let names: Vec<&str> = texts.iter().flat_map(|text| text.split(',')).map(str::trim).collect();
    if names.iter().all(|name| name.is_empty()) {
        return Err(refuse(error::REQUIRED));
    }
    let mut engines = Vec::new();
    for name in names {
        match allowed.iter().find(|engine| **engine == name) {
            Some(engine) if engines.contains(engine) => {}
            Some(engine) => engines.push(*engine),
            None => return Err(refuse(&format!("\"{name}\" is not a valid choice."))),
        }
    }
    Ok(engines)
}

/// The answer of one engine about one sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Queued,
    Already,
    /// The appliance may not reanalyse, or is not connected.
    NotAllowed,
    /// The sandbox is not configured.
    NotConfigured,
    /// The sample was extracted from another.
    Extracted,
    /// The appliance does not have the sample.
    Unknown,
}

impl Outcome {
    /// The answer of an engine that refuses every sample.
    pub(super) fn refusal(engine: &str, settings: &Settings) -> Option<Self> {
        match engine {
            CLOUD if !settings.get(&settings::CLOUD_CONNECTED) => Some(Self::NotAllowed),
            CLOUD | CORE => None,
            _ => (!is_configured(engine, settings)).then_some(Self::NotConfigured),
        }
    }
}

/// Whether the type of appliance refuses every one of `engines`, whatever the sample.
pub(super) fn are_refused(engines: &[&'static str], settings: &Settings) -> bool {
    let is_refused = |engine: &&str| Outcome::refusal(engine, settings) == Some(Outcome::NotAllowed);
    !settings.get(&settings::MAY_REANALYSE) || engines.iter().all(is_refused)
}

fn is_configured(sandbox: &str, settings: &Settings) -> bool {
    let listed = settings.get(&settings::SANDBOXES).split(',').any(|name| name.trim() == sandbox);
    listed || settings::dynamic_analysis(settings).iter().any(|service| service.engine == sandbox)
}

/// The answers of all asked engines about one sample.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcomes {
    /// Whether any engine of the appliance, asked or not, had the sample queued before the request.
    pub(super) queued_before: bool,
    /// In the order asked.
    pub(super) engines: Vec<Outcome>,
}

impl Outcomes {
    /// Whether any engine has this answer.
    pub(super) fn any(&self, outcome: Outcome) -> bool {
        self.engines.contains(&outcome)
    }
}

/// Queues each of `samples` with each of `engines` at the time of the call; the outcomes by sample.
pub(super) fn queue(call: &Call, samples: &[&Sample], engines: &[&'static str]) -> Vec<Outcomes> {
    // What a fixture has queued is not in the queue of the world, so it is looked at separately.
    let by_fixture: Vec<_> = samples.iter().map(|sample| queued_by_fixture(call, sample)).collect();
    let known = |sample: usize, engine: &&'static str| match Outcome::refusal(engine, &call.settings) {
        None => by_fixture[sample].contains(engine).then_some(Outcome::Already),
        refusal => refusal,
    };
    let mut asks = Vec::new();
    for (place, sample) in samples.iter().enumerate() {
        let asked = engines.iter().filter(|engine| known(place, engine).is_none());
        asks.extend(asked.map(|engine| ask(call, sample, engine)));
    }
    // What was queued before is looked at in the same step, or two requests at once could both miss the other.
    let before = |queue: &Queue| -> Vec<bool> {
        let has = |sample: &Sample| {
            queue
                .of(&sample.key())
                .iter()
                // Rescans by Spectra Intelligence are in the same queue, but not on the appliance.
                .any(|one| sandboxes::V2.contains(&one.engine.as_str()) && one.is_waiting(call.now))
        };
        samples.iter().map(|sample| has(sample)).collect()
    };
    let (before, queued) = call.state.look_and_ask(before, &asks, call.now);
    // One answer for each engine that `known` left open, in the same order.
    let mut queued = queued.into_iter();
    let outcomes = before.into_iter().enumerate().map(|(place, queued_before)| {
        let next = |engine| {
            known(place, engine).unwrap_or_else(|| match queued.next() {
                Some(Queued::Newly) => Outcome::Queued,
                _ => Outcome::Already,
            })
        };
        let engines = engines.iter().map(next).collect();
        Outcomes { queued_before: queued_before || !by_fixture[place].is_empty(), engines }
    });
    outcomes.collect()
}

fn ask<'a>(call: &Call, sample: &'a Sample, engine: &'static str) -> Ask<'a> {
    let pace = call.settings.get(&settings::ANALYSIS_TIME);
    match engine {
        CLOUD => {
            // The sample is sent to Spectra Intelligence and analysed there, so this is a rescan by both products.
            let rescan_of = &[NAME, CLOUD_SERVICE];
            Ask { sample, engine, pace, rescan_of, sends_to: Some(CLOUD_SERVICE) }
        }
        _ => Ask { sample, engine, pace, rescan_of: &[NAME], sends_to: None },
    }
}

/// The engines that have a sample queued because the fixture says so, until that is ended through the admin API.
fn queued_by_fixture(call: &Call, sample: &Sample) -> Vec<&'static str> {
    let named = ApplianceFacts::of(sample).queued_by;
    if named.is_empty() || call.state.ended_at(&sample.key()).is_some() {
        return Vec::new();
    }
    sandboxes::V2.iter().copied().filter(|engine| named.iter().any(|name| name == engine)).collect()
}
