//! What a sample is: facts that no vendor owns, and what each vendor alone says of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{EngineResult, Engines, FileType, Hashes, Verdict, derive};
use crate::document::TimeSpec;

/// What one vendor alone says, by the API's fixture key (`spectra_analyze`); the API defines its shape.
pub(crate) type Overlays = BTreeMap<String, Value>;

/// A file that the emulated services may know.
#[derive(Debug, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Sample {
    /// The file's name.
    pub name: String,
    /// Its hashes, complete: what no fixture gave was derived.
    pub hashes: Hashes,
    /// Size in bytes.
    pub size: u64,
    /// What kind of file it is.
    pub file_type: Arc<FileType>,
    /// The scans it went through, oldest first; never empty.
    pub scans: Vec<Scan>,
    /// The files that were found inside it, by SHA-256, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Child>,
    /// What rescans change, one entry for each, in order. What the last one says stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_many")]
    pub after_rescan: Vec<AfterRescan>,
    /// What one vendor alone says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overlays: Overlays,
    /// The fixture set or world that brought it; for reports.
    #[serde(default)]
    pub origin: Arc<str>,
    /// Tells this value apart from every other one in the process, other versions of the same file included.
    #[serde(skip)]
    pub identity: Identity,
}

/// A file inside an archive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Child {
    /// SHA-256 in lower case.
    pub sha256: String,
    /// Its path inside the archive as the products show it, where it is not just its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What one vendor alone says of it in this place.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overlays: Overlays,
}

/// One scan of a sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    /// When it began.
    pub at: TimeSpec,
    /// The rule (workflow) under which it ran; `None` is the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What it found, or will have found once it is done.
    pub verdict: Verdict,
    /// The name of the threat; empty where there is none.
    #[serde(default)]
    pub threat: String,
    /// Each engine's result, in the order in which replies list them.
    #[serde(default, skip_serializing_if = "Engines::is_derived")]
    pub engines: Engines,
    /// Whether it is done.
    #[serde(default, skip_serializing_if = "Progress::is_done")]
    pub progress: Progress,
    /// What one vendor alone says of this scan.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overlays: Overlays,
    /// How it came about.
    #[serde(default, skip_serializing_if = "Cause::is_fixture")]
    pub cause: Cause,
}

/// How a scan came about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A fixture has it.
    #[default]
    Fixture,
    /// A rescan found something else than before.
    Rescan,
    /// The file was uploaded.
    Upload(Upload),
}

impl Cause {
    /// The upload, if it is one.
    #[must_use]
    pub fn upload(&self) -> Option<&Upload> {
        match self {
            Self::Upload(upload) => Some(upload),
            Self::Fixture | Self::Rescan => None,
        }
    }

    fn is_fixture(&self) -> bool {
        *self == Self::Fixture
    }
}

/// One upload of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Upload {
    /// Its identifier: 32 hex digits, derived from the file and from how often the world received it.
    pub id: String,
    /// The API that took it, by name.
    pub api: String,
    /// The file's name as it was given.
    pub name: String,
    /// The client, as it names itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// Identifies a scan within its sample. It stays the same when later scans are added or forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordinal<'a> {
    /// Its place: the scans of the fixture count from 0, what rescans found comes after them.
    Place(usize),
    /// The identifier of its upload.
    Id(&'a str),
}

/// Whether a scan is done, and if not, until when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Done.
    #[default]
    Done,
    /// Running until it is ended through the admin API.
    #[serde(alias = "until-told")]
    UntilEnded,
    /// Running for this many milliseconds from its beginning, unless it is ended earlier through the admin API.
    Takes(i64),
}

impl Progress {
    fn is_done(&self) -> bool {
        *self == Self::Done
    }

    /// When a scan that began at `began` is (or was) done, if that is known: `ended` is when it was ended through the admin API.
    pub(super) fn done_at(self, began: Timestamp, ended: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Self::Done => Some(began),
            Self::UntilEnded => ended,
            Self::Takes(ms) => {
                let end = began.saturating_add(SignedDuration::from_millis(ms)).unwrap_or(Timestamp::MAX);
                Some(ended.map_or(end, |ended| ended.min(end)))
            }
        }
    }
}

