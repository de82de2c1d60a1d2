//! The list of results. An unknown hash has the result 5 and counts -1 engines.

use std::borrow::Cow;

use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;

use super::super::behaviours::V4_BULK_OK;
use super::super::reply::{EngineForm, ScanDetails, UNKNOWN, answer};
use super::super::results::FinalResult;
use crate::journal::Reply;
use crate::vendors::opswat;

/// One hash with its result.
#[derive(Debug, Serialize)]
pub(super) struct V4Item<'a> {
    data_id: Option<&'a str>,
    scan_result_i: u16,
    hash: Cow<'a, str>,
    total_detected_avs: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scan_details: Option<ScanDetails<'a>>,
}

#[derive(Serialize)]
struct V4BulkBody<'a> {
    data: Vec<V4Item<'a>>,
}

impl<'a> V4Item<'a> {
    /// A hash with its newest final result, and with its details if they are requested; their relative times count from
    /// `details`.
    pub(super) fn of(hash: Cow<'a, str>, newest: &'a FinalResult<'_>, details: Option<Timestamp>) -> Self {
        Self {
            data_id: Some(&newest.ids.data_id),
            scan_result_i: newest.code,
            hash,
            total_detected_avs: i64::try_from(opswat::detections(&newest.scan.engines)).unwrap_or(i64::MAX),
            scan_details: details.and_then(|origin| ScanDetails::of(newest, origin, EngineForm::V4List)),
        }
    }

    /// A hash without a final result, with the identifier of an unfinished one if it is to be shown.
    pub(super) fn unknown(hash: Cow<'a, str>, data_id: Option<&'a str>) -> Self {
        Self { data_id, scan_result_i: UNKNOWN, hash, total_detected_avs: -1, scan_details: None }
    }

    /// Whether there is no result.
    pub(super) fn is_unknown(&self) -> bool {
        self.total_detected_avs < 0
    }
}

/// The reply.
pub(super) fn bulk(data: Vec<V4Item<'_>>) -> Reply {
    answer(StatusCode::OK, &V4BulkBody { data }, &V4_BULK_OK)
}
