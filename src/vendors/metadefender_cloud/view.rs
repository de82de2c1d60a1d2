//! A sample's facts in this API, computed once per sample.

use std::sync::{Arc, OnceLock};

use super::fields::{CloudFields, KEY, NAME, Votes};
use crate::ids::{derived, hex};
use crate::samples::{Cause, Ordinal, Progress, Sample, Scan, read_overlay};
use crate::vendors::views::{Views, Weigh};

/// A sample's facts in this API.
#[derive(Debug)]
pub(super) struct CloudView {
    /// Whether it knows the sample.
    pub(super) known: bool,
    /// Whether it only knows the uploads of it.
    pub(super) uploads_only: bool,
    /// Votes of its users.
    pub(super) votes: Votes,
    /// Whether it is an archive.
    pub(super) archived: bool,
    /// Its rank among threats, or -1.
    pub(super) top_threat: i64,
    /// 1 if it is shared.
    pub(super) share_file: u64,
    /// Of each scan, and of those that rescans may add.
    pub(super) ids: Vec<Ids>,
    /// Whether its newest result is the final one at any time and in every world: nothing is in progress, and no rescan and
    /// no contents can change it.
    pub(super) is_settled: bool,
    /// The code of that result, once it was asked for.
    pub(super) code: OnceLock<u16>,
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
        // Some forty thousand fit.
        static VIEWS: Views<CloudView> = Views::new(8 << 20);
        VIEWS.get(sample, || Self::build(sample))
    }

    fn build(sample: &Sample) -> Self {
        let overlay: CloudFields = sample.overlay(KEY);
        let uploads_only = overlay.known == Some(false);
        Self {
            known: !uploads_only || sample.was_uploaded_to(NAME),
            uploads_only,
            votes: overlay.votes,
            archived: overlay.archived.unwrap_or(!sample.children.is_empty()),
            top_threat: overlay.top_threat.unwrap_or(-1),
            share_file: overlay.share_file.unwrap_or(1),
            is_settled: !uploads_only
                && sample.children.is_empty()
                && sample.after_rescan.is_empty()
                && sample.scans.iter().all(|scan| scan.progress == Progress::Done),
            code: OnceLock::new(),
            ids: (0..places(sample)).map(|place| ids(sample, &overlay, place)).collect(),
        }
    }

    /// Whether the service knows a scan of the sample.
    pub(super) fn has(&self, scan: &Scan) -> bool {
        !self.uploads_only || scan.cause.upload().is_some_and(|upload| upload.api == NAME)
    }
}

impl Weigh for CloudView {
    fn weight(&self) -> u64 {
        // Each of the two identifiers usually has 32 digits.
        (size_of::<Self>() + self.ids.len() * (size_of::<Ids>() + 64)) as u64
    }
}

/// Every `data_id` of a sample that a fixture brings: of its scans, and of what rescans may find.
pub(super) fn names(sample: &Sample) -> Vec<String> {
    let overlay: CloudFields = sample.overlay(KEY);
    (0..places(sample)).map(|place| data_id(sample, &overlay, place)).collect()
}

/// How many scans it has or may get.
fn places(sample: &Sample) -> usize {
    sample.scans.len() + sample.after_rescan.len()
}

fn ids(sample: &Sample, overlay: &CloudFields, place: usize) -> Ids {
    let own = own(sample, place).file_id;
    let file_id = own.or_else(|| overlay.file_id.clone());
    Ids {
        // Results differ in `data_id`. The identifier of the file is the same for all of them.
        data_id: data_id(sample, overlay, place),
        file_id: file_id.unwrap_or_else(|| derive(sample, &format!("{KEY} file_id"))),
    }
}

/// The identifier of the scan at `place`: that of its upload, else the scan's own, else that of the sample for the fixture's
/// newest scan, else a derived one.
fn data_id(sample: &Sample, overlay: &CloudFields, place: usize) -> String {
    let is_newest = place + 1 == sample.fixture_scans();
    let given = || own(sample, place).data_id.or_else(|| overlay.data_id.clone().filter(|_| is_newest));
    match sample.ordinal(place) {
        Ordinal::Id(id) => id.to_owned(),
        Ordinal::Place(number) => {
            given().unwrap_or_else(|| derive(sample, &format!("{KEY} data_id {number}")))
        }
    }
}

/// The fields of the fixture's scan at `place`.
fn own(sample: &Sample, place: usize) -> CloudFields {
    let scan = sample.scans.get(place).filter(|scan| scan.cause == Cause::Fixture);
    scan.map(|scan| read_overlay(&scan.overlays, KEY)).unwrap_or_default()
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