/// What one rescan or reanalysis changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AfterRescan {
    /// The verdict from then on.
    pub verdict: Verdict,
    /// The threat's name from then on; empty where there is none.
    #[serde(default)]
    pub threat: String,
    /// Milliseconds from the request to the change; without it, the change comes when the analysis ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_ms: Option<i64>,
    /// The API by which the rescan must be asked for, by its name; any without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Reads a list, or the single entry that earlier versions stored.
fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<AfterRescan>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(AfterRescan),
        Many(Vec<AfterRescan>),
    }
    Ok(match OneOrMany::deserialize(from)? {
        OneOrMany::One(entry) => vec![entry],
        OneOrMany::Many(entries) => entries,
    })
}

impl Scan {
    /// When the scan is (or was) done, if that is known: `ended` is when it was ended through the admin API.
    #[must_use]
    pub fn done_at(&self, origin: Timestamp, ended: Option<Timestamp>) -> Option<Timestamp> {
        let began = self.at.resolve(origin);
        // An upload that was ended by hand holds its own end: an end before it arrived does not count.
        let ended = ended.filter(|_| self.cause.upload().is_none());
        self.progress.done_at(began, ended)
    }

    /// Whether the scan is done at `now`.
    #[must_use]
    pub fn is_done(&self, origin: Timestamp, ended: Option<Timestamp>, now: Timestamp) -> bool {
        self.progress.is_done() || self.done_at(origin, ended).is_some_and(|end| end <= now)
    }
}

impl Sample {
    /// SHA-256, which identifies the sample everywhere.
    #[must_use]
    pub fn key(&self) -> [u8; 32] {
        self.hashes.sha256
    }

    /// The import hash, which PE files alone have: the given one, else one that is derived from the SHA-256.
    #[must_use]
    pub fn imphash(&self) -> Option<[u8; 16]> {
        let derived = || derive::imphash(&self.hashes.sha256);
        self.file_type.is_pe().then(|| self.hashes.imphash.unwrap_or_else(derived))
    }

    /// Completes a sample that was stored: engines' results that were left out follow from the rest of it.
    pub(crate) fn derive_engines(&mut self) {
        let seed = self.key();
        for scan in self.scans.iter_mut().filter(|scan| scan.engines.are_left_out()) {
            scan.engines = Engines::derived(seed, scan.verdict, &scan.threat, scan.at);
        }
    }

    /// About how many bytes it takes in memory.
    #[must_use]
    pub(crate) fn weight(&self) -> u64 {
        // Derived results count before they exist: a cache weighs a sample once, and they may be made later.
        let engines = |scan: &Scan| if scan.engines.is_derived() { 8 } else { scan.engines.len() };
        let scan = |scan: &Scan| size_of::<Scan>() + engines(scan) * (size_of::<EngineResult>() + 32);
        let said = if self.overlays.is_empty() { 0 } else { 1024 };
        let scans: usize = self.scans.iter().map(scan).sum();
        (size_of::<Self>() + said + scans + self.children.len() * (size_of::<Child>() + 64)) as u64
    }

    /// The same sample with other scans: another value with an identity of its own.
    #[must_use]
    pub fn with_scans(&self, scans: Vec<Scan>) -> Self {
        Self {
            name: self.name.clone(),
            hashes: self.hashes.clone(),
            size: self.size,
            file_type: self.file_type.clone(),
            scans,
            children: self.children.clone(),
            after_rescan: self.after_rescan.clone(),
            overlays: self.overlays.clone(),
            origin: self.origin.clone(),
            identity: Identity::default(),
        }
    }

