//! What reports say of a sample.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::Detail;
use crate::ids::{derived_number, hex};
use crate::journal::{ObjectWriter, written};
use crate::samples::{FileType, Sample, Verdict};

/// The answer of `/api/samples/v3/{hash_value}/classification/`.
#[derive(Debug, Serialize)]
pub(crate) struct Classification {
    pub(crate) classification: Value,
    pub(crate) riskscore: Value,
    pub(crate) first_seen: String,
    pub(crate) last_seen: String,
    pub(crate) classification_result: Value,
    pub(crate) classification_reason: Value,
    pub(crate) classification_origin: Value,
    pub(crate) cloud_last_lookup: Option<String>,
    pub(crate) data_source: &'static str,
    pub sha1: String,
    pub sha256: String,
    pub md5: String,
}

/// The answer of `/api/samples/v2/list/`.
#[derive(Debug, Serialize)]
pub(crate) struct Reports {
    pub(crate) count: usize,
    pub(crate) next: Option<String>,
    pub(crate) previous: Option<String>,
    pub(crate) results: Vec<Report>,
}

/// The answer of `/api/uploads/v2/url-samples/{id}/`.
#[derive(Debug, Serialize)]
pub(crate) struct UrlSample {
    pub(crate) processing_status: &'static str,
    pub(crate) message: &'static str,
    #[serde(serialize_with = "in_order")]
    pub(crate) report: Report,
}

/// The fields of a report by their names, in whose order lists show them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Report(BTreeMap<String, Value>);

/// What was found of a sample, and when.
#[derive(Clone, Debug)]
pub(crate) struct Findings<'a> {
    /// The newest result; `None` if there is none yet.
    pub(crate) verdict: Option<Verdict>,
    /// The name of the threat; empty if there is none.
    pub(crate) threat: &'a str,
    pub(crate) first_seen: Timestamp,
    pub(crate) last_seen: Timestamp,
}

/// The order of the fields in a report of an upload by URL. Others follow.
const ORDER: [&str; 20] = [
    "id",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "imphash",
    "category",
    "file_type",
    "file_subtype",
    "identification_name",
    "identification_version",
    "file_size",
    "extracted_file_count",
    "local_first_seen",
    "local_last_seen",
    "classification_origin",
    "classification_reason",
    "classification",
    "riskscore",
    "classification_result",
];

/// The answer to a deletion.
pub(crate) fn deleted(sample: &Sample) -> Bytes {
    written(|out| {
        let mut object = ObjectWriter::new(out);
        let mut results = ObjectWriter::new(object.field("results"));
        results.number("code", 200);
        Detail::of(sample, false).write(results.field("detail"));
        results.text("message", "Sample deleted successfully.");
        results.end();
        object.end();
    })
}

impl Report {
    /// The report of `sample`. What only a real analysis could find is there if `given` has it.
    pub(crate) fn of(sample: &Sample, found: &Findings<'_>, given: BTreeMap<String, Value>) -> Self {
        let mut fields = BTreeMap::new();
        let mut put = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
        put("id", (1 + derived_number(&sample.key(), "spectra-analyze id", 1_000_000)).into());
        put("aliases", vec![sample.name.clone()].into());
        for hash in sample.hashes.all() {
            put(hash.kind().name(), hash.to_string().into());
        }
        if let Some(imphash) = sample.imphash() {
            put("imphash", hex(&imphash).into());
        }
        let (file_type, subtype) = kind(&sample.file_type);
        put("category", category(&sample.file_type).into());
        put("file_type", file_type.into());
        put("file_subtype", subtype.into());
        put("file_size", sample.size.into());
        put("extracted_file_count", sample.children.len().into());
        put("local_first_seen", format!("{:.6}", found.first_seen).into());
        put("local_last_seen", format!("{:.6}", found.last_seen).into());
        let (classification, riskscore) = classification(found.verdict);
        // 5 is the score of a sample about which nothing is known.
        let is_threat = riskscore > 5;
        put("classification", classification.into());
        put("riskscore", riskscore.into());
        put("classification_origin", Value::Null);
        put("classification_reason", if is_threat { "antivirus".into() } else { Value::Null });
        put("classification_result", if is_threat { found.threat.into() } else { Value::Null });
        fields.extend(given);
        Self(fields)
    }

    /// The value of a field; null if the report does not have it.
    pub(crate) fn get(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// The fields of these names alone.
    pub(crate) fn only(mut self, names: &[String]) -> Self {
        self.0.retain(|name, _| names.iter().any(|wanted| wanted == name));
        self
    }
}

fn in_order<S: Serializer>(report: &Report, out: S) -> Result<S::Ok, S::Error> {
    let fields = &report.0;
    let mut map = out.serialize_map(Some(fields.len()))?;
    let first = ORDER.iter().filter_map(|name| fields.get_key_value(*name));
    let others = fields.iter().filter(|(name, _)| !ORDER.contains(&name.as_str()));
    for (name, value) in first.chain(others) {
        map.serialize_entry(name, value)?;
    }
    map.end()
}

/// The appliance's word for a verdict, and its score from 0 to 10.
fn classification(verdict: Option<Verdict>) -> (&'static str, u8) {
    // The words are the appliance's. Which verdict has which of them is an assumption.
    match verdict {
        Some(Verdict::Infected | Verdict::Blacklisted | Verdict::Cleaned | Verdict::Quarantined) => {
            ("malicious", 10)
        }
        Some(Verdict::Suspicious) => ("suspicious", 6),
        Some(Verdict::Clean | Verdict::Whitelisted) => ("goodware", 0),
        _ => ("unknown", 5),
    }
}

fn category(file_type: &FileType) -> &'static str {
    match file_type.category.as_str() {
        "A" => "archive",
        "D" => "document",
        "E" => "application",
        "G" | "M" => "media",
        "T" => "text",
        _ => "other",
    }
}

fn kind(file_type: &FileType) -> (&'static str, &'static str) {
    match file_type.category.as_str() {
        _ if file_type.is_pe() && matches!(file_type.extension.as_str(), "dll" | "sys") => ("PE", "Dll"),
        _ if file_type.is_pe() => ("PE", "Exe"),
        "A" => ("Binary", "Archive"),
        "D" => ("Document", "None"),
        "G" => ("Image", "None"),
        "T" => ("Text", "None"),
        _ => ("Binary", "None"),
    }
}
