//! A cache of rendered results that neither the queue nor the clock can change.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::report::RenderedResult;
use super::view::CoreView;
use crate::samples::{NewestDefinitions, Rule, Sample};
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
    /// `None` if no definitions elsewhere matter for the body.
    newest: Option<Arc<NewestDefinitions>>,
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
    // Each of these is replaced as a whole when it changes. The cache keeps the old one, so its address is not used
    // again.
    let valid = Arc::ptr_eq(&cached.rules, &call.state.rules.load())
        && Arc::ptr_eq(&cached.settings, &call.settings)
        && cached.origin.is_none_or(|origin| origin == call.origin)
        && cached.newest.as_ref().is_none_or(|newest| Arc::ptr_eq(newest, &call.state.definitions()));
    valid.then(|| cached.body.clone())
}

/// Caches the body of the most recent result, if the clock cannot change it. The caller has checked that for the rule.
pub(super) fn put(
    (sample, view): (&Sample, &CoreView),
    rules: Arc<Vec<Rule>>,
    call: &Call,
    rendered: &RenderedResult,
) {
    let RenderedResult { body, is_relative, newest } = rendered;
    if view.still && newest.as_ref().is_none_or(|newest| !newest.can_change()) {
        let origin = (*is_relative || view.relative).then_some(call.origin);
        let (body, newest) = (body.clone(), newest.clone());
        let cached = CachedBody { rules, settings: call.settings.clone(), origin, newest, body };
        BODIES.put(sample, Arc::new(cached));
    }
}
