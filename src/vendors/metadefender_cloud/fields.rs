//! The fields of fixtures that are for this API only: of accounts, samples and scans.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::accounts::Account;
use crate::document::{Field, Shape};
use crate::ids::{derived, hex};
use crate::samples::{Cause, Ordinal, Sample, Scan, read_overlay};
use crate::vendors::Fixtures;
use crate::vendors::views::{Views, Weigh};

/// The name of this API.
pub(super) const NAME: &str = "metadefender-cloud";

/// The fixture key of this API.
pub(super) const KEY: &str = "metadefender_cloud";

/// The name of a key's own limit.
pub(super) const LOOKUPS: &str = "lookup_limit";

const ANY_COUNT: Shape = Shape::Count { min: 0, max: u64::MAX };

/// The fields of an account.
const ACCOUNT: &[Field] = &[
    Field::required("key", Shape::Text, "The apikey."),
    Field::new(LOOKUPS, ANY_COUNT, "Hashes that may be looked up in 24 hours, in place of the setting."),
    Field::new("suspended", Shape::Flag, "Whether the key is refused like an unknown one."),
];

const DATA_ID: Field =
    Field::new("data_id", Shape::Text, "The identifier of the result; derived by default.");
const CODE: Field = Field::new(
    "scan_all_result_i",
    Shape::Count { min: 0, max: 255 },
    "The overall result as a code; by default that of the engines and children, consolidated.",
);
const FILE_ID: Field = Field::new("file_id", Shape::Text, "The identifier of the file; derived by default.");

/// What this API adds to fixtures.
pub(super) const FIXTURES: Fixtures = Fixtures {
    sample: &[
        Field::new("known", Shape::Flag, "Whether the service knows the sample; true by default."),
        DATA_ID,
        FILE_ID,
        Field::new("votes", Shape::Record(VOTES), "What its users think of it; none by default."),
        Field::new("archived", Shape::Flag, "Whether it is an archive; by default, whether it has children."),
        Field::new(
            "top_threat",
            Shape::Integer { min: -1, max: i64::MAX },
            "Its rank among threats; -1, for none, by default.",
        ),
        Field::new("share_file", Shape::Count { min: 0, max: 1 }, "Whether it is shared; 1 by default."),
        CODE,
    ],
    scan: &[DATA_ID, FILE_ID, CODE],
    account: ACCOUNT,
    read_account: account,
    ..Fixtures::NONE
};

const VOTES: &[Field] = &[
    Field::new("up", ANY_COUNT, "Votes for harmless."),
    Field::new("down", ANY_COUNT, "Votes for malicious."),
];

#[derive(Default, Deserialize)]
#[serde(default)]
struct AccountEntry {
    key: Option<String>,
    lookup_limit: Option<u64>,
    suspended: bool,
}

/// The account of a checked entry.
fn account(entry: &Value) -> Account {
    let entry = AccountEntry::deserialize(entry).unwrap_or_default();
    Account {
        key: entry.key,
        suspended: entry.suspended,
        limits: entry.lookup_limit.map(|limit| (LOOKUPS.to_owned(), limit)).into_iter().collect(),
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

#[derive(Default, Deserialize)]
#[serde(default)]
struct CloudFields {
    known: Option<bool>,
    data_id: Option<String>,
    file_id: Option<String>,
    votes: Votes,
    archived: Option<bool>,
    top_threat: Option<i64>,
    share_file: Option<u64>,
    scan_all_result_i: Option<u16>,
}

/// A sample's facts in this API, computed once per sample.
#[derive(Debug)]
pub(super) struct CloudView {
    /// Whether it knows it.
    pub(super) known: bool,
    /// Votes of its users.
    pub(super) votes: Votes,
    /// Whether it is an archive.
    pub(super) archived: bool,
    /// Its rank among threats, or -1.
    pub(super) top_threat: i64,
    /// 1 if it is shared.
    pub(super) share_file: u64,
    /// Of each scan, and of the one that a rescan may add.
    pub(super) ids: Vec<Ids>,
}

/// The identifiers of one result.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ids {
    /// Of the result.
    pub(super) data_id: String,
    /// Of the file.
    pub(super) file_id: String,
}

impl CloudView {
    /// The view of `sample`.
    pub(super) fn of(sample: &Sample) -> Arc<Self> {
        static VIEWS: Views<CloudView> = Views::new();
        VIEWS.get(sample, || Self::build(sample))
    }

    fn build(sample: &Sample) -> Self {
        let overlay: CloudFields = sample.overlay(KEY);
        Self {
            known: overlay.known.unwrap_or(true),
            votes: overlay.votes,
            archived: overlay.archived.unwrap_or(!sample.children.is_empty()),
            top_threat: overlay.top_threat.unwrap_or(-1),
            share_file: overlay.share_file.unwrap_or(1),
            ids: (0..sample.scans.len() + sample.after_rescan.len())
                .map(|place| ids(sample, &overlay, place))
                .collect(),
        }
    }
}

impl Weigh for CloudView {
    fn weight(&self) -> u64 {
        (size_of::<Self>() + self.ids.len() * (size_of::<Ids>() + 64)) as u64
    }
}

/// The identifiers of the scan at `place`: its own fields, else those of the sample for the fixture's newest scan, else
/// derived ones.
fn ids(sample: &Sample, overlay: &CloudFields, place: usize) -> Ids {
    let scan = sample.scans.get(place).filter(|scan| scan.cause == Cause::Fixture);
    let own: CloudFields = scan.map(|scan| read_overlay(&scan.overlays, KEY)).unwrap_or_default();
    let of_sample = overlay.data_id.clone().filter(|_| scan.is_some() && place + 1 == sample.fixture_scans());
    let derived = || match sample.ordinal(place) {
        Ordinal::Place(place) => derive(sample, &format!("{KEY} data_id {place}")),
        Ordinal::Id(id) => derive(sample, &format!("{KEY} data_id {id}")),
    };
    Ids {
        data_id: own.data_id.or(of_sample).unwrap_or_else(derived),
        file_id: own
            .file_id
            .or_else(|| overlay.file_id.clone())
            .unwrap_or_else(|| derive(sample, &format!("{KEY} file_id"))),
    }
}

/// The code that a fixture pins for the scan at `index`. A rescan has its own result.
pub(super) fn pinned_code(sample: &Sample, _index: usize, scan: &Scan) -> Option<u16> {
    if scan.cause == Cause::Rescan {
        return None;
    }
    let pinned = |overlay: CloudFields| overlay.scan_all_result_i;
    pinned(read_overlay(&scan.overlays, KEY)).or_else(|| pinned(sample.overlay(KEY)))
}

fn derive(sample: &Sample, purpose: &str) -> String {
    hex(&derived(&sample.hashes.sha256, purpose)[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_becomes_an_account() {
        let account = account(&serde_json::json!({"key": "k", "lookup_limit": 2}));
        assert_eq!((account.key.as_deref(), account.limits.get(LOOKUPS)), (Some("k"), Some(&2)));
    }
}
