//! The newest definitions of engines in a world: those of the fixtures, and of the world's own samples.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::State;
use super::additions::Version;
use crate::samples::{Key, NewestDefinitions};

/// What was computed for the world's samples as they were last.
pub(super) type Cached = ArcSwapOption<(Version, Arc<NewestDefinitions>)>;

impl State {
    /// The newest definitions of engines. The value is the same, by its address, until the world's samples change in a way
    /// that matters for it, so that replies can be cached by it. Worlds that change nothing in it share one value.
    #[must_use]
    pub(crate) fn definitions(&self) -> Arc<NewestDefinitions> {
        if self.overlay.load().is_empty() {
            return self.base.definitions.clone();
        }
        if let Some(cached) = &*self.definitions.load()
            && self.is_at(&cached.0)
        {
            return cached.1.clone();
        }
        let version = self.version();
        let own = version.overlay();
        let mut shown = NewestDefinitions::default();
        own.samples().for_each(|sample| shown.add(sample));
        // A sample of the world's own replaces the shared one of the same file.
        let is_gone = |key: &Key| own.hides(key) || own.numbered(key).is_some();
        let newest = match self.base.definitions.samples().any(is_gone) || !shown.is_empty() {
            true => {
                let mut newest = NewestDefinitions::clone(&self.base.definitions);
                newest.retain(|key| !is_gone(key));
                newest.extend(shown);
                Arc::new(newest)
            }
            false => self.base.definitions.clone(),
        };
        self.definitions.store(Some(Arc::new((version, newest.clone()))));
        newest
    }
}
