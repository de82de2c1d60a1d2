//! The list of results. An unknown hash has the result 5 and counts -1 engines.

use std::borrow::Cow;

use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;

use super::super::behaviours::V4_BULK_OK;
use super::super::reply::{ScanDetails, UNKNOWN, answer};
use super::super::results::Final;
use crate::journal::Reply;
use crate::vendors::opswat;

/// One hash with its result.
#[derive(Debug, Serialize)]
pub(super) struct Item<'a> {
    data_id: Option<&'a str>,
    scan_result_i: u16,
    hash: Cow<'a, str>,
    total_detected_avs: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scan_details: Option<ScanDetails<'a>>,
}

#[derive(Serialize)]
struct Data<'a> {
    data: Vec<Item<'a>>,
}

impl<'a> Item<'a> {
    /// A hash with its newest final result, if there is one; with details, whose relative times count from `details`,
    /// for the results that have them in version 2.
    pub(super) fn of(hash: Cow<'a, str>, newest: Option<&'a Final<'_>>, details: Option<Timestamp>) -> Self {
        let Some(newest) = newest else {
            return Self {
                data_id: None,
                scan_result_i: UNKNOWN,
                hash,
                total_detected_avs: -1,
                scan_details: None,
            };
        };
        let engines = &*newest.scan.engines;
        let code = opswat::code(newest.scan.verdict);
        let detected = engines.iter().filter(|engine| engine.verdict.is_threat()).count();
        Self {
            data_id: Some(&newest.ids.data_id),
            scan_result_i: code,
            hash,
            total_detected_avs: i64::try_from(detected).unwrap_or(i64::MAX),
            scan_details: details
                .filter(|_| matches!(code, 0..=2))
                .map(|origin| ScanDetails { engines, origin }),
        }
    }

    /// Whether there is no result.
    pub(super) fn is_unknown(&self) -> bool {
        self.data_id.is_none()
    }
}

/// The answer.
pub(super) fn bulk(data: Vec<Item<'_>>) -> Reply {
    answer(StatusCode::OK, &Data { data }, &V4_BULK_OK)
}
