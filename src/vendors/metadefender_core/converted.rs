//! `GET /file/converted/{data_id}`: the sanitised version of a file, where a fixture gives one.
//!
//! Source: the published specification of MetaDefender Core.

use bytes::Bytes;
use http::StatusCode;

use super::behaviours::CONVERTED;
use super::error;
use super::view::CoreView;
use crate::journal::Reply;
use crate::store::StoreError;
use crate::vendors::Call;

const OCTETS: &str = "application/octet-stream";

/// Returns the sanitised file of the result with this identifier, until it goes away.
pub(super) fn show(call: &Call) -> Reply {
    match look_up(call, call.param("data_id")) {
        Ok(Some(text)) => Reply::new(StatusCode::OK, OCTETS, text, &CONVERTED),
        Ok(None) => error::not_converted(),
        Err(error) => error::unexpected(&error.to_string()),
    }
}

fn look_up(call: &Call, requested: &str) -> Result<Option<Bytes>, StoreError> {
    for sample in call.state.named(requested)? {
        let view = CoreView::of(&sample);
        let scans = call.state.scans(&sample, call.now);
        // Several scans can have the identifier that a fixture pins for their sample. The newest one is meant.
        for (place, scan) in scans.iter().enumerate().rev() {
            let of_scan = view.scan(&sample, place, scan);
            if of_scan.data_id != requested || !call.state.is_done(&sample, scan, call.origin, call.now) {
                continue;
            }
            let pins = &of_scan.pins;
            let is_gone = pins.sanitized_until.is_some_and(|until| until.resolve(call.origin) <= call.now);
            let content = pins.sanitized_content.as_ref().filter(|_| !is_gone);
            return Ok(content.map(|text| Bytes::copy_from_slice(text.as_bytes())));
        }
    }
    Ok(None)
}
