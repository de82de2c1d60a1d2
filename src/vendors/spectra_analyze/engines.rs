//! The engines of a request, and what each answers.

use std::borrow::Borrow;

use super::body::Fields;
use super::sandboxes::{CLOUD, CORE};
use super::{error, settings};
use crate::journal::{Behaviour, Reply};
use crate::samples::Sample;
use crate::settings::Settings;
use crate::vendors::Call;
use crate::worlds::{Ask, Queued};

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

fn is_configured(sandbox: &str, settings: &Settings) -> bool {
    let listed = settings.get(&settings::SANDBOXES).split(',').any(|name| name.trim() == sandbox);
    listed || settings::dynamic_analysis(settings).iter().any(|service| service.engine == sandbox)
}

/// Queues each of `samples` with each of `engines` at the time of the call. The outcomes are listed by sample, then by
/// engine.
pub(super) fn queue<S: Borrow<Sample>>(
    call: &Call,
    samples: &[S],
    engines: &[&'static str],
) -> Vec<Vec<Outcome>> {
    let pace = call.settings.get(&settings::ANALYSIS_TIME);
    let refusals: Vec<_> = engines.iter().map(|engine| Outcome::refusal(engine, &call.settings)).collect();
    let accepted = || engines.iter().zip(&refusals).filter(|(_, refusal)| refusal.is_none());
    let asks: Vec<Ask<'_>> = samples
        .iter()
        .flat_map(|sample| accepted().map(|(engine, _)| Ask { sample: sample.borrow(), engine, pace }))
        .collect();
    let mut queued = call.state.ask(&asks, call.now).into_iter();
    let mut outcome = |refusal: &Option<Outcome>| match refusal {
        Some(refusal) => *refusal,
        None => match queued.next() {
            Some(Queued::Newly) => Outcome::Queued,
            _ => Outcome::Already,
        },
    };
    samples.iter().map(|_| refusals.iter().map(&mut outcome).collect()).collect()
}
