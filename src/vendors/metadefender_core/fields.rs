//! The fields of fixtures that are for this API only: of samples, scans, files in an archive, and accounts.

use std::ops::{Deref, DerefMut};

use serde::Deserialize;
use serde_json::Value;

use crate::accounts::Account;
use crate::document::{Field, Shape, TimeSpec};
use crate::samples::{Overlays, Upload, read_overlay};
use crate::vendors::Fixtures;

/// The API's name.
pub(super) const NAME: &str = "metadefender-core";

/// The API's key in fixtures.
pub(super) const KEY: &str = "metadefender_core";

/// Declares the fields of a fixture, and the type that reads them.
macro_rules! pins {
    ($(#[$list_meta:meta])* $list:ident; $(#[$meta:meta])* $name:ident:
     $($field:ident: $type:ty = $shape:expr, $summary:literal;)+) => {
        $(#[$list_meta])*
        const $list: &[Field] = &[$(Field::new(stringify!($field), $shape, $summary)),+];

        $(#[$meta])*
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(default)]
        pub(super) struct $name {
            $(#[doc = $summary] pub(super) $field: Option<$type>,)+
        }

        impl $name {
            /// Nothing is pinned.
            const NONE: Self = Self { $($field: None),+ };

            /// These, and where they say nothing, those of `under`.
            fn over(self, under: &Self) -> Self {
                Self { $($field: self.$field.or_else(|| under.$field.clone())),+ }
            }
        }
    };
}

pins! {
    /// For a sample. The first field is the only one that a scan does not have.
    SAMPLE;
    /// What a fixture pins of a sample or of a scan.
    ResultPins:
    known: bool = Shape::Flag, "Whether the file was ever processed; true by default.";
    data_id: String = Shape::Text, "The result's identifier, 32 hex digits.";
    upload_timestamp: TimeSpec = Shape::Time, "When the file came.";
    processing_time: u64 = MILLISECONDS, "Milliseconds that processing took.";
    total_time: u64 = MILLISECONDS, "Milliseconds that scanning took.";
    queue_time: u64 = MILLISECONDS, "Milliseconds that the file waited.";
    user_agent: String = Shape::Text, "Who sent the file.";
    profile: String = Shape::Text, "The name of the rule in the reply.";
    file_type_skipped_scan: bool = Shape::Flag, "Whether files of this type are not scanned.";
    last_file_scanned: String = Shape::Text, "The name of the file processed last.";
    vulnerability_info: Value = Shape::Any, "The body's vulnerability_info.";
    scan_all_result_i: u16 = CODE, "The overall result as a code.";
    scan_all_result_a: String = Shape::Text, "The overall result in words.";
    result: String = Shape::Word(results), "The outcome of processing.";
    blocked_reason: String = Shape::Text, "Why the file is blocked.";
    outdated_data: Vec<String> = Shape::List(&Shape::Word(outdated)),
        "What of the result is outdated; by default that follows from the definitions of other results, the rule and sanitized_until.";
    sanitized_until: TimeSpec = Shape::Time, "When the sanitised file goes away.";
    sanitized_content: String = Shape::Text, "The text of the sanitised file.";
    post_processing: Value = Shape::Any, "The body's post_processing, inside process_info.";
    verdicts: Vec<String> = Shape::List(&Shape::Text), "The body's verdicts, inside process_info.";
    location: String = Shape::Text, "Where the engines run.";
    start_time: TimeSpec = Shape::Time, "When scanning began.";
    extracted: bool = Shape::Flag,
        "Whether the result is that of a file in an archive, not of one sent by itself; false by default.";
}

/// For one scan; these win over the sample's.
const SCAN: &[Field] = SAMPLE.split_at(1).1;

/// For a file in an archive.
const CHILD: &[Field] = &[
    Field::new("data_id", Shape::Text, "The identifier of its result."),
    Field::new("detected_by", COUNT, "How many engines report a threat."),
    Field::new("display_name", Shape::Text, "Its path in the reply."),
    Field::new("scan_all_result_i", CODE, "Its overall result as a code."),
    Field::new("scanned_with", COUNT, "How many engines scanned it."),
    Field::new("progress_percentage", Shape::Count { min: 0, max: 100 }, "How much of it is processed."),
];

/// For an account: a key, or a user who can log in.
const ACCOUNT: &[Field] = &[
    Field::new("key", Shape::Text, "The key, for the apikey header."),
    Field::new("user", Shape::Text, "The user name, for a login."),
    Field::new("password", Shape::Text, "The password, for a login."),
];

/// What this API adds to fixtures.
pub(super) const FIXTURES: Fixtures = Fixtures {
    sample: SAMPLE,
    scan: SCAN,
    child: CHILD,
    examples: Some(include_str!("../../../fixtures/vendor-examples/metadefender-core.yaml")),
    account: ACCOUNT,
    read_account: account,
    ..Fixtures::NONE
};

/// The account of a checked entry.
fn account(entry: &Value) -> Account {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
    Account { key: text("key"), user: text("user"), password: text("password"), ..Account::default() }
}

const COUNT: Shape = Shape::Count { min: 0, max: u64::MAX };
const MILLISECONDS: Shape = COUNT;
const CODE: Shape = Shape::Count { min: 0, max: 255 };

fn results() -> Vec<&'static str> {
    vec!["Allowed", "Blocked", "Processing"]
}

fn outdated() -> Vec<&'static str> {
    vec!["enginedefinitions", "configuration", "sanitization"]
}

impl ResultPins {
    /// What of these still holds for a new scan of an uploaded file, which finds what was found before.
    fn of_upload(self, upload: &Upload) -> Self {
        Self {
            data_id: Some(upload.id.clone()),
            upload_timestamp: None,
            processing_time: None,
            total_time: None,
            // The scan of an upload begins on arrival, so the file has not waited.
            queue_time: Some(0),
            user_agent: upload.agent.clone(),
            profile: None,
            outdated_data: None,
            sanitized_until: None,
            start_time: None,
            extracted: None,
            ..self
        }
    }

    /// What of these still holds for a scan that no fixture describes: not what belongs to one result.
    fn of_any_scan(&self) -> Self {
        Self {
            known: self.known,
            user_agent: self.user_agent.clone(),
            profile: self.profile.clone(),
            file_type_skipped_scan: self.file_type_skipped_scan,
            vulnerability_info: self.vulnerability_info.clone(),
            location: self.location.clone(),
            ..Self::default()
        }
    }

    /// About how many bytes the longest of them take.
    fn weight(&self) -> usize {
        let values = [&self.vulnerability_info, &self.post_processing].into_iter().flatten();
        let values: usize = values.map(|value| value.to_string().len()).sum();
        self.sanitized_content.as_ref().map_or(0, String::len) + values
    }

    /// The times among them.
    pub(super) fn times(&self) -> impl Iterator<Item = TimeSpec> {
        [self.upload_timestamp, self.sanitized_until, self.start_time].into_iter().flatten()
    }
}

/// What is pinned of a sample or of a scan. Of most of them nothing is, and that takes no memory: a cache of views holds twice as
/// many.
#[derive(Clone, Debug, Default)]
pub(super) struct Pins(Option<Box<ResultPins>>);

impl Pins {
    /// What these overlays pin.
    pub(super) fn read(overlays: &Overlays) -> Self {
        Self(overlays.contains_key(KEY).then(|| Box::new(read_overlay(overlays, KEY))))
    }

    /// These, and where they say nothing, those of `under`.
    pub(super) fn over(self, under: &Self) -> Self {
        match self.0 {
            Some(own) => Self(Some(Box::new(own.over(under)))),
            None => under.clone(),
        }
    }

    /// What of these still holds for a new scan of an uploaded file, which finds what was found before.
    pub(super) fn of_upload(self, upload: &Upload) -> Self {
        Self(Some(Box::new(self.0.map_or(ResultPins::NONE, |own| *own).of_upload(upload))))
    }

    /// What of these still holds for a scan that no fixture describes: not what belongs to one result.
    pub(super) fn of_any_scan(&self) -> Self {
        Self(self.0.as_ref().map(|own| Box::new(own.of_any_scan())))
    }

    /// About how many bytes they take beside their own size.
    pub(super) fn weight(&self) -> usize {
        self.0.as_ref().map_or(0, |own| size_of::<ResultPins>() + own.weight())
    }
}

impl Deref for Pins {
    type Target = ResultPins;

    fn deref(&self) -> &ResultPins {
        static NONE: ResultPins = ResultPins::NONE;
        self.0.as_deref().unwrap_or(&NONE)
    }
}

impl DerefMut for Pins {
    fn deref_mut(&mut self) -> &mut ResultPins {
        self.0.get_or_insert_default()
    }
}

/// What a fixture pins of a file in an archive.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields above say it")]
pub(super) struct ChildPins {
    pub(super) data_id: Option<String>,
    pub(super) detected_by: Option<u64>,
    pub(super) display_name: Option<String>,
    pub(super) scan_all_result_i: Option<u16>,
    pub(super) scanned_with: Option<u64>,
    pub(super) progress_percentage: Option<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_a_fixture_may_say_is_read() {
        let all = serde_json::json!({
            "known": true, "data_id": "d", "upload_timestamp": "-2d", "processing_time": 1, "total_time": 2,
            "queue_time": 3, "user_agent": "u", "profile": "p", "file_type_skipped_scan": true,
            "last_file_scanned": "l", "vulnerability_info": {"b": 1, "a": 2}, "scan_all_result_i": 255,
            "scan_all_result_a": "a", "result": "Allowed", "blocked_reason": "", "outdated_data": ["sanitization"],
            "sanitized_until": "now", "sanitized_content": "c", "post_processing": {"actions_ran": ""},
            "verdicts": ["Infected"], "location": "remote", "start_time": "2026-01-01",
            "extracted": true,
        });
        let named: Vec<_> = SAMPLE.iter().map(|field| field.name).collect();
        let given: Vec<_> = all.as_object().expect("a mapping").keys().map(String::as_str).collect();
        assert_eq!(named, given);
        assert_eq!((SCAN.len(), SCAN[0].name), (SAMPLE.len() - 1, "data_id"));
        let pins = ResultPins::deserialize(&all).expect("reads");
        let merged = ResultPins { total_time: Some(9), ..ResultPins::default() }.over(&pins);
        assert_eq!(
            (merged.total_time, merged.queue_time, merged.location.as_deref()),
            (Some(9), Some(3), Some("remote"))
        );
        assert_eq!(merged.times().count(), 3);
        assert!(merged.of_any_scan().data_id.is_none() && merged.of_any_scan().location.is_some());
    }
}
