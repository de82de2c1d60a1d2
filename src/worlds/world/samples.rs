//! The samples of a world: what was uploaded, before its own, before those that all worlds share.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;

use super::State;
use crate::samples::upload;
use crate::samples::upload::Content;
use crate::samples::{Arrival, Hash, Hashes, Key, Receipt, Sample};
use crate::settings::Settings;
use crate::store::StoreError;
use crate::store::What;
use crate::worlds::Own;
use crate::worlds::{SURE_FIRST, Surroundings};

/// From this size on a file is hashed apart from the requests of others.
const LARGE: usize = 256 * 1024;

impl State {
    /// The sample that has this hash, in this world.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn find(&self, hash: &Hash) -> Result<Option<Arc<Sample>>, StoreError> {
        if let Some(sample) = self.uploads.find(hash) {
            return Ok(Some(sample));
        }
        let own = self.own.load();
        if let Some(sample) = own.find(hash) {
            return Ok(Some(sample.clone()));
        }
        let hidden = if own.is_empty() { None } else { Some(Arc::clone(&own)) };
        drop(own);
        let shared = self.base.shelf.find(hash).await?;
        Ok(shared.filter(|sample| hidden.is_none_or(|own| !own.hides(&sample.key()))))
    }

    /// Every sample that some API may know by this name; which of them does is for the API to say.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn named(&self, name: &str) -> Result<Vec<Arc<Sample>>, StoreError> {
        if let Some(sample) = self.uploads.by_id(name) {
            return Ok(vec![sample]);
        }
        let mut samples: Vec<_> = self.own.load().samples().cloned().collect();
        for shared in self.base.shelf.named(name).await? {
            // The world may have replaced it, or taken it away.
            samples.extend(self.find(&Hash::Sha256(shared.key())).await?);
        }
        Ok(samples)
    }

    /// The samples that this world alone has, as they have become by uploads.
    #[must_use]
    pub fn own_samples(&self) -> Vec<Arc<Sample>> {
        let uploaded = self.uploads.samples();
        let own = self.own.load();
        let keys: HashSet<Key> = uploaded.iter().map(|sample| sample.key()).collect();
        own.samples().filter(|sample| !keys.contains(&sample.key())).chain(&uploaded).cloned().collect()
    }

    /// The sample with this hash that this world alone has.
    #[must_use]
    pub fn own_sample(&self, hash: &Hash) -> Option<Arc<Sample>> {
        self.uploads.find(hash).or_else(|| self.own.load().find(hash).cloned())
    }

    /// Takes a sample away from this world. Call it in [`super::World::change`].
    pub fn remove(&self, sample: &Sample) {
        self.forget_uploads(&sample.hashes);
        self.change_own(|own| own.remove(sample));
    }

    /// Changes the world's own samples, in one step.
    pub fn change_own(&self, act: impl Fn(&mut Own)) {
        let old = self.own.rcu(|old| {
            let mut own = Own::clone(old);
            act(&mut own);
            own
        });
        self.mark_own(&old);
    }

    /// Marks its own samples that are not as in `old`.
    pub(super) fn mark_own(&self, old: &Own) {
        if self.base.keeper.is_some() {
            let differing = self.own.load().differing(old);
            differing.into_iter().for_each(|key| self.mark(|| What::Sample(key)));
        }
    }

    /// Forgets the uploads of every sample that shares a hash with `hashes`.
    pub fn forget_uploads(&self, hashes: &Hashes) {
        self.uploads.forget(hashes);
        self.mark_uploads();
    }

    /// Marks the uploaded samples that changed.
    pub(super) fn mark_uploads(&self) {
        self.uploads.changed().into_iter().for_each(|key| self.mark(|| What::Upload(key)));
    }

    /// Takes a file, which becomes a sample, or a known one with one more scan.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn upload(
        &self,
        file: &Bytes,
        arrival: Arrival,
        settings: &Settings,
    ) -> Result<Receipt, StoreError> {
        let content = read(file).await;
        let mut known = None;
        for kind in SURE_FIRST {
            if known.is_none() {
                known = self.find(&content.hashes.get(kind)).await?;
            }
        }
        let rules = self.rules.load_full();
        let around = Surroundings {
            known,
            default_rule: rules.first().map(|rule| rule.name.as_str()),
            verdicts: settings.get(&upload::VERDICTS),
            kept: settings.get(&upload::KEPT),
        };
        let at = arrival.at;
        let receipt =
            self.uploads.take(&content, arrival, around, |sample| self.scans(sample, at).into_owned());
        self.mark_uploads();
        Ok(receipt)
    }
}

async fn read(file: &Bytes) -> Content {
    if file.len() < LARGE {
        return Content::of(file);
    }
    let bytes = file.clone();
    match tokio::task::spawn_blocking(move || Content::of(&bytes)).await {
        Ok(content) => content,
        // Only a server that is stopping takes no more work.
        Err(_) => Content::of(file),
    }
}
