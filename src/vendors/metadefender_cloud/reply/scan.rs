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
use crate::vendors::opswat::progress::ScanProgress;

/// The content type of every reply.
pub(crate) const JSON: &str = "application/json; charset=utf-8";

/// The code of a result that is in progress.
pub(crate) const IN_PROGRESS: u16 = 255;

/// A reply in JSON.
pub(crate) fn answer(status: StatusCode, body: &impl Serialize, behaviour: &'static Behaviour) -> Reply {
    Reply::new(status, JSON, json(body), behaviour)
}

/// Each engine's result under the engine's name, in order.
#[derive(Debug)]
pub(crate) struct ScanDetails<'a> {
    engines: &'a [EngineResult],
    /// The instant from which relative times count.
    origin: Timestamp,
    form: EngineForm,
    /// How far the scan is.
    progress: ScanProgress,
}

/// What the result of an engine looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EngineForm {
    /// In a list of version 2, as the page has it: times without milliseconds, durations with a decimal.
    List,
    /// In a report of version 2.
    Report,
    /// In a list of version 4.
    V4List,
    /// In a report of version 4.
    V4Report,
}

// One struct for each form, because the forms differ in the order and the types of their fields.
#[derive(Serialize)]
struct ListEngine<'a> {
    scan_result_i: u16,
    threat_found: &'a str,
    def_time: UtcTime,
    scan_time: f64,
}

#[derive(Serialize)]
struct ReportEngine<'a> {
    scan_result_i: u16,
    threat_found: &'a str,
    def_time: UtcTime,
    scan_time: u64,
}

#[derive(Serialize)]
struct V4ListEngine<'a> {
    wait_time: u64,
    threat_found: &'a str,
    scan_time: u64,
    scan_result_i: u16,
    def_time: UtcTime,
}

#[derive(Serialize)]
struct V4ReportEngine<'a> {
    def_time: UtcTime,
    scan_result_i: u16,
    scan_time: u64,
    threat_found: &'a str,
}

/// The result of an engine in one of its forms.
#[derive(Serialize)]
#[serde(untagged)]
enum Engine<'a> {
    List(ListEngine<'a>),
    Report(ReportEngine<'a>),
    V4List(V4ListEngine<'a>),
    V4Report(V4ReportEngine<'a>),
}

impl<'a> ScanDetails<'a> {
    /// The details of a finished scan, with relative times from `origin`.
    pub(crate) fn finished(engines: &'a [EngineResult], origin: Timestamp, form: EngineForm) -> Self {
        Self { engines, origin, form, progress: ScanProgress::Finished { took: None } }
    }

    /// The details of a scan in a report of version 4, as far as it is.
    pub(crate) fn at(engines: &'a [EngineResult], origin: Timestamp, progress: ScanProgress) -> Self {
        Self { engines, origin, form: EngineForm::V4Report, progress }
    }

    /// The details of a result in a list. Only the results 0, 1 and 2 have details.
    pub(crate) fn of(result: &'a FinalResult<'_>, origin: Timestamp, form: EngineForm) -> Option<Self> {
        let has_details = matches!(result.code, 0..=2);
        has_details.then(|| Self::finished(&result.scan.engines, origin, form))
    }

    fn engine(&self, place: usize, engine: &'a EngineResult) -> Engine<'a> {
        let done = self.progress.has_engine(place);
        let scan_result_i = if done { opswat::code(engine.verdict) } else { IN_PROGRESS };
        let threat_found = if done { engine.threat.as_str() } else { "" };
        let digits = if matches!(self.form, EngineForm::List) { 0 } else { 3 };
        let def_time = UtcTime { at: engine.definitions.resolve(self.origin), digits };
        let scan_time = if done { engine.scan_ms.round() as u64 } else { 0 };
        match self.form {
            EngineForm::List => {
                // One decimal: 78.0.
                let scan_time = (engine.scan_ms * 10.0).round() / 10.0;
                Engine::List(ListEngine { scan_result_i, threat_found, def_time, scan_time })
            }
            EngineForm::Report => {
                Engine::Report(ReportEngine { scan_result_i, threat_found, def_time, scan_time })
            }
            EngineForm::V4List => {
                let wait_time = engine.wait_ms;
                let engine = V4ListEngine { wait_time, threat_found, scan_time, scan_result_i, def_time };
                Engine::V4List(engine)
            }
            EngineForm::V4Report => {
                Engine::V4Report(V4ReportEngine { def_time, scan_result_i, scan_time, threat_found })
            }
        }
    }
}

impl Serialize for ScanDetails<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let engines = self.engines.iter().enumerate();
        out.collect_map(engines.map(|(place, engine)| (&engine.engine, self.engine(place, engine))))
    }
}

/// An instant in UTC with this number of digits after the second.
#[derive(Debug)]
pub(crate) struct UtcTime {
    pub(crate) at: Timestamp,
    pub(crate) digits: u8,
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
