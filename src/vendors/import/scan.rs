//! What is known of a scan, and how the reports of several replies about one scan are joined.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::document::truncate;
use crate::samples::Verdict;

/// How many characters of a value a note shows.
const MOST_OF_VALUE: usize = 60;

/// What is known of a scan.
#[derive(Clone, Debug, Default)]
pub struct KnownScan {
    /// Its id in each API, by the API's key.
    pub ids: BTreeMap<&'static str, String>,
    /// What it found; `None` if that follows from its engines.
    pub verdict: Option<Verdict>,
    /// Vendor-neutral fields of a fixture: `scanned_at`, `threat`, `rule`, `in_progress`.
    pub fields: Map<String, Value>,
    /// The engines' results, if a reply showed them.
    pub engines: Option<Vec<Value>>,
    /// Names of engine fields that are estimates. They give way to values from replies.
    pub estimates: &'static [&'static str],
    /// The vendor-specific fields of each API, by the API's key.
    pub overlays: BTreeMap<&'static str, Map<String, Value>>,
}

impl KnownScan {
    pub(super) fn fields(&self) -> Map<String, Value> {
        let mut entry = Map::new();
        let has_engines = self.engines.as_ref().is_some_and(|engines| !engines.is_empty());
        let verdict = self.verdict.or((!has_engines).then_some(Verdict::Clean));
        entry.extend(verdict.map(|verdict| ("verdict".to_owned(), json!(verdict.word()))));
        for key in ["threat", "scanned_at", "rule", "in_progress"] {
            entry.extend(self.fields.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        entry.extend(self.engines.clone().map(|engines| ("engines".to_owned(), Value::Array(engines))));
        entry
    }

    /// Adds what another reply reported about this scan. Returns the contradictions; what was known stays.
    pub(super) fn join(&mut self, other: Self) -> Vec<String> {
        let mut contradictions = Vec::new();
        let Self { ids, verdict, fields, engines, estimates, overlays } = other;
        self.ids.extend(ids);
        match (self.verdict, verdict) {
            (Some(known), Some(verdict)) if known != verdict => {
                let (known, verdict) = (known.word(), verdict.word());
                contradictions.push(format!("the verdict is {verdict} here, {known} elsewhere"));
            }
            (None, verdict) => self.verdict = verdict,
            _ => {}
        }
        for (key, value) in fields {
            match self.fields.get(&key) {
                None => drop(self.fields.insert(key, value)),
                Some(known) if *known == value => {}
                Some(known) => {
                    let (value, known) = (printed(&value), printed(known));
                    contradictions.push(format!("{key} is {value} here, {known} elsewhere"));
                }
            }
        }
        if let Some(engines) = engines {
            contradictions.extend(self.join_engines(engines, estimates));
        }
        for (api, fields) in overlays {
            self.overlays.entry(api).or_default().extend(fields);
        }
        contradictions
    }

    fn join_engines(&mut self, engines: Vec<Value>, estimates: &'static [&'static str]) -> Vec<String> {
        let Some(known) = &mut self.engines else {
            (self.engines, self.estimates) = (Some(engines), estimates);
            return Vec::new();
        };
        // The order counts, too: replies list engines in the order of the fixture.
        let same = known.len() == engines.len()
            && known.iter().zip(&engines).all(|(one, other)| one["engine"] == other["engine"]);
        if !same {
            return vec!["other engines here than elsewhere".to_owned()];
        }
        // One API shows more of an engine than another: a further field is not a contradiction.
        let mut contradictions = Vec::new();
        for (one, mut other) in known.iter_mut().zip(engines) {
            remove_estimates(one, self.estimates, &other);
            remove_estimates(&mut other, estimates, one);
            contradictions.extend(add_fields(one, other));
        }
        // What both estimate stays an estimate.
        if estimates.is_empty() {
            self.estimates = estimates;
        }
        contradictions
    }
}

/// Removes the estimated fields of an engine's result that the other result has, too.
fn remove_estimates(engine: &mut Value, estimates: &[&str], other: &Value) {
    let Some(engine) = engine.as_object_mut() else { return };
    engine.retain(|key, _| !estimates.contains(&key.as_str()) || other.get(key).is_none());
}

/// Adds the fields of another result of an engine. Returns the contradictions.
fn add_fields(known: &mut Value, more: Value) -> Vec<String> {
    let mut contradictions = Vec::new();
    let name = printed(&known["engine"]);
    let (Some(known), Value::Object(more)) = (known.as_object_mut(), more) else { return contradictions };
    for (key, value) in more {
        match known.get(&key) {
            None => drop(known.insert(key, value)),
            // One API writes 78.0 where another one writes 78.
            Some(one) if *one == value || one.as_f64().is_some_and(|one| Some(one) == value.as_f64()) => {}
            Some(one) => {
                let (value, one) = (printed(&value), printed(one));
                contradictions.push(format!("{key} of engine {name} is {value} here, {one} elsewhere"));
            }
        }
    }
    contradictions
}

/// A value in a message, truncated.
pub(super) fn printed(value: &Value) -> String {
    truncate(&value.to_string(), MOST_OF_VALUE)
}
