//! A cache of rendered results that neither the queue nor the clock can change.

use std::sync::{Arc, Weak};

use bytes::Bytes;
use jiff::Timestamp;

use super::report::RenderedResult;
use super::view::CoreView;
use crate::samples::{NewestDefinitions, Rule, Sample};
use crate::settings::Settings;
use crate::vendors::Call;
use crate::vendors::views::{Views, Weigh};

/// The body of a sample's most recent result, and the state for which it is valid. That state belongs to a world, and the cache
/// must not keep it when the world is removed or reset: it takes more memory than the body, and is not part of the weight.
#[derive(Debug)]
struct CachedBody {
    rules: Weak<Vec<Rule>>,
    settings: Weak<Settings>,
    /// `None` if the body has no relative times, so that it is valid for every origin.
    origin: Option<Timestamp>,
    /// `None` if no definitions elsewhere matter for the body.
    newest: Option<Weak<NewestDefinitions>>,
    body: Bytes,
}

impl Weigh for CachedBody {
    fn weight(&self) -> u64 {
        (size_of::<Self>() + self.body.len()) as u64
    }
}

/// Some ten thousand fit.
static BODIES: Views<CachedBody> = Views::new(24 << 20);

/// The cached body of the most recent result, if the rules, settings and origin are still the same.
pub(super) fn get(sample: &Sample, call: &Call) -> Option<Bytes> {
    let cached = BODIES.cached(sample)?;
    // Each of these is replaced as a whole when it changes. The address of a dropped one is not used again while there is a `Weak`.
    let valid = is_same(&cached.rules, &call.state.rules.load())
        && is_same(&cached.settings, &call.settings)
        && cached.origin.is_none_or(|origin| origin == call.origin)
        && cached.newest.as_ref().is_none_or(|newest| is_same(newest, &call.state.definitions()));
    valid.then(|| cached.body.clone())
}

fn is_same<T>(cached: &Weak<T>, current: &Arc<T>) -> bool {
    std::ptr::eq(cached.as_ptr(), Arc::as_ptr(current))
}

/// Caches the body of the most recent result, if the clock cannot change it. The caller has checked that for the rule.
pub(super) fn put(
    (sample, view): (&Sample, &CoreView),
    rules: &Arc<Vec<Rule>>,
    call: &Call,
    rendered: &RenderedResult,
) {
    let RenderedResult { body, is_relative, newest } = rendered;
    if view.still && newest.as_ref().is_none_or(|newest| !newest.can_change()) {
        let origin = (*is_relative || view.relative).then_some(call.origin);
        let cached = CachedBody {
            rules: Arc::downgrade(rules),
            settings: Arc::downgrade(&call.settings),
            origin,
            newest: newest.as_ref().map(Arc::downgrade),
            body: body.clone(),
        };
        BODIES.put(sample, Arc::new(cached));
    }
}
