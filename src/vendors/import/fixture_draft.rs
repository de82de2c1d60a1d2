//! A fixture in the making: everything that the recorded replies revealed so far.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::reader::ReplyReader;
use super::sample::KnownSample;
use super::scan::{KnownScan, printed};
use crate::samples::{Hash, HashKind, Verdict};

/// A fixture in the making, and notes on what it cannot hold.
#[derive(Debug, Default)]
pub struct FixtureDraft {
    /// The samples, in the order of their first exchange.
    pub samples: Vec<KnownSample>,
    /// The accounts of each API, by the API's key, in the form of a fixture. Secrets are not redacted.
    pub accounts: BTreeMap<&'static str, Vec<Map<String, Value>>>,
    /// Processing rules.
    pub rules: Vec<Map<String, Value>>,
    /// Settings by name.
    pub settings: Map<String, Value>,
    /// Notes for the user.
    pub notes: Vec<Note>,
    pub(super) absent: Vec<AbsentSample>,
    pub(crate) present: Vec<(&'static str, usize)>,
    arrived: Vec<(&'static str, usize)>,
    deleted: Vec<(&'static str, usize)>,
    /// Pairs of samples that turned out to be the same one, and the exchange that showed it.
    pub(super) same_samples: Vec<(usize, usize, String)>,
    pub(super) uploads: Vec<UploadedFile>,
    mask: Option<Mask>,
    place: String,
    learned: Learned,
}

/// A hash that an API, by its key, does not have.
#[derive(Debug)]
pub(super) struct AbsentSample {
    pub(super) place: String,
    pub(super) api: &'static str,
    pub(super) hash: Hash,
    /// The name of the overlay field that says so.
    pub(super) field: &'static str,
}

/// A file that was uploaded to an API, by its key.
#[derive(Debug)]
pub(super) struct UploadedFile {
    pub(super) place: String,
    /// The API and its identifier of the result.
    pub(super) id: (&'static str, String),
    pub(super) name: String,
}

/// What an exchange contributed to the fixture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Learned {
    /// Nothing.
    #[default]
    Nothing,
    /// A setting, a rule, that a sample is absent, or that there is nothing to learn from such a reply.
    NoSample,
    /// A sample.
    Sample,
}

/// Redacts the value of a field: called with the field's name and its text.
pub type Mask = fn(&str, &str) -> String;

/// A note on an exchange.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Note {
    /// The exchange.
    #[serde(rename = "in")]
    pub place: String,
    /// The place in its reply; empty for the whole exchange.
    pub path: String,
    /// The note.
    pub what: String,
    /// Whether the reply holds something that a fixture cannot hold.
    pub lost: bool,
}

impl std::fmt::Display for Note {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: ", self.place)?;
        if !self.path.is_empty() {
            write!(out, "{}: ", self.path)?;
        }
        out.write_str(&self.what)
    }
}

impl FixtureDraft {
    /// An empty draft. Values in notes are redacted by `mask`.
    pub fn masking(mask: Mask) -> Self {
        Self { mask: Some(mask), ..Self::default() }
    }

    /// Names the exchange that the notes from here on are about.
    pub fn begin(&mut self, place: &str) {
        place.clone_into(&mut self.place);
        self.learned = Learned::Nothing;
    }

    /// What was learned since [`FixtureDraft::begin`].
    pub fn learned(&self) -> Learned {
        self.learned
    }

    /// Notes that the reply is not about samples, or is what the emulator answers without a fixture.
    pub fn understood(&mut self) {
        self.learned = self.learned.max(Learned::NoSample);
    }

    /// Notes something that a fixture cannot hold.
    pub fn lost(&mut self, path: &str, what: impl Into<String>) {
        self.note(path, what.into(), true);
    }

    /// Notes an assumption, or anything else that the user should know.
    pub fn assumed(&mut self, path: &str, what: impl Into<String>) {
        self.note(path, what.into(), false);
    }

