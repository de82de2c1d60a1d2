//! The fields of fixtures that are for this API only: of accounts, samples and scans.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::accounts::Account;
use crate::document::{Field, Shape};
use crate::samples::{Cause, Sample, Scan, read_overlay};
use crate::vendors::Fixtures;

/// The name of this API.
pub(super) const NAME: &str = "metadefender-cloud";

/// The fixture key of this API.
pub(super) const KEY: &str = "metadefender_cloud";

/// The name of a key's own limit of look-ups.
pub(super) const LOOKUPS: &str = "lookup_limit";

/// The name of a key's own limit of uploads.
pub(super) const UPLOADS: &str = "upload_limit";

const ANY_COUNT: Shape = Shape::Count { min: 0, max: u64::MAX };
const ZERO_OR_ONE: Shape = Shape::Count { min: 0, max: 1 };
const CODE: Shape = Shape::Count { min: 0, max: 255 };

/// The fields of an account.
const ACCOUNT: &[Field] = &[
    Field::required("key", Shape::Text, "The apikey."),
    Field::new(LOOKUPS, ANY_COUNT, "Hashes that may be looked up in 24 hours, in place of the setting."),
    Field::new(UPLOADS, ANY_COUNT, "Files that may be uploaded in 24 hours, in place of the setting."),
    Field::new("suspended", Shape::Flag, "Whether the key is refused like an unknown one."),
];

/// For a sample. The first fields are those that a scan does not have.
const SAMPLE: &[Field] = &[
    Field::new("known", Shape::Flag, "Whether the service knows the sample; true by default."),
    Field::new("votes", Shape::Record(VOTES), "What its users think of it; none by default."),
    Field::new("archived", Shape::Flag, "Whether it is an archive; by default, whether it has children."),
    Field::new(
        "top_threat",
        Shape::Integer { min: -1, max: i64::MAX },
        "Its rank among threats; -1, for none, by default.",
    ),
    Field::new("share_file", ZERO_OR_ONE, "Whether it is shared; 1 by default."),
    Field::new("sandbox", Shape::Flag, "Version 4: whether a sandbox analysed it; false by default."),
    Field::new("private_processing", ZERO_OR_ONE, "Version 4: whether it is private; 0 by default."),
    Field::new("stored", Shape::Flag, "Version 4: whether the service stores the file; true by default."),
    Field::new(
        "additional_info",
        Shape::Map(&Shape::Any),
        "Version 4: the additional information by name, such as peinfo; none by default. null: the name alone.",
    ),
    Field::new(
        "reputation_only",
        Shape::Flag,
        "Version 4: whether it is known by reputation alone, so that its report has no scan_results.",
    ),
    Field::new("data_id", Shape::Text, "The identifier of the result; derived by default."),
    Field::new("file_id", Shape::Text, "The identifier of the file; derived by default."),
    Field::new(
        "scan_all_result_i",
        CODE,
        "The overall result as a code; by default that of the engines and children, consolidated.",
    ),
    Field::new("malware_family", Shape::Text, "Version 4, infected files: the family of the malware."),
    Field::new("malware_type", Shape::List(&Shape::Text), "Version 4, infected files: its types."),
    Field::new(
        "threat_name",
        Shape::Text,
        "Version 4, infected files: its name, none if empty; by default the threat.",
    ),
    Field::new("sanitized", Shape::Any, "Version 4: the report's sanitized; none by default."),
    Field::new("post_processing", Shape::Any, "Version 4: process_info.post_processing."),
    Field::new("profile", Shape::Text, "Version 4: process_info.profile; multiscan by default."),
    Field::new("file_type_skipped_scan", Shape::Flag, "Version 4: whether such files are not scanned."),
    Field::new("result", Shape::Word(results), "Version 4: the outcome of processing."),
    Field::new("blocked_reason", Shape::Text, "Version 4: why the file is blocked."),
    Field::new(
        "verdicts",
        Shape::List(&Shape::Text),
        "Version 4: process_info.verdicts; an empty list leaves them out.",
    ),
];

