//! The list of results. Multiple Hashes Lookup, Response.

use std::borrow::Cow;

use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;

use super::scan::{EngineForm, ScanDetails, answer};
use crate::journal::Behaviour;
use crate::journal::Reply;
use crate::vendors::metadefender_cloud::behaviours::BULK_OK;
use crate::vendors::metadefender_cloud::results::FinalResult;
use crate::vendors::metadefender_cloud::settings::ResultKey;

/// The result of an unknown hash.
pub(crate) const UNKNOWN: u16 = 5;
/// The result of a hash for which no look-up was left.
pub(crate) const LIMITED: u16 = 403;

/// A bulk reply.
#[derive(Debug)]
pub(crate) struct BulkReply<'a> {
    /// Its items, in request order.
    pub(crate) items: Vec<BulkItem<'a>>,
    /// The names of the field with the result.
    pub(crate) key: ResultKey,
}

/// One hash with its result.
#[derive(Debug)]
pub(crate) struct BulkItem<'a> {
    hash: Cow<'a, str>,
    result: u16,
    details: Option<ScanDetails<'a>>,
    has_result: bool,
    data_id: Option<&'a str>,
}

#[derive(Serialize)]
struct BulkItemBody<'a> {
    hash: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scan_result: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scan_result_i: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scan_details: Option<&'a ScanDetails<'a>>,
    // Where there is none, the page shows null. So it is not left out, unlike the others.
    data_id: Option<&'a str>,
}

impl<'a> BulkItem<'a> {
    /// A hash with its newest final result, and with its details if they are requested; their relative times count from
    /// `details`.
    pub(crate) fn of(hash: Cow<'a, str>, newest: &'a FinalResult<'_>, details: Option<Timestamp>) -> Self {
        Self {
            hash,
            result: newest.code,
            details: details.and_then(|origin| ScanDetails::of(newest, origin, EngineForm::List)),
            has_result: true,
            data_id: Some(&newest.ids.data_id),
        }
    }

    /// A hash without a result, the code for the reason, and the identifier of an unfinished result if it is to be shown.
    pub(crate) fn without_result(hash: Cow<'a, str>, code: u16, data_id: Option<&'a str>) -> Self {
        Self { hash, result: code, details: None, has_result: false, data_id }
    }

    /// Whether it has details.
    pub(crate) fn has_details(&self) -> bool {
        self.details.is_some()
    }

    /// Whether it has a result.
    pub(crate) fn has_result(&self) -> bool {
        self.has_result
    }
}

impl BulkReply<'_> {
    /// The reply, with these behaviours.
    pub(crate) fn reply(&self, behaviours: Vec<&'static Behaviour>) -> Reply {
        let items: Vec<_> = self.items.iter().map(|item| self.wire(item)).collect();
        Reply { behaviours, ..answer(StatusCode::OK, &items, &BULK_OK) }
    }

    fn wire<'a>(&self, item: &'a BulkItem<'a>) -> BulkItemBody<'a> {
        let (plain, numbered) = self.key.fields(item.has_result);
        BulkItemBody {
            hash: &item.hash,
            scan_result: plain.then_some(item.result),
            scan_result_i: numbered.then_some(item.result),
            scan_details: item.details.as_ref(),
            data_id: item.data_id,
        }
    }
}
