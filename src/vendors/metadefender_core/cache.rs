//! A cache of rendered results that neither the queue nor the clock can change.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::view::CoreView;
use crate::samples::{Rule, Sample};
use crate::settings::Settings;
use crate::vendors::Call;
use crate::vendors::views::{Views, Weigh};

/// The body of a sample's most recent result, and the state for which it is valid.
#[derive(Debug)]
struct CachedBody {
    rules: Arc<Vec<Rule>>,
    settings: Arc<Settings>,
    /// `None` if the body has no relative times, so that it is valid for every origin.
    origin: Option<Timestamp>,
    body: Bytes,
}

impl Weigh for CachedBody {
    fn weight(&self) -> u64 {
        (size_of::<Self>() + self.body.len()) as u64
    }
}

static BODIES: Views<CachedBody> = Views::new();

/// The cached body of the most recent result, if the rules, settings and origin are still the same.
pub(super) fn get(sample: &Sample, call: &Call) -> Option<Bytes> {
    let cached = BODIES.cached(sample)?;
    let valid = Arc::ptr_eq(&cached.rules, &call.state.rules.load())
        && Arc::ptr_eq(&cached.settings, &call.settings)
        && cached.origin.is_none_or(|origin| origin == call.origin);
    valid.then(|| cached.body.clone())
}

/// Caches the body of the most recent result, if it depends on the sample alone. The caller has checked that for the
/// rule; `relative` says whether the settings have times that are relative to the origin.
pub(super) fn put(
    (sample, view): (&Sample, &CoreView),
    rules: Arc<Vec<Rule>>,
    call: &Call,
    relative: bool,
    body: &Bytes,
) {
    if view.still {
        let origin = (relative || view.relative).then_some(call.origin);
        let cached = CachedBody { rules, settings: call.settings.clone(), origin, body: body.clone() };
        BODIES.put(sample, Arc::new(cached));
    }
}
