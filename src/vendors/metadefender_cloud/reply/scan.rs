//! What all results share in JSON: the engines and their times.

use std::fmt;

use http::StatusCode;
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use serde::{Serialize, Serializer};

use crate::journal::Behaviour;
use crate::journal::{Reply, json};
use crate::samples::EngineResult;
use crate::vendors::metadefender_cloud::results::FinalResult;
use crate::vendors::opswat;

const JSON: &str = "application/json; charset=utf-8";

/// A reply in JSON.
pub(crate) fn answer(status: StatusCode, body: &impl Serialize, behaviour: &'static Behaviour) -> Reply {
    Reply::new(status, JSON, json(body), behaviour)
}

/// Each engine's result under the engine's name, in order.
#[derive(Debug)]
pub(crate) struct ScanDetails<'a> {
    /// The results.
    pub(crate) engines: &'a [EngineResult],
    /// The instant from which relative times count.
    pub(crate) origin: Timestamp,
}

#[derive(Serialize)]
struct Engine<'a> {
    scan_result_i: u16,
    threat_found: &'a str,
    def_time: UtcTime,
    scan_time: f64,
}

impl<'a> ScanDetails<'a> {
    /// The details of a result, with relative times from `origin`. Only the results 0, 1 and 2 have details.
    pub(crate) fn of(result: &'a FinalResult<'_>, origin: Timestamp) -> Option<Self> {
        let has_details = matches!(result.code, 0..=2);
        has_details.then(|| Self { engines: &result.scan.engines, origin })
    }
}

impl Serialize for ScanDetails<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.engines.iter().map(|engine| {
            let result = Engine {
                scan_result_i: opswat::code(engine.verdict),
                threat_found: &engine.threat,
                def_time: UtcTime { at: engine.definitions.resolve(self.origin), digits: 0 },
                // One decimal: 78.0.
                scan_time: (engine.scan_ms * 10.0).round() / 10.0,
            };
            (&engine.engine, result)
        }))
    }
}

/// An instant in UTC with this number of digits after the second.
#[derive(Debug)]
pub(super) struct UtcTime {
    pub(super) at: Timestamp,
    pub(super) digits: u8,
}

impl fmt::Display for UtcTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let printer = DateTimePrinter::new().precision(Some(self.digits));
        printer.print_timestamp(&self.at, jiff::fmt::StdFmtWrite(out)).map_err(|_| fmt::Error)
    }
}

impl Serialize for UtcTime {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_truncated_to_the_number_of_digits() {
        let at: Timestamp = "2014-08-07T07:00:00.9996Z".parse().expect("a timestamp");
        assert_eq!(UtcTime { at, digits: 0 }.to_string(), "2014-08-07T07:00:00Z");
        assert_eq!(UtcTime { at, digits: 3 }.to_string(), "2014-08-07T07:00:00.999Z");
    }
}
