//! The uploads of a world. The oldest are forgotten once there are more than the settings allow.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{derived, hex};
use crate::samples::upload::{self, Arrival, Content, Receipt, UploadId};
use crate::samples::{Hash, HashKind, Hashes, Key, Progress, Sample, Scan};
use crate::worlds::OwnSample;

/// The number of uploads of one file that are kept.
const MAX_PER_FILE: usize = 100;

/// The kinds of hash by which a known sample is looked for, the strongest first.
pub(crate) const STRONGEST_FIRST: [HashKind; 4] =
    [HashKind::Sha256, HashKind::Sha512, HashKind::Sha1, HashKind::Md5];

/// What the outcome of an upload depends on, besides the file.
#[derive(Debug)]
pub struct UploadContext<'a> {
    /// The sample that the world has of the file.
    pub known: Option<Arc<Sample>>,
    /// The name of the default rule.
    pub default_rule: Option<&'a str>,
    /// The text of [`upload::VERDICTS`].
    pub verdicts: &'a str,
    /// The value of [`upload::CAPACITY`].
    pub capacity: u64,
}

/// The uploads of one world, and their samples.
#[derive(Debug, Default)]
pub struct Uploads {
    // Most worlds have no uploads; then a look-up takes no lock.
    any: AtomicBool,
    contents: Mutex<Contents>,
}

#[derive(Debug, Default)]
struct Contents {
    samples: HashMap<Key, Entry>,
    by_hash: HashMap<Hash, Key>,
    by_id: HashMap<String, (u64, Key)>,
    /// Identifiers, oldest first; some may be forgotten already.
    order: VecDeque<String>,
    taken: u64,
    /// Samples that changed since the last call of [`Uploads::changed`].
    changed: HashSet<Key>,
}

/// An uploaded sample as it is persisted.
#[derive(Debug, Serialize, Deserialize)]
pub struct UploadEntry {
    /// How often the file was uploaded.
    times: u64,
    /// The number of uploads of the world when this was written.
    taken: u64,
    /// The uploads that are not forgotten: the position of each among all uploads of the world, and its identifier.
    uploads: Vec<(u64, String)>,
    sample: Arc<Sample>,
}

#[derive(Debug)]
struct Entry {
    own: OwnSample,
    /// How often the file was uploaded.
    times: u64,
}

impl Entry {
    fn sample(&self) -> &Arc<Sample> {
        self.own.get()
    }
}

impl Uploads {
    /// The sample that has this hash, if it was uploaded.
    #[must_use]
    pub fn find(&self, hash: &Hash) -> Option<Arc<Sample>> {
        self.any().then(|| self.contents().find(hash)).flatten()
    }