/// For one scan; these win over the sample's.
// The first ten fields describe the file, not one of its results.
const SCAN: &[Field] = SAMPLE.split_at(10).1;

/// What this API adds to fixtures.
pub(super) const FIXTURES: Fixtures =
    Fixtures { sample: SAMPLE, scan: SCAN, account: ACCOUNT, read_account: account, ..Fixtures::NONE };

const VOTES: &[Field] = &[
    Field::new("up", ANY_COUNT, "Votes for harmless."),
    Field::new("down", ANY_COUNT, "Votes for malicious."),
];

fn results() -> Vec<&'static str> {
    vec!["Allowed", "Blocked", "Processing"]
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AccountEntry {
    key: Option<String>,
    lookup_limit: Option<u64>,
    upload_limit: Option<u64>,
    suspended: bool,
}

/// The account of a checked entry.
fn account(entry: &Value) -> Account {
    let entry = AccountEntry::deserialize(entry).unwrap_or_default();
    let limits = [(LOOKUPS, entry.lookup_limit), (UPLOADS, entry.upload_limit)];
    Account {
        key: entry.key,
        suspended: entry.suspended,
        limits: limits.into_iter().filter_map(|(name, limit)| Some((name.to_owned(), limit?))).collect(),
        ..Account::default()
    }
}

/// Votes of the service's users.
#[derive(Clone, Copy, Debug, Default, Deserialize, serde::Serialize)]
#[serde(default)]
pub(super) struct Votes {
    up: u64,
    down: u64,
}

/// The fields of a sample or scan that every reply needs.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct CloudFields {
    pub(super) known: Option<bool>,
    pub(super) data_id: Option<String>,
    pub(super) file_id: Option<String>,
    pub(super) votes: Votes,
    pub(super) archived: Option<bool>,
    pub(super) top_threat: Option<i64>,
    pub(super) share_file: Option<u64>,
    pub(super) scan_all_result_i: Option<u16>,
}

/// The fields of a sample that only reports of version 4 show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReportFacts {
    pub(super) sandbox: bool,
    pub(super) private_processing: u64,
    pub(super) stored: Option<bool>,
    pub(super) additional_info: Map<String, Value>,
    pub(super) reputation_only: bool,
}

/// The fields of a result that only reports of version 4 show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReportPins {
    pub(super) malware_family: Option<String>,
    pub(super) malware_type: Option<Vec<String>>,
    pub(super) threat_name: Option<String>,
    pub(super) sanitized: Option<Value>,
    pub(super) post_processing: Option<Value>,
    pub(super) profile: Option<String>,
    pub(super) file_type_skipped_scan: Option<bool>,
    pub(super) result: Option<String>,
    pub(super) blocked_reason: Option<String>,
    pub(super) verdicts: Option<Vec<String>>,
}

impl ReportPins {
    /// Those of a scan: its own, else those of the sample. A rescan has its own result, so nothing is pinned of it.
    pub(super) fn of(sample: &Sample, scan: &Scan) -> Self {
        if scan.cause == Cause::Rescan {
            return Self::default();
        }
        let (own, under): (Self, Self) = (read_overlay(&scan.overlays, KEY), sample.overlay(KEY));
        // A macro, because the fields differ in type. It does not compile if its list lacks one.
        macro_rules! merge {
            ($($field:ident)+) => { Self { $($field: own.$field.or(under.$field)),+ } };
        }
        merge! {
            malware_family malware_type threat_name sanitized post_processing profile file_type_skipped_scan result
            blocked_reason verdicts
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_becomes_an_account() {
        let account = account(&serde_json::json!({"key": "k", "lookup_limit": 2, "upload_limit": 3}));
        assert_eq!((account.key.as_deref(), account.limits.get(LOOKUPS)), (Some("k"), Some(&2)));
        assert_eq!(account.limits.get(UPLOADS), Some(&3));
    }

    #[test]
    fn the_fields_of_a_scan_begin_after_those_of_a_sample_alone() {
        assert_eq!((SAMPLE[9].name, SCAN[0].name), ("reputation_only", "data_id"));
    }
}
