//! A batch, keys in the order of the published specification.

use bytes::Bytes;
use serde::Serialize;

use super::Time;
use crate::journal::json;

/// The state of a batch.
#[derive(Serialize)]
pub(crate) struct BatchResult<'a> {
    pub(crate) batch_files: BatchFiles<'a>,
    pub(crate) batch_id: &'a str,
    pub(crate) is_closed: bool,
    pub(crate) process_info: BatchProcess<'a>,
    pub(crate) scan_results: BatchScan<'a>,
    pub(crate) user_data: &'a str,
}

/// A part of its files.
#[derive(Serialize)]
pub(crate) struct BatchFiles<'a> {
    pub(crate) batch_count: usize,
    pub(crate) files_in_batch: &'a [BatchFile],
    pub(crate) first_index: u64,
    pub(crate) page_size: u64,
}

/// A file in it.
#[derive(Serialize)]
pub(crate) struct BatchFile {
    pub(crate) data_id: String,
    pub(crate) detected_by: usize,
    pub(crate) display_name: String,
    pub(crate) file_size: u64,
    pub(crate) file_type: String,
    pub(crate) file_type_description: String,
    pub(crate) process_info: FileProcess,
    pub(crate) progress_percentage: u8,
    pub(crate) scan_all_result_a: String,
    pub(crate) scan_all_result_i: u16,
    pub(crate) scanned_with: usize,
}

/// What came of a file.
#[derive(Serialize)]
pub(crate) struct FileProcess {
    pub(crate) blocked_reason: String,
    pub(crate) progress_percentage: u8,
    pub(crate) result: String,
    pub(crate) verdicts: Vec<String>,
}

/// What came of all files.
#[derive(Serialize)]
pub(crate) struct BatchProcess<'a> {
    pub(crate) blocked_reason: &'a str,
    pub(crate) file_type_skipped_scan: bool,
    pub(crate) profile: &'a str,
    pub(crate) result: &'a str,
    pub(crate) user_agent: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) username: Option<String>,
}

/// What the engines found in all files.
#[derive(Serialize)]
pub(crate) struct BatchScan<'a> {
    pub(crate) batch_id: &'a str,
    pub(crate) scan_all_result_a: &'a str,
    pub(crate) scan_all_result_i: u16,
    pub(crate) start_time: Time,
    /// Always 0: no engine scans a batch.
    pub(crate) total_avs: usize,
    pub(crate) total_time: i64,
}

/// The receipt for a batch.
pub(crate) fn batch_id(id: &str) -> Bytes {
    #[derive(Serialize)]
    struct Created<'a> {
        batch_id: &'a str,
    }
    json(&Created { batch_id: id })
}
