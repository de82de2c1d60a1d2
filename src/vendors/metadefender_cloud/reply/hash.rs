//! The result of one hash, as in published replies of the v2 service.

use http::StatusCode;
use jiff::Timestamp;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::scan::{EngineForm, ScanDetails, UtcTime, answer};
use crate::ids::hex;
use crate::journal::Reply;
use crate::samples::{EngineResult, Sample, Scan, Verdict};
use crate::vendors::metadefender_cloud::behaviours::{HASH_FOUND, HASH_NOT_FOUND};
use crate::vendors::metadefender_cloud::fields::Votes;
use crate::vendors::metadefender_cloud::results::{FinalResult, FoundSample};
use crate::vendors::opswat;

#[derive(Serialize)]
struct HashReport<'a> {
    scan_result_history_length: usize,
    votes: Votes,
    file_id: &'a str,
    data_id: &'a str,
    archived: bool,
    scan_results: ScanResults<'a>,
    file_info: FileInfo<'a>,
    top_threat: i64,
    share_file: u64,
    rest_version: &'static str,
}

#[derive(Serialize)]
struct ScanResults<'a> {
    scan_details: ScanDetails<'a>,
    rescan_available: bool,
    data_id: &'a str,
    scan_all_result_i: u16,
    start_time: UtcTime,
    total_time: u64,
    total_avs: usize,
    total_detected_avs: usize,
    progress_percentage: u8,
    in_queue: u64,
    scan_all_result_a: &'static str,
}

/// The file, the same in both versions.
#[derive(Serialize)]
pub(crate) struct FileInfo<'a> {
    file_size: u64,
    upload_timestamp: UtcTime,
    md5: String,
    sha1: String,
    sha256: String,
    file_type_category: &'a str,
    file_type_description: &'a str,
    file_type_extension: &'a str,
    display_name: &'a str,
}

/// The reply for a sample with this result. Relative times count from `origin`.
pub(crate) fn found(
    FoundSample { sample, view }: &FoundSample,
    newest: &FinalResult<'_>,
    history: usize,
    origin: Timestamp,
) -> Reply {
    let report = HashReport {
        scan_result_history_length: history,
        votes: view.votes,
        file_id: &newest.ids.file_id,
        data_id: &newest.ids.data_id,
        archived: view.archived,
        scan_results: scan_results(newest, origin),
        file_info: FileInfo::of(sample, &newest.scan, origin),
        top_threat: view.top_threat,
        share_file: view.share_file,
        // As in published replies of version 2.
        rest_version: "3",
    };
    answer(StatusCode::OK, &report, &HASH_FOUND)
}

fn scan_results<'a>(newest: &'a FinalResult<'_>, origin: Timestamp) -> ScanResults<'a> {
    let engines = &*newest.scan.engines;
    ScanResults {
        scan_details: ScanDetails::finished(engines, origin, EngineForm::Report),
        rescan_available: true,
        data_id: &newest.ids.data_id,
        scan_all_result_i: newest.code,
        start_time: UtcTime { at: newest.scan.at.resolve(origin), digits: 3 },
        total_time: total_time(engines),
        total_avs: engines.len(),
        total_detected_avs: opswat::detections(engines),
        progress_percentage: 100,
        in_queue: 0,
        scan_all_result_a: opswat::verdict(newest.code).map_or("Unknown", words),
    }
}

/// How long a scan took, in milliseconds. The engines work side by side; the slowest one ends it.
pub(crate) fn total_time(engines: &[EngineResult]) -> u64 {
    engines.iter().map(|engine| engine.wait_ms).max().unwrap_or(0)
}

impl<'a> FileInfo<'a> {
    /// The file of a sample as it was given for this scan. Relative times count from `origin`.
    pub(crate) fn of(sample: &'a Sample, scan: &'a Scan, origin: Timestamp) -> Self {
        let uploaded = sample.scans.first().map_or(origin, |scan| scan.at.resolve(origin));
        let upper = |bytes: &[u8]| hex(bytes).to_ascii_uppercase();
        Self {
            file_size: sample.size,
            upload_timestamp: UtcTime { at: uploaded, digits: 3 },
            md5: upper(&sample.hashes.md5),
            sha1: upper(&sample.hashes.sha1),
            sha256: upper(&sample.hashes.sha256),
            file_type_category: &sample.file_type.category,
            file_type_description: &sample.file_type.description,
            file_type_extension: &sample.file_type.extension,
            display_name: scan.cause.upload().map_or(&sample.name, |upload| &upload.name),
        }
    }
}

/// The vendor's list of result codes.
pub(crate) fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Clean => "No Threats Found",
        Verdict::Infected => "Infected/Known",
        Verdict::Suspicious => "Suspicious",
        Verdict::Failed => "Failed To Scan",
        Verdict::Cleaned => "Cleaned/Deleted",
        Verdict::Quarantined => "Quarantined",
        Verdict::Whitelisted => "Skipped Clean",
        Verdict::Blacklisted => "Skipped Infected",
        Verdict::ArchiveDepth => "Exceeded Archive Depth",
        Verdict::NotScanned => "Not Scanned",
        Verdict::Aborted => "Aborted",
        Verdict::EncryptedArchive => "Encrypted",
        Verdict::ArchiveSize => "Exceeded Archive Size",
        Verdict::ArchiveFiles => "Exceeded Archive File Number",
        Verdict::PasswordProtected => "Password Protected Document",
        Verdict::ArchiveTimeout => "Exceeded Archive Timeout",
        Verdict::TypeMismatch => "Mismatch",
        Verdict::Vulnerable => "Potentially Vulnerable File",
    }
}

struct NotFound<'a>(&'a str);

impl Serialize for NotFound<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(1))?;
        map.serialize_entry(&self.0.to_ascii_uppercase(), "Not Found")?;
        map.end()
    }
}

/// The reply for a hash without a result.
pub(crate) fn not_found(hash: &str) -> Reply {
    answer(StatusCode::OK, &NotFound(hash), &HASH_NOT_FOUND)
}