    /// The sample of an upload.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<Arc<Sample>> {
        if !self.any() {
            return None;
        }
        let contents = self.contents();
        let (_, key) = contents.by_id.get(id)?;
        contents.samples.get(key).map(|entry| entry.sample().clone())
    }

    /// Every sample that was uploaded, in the order of their hashes.
    #[must_use]
    pub fn samples(&self) -> Vec<Arc<Sample>> {
        let mut samples: Vec<_> =
            self.contents().samples.values().map(|entry| entry.sample().clone()).collect();
        samples.sort_by_key(|sample| sample.key());
        samples
    }

    /// Adds an upload. A known file gets one more scan with the same result; `scans` returns the present scans of a sample.
    pub fn take(
        &self,
        content: &Content,
        arrival: Arrival,
        context: UploadContext<'_>,
        scans: impl FnOnce(&Sample) -> Vec<Scan>,
    ) -> Receipt {
        let mut contents = self.contents();
        // The same file may have been uploaded since the caller looked it up.
        let known = STRONGEST_FIRST.into_iter().find_map(|kind| contents.find(&content.hashes.get(kind)));
        let known = known.or(context.known);
        let hashes = upload::uploaded_hashes(known.as_deref(), content);
        let key = hashes.sha256;
        let times = contents.samples.get(&key).map_or(0, |entry| entry.times) + 1;
        // Derived rather than random, so that the same uploads get the same identifiers in every run.
        let id = hex(&derived(&[&key[..], &times.to_be_bytes()].concat(), "upload")[..16]);
        let name = arrival.name.clone().unwrap_or_else(|| hex(&key));
        let upload_id = UploadId { id: &id, name };
        let sample = match &known {
            Some(known) => {
                let scans = scans(known);
                upload::rescanned_sample(known, hashes, scans, context.default_rule, arrival, upload_id)
            }
            None => upload::new_sample(content, context.verdicts, arrival, upload_id),
        };
        let sample = Arc::new(sample);
        contents.put(sample.clone(), times);
        contents.taken += 1;
        let number = contents.taken;
        contents.by_id.insert(id.clone(), (number, key));
        contents.order.push_back(id.clone());
        contents.trim(&key, usize::try_from(context.capacity).unwrap_or(usize::MAX));
        self.any.store(true, Ordering::Release);
        Receipt { id, number, sample }
    }

    /// The number of an upload of something else than a file, which no later upload has.
    #[must_use]
    pub fn take_number(&self) -> u64 {
        let mut contents = self.contents();
        contents.taken += 1;
        contents.taken
    }

    /// Keeps `number` from being given to another upload.
    pub fn reserve(&self, number: u64) {
        let mut contents = self.contents();
        contents.taken = contents.taken.max(number);
    }

    /// Ends the unfinished scans of uploads of a sample at `now`; returns their number.
    pub fn finish(&self, key: &Key, now: Timestamp) -> usize {
        if !self.any() {
            return 0;
        }
        let mut contents = self.contents();
        let Some(entry) = contents.samples.get_mut(key) else { return 0 };
        let mut scans = entry.sample().scans.clone();
        let mut ended = 0;
        for scan in scans.iter_mut().filter(|scan| scan.cause.upload().is_some()) {
            if !scan.is_done(now, None, now) {
                // A scan that takes until now is done from now on, also after a restart.
                let took = now.duration_since(scan.at.resolve(now)).as_millis();
                scan.progress = Progress::Takes(i64::try_from(took.max(0)).unwrap_or(i64::MAX));
                ended += 1;
            }
        }
        if ended > 0 {
            entry.own = OwnSample::new(Arc::new(entry.sample().with_scans(scans)));
            contents.changed.insert(*key);
        }
        ended
    }

    /// Forgets the uploads of every sample that shares a hash with `hashes`.
    pub fn forget(&self, hashes: &Hashes) {
        if self.any() {
            let mut contents = self.contents();
            for hash in hashes.all() {
                if let Some(key) = contents.by_hash.get(&hash).copied() {
                    contents.remove(&key);
                }
            }
        }
    }

    /// The samples that changed since the last call.
    #[must_use]
    pub fn changed(&self) -> HashSet<Key> {
        if self.any() { std::mem::take(&mut self.contents().changed) } else { HashSet::new() }
    }

    /// The persisted form of an uploaded sample.
    #[must_use]
    pub fn entry(&self, key: &Key) -> Option<UploadEntry> {
        let contents = self.contents();
        let Entry { own, times } = contents.samples.get(key)?;
        let sample = own.get();
        let ids = sample.scans.iter().filter_map(|scan| scan.cause.upload()).map(|upload| &upload.id);
        let uploads = ids.filter_map(|id| Some((contents.by_id.get(id)?.0, id.clone()))).collect();
        Some(UploadEntry { times: *times, taken: contents.taken, uploads, sample: sample.clone() })
    }

    /// Restores all persisted uploads.
    pub fn restore(&self, entries: Vec<UploadEntry>) {
        let mut contents = self.contents();
        let mut order = Vec::new();
        for UploadEntry { times, taken, uploads, sample } in entries {
            contents.taken = contents.taken.max(taken);
            for (number, id) in uploads {
                contents.by_id.insert(id.clone(), (number, sample.key()));
                order.push((number, id));
            }
            contents.put(sample, times);
        }
        // Entries come by sample; identifiers are forgotten in the order of the uploads.
        order.sort_unstable();
        contents.order = order.into_iter().map(|(_, id)| id).collect();
        // What was just read need not be written again.
        contents.changed.clear();
        self.any.store(!contents.samples.is_empty(), Ordering::Release);
    }

    fn any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    fn find(&self, hash: &Hash) -> Option<Arc<Sample>> {
        let key = self.by_hash.get(hash)?;
        self.samples.get(key).map(|entry| entry.sample().clone())
    }

    fn put(&mut self, sample: Arc<Sample>, times: u64) {
        let key = sample.key();
        self.changed.insert(key);
        self.by_hash.extend(sample.hashes.all().map(|hash| (hash, key)));
        self.samples.insert(key, Entry { own: OwnSample::new(sample), times });
    }

    /// Forgets the oldest uploads of `key` beyond [`MAX_PER_FILE`], and the oldest of all uploads beyond `capacity`.
    fn trim(&mut self, key: &Key, capacity: usize) {
        let of_one = |entry: &Entry| {
            let mut ids = entry.sample().scans.iter().filter_map(|scan| scan.cause.upload());
            let oldest = ids.next().map(|upload| upload.id.clone());
            // `next` has taken one already.
            oldest.filter(|_| ids.count() >= MAX_PER_FILE)
        };
        while let Some(id) = self.samples.get(key).and_then(of_one) {
            self.forget(&id);
        }
        while self.by_id.len() > capacity {
            let Some(id) = self.order.pop_front() else { break };
            self.forget(&id);
        }
        // Uploads that were forgotten out of order must not accumulate here.
        if self.order.len() > 2 * self.by_id.len() + MAX_PER_FILE {
            self.order.retain(|id| self.by_id.contains_key(id));
        }
    }

    /// Forgets one upload, and the sample if that was its last upload.
    fn forget(&mut self, id: &str) {
        let Some((_, key)) = self.by_id.remove(id) else { return };
        self.changed.insert(key);
        let Some(entry) = self.samples.get_mut(&key) else { return };
        let is_it = |scan: &Scan| scan.cause.upload().is_some_and(|upload| upload.id == id);
        let scans: Vec<Scan> = entry.sample().scans.iter().filter(|scan| !is_it(scan)).cloned().collect();
        if scans.iter().any(|scan| scan.cause.upload().is_some()) {
            entry.own = OwnSample::new(Arc::new(entry.sample().with_scans(scans)));
        } else {
            self.remove(&key);
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.samples.remove(key) {
            self.changed.insert(*key);
            for hash in entry.sample().hashes.all() {
                // A later upload may have the hash by now.
                if self.by_hash.get(&hash) == Some(key) {
                    self.by_hash.remove(&hash);
                }
            }
            for upload in entry.sample().scans.iter().filter_map(|scan| scan.cause.upload()) {
                self.by_id.remove(&upload.id);
            }
        }
    }
}
