//! What was learned from all exchanges: a fixture in the making.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::samples::{Hash, HashKind};
use crate::vendors::import::ReplyReader;
use crate::vendors::import::{KnownChild, KnownSample, KnownScan};

/// What was learned.
#[derive(Debug, Default)]
pub struct FixtureDraft {
    /// The samples, in the order in which they were first seen.
    pub samples: Vec<KnownSample>,
    /// The accounts of each API, by its key, as fixtures have them; with their secrets.
    pub accounts: BTreeMap<&'static str, Vec<Map<String, Value>>>,
    /// Processing rules.
    pub rules: Vec<Map<String, Value>>,
    /// Settings by name.
    pub settings: Map<String, Value>,
    /// What there is to tell.
    pub notes: Vec<Note>,
    /// What an API, by its key, said that it does not have.
    absent: Vec<(&'static str, Hash, &'static str)>,
    pub(crate) present: Vec<(&'static str, usize)>,
    /// Places of samples that are one, as an exchange told that is called so.
    pub(crate) twins: Vec<(usize, usize, String)>,
    mask: Option<Mask>,
    place: String,
}

/// Makes a text of this name fit to be shown: secrets are masked.
pub type Mask = fn(&str, &str) -> String;

/// Something to tell of an exchange.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Note {
    /// The exchange.
    #[serde(rename = "in")]
    pub place: String,
    /// The place in its reply; empty for the whole exchange.
    pub path: String,
    /// What there is to tell.
    pub what: String,
    /// Whether something was seen that no fixture holds.
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
    /// Nothing yet; what is told of fields without a place goes through `mask`.
    #[must_use]
    pub fn masking(mask: Mask) -> Self {
        Self { mask: Some(mask), ..Self::default() }
    }

    /// From here on, notes are about the exchange that is called so.
    pub fn begin(&mut self, place: &str) {
        place.clone_into(&mut self.place);
    }

    /// Notes something that no fixture holds.
    pub fn lost(&mut self, path: &str, what: impl Into<String>) {
        self.note(path, what.into(), true);
    }

    /// Notes something that was made up, or that a person should know.
    pub fn assumed(&mut self, path: &str, what: impl Into<String>) {
        self.note(path, what.into(), false);
    }

