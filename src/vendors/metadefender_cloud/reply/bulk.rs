//! The list of results. Multiple Hashes Lookup, Response.

use std::borrow::Cow;

use http::StatusCode;
use jiff::Timestamp;

use super::scan::{EngineForm, JSON, ScanDetails};
use crate::journal::{Reply, push_json, push_list, push_plain, push_text, written_about};
use crate::vendors::metadefender_cloud::behaviours::BULK_OK;
use crate::vendors::metadefender_cloud::results::FinalResult;
use crate::vendors::metadefender_cloud::settings::ResultKey;

/// The result of an unknown hash.
pub(crate) const UNKNOWN: u16 = 5;
/// The result of a hash for which no look-up was left.
pub(crate) const LIMITED: u16 = 403;

/// A text of a request as the reply repeats it.
#[derive(Debug)]
pub(crate) struct EchoedHash<'a> {
    /// The text.
    pub(crate) text: Cow<'a, str>,
    /// Whether it is a hash, which has nothing to be escaped.
    pub(crate) is_hash: bool,
}

/// One hash with its result.
#[derive(Debug)]
pub(crate) struct BulkItem<'a> {
    hash: EchoedHash<'a>,
    result: u16,
    details: Option<ScanDetails<'a>>,
    has_result: bool,
    data_id: Option<&'a str>,
}

impl<'a> BulkItem<'a> {
    /// A hash with its newest final result, and with its details if they are requested; their relative times count from
    /// `details`.
    pub(crate) fn of(hash: EchoedHash<'a>, newest: &'a FinalResult<'_>, details: Option<Timestamp>) -> Self {
        Self {
            hash,
            result: newest.code,
            details: details.and_then(|origin| ScanDetails::of(newest, origin, EngineForm::List)),
            has_result: true,
            data_id: Some(&newest.ids.data_id),
        }
    }

    /// A hash without a result, the code for the reason, and the identifier of an unfinished result if it is to be shown.
    pub(crate) fn without_result(hash: EchoedHash<'a>, code: u16, data_id: Option<&'a str>) -> Self {
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

    /// Writes it, its result under the names that `key` says.
    fn write(&self, key: ResultKey, out: &mut Vec<u8>) {
        let (plain, numbered) = key.fields(self.has_result);
        // Names as literals with what surrounds them: of a list of a thousand, `ObjectWriter` takes a fifth more.
        out.extend_from_slice(b"{\"hash\":");
        match &self.hash {
            EchoedHash { text, is_hash: true } => push_plain(out, text),
            EchoedHash { text, is_hash: false } => push_text(out, text),
        }
        if plain {
            out.extend_from_slice(b",\"scan_result\":");
            push_json(out, &self.result);
        }
        if numbered {
            out.extend_from_slice(b",\"scan_result_i\":");
            push_json(out, &self.result);
        }
        if let Some(details) = &self.details {
            out.extend_from_slice(b",\"scan_details\":");
            push_json(out, details);
        }
        // Where there is none, the page shows null. So it is not left out, unlike the others.
        match self.data_id {
            Some(id) => {
                out.extend_from_slice(b",\"data_id\":");
                push_text(out, id);
                out.push(b'}');
            }
            None => out.extend_from_slice(b",\"data_id\":null}"),
        }
    }
}

/// The reply with these items, in request order.
pub(crate) fn bulk<'a>(items: impl Iterator<Item = BulkItem<'a>>, key: ResultKey) -> Reply {
    // The length of most items: a SHA-256, a result and an identifier.
    let len = 128 * items.size_hint().0;
    let body = written_about(len, |out| push_list(out, items, |out, item| item.write(key, out)));
    Reply::new(StatusCode::OK, JSON, body, &BULK_OK)
}
