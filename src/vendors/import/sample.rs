//! What is known of a sample and of the files in it, as fields of a fixture. A field that no reply showed is absent.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::scan::KnownScan;
use crate::samples::{HashKind, Hashes, Verdict};

/// What is known of a sample.
#[derive(Clone, Debug, Default)]
pub struct KnownSample {
    /// Its hashes, in lower case.
    pub hashes: BTreeMap<HashKind, String>,
    /// Vendor-neutral fields of a fixture: `name`, `size`, `type`, `description`, `imphash`.
    pub fields: Map<String, Value>,
    /// A placeholder for the content, if no hash of it is known.
    pub content: Option<String>,
    /// Its scans, oldest first.
    pub scans: Vec<KnownScan>,
    /// The files in it.
    pub children: Vec<KnownChild>,
    /// The vendor-specific fields of each API, by the API's key.
    pub overlays: BTreeMap<&'static str, Map<String, Value>>,
    /// The verdict, if no scan has one.
    pub assumed: Option<Verdict>,
    /// The engines that queued it in the session. This is state and not part of the fixture.
    pub queued: BTreeSet<String>,
}

/// What is known of a file in an archive.
#[derive(Clone, Debug)]
pub struct KnownChild {
    /// The key of the API that reported it, and that API's id of its scan.
    pub id: (&'static str, String),
    /// Its path inside.
    pub path: String,
    /// The vendor-specific fields of each API for this file in its archive.
    pub overlays: BTreeMap<&'static str, Map<String, Value>>,
    /// The sample to use if nothing else is known of it.
    pub stand_in: KnownSample,
}

impl KnownSample {
    /// Whether one of its scans has this id in this API.
    pub fn has_scan(&self, id: &(&'static str, String)) -> bool {
        self.scans.iter().any(|scan| scan.ids.get(id.0) == Some(&id.1))
    }

    /// The hash by which other samples refer to this one.
    pub(crate) fn reference(&self) -> String {
        let of_content =
            || self.content.as_ref().map(|text| Hashes::of(text.as_bytes()).get(HashKind::Sha256));
        let best = [HashKind::Sha256, HashKind::Sha1, HashKind::Md5, HashKind::Sha512];
        let given = best.iter().find_map(|kind| self.hashes.get(kind).cloned());
        given.or_else(|| of_content().map(|hash| hash.to_string())).unwrap_or_default()
    }

    /// The fixture entry. `child` returns the reference of a file inside.
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
                // The fields of a sample also hold for its only scan.
                for (api, fields) in &only.overlays {
                    overlays.entry(api).or_default().extend(fields.clone());
                }
            }
            several => {
                let whole = several.iter().map(|scan| {
                    let mut entry = scan.fields();
                    entry.extend(
                        scan.overlays.iter().filter(|(_, fields)| !fields.is_empty()).map(overlay_entry),
                    );
                    Value::Object(entry)
                });
                entry.insert("scans".to_owned(), Value::Array(whole.collect()));
            }
        }
        if !self.children.is_empty() {
            let children = self.children.iter().map(|one| {
                let mut inside = Map::from_iter([("sample".to_owned(), json!(child(one)))]);
                inside.insert("path".to_owned(), json!(one.path));
                inside
                    .extend(one.overlays.iter().filter(|(_, fields)| !fields.is_empty()).map(overlay_entry));
                Value::Object(inside)
            });
            entry.insert("children".to_owned(), Value::Array(children.collect()));
        }
        entry.extend(overlays.iter().filter(|(_, fields)| !fields.is_empty()).map(overlay_entry));
        Value::Object(entry)
    }
}

fn overlay_entry((api, fields): (&&'static str, &Map<String, Value>)) -> (String, Value) {
    ((*api).to_owned(), Value::Object(fields.clone()))
}
