//! What is known of a sample, of a scan of it and of a file in it: fields of a fixture, each where somebody told it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::samples::{HashKind, Hashes, Verdict};

/// What is known of a sample.
#[derive(Clone, Debug, Default)]
pub struct KnownSample {
    /// Its hashes, in lower case.
    pub hashes: BTreeMap<HashKind, String>,
    /// Neutral fields of a fixture: `name`, `size`, `type`, `description`, `imphash`.
    pub fields: Map<String, Value>,
    /// A text that stands for content of which no hash is known.
    pub content: Option<String>,
    /// Its scans, oldest first.
    pub scans: Vec<KnownScan>,
    /// The files in it.
    pub children: Vec<KnownChild>,
    /// What each API alone says of it, by the API's key.
    pub overlays: BTreeMap<&'static str, Map<String, Value>>,
    /// The verdict, if no scan says one.
    pub assumed: Option<Verdict>,
}

/// What is known of a scan.
#[derive(Clone, Debug, Default)]
pub struct KnownScan {
    /// What tells it apart from others in each API, by the API's key.
    pub ids: BTreeMap<&'static str, String>,
    /// What it found; `None` for what its engines say.
    pub verdict: Option<Verdict>,
    /// Neutral fields of a fixture: `scanned_at`, `threat`, `rule`, `in_progress`.
    pub fields: Map<String, Value>,
    /// The engines' results, if somebody told them.
    pub engines: Option<Vec<Value>>,
    /// The engines' fields that nobody told, and that were made up to fit: they give way to what is told.
    pub estimates: &'static [&'static str],
    /// What each API alone says of it, by the API's key.
    pub overlays: BTreeMap<&'static str, Map<String, Value>>,
}

/// What is known of a file in an archive.
#[derive(Clone, Debug)]
pub struct KnownChild {
    /// The key of the API that told of it, and what that API calls its result.
    pub id: (&'static str, String),
    /// Its path inside.
    pub path: String,
    /// What each API alone says of it there.
    pub overlays: BTreeMap<&'static str, Map<String, Value>>,
    /// The sample, should nothing else be known of it.
    pub stand_in: KnownSample,
}

impl KnownSample {
    /// Whether one of its scans has this id in this API.
    #[must_use]
    pub fn has_scan(&self, id: &(&'static str, String)) -> bool {
        self.scans.iter().any(|scan| scan.ids.get(id.0) == Some(&id.1))
    }

    /// The hash by which others refer to it.
    pub(crate) fn reference(&self) -> String {
        let of_content =
            || self.content.as_ref().map(|text| Hashes::of(text.as_bytes()).get(HashKind::Sha256));
        let best = [HashKind::Sha256, HashKind::Sha1, HashKind::Md5, HashKind::Sha512];
        let given = best.iter().find_map(|kind| self.hashes.get(kind).cloned());
        given.or_else(|| of_content().map(|hash| hash.to_string())).unwrap_or_default()
    }

    /// The entry of a fixture; `child` finds what a file inside is called.
    pub(crate) fn entry(&self, child: impl Fn(&KnownChild) -> String) -> Value {
        let mut entry = Map::new();
        let name = self.fields.get("name").cloned().unwrap_or_else(|| json!(self.reference()));
        entry.insert("name".to_owned(), name);
        for (kind, text) in &self.hashes {
            entry.insert(kind.name().to_owned(), json!(text));
        }
        if let Some(text) = &self.content {
            entry.insert("content".to_owned(), json!(text));
        }
        for key in ["imphash", "size", "type", "description"] {
            entry.extend(self.fields.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        let mut overlays = self.overlays.clone();
        match self.scans.as_slice() {
            [] => {
                drop(entry.insert("verdict".to_owned(), json!(self.assumed.unwrap_or(Verdict::Clean).word())))
            }
            [only] => {
                entry.extend(only.fields());
                // What stands at the sample holds for its only scan.
                for (api, said) in &only.overlays {
                    overlays.entry(api).or_default().extend(said.clone());
                }
            }
            several => {
                let whole = several.iter().map(|scan| {
                    let mut entry = scan.fields();
                    entry.extend(scan.overlays.iter().filter(|(_, said)| !said.is_empty()).map(said));
                    Value::Object(entry)
                });
                entry.insert("scans".to_owned(), Value::Array(whole.collect()));
            }
        }
        if !self.children.is_empty() {
            let children = self.children.iter().map(|one| {
                let mut inside = Map::from_iter([("sample".to_owned(), json!(child(one)))]);
                inside.insert("path".to_owned(), json!(one.path));
                inside.extend(one.overlays.iter().filter(|(_, said)| !said.is_empty()).map(said));
                Value::Object(inside)
            });
            entry.insert("children".to_owned(), Value::Array(children.collect()));
        }
        entry.extend(overlays.iter().filter(|(_, said)| !said.is_empty()).map(said));
        Value::Object(entry)
    }
}

fn said((api, said): (&&'static str, &Map<String, Value>)) -> (String, Value) {
    ((*api).to_owned(), Value::Object(said.clone()))
}

impl KnownScan {
    fn fields(&self) -> Map<String, Value> {
        let mut entry = Map::new();
        let told = self.engines.as_ref().is_some_and(|engines| !engines.is_empty());
        let verdict = self.verdict.or((!told).then_some(Verdict::Clean));
        entry.extend(verdict.map(|verdict| ("verdict".to_owned(), json!(verdict.word()))));
        for key in ["threat", "scanned_at", "rule", "in_progress"] {
            entry.extend(self.fields.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        entry.extend(self.engines.clone().map(|engines| ("engines".to_owned(), Value::Array(engines))));
        entry
    }
}
