//! The engines of a request, and what each answers.

use super::body::Fields;
use super::fields::{ApplianceFacts, NAME};
use super::sandboxes::{self, CLOUD, CORE};
use super::{error, settings};
use crate::journal::{Behaviour, Reply};
use crate::samples::Sample;
use crate::settings::{Pace, Settings};
use crate::vendors::Call;
use crate::vendors::reversinglabs::CLOUD_SERVICE;
use crate::worlds::{Analysis, Ask, Queue, Queued};

/// The engines that `analysis` names, in order and without repeats, or the refusal.
pub(super) fn requested(
    fields: &Fields<'_>,
    allowed: &'static [&'static str],
    invalid: &'static Behaviour,
) -> Result<Vec<&'static str>, Reply> {
    let refuse = |text: &str| error::fields(&[("analysis", text)], invalid);
    let texts = fields.texts("analysis").map_err(|error| refuse(error.message()))?;
    // Most requests name one or two engines, so they are read in one pass, without a list of the names.
    let (mut engines, mut invalid, mut is_given) = (Vec::new(), None, false);
    for name in texts.iter().flat_map(|text| text.split(',')).map(str::trim) {
        is_given |= !name.is_empty();
        match allowed.iter().find(|engine| **engine == name) {
            Some(engine) if engines.contains(engine) => {}
            Some(engine) => engines.push(*engine),
            None => _ = invalid.get_or_insert(name),
        }
    }
    match invalid {
        _ if !is_given => Err(refuse(error::REQUIRED)),
        Some(name) => Err(refuse(&format!("\"{name}\" is not a valid choice."))),
        None => Ok(engines),
    }
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
    let pace = call.settings.get(&settings::ANALYSIS_TIME);
    let mut asks = Vec::with_capacity(samples.len() * engines.len());
    let mut outcomes = Vec::with_capacity(samples.len());
    for sample in samples {
        // What a fixture has queued is not in the queue of the world, so it is looked at separately.
        let by_fixture = queued_by_fixture(call, sample);
        let known = |engine: &&'static str| match Outcome::refusal(engine, &call.settings) {
            None => by_fixture.contains(engine).then_some(Outcome::Already),
            refusal => refusal,
        };
        let asked = engines.iter().map(|engine| {
            known(engine).unwrap_or_else(|| {
                asks.push(ask(sample, engine, pace));
                Outcome::Queued
            })
        });
        outcomes.push(Outcomes { engines: asked.collect(), queued_before: !by_fixture.is_empty() });
    }
    // What was queued before is looked at in the same step, or two requests at once could both miss the other.
    let before = |queue: &Queue| {
        for (outcomes, sample) in outcomes.iter_mut().zip(samples) {
            // Rescans by Spectra Intelligence are in the same queue, but not on the appliance.
            let is_here = |one: &Analysis| sandboxes::V2.contains(&one.engine.as_str());
            let of_sample = queue.of(&sample.key()).iter();
            outcomes.queued_before |= of_sample.filter(|one| one.is_waiting(call.now)).any(is_here);
        }
    };
    let ((), queued) = call.state.look_and_ask(before, &asks, call.now);
    // One answer for each engine that was asked, in the same order.
    let asked = outcomes.iter_mut().flat_map(|outcomes| &mut outcomes.engines);
    for (outcome, queued) in asked.filter(|outcome| **outcome == Outcome::Queued).zip(queued) {
        if queued == Queued::Already {
            *outcome = Outcome::Already;
        }
    }
    outcomes
}

fn ask<'a>(sample: &'a Sample, engine: &'static str, pace: Pace) -> Ask<'a> {
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
