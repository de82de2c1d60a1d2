//! The samples of a world: what was uploaded, before its own, before those that all worlds share.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::State;
use crate::samples::upload::{self, Content};
use crate::samples::{Arrival, Hash, Hashes, Key, Receipt, Sample};
use crate::settings::{Pace, Settings};
use crate::store::{ChangedPart, StoreError};
use crate::worlds::{Instant, STRONGEST_FIRST, SampleOverlay, UploadContext, UrlUpload};

/// From this size on a file is hashed on a blocking thread, so that other requests go on.
const LARGE: usize = 256 * 1024;

impl State {
    /// The sample that has this hash, in this world.
    ///
    /// # Errors
    /// The store refuses.
    pub fn find(&self, hash: &Hash) -> Result<Option<Arc<Sample>>, StoreError> {
        self.find_under(&self.overlay.load(), hash)
    }

    /// The samples of these hashes, in this world, in their order; `None` where there is no hash.
    ///
    /// # Errors
    /// The store refuses.
    pub fn find_all(&self, hashes: &[Option<Hash>]) -> Result<Vec<Option<Arc<Sample>>>, StoreError> {
        let own = self.overlay.load();
        let mut found = Vec::with_capacity(hashes.len());
        for hash in hashes {
            found.push(match hash {
                Some(hash) => self.find_under(&own, hash)?,
                None => None,
            });
        }
        Ok(found)
    }

    /// The sample of a hash in this world, which has these samples of its own.
    fn find_under(&self, own: &SampleOverlay, hash: &Hash) -> Result<Option<Arc<Sample>>, StoreError> {
        if let Some(sample) = self.uploads.find(hash) {
            return Ok(Some(sample));
        }
        if let Some(sample) = own.find(hash) {
            return Ok(Some(sample.clone()));
        }
        Ok(self.base.index.find(hash)?.filter(|sample| !own.hides(&sample.key())))
    }

    /// Every sample that some API may know by this name. Each API decides which of them it knows.
    ///
    /// # Errors
    /// The store refuses.
    pub fn named(&self, name: &str) -> Result<Vec<Arc<Sample>>, StoreError> {
        if let Some(sample) = self.uploads.by_id(name) {
            return Ok(vec![sample]);
        }
        let mut samples: Vec<_> = self.overlay.load().samples().cloned().collect();
        for shared in self.base.index.named(name)? {
            // The world may have replaced it, or taken it away.
            samples.extend(self.find(&Hash::Sha256(shared.key()))?);
        }
        Ok(samples)
    }

    /// The samples that this world alone has, as they have become by uploads.
    #[must_use]
    pub fn own_samples(&self) -> Vec<Arc<Sample>> {
        let uploaded = self.uploads.samples();
        let own = self.overlay.load();
        let keys: HashSet<Key> = uploaded.iter().map(|sample| sample.key()).collect();
        own.samples().filter(|sample| !keys.contains(&sample.key())).chain(&uploaded).cloned().collect()
    }

    /// The sample with this hash that this world alone has.
    #[must_use]
    pub fn own_sample(&self, hash: &Hash) -> Option<Arc<Sample>> {
        self.uploads.find(hash).or_else(|| self.overlay.load().find(hash).cloned())
    }

    /// Takes a sample away from this world. Call it in [`super::World::change`].
    pub fn remove(&self, sample: &Sample) {
        self.forget_uploads(&sample.hashes);
        self.change_overlay(|own| own.remove(sample));
    }

    /// Changes the world's own samples, in one step.
    pub fn change_overlay(&self, act: impl Fn(&mut SampleOverlay)) {
        let old = self.overlay.rcu(|old| {
            let mut own = SampleOverlay::clone(old);
            act(&mut own);
            own
        });
        self.mark_overlay(&old, None);
    }

    /// Marks its own samples that are not as in `old`, and `more`, in one step.
    pub(super) fn mark_overlay(&self, old: &SampleOverlay, more: Option<ChangedPart>) {
        if let Some(change_log) = &self.base.change_log
            && !self.is_scratch
        {
            let differing = self.overlay.load().differing(old);
            let samples = differing.into_iter().map(ChangedPart::Sample);
            change_log.mark_all(&self.world, samples.chain(more));
        }
    }

    /// Forgets the uploads of every sample that shares a hash with `hashes`.
    pub fn forget_uploads(&self, hashes: &Hashes) {
        self.uploads.forget(hashes);
        self.mark_uploads();
    }

    /// Marks the uploaded samples that changed.
    pub(super) fn mark_uploads(&self) {
        self.uploads.changed().into_iter().for_each(|key| self.mark(|| ChangedPart::Upload(key)));
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
        for kind in STRONGEST_FIRST {
            if known.is_none() {
                known = self.find(&content.hashes.get(kind))?;
            }
        }
        let rules = self.rules.load_full();
        let context = UploadContext {
            known,
            default_rule: rules.first().map(|rule| rule.name.as_str()),
            verdicts: settings.get(&upload::VERDICTS),
            capacity: settings.get(&upload::CAPACITY),
        };
        let (api, at) = (arrival.api, arrival.at);
        let receipt =
            self.uploads.take(&content, arrival, context, |sample| self.scans(sample, at).into_owned());
        self.mark_uploads();
        // It may have been taken away from the API before.
        let key = receipt.sample.key();
        if self.holds(&key, api, at).is_some() {
            self.send(&key, api, Instant(Some(at)));
        }
        Ok(receipt)
    }
}

impl State {
    /// Takes a URL from which `api` would fetch a file: nothing is fetched, and `sample` is what is there. Returns the number
    /// among all uploads of the world.
    pub fn upload_url(
        &self,
        api: &'static str,
        url: String,
        sample: Option<&Sample>,
        arrival: (Timestamp, Pace),
    ) -> u64 {
        let (at, pace) = arrival;
        let done = Instant::after(at, pace);
        if let Some(sample) = sample {
            self.send(&sample.key(), api, done);
        }
        let number = self.uploads.take_number();
        let capacity = self.settings.load().get(&upload::CAPACITY);
        self.urls.put(number, UrlUpload { url, at, done, sample: sample.map(Sample::key) }, capacity);
        self.urls.changed().into_iter().for_each(|number| self.mark(|| ChangedPart::UrlUpload(number)));
        number
    }
}

async fn read(file: &Bytes) -> Content {
    if file.len() < LARGE {
        return Content::of(file);
    }
    let bytes = file.clone();
    match tokio::task::spawn_blocking(move || Content::of(&bytes)).await {
        Ok(content) => content,
        // The runtime refuses such work only while the server stops.
        Err(_) => Content::of(file),
    }
}