    fn note(&mut self, path: &str, what: String, lost: bool) {
        let note = Note { place: self.place.clone(), path: path.to_owned(), what, lost };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Notes every field of a reply that was not read.
    pub fn unread(&mut self, reading: &ReplyReader<'_>) {
        for (path, value) in reading.unread() {
            // The mask decides by the name of the field, which is the last named part of the path.
            let key =
                path.rsplit(['.', '"']).find(|part| !part.is_empty() && *part != "]").unwrap_or_default();
            let printed = match (value, self.mask) {
                (Value::String(text), Some(mask)) => printed(&mask(key, text).into()),
                (other, _) => printed(other),
            };
            self.lost(&path, format!("a fixture has no place for this field ({printed})"));
        }
    }

    /// The place of the sample that has one of these hashes; it is added if there is none. A hash that contradicts a known
    /// one is noted.
    pub fn sample(&mut self, hashes: &[(HashKind, &str)]) -> usize {
        self.learned = Learned::Sample;
        // APIs write the same hash in upper or in lower case.
        let lower: Vec<(HashKind, String)> =
            hashes.iter().map(|(kind, text)| (*kind, text.to_ascii_lowercase())).collect();
        let shares =
            |known: &KnownSample| lower.iter().any(|(kind, text)| known.hashes.get(kind) == Some(text));
        let known: Vec<usize> =
            (0..self.samples.len()).filter(|place| shares(&self.samples[*place])).collect();
        if let [first, others @ ..] = known.as_slice() {
            // Callers hold places, so samples that turn out to be the same are joined only at the end.
            let pairs = others.iter().map(|other| (*first, *other, self.place.clone()));
            self.same_samples.extend(pairs);
        }
        let place = known.first().copied().unwrap_or_else(|| {
            self.samples.push(KnownSample::default());
            self.samples.len() - 1
        });
        for (kind, text) in lower {
            match self.samples[place].hashes.get(&kind).cloned() {
                None => drop(self.samples[place].hashes.insert(kind, text)),
                Some(known) if known == text => {}
                Some(known) => {
                    let what = format!("{} is {text}, elsewhere {known}; the first one is kept", kind.name());
                    self.lost("", what);
                }
            }
        }
        place
    }

    /// The place of the sample that has this hash; it is added if there is none.
    pub fn sample_of(&mut self, hash: &Hash) -> usize {
        self.sample(&[(hash.kind(), &hash.to_string())])
    }

    /// Notes that a reply is a refusal or an error, of which a fixture knows nothing.
    pub fn refused(&mut self, status: u16, words: &str) {
        let what = "refusals and errors are not part of a fixture; inject them with \"scandouble fault add\"";
        self.lost("", format!("answered {status} {words}: {what}"));
    }

    /// The place of the sample with this hash.
    pub fn place_of(&self, hash: &Hash) -> Option<usize> {
        let text = hash.to_string();
        self.samples.iter().position(|sample| sample.hashes.get(&hash.kind()) == Some(&text))
    }

    /// Sets a vendor-neutral field of the sample at `place`. An earlier value stays, and a contradiction is noted.
    pub fn set_field(&mut self, place: usize, key: &str, path: &str, value: Value) {
        match self.samples[place].fields.get(key).cloned() {
            None => drop(self.samples[place].fields.insert(key.to_owned(), value)),
            Some(known) if known == value => {}
            Some(known) => {
                let what =
                    format!("{} here, {} elsewhere; the first one is kept", printed(&value), printed(&known));
                self.lost(path, what);
            }
        }
    }

    /// Adds what `api` reported about a scan of the sample at `place`: to the same scan, to one that only other APIs have
    /// reported, or as a further scan, sorted by time.
    pub fn scan(&mut self, place: usize, api: &'static str, scan: KnownScan) {
        let scans = &self.samples[place].scans;
        let same = scans
            .iter()
            .position(|known| known.ids.contains_key(api) && known.ids.get(api) == scan.ids.get(api));
        // Most replies show the newest result. So among the scans of other APIs, the newest one is most likely the same.
        let free = || scans.iter().rposition(|known| !known.ids.contains_key(api));
        match same.or_else(free) {
            Some(at) => {
                for what in self.samples[place].scans[at].join(scan) {
                    self.lost("", format!("{what}; the first one is kept"));
                }
            }
            None => {
                let at = |scan: &KnownScan| {
                    scan.fields.get("scanned_at").and_then(Value::as_str).map(str::to_owned)
                };
                let when = at(&scan);
                let later = |known: &KnownScan| when.is_some() && at(known) > when;
                let end = scans.iter().position(later).unwrap_or(scans.len());
                self.samples[place].scans.insert(end, scan);
            }
        }
    }

    /// Notes that `api` does not have the sample of a hash. `field` is what its overlay calls having one.
    pub fn absent(&mut self, api: &'static str, hash: Hash, field: &'static str) {
        self.understood();
        // A fixture is the state before the session, and then the sample was there.
        if self.place_of(&hash).is_some_and(|place| self.deleted.contains(&(api, place))) {
            return;
        }
        self.absent.push(AbsentSample { place: self.place.clone(), api, hash, field });
    }

    /// Notes that `api` has the sample at `place`.
    pub fn present(&mut self, api: &'static str, place: usize) {
        // What was uploaded in the session need not be there before it.
        if !self.arrived.contains(&(api, place)) {
            self.present.push((api, place));
        }
    }

    /// Notes that `api` has the sample at `place` from here on, because it was uploaded.
    pub fn arrived(&mut self, api: &'static str, place: usize) {
        self.arrived.push((api, place));
    }

    /// Notes that a file was uploaded to `api` under a name, and that nothing is known of it but the identifier of its result.
    pub fn uploaded(&mut self, api: &'static str, id: &str, name: &str) {
        self.understood();
        let place = self.place.clone();
        self.uploads.push(UploadedFile { place, id: (api, id.to_owned()), name: name.to_owned() });
    }

    /// The name of an earlier upload to `api` with this identifier, whose hashes have become known.
    pub fn take_upload(&mut self, api: &'static str, id: &str) -> Option<String> {
        let place = self.uploads.iter().position(|upload| upload.id.0 == api && upload.id.1 == id)?;
        Some(self.uploads.remove(place).name)
    }

    /// Notes that the sample at `place` was deleted from `api`: it was there before, and is absent from here on.
    pub fn deleted(&mut self, api: &'static str, place: usize) {
        self.present(api, place);
        self.deleted.push((api, place));
    }

    /// Assumes that the sample at `place` is clean, unless a reply has its verdict.
    pub fn assume_clean(&mut self, place: usize, path: &str) {
        let sample = &mut self.samples[place];
        if sample.scans.is_empty() && sample.assumed.is_none() {
            sample.assumed = Some(Verdict::Clean);
            self.assumed(
                path,
                "replies of this API contain no verdict; clean is assumed unless another reply has one",
            );
        }
    }

    /// Adds an account whose credentials were accepted. Accounts with the same value of the field `by` are joined.
    pub fn account(&mut self, api: &'static str, by: &str, account: Map<String, Value>) {
        let accounts = self.accounts.entry(api).or_default();
        match accounts.iter_mut().find(|known| known.get(by) == account.get(by)) {
            Some(known) => known.extend(account),
            None => accounts.push(account),
        }
    }

    /// Sets a setting. A second, different value is noted.
    pub fn set_setting(&mut self, name: &'static str, value: &str) {
        self.understood();
        match self.settings.get(name).and_then(Value::as_str).map(str::to_owned) {
            Some(known) if known != value => {
                self.lost(
                    "",
                    format!(
                        "the setting {name} would be {value} here, {known} elsewhere; the first one is kept"
                    ),
                );
            }
            _ => drop(self.settings.insert(name.to_owned(), json!(value))),
        }
    }
}
