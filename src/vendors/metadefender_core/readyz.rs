//! `GET /readyz`: whether the product can process files.
//!
//! Source: the vendor's SDK, which is generated from the specification of later versions; Health Check API Configuration.

use http::StatusCode;

use super::behaviours::{READY, UNREADY};
use super::engines;
use super::fields::NAME;
use super::reply::{self, ActiveEngines, Database, EngineHealth, Health, JSON, LicenseHealth, ScanQueue};
use super::settings::LICENSE_DAYS;
use crate::journal::Reply;
use crate::samples::Scan;
use crate::vendors::Call;

/// The size of the queue as replies show it. The emulator itself takes any number of files.
const QUEUE: usize = 500;

/// Ready unless the licence has expired. The details are for callers that ask for them.
pub(super) fn show(call: &Call) -> Reply {
    let licensed = call.settings.get(&LICENSE_DAYS) > 0;
    let (status, behaviour) = match licensed {
        true => (StatusCode::OK, &READY),
        false => (StatusCode::SERVICE_UNAVAILABLE, &UNREADY),
    };
    let verbose = call.parameter("verbose").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let body = if verbose { details(call, licensed) } else { bytes::Bytes::from_static(b"{}") };
    Reply::new(status, JSON, body, behaviour)
}

fn details(call: &Call, licensed: bool) -> bytes::Bytes {
    let engine = |name: String| EngineHealth { engine_id: engines::id(&name), required: false, status: true };
    let is_waiting = |scan: &Scan| {
        scan.cause.upload().is_some_and(|upload| upload.api == NAME)
            // An upload that was ended manually holds its own end, so none is passed.
            && !scan.is_done(call.origin, None, call.now)
    };
    let waiting: usize = call
        .state
        .uploads
        .samples()
        .iter()
        .map(|sample| sample.scans.iter().filter(|scan| is_waiting(scan)).count())
        .sum();
    reply::object(&Health {
        database: Database { status: true },
        engines: engines::names(call).into_iter().map(engine).collect(),
        license: LicenseHealth { status: if licensed { "ok" } else { "expired" } },
        number_active_av_engines: ActiveEngines { status: true, threshold: 0 },
        scan_queue: ScanQueue {
            max_number_in_queue: QUEUE,
            number_in_queue: waiting,
            status: true,
            threshold: 100,
        },
    })
}