    fn note(&mut self, path: &str, what: String, lost: bool) {
        let note = Note { place: self.place.clone(), path: path.to_owned(), what, lost };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Notes all of a reply that nobody has read.
    pub fn unread(&mut self, reading: &ReplyReader<'_>) {
        for (path, value) in reading.unread() {
            let key =
                path.rsplit(['.', '"']).find(|part| !part.is_empty() && *part != "]").unwrap_or_default();
            let shown = match (value, self.mask) {
                (Value::String(text), Some(mask)) => shown(&mask(key, text).into()),
                (other, _) => shown(other),
            };
            self.lost(&path, format!("no place for this field ({shown})"));
        }
    }

    /// The sample that has one of these hashes, made if there is none. A hash that contradicts what is known of it is
    /// noted. Returns its place.
    pub fn sample(&mut self, hashes: &[(HashKind, &str)]) -> usize {
        let lower: Vec<(HashKind, String)> =
            hashes.iter().map(|(kind, text)| (*kind, text.to_ascii_lowercase())).collect();
        let shares =
            |known: &KnownSample| lower.iter().any(|(kind, text)| known.hashes.get(kind) == Some(text));
        let known: Vec<usize> =
            (0..self.samples.len()).filter(|place| shares(&self.samples[*place])).collect();
        if let [first, others @ ..] = known.as_slice() {
            // Rooms hold on to places, so samples that turn out to be one are joined only when all is learned.
            let twins = others.iter().map(|other| (*first, *other, self.place.clone()));
            self.twins.extend(twins);
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

    /// The place of the sample with this hash.
    #[must_use]
    pub fn place_of(&self, hash: &Hash) -> Option<usize> {
        let text = hash.to_string();
        self.samples.iter().position(|sample| sample.hashes.get(&hash.kind()) == Some(&text))
    }

    /// Says a neutral field of the sample at `place`; what was said before stays, and a contradiction is noted.
    pub fn say(&mut self, place: usize, key: &str, path: &str, value: Value) {
        match self.samples[place].fields.get(key).cloned() {
            None => drop(self.samples[place].fields.insert(key.to_owned(), value)),
            Some(known) if known == value => {}
            Some(known) => {
                let what =
                    format!("{} here, {} elsewhere; the first one is kept", shown(&value), shown(&known));
                self.lost(path, what);
            }
        }
    }

    /// Adds what `api` told of a scan of the sample at `place`: to the scan that it told of before, to one that only
    /// others told of, or as another one, later than those before it.
    pub fn scan(&mut self, place: usize, api: &'static str, told: KnownScan) {
        let scans = &self.samples[place].scans;
        let same = scans
            .iter()
            .position(|scan| scan.ids.contains_key(api) && scan.ids.get(api) == told.ids.get(api));
        let free = || scans.iter().rposition(|scan| !scan.ids.contains_key(api));
        match same.or_else(free) {
            Some(at) => self.join(place, at, told),
            None => {
                let at = |scan: &KnownScan| {
                    scan.fields.get("scanned_at").and_then(Value::as_str).map(str::to_owned)
                };
                let when = at(&told);
                let later = |scan: &KnownScan| when.is_some() && at(scan) > when;
                let end = scans.iter().position(later).unwrap_or(scans.len());
                self.samples[place].scans.insert(end, told);
            }
        }
    }

    fn join(&mut self, place: usize, at: usize, told: KnownScan) {
        let mut contradictions = Vec::new();
        let scan = &mut self.samples[place].scans[at];
        let KnownScan { ids, verdict, fields, engines, estimates, overlays } = told;
        scan.ids.extend(ids);
        match (scan.verdict, verdict) {
            (Some(known), Some(verdict)) if known != verdict => {
                contradictions.push(format!(
                    "the verdict is {} here, {} elsewhere",
                    verdict.word(),
                    known.word()
                ));
            }
            (None, verdict) => scan.verdict = verdict,
            _ => {}
        }
        for (key, value) in fields {
            match scan.fields.get(&key) {
                None => drop(scan.fields.insert(key, value)),
                Some(known) if *known == value => {}
                Some(known) => {
                    contradictions.push(format!(
                        "{key} is {} here, {} elsewhere",
                        shown(&value),
                        shown(known)
                    ));
                }
            }
        }
        match (&mut scan.engines, engines) {
            (Some(known), Some(engines)) => {
                // One API tells more of an engine than another: what is added contradicts nothing.
                let key = |engine: &Value| engine["engine"].clone();
                let same = known.len() == engines.len()
                    && known.iter().zip(&engines).all(|(one, other)| key(one) == key(other));
                if same {
                    let known_estimates = scan.estimates;
                    for (one, mut other) in known.iter_mut().zip(engines) {
                        forget(one, known_estimates, &other);
                        forget(&mut other, estimates, one);
                        contradictions.extend(merge(one, other));
                    }
                    // What both estimate stays an estimate.
                    if estimates.is_empty() {
                        scan.estimates = estimates;
                    }
                } else {
                    contradictions.push("other engines here than elsewhere".to_owned());
                }
            }
            (known @ None, engines) => {
                *known = engines;
                scan.estimates = estimates;
            }
            (Some(_), None) => {}
        }
        for (api, said) in overlays {
            scan.overlays.entry(api).or_default().extend(said);
        }
        for what in contradictions {
            self.lost("", format!("{what}; the first one is kept"));
        }
    }

    /// Notes that `api` does not have the sample of a hash. `field` is what its overlay calls having one.
    pub fn absent(&mut self, api: &'static str, hash: Hash, field: &'static str) {
        self.absent.push((api, hash, field));
    }

    /// Notes that `api` has the sample at `place`.
    pub fn present(&mut self, api: &'static str, place: usize) {
        self.present.push((api, place));
    }

    /// Adds an account that was let in; what is known of it is joined by the field `by`.
    pub fn account(&mut self, api: &'static str, by: &str, account: Map<String, Value>) {
        let accounts = self.accounts.entry(api).or_default();
        match accounts.iter_mut().find(|known| known.get(by) == account.get(by)) {
            Some(known) => known.extend(account),
            None => accounts.push(account),
        }
    }

    /// Sets a setting; two values for one are noted.
    pub fn set(&mut self, name: &'static str, value: &str) {
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

    /// The fixture of all that was learned. What an API does not have is said of samples that another API has.
    #[must_use]
    pub fn fixture(mut self) -> (Value, Vec<Note>) {
        self.join_twins();
        for (api, hash, field) in std::mem::take(&mut self.absent) {
            let Some(place) = self.place_of(&hash) else { continue };
            let sample = &mut self.samples[place];
            let told = sample.scans.iter().any(|scan| scan.ids.contains_key(api));
            if !told && !self.present.contains(&(api, place)) {
                sample.overlays.entry(api).or_default().insert(field.to_owned(), json!(false));
            }
        }
        let stand_ins: Vec<KnownSample> = self
            .samples
            .iter()
            .flat_map(|sample| &sample.children)
            .filter(|child| !self.samples.iter().any(|sample| sample.has_scan(&child.id)))
            .map(|child| child.stand_in.clone())
            .collect();
        for stand_in in stand_ins {
            if !self.samples.iter().any(|known| known.content.is_some() && known.content == stand_in.content)
            {
                self.samples.push(stand_in);
            }
        }
        let called = |child: &KnownChild| {
            let known = self.samples.iter().find(|sample| sample.has_scan(&child.id));
            known.unwrap_or(&child.stand_in).reference()
        };
        let samples: Vec<Value> = self.samples.iter().map(|sample| sample.entry(called)).collect();
        let mut fixture = Map::new();
        if !self.settings.is_empty() {
            fixture.insert("settings".to_owned(), Value::Object(self.settings));
        }
        if !self.accounts.is_empty() {
            fixture.insert("accounts".to_owned(), json!(self.accounts));
        }
        if !self.rules.is_empty() {
            fixture.insert("rules".to_owned(), json!(self.rules));
        }
        fixture.insert("samples".to_owned(), Value::Array(samples));
        (Value::Object(fixture), self.notes)
    }
}

/// Takes the estimates out of an engine's result of which the other one has something to say.
fn forget(engine: &mut Value, estimates: &[&str], other: &Value) {
    let Some(engine) = engine.as_object_mut() else { return };
    engine.retain(|key, _| !estimates.contains(&key.as_str()) || other.get(key).is_none());
}

/// Adds to a mapping what another has beside it; what contradicts is told.
fn merge(known: &mut Value, more: Value) -> Vec<String> {
    let mut contradictions = Vec::new();
    let name = shown(&known["engine"]);
    let (Some(known), Value::Object(more)) = (known.as_object_mut(), more) else { return contradictions };
    for (key, value) in more {
        match known.get(&key) {
            None => drop(known.insert(key, value)),
            Some(one) if *one == value || one.as_f64().is_some_and(|one| Some(one) == value.as_f64()) => {}
            Some(one) => contradictions.push(format!(
                "{key} of engine {name} is {} here, {} elsewhere",
                shown(&value),
                shown(one)
            )),
        }
    }
    contradictions
}

/// A value in a message, cut short.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
