//! The list of results. Multiple Hashes Lookup, Response.

use std::borrow::Cow;

use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;

use super::scan::{ScanDetails, answer};
use crate::journal::Behaviour;
use crate::journal::Reply;
use crate::vendors::metadefender_cloud::behaviours::BULK_OK;
use crate::vendors::metadefender_cloud::results::Final;
use crate::vendors::metadefender_cloud::settings::ResultKey;
use crate::vendors::opswat;

/// The result of a hash that the service does not know.
pub(crate) const UNKNOWN: u16 = 5;
/// The result of a hash for which no look-up was left.
pub(crate) const LIMITED: u16 = 403;

/// A bulk answer.
#[derive(Debug)]
pub(crate) struct Bulk<'a> {
    /// Its items, in request order.
    pub(crate) items: Vec<Item<'a>>,
    /// The names of an item's result.
    pub(crate) key: ResultKey,
}

/// One hash with its result.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    hash: Cow<'a, str>,
    result: u16,
    details: Option<ScanDetails<'a>>,
    data_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Wire<'a> {
    hash: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scan_result: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scan_result_i: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scan_details: Option<&'a ScanDetails<'a>>,
    data_id: Option<&'a str>,
}

impl<'a> Item<'a> {
    /// A hash with its newest final result; with details, whose relative times count from `details`, if it is one
    /// that has them.
    pub(crate) fn of(hash: Cow<'a, str>, newest: &'a Final<'_>, details: Option<Timestamp>) -> Self {
        let result = opswat::code(newest.scan.verdict);
        let details = details.filter(|_| matches!(result, 0..=2));
        Self {
            hash,
            result,
            details: details.map(|origin| ScanDetails { engines: &newest.scan.engines, origin }),
            data_id: Some(&newest.ids.data_id),
        }
    }

    /// A hash without a result, and the code that says why.
    pub(crate) fn without_result(hash: Cow<'a, str>, code: u16) -> Self {
        Self { hash, result: code, details: None, data_id: None }
    }

    /// Whether it has details.
    pub(crate) fn has_details(&self) -> bool {
        self.details.is_some()
    }

    /// Whether it has a result.
    pub(crate) fn has_result(&self) -> bool {
        self.data_id.is_some()
    }
}

impl Bulk<'_> {
    /// The answer, being all of `behaviours`.
    pub(crate) fn reply(&self, behaviours: Vec<&'static Behaviour>) -> Reply {
        let items: Vec<_> = self.items.iter().map(|item| self.wire(item)).collect();
        Reply { behaviours, ..answer(StatusCode::OK, &items, &BULK_OK) }
    }

    fn wire<'a>(&self, item: &'a Item<'a>) -> Wire<'a> {
        Wire {
            hash: &item.hash,
            scan_result: (self.key != ResultKey::Numbered).then_some(item.result),
            scan_result_i: (self.key != ResultKey::Plain).then_some(item.result),
            scan_details: item.details.as_ref(),
            data_id: item.data_id,
        }
    }
}
