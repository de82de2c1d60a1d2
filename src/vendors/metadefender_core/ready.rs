//! Rendered results that neither the queue nor the clock can change, kept for whoever asks for the same sample again.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::view::View;
use crate::samples::{Rule, Sample};
use crate::settings::Settings;
use crate::vendors::Call;
use crate::vendors::views::{Views, Weigh};

/// The body of a sample's most recent result, and what it holds under.
#[derive(Debug)]
struct Ready {
    rules: Arc<Vec<Rule>>,
    settings: Arc<Settings>,
    /// `None` for every origin.
    origin: Option<Timestamp>,
    body: Bytes,
}

impl Weigh for Ready {
    fn weight(&self) -> u64 {
        (size_of::<Self>() + self.body.len()) as u64
    }
}

static READY: Views<Ready> = Views::new();

/// The body of the most recent result, if it was kept under the rules, the settings and the origin of the call.
pub(super) fn get(sample: &Sample, call: &Call) -> Option<Bytes> {
    let ready = READY.cached(sample)?;
    let holds = Arc::ptr_eq(&ready.rules, &call.state.rules.load())
        && Arc::ptr_eq(&ready.settings, &call.settings)
        && ready.origin.is_none_or(|origin| origin == call.origin);
    holds.then(|| ready.body.clone())
}

/// Keeps the body of the most recent result, if it follows from the sample. The caller has made sure of that for the
/// rule; `relative` says whether the settings have times that count from the origin.
pub(super) fn keep(
    (sample, view): (&Sample, &View),
    rules: Arc<Vec<Rule>>,
    call: &Call,
    relative: bool,
    body: &Bytes,
) {
    if view.still {
        let origin = (relative || view.relative).then_some(call.origin);
        let ready = Ready { rules, settings: call.settings.clone(), origin, body: body.clone() };
        READY.put(sample, Arc::new(ready));
    }
}