    /// Identifies the scan at `place`, which may be one that is still to be added.
    #[must_use]
    pub fn ordinal(&self, place: usize) -> Ordinal<'_> {
        let before = &self.scans[..place.min(self.scans.len())];
        match self.scans.get(place).map(|scan| &scan.cause) {
            Some(Cause::Fixture) => Ordinal::Place(place),
            Some(Cause::Upload(upload)) => Ordinal::Id(&upload.id),
            // Uploads are not counted, since the oldest are forgotten.
            Some(Cause::Rescan) | None => {
                Ordinal::Place(self.fixture_scans() + rescans(before) + place - before.len())
            }
        }
    }

    /// How many of the scans are what rescans found.
    #[must_use]
    pub fn rescans(&self) -> usize {
        rescans(&self.scans)
    }

    /// How many of the scans are the fixture's; they are the first ones.
    #[must_use]
    pub fn fixture_scans(&self) -> usize {
        self.scans.iter().take_while(|scan| scan.cause == Cause::Fixture).count()
    }

    /// Whether the file was uploaded by way of `api`.
    #[must_use]
    pub fn was_uploaded_to(&self, api: &str) -> bool {
        self.scans.iter().filter_map(|scan| scan.cause.upload()).any(|upload| upload.api == api)
    }

    /// What the API with this fixture key alone says, as `T`, which the fixture's shape has made readable.
    /// The default where it says nothing.
    #[must_use]
    pub fn overlay<T: serde::de::DeserializeOwned + Default>(&self, key: &str) -> T {
        read_overlay(&self.overlays, key)
    }
}

impl Serialize for Sample {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, out)
    }
}

impl<'de> Deserialize<'de> for Sample {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // The derived function of `serde(remote)`, which knows one field at a time; engines follow from several.
        let mut sample = Self::deserialize(from)?;
        sample.derive_engines();
        Ok(sample)
    }
}

fn rescans(scans: &[Scan]) -> usize {
    scans.iter().filter(|scan| scan.cause == Cause::Rescan).count()
}

/// One API's part of some overlays as `T`; the default where it says nothing.
#[must_use]
pub(crate) fn read_overlay<T: serde::de::DeserializeOwned + Default>(overlays: &Overlays, key: &str) -> T {
    overlays.get(key).and_then(|value| T::deserialize(value).ok()).unwrap_or_default()
}

/// A number that no other sample in the process has, for caches of what follows from a sample.
#[derive(Debug, PartialEq, Eq)]
pub struct Identity(Option<u64>);

impl Default for Identity {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // Relaxed: only the number must be unique, it orders nothing else.
        Self(Some(NEXT.fetch_add(1, Ordering::Relaxed)))
    }
}

impl Identity {
    /// That of a sample which is used once, so that nothing that follows from it needs to be cached.
    pub const PASSING: Self = Self(None);

    /// The number; `None` for a sample that is used once.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_ends_by_the_clock_or_when_it_is_ended() {
        let origin: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a timestamp");
        let later = |secs| origin + SignedDuration::from_secs(secs);
        let scan = |progress| Scan {
            at: TimeSpec::At(origin),
            rule: None,
            verdict: Verdict::Clean,
            threat: String::new(),
            engines: Engines::default(),
            progress,
            overlays: Overlays::new(),
            cause: Cause::Fixture,
        };
        assert!(scan(Progress::Done).is_done(origin, None, origin));
        assert!(!scan(Progress::Takes(90_000)).is_done(origin, None, later(89)));
        assert!(scan(Progress::Takes(90_000)).is_done(origin, None, later(90)));
        assert!(scan(Progress::Takes(90_000)).is_done(origin, Some(later(5)), later(5)));
        assert!(!scan(Progress::UntilEnded).is_done(origin, None, later(1_000_000)));
        assert!(scan(Progress::UntilEnded).is_done(origin, Some(later(7)), later(7)));
    }

    #[test]
    fn files_of_earlier_versions_have_another_word_for_a_scan_that_runs_until_it_is_ended() {
        for word in ["until-ended", "until-told"] {
            let read: Progress = serde_json::from_str(&format!("\"{word}\"")).expect("a progress");
            assert_eq!(read, Progress::UntilEnded);
        }
        assert_eq!(serde_json::to_string(&Progress::UntilEnded).expect("text"), "\"until-ended\"");
    }
}
