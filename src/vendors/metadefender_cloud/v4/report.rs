//! The report on a file in version 4: of its hash, and of a result by its identifier.
//!
//! Source: published replies of the service; what a real analysis would have to find is absent unless a fixture gives it.

use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

use super::super::fields::{KEY, NAME, ReportFacts, ReportPins, Votes};
use super::super::reply::{FileInfo, IN_PROGRESS, ScanDetails, UtcTime, answer, total_time, words};
use super::super::results::{FoundSample, ResultState};
use super::super::view::Ids;
use crate::journal::{Behaviour, Reply};
use crate::samples::{Scan, Verdict};
use crate::vendors::opswat::progress::ScanProgress;
use crate::vendors::{Call, opswat};

/// The rule of files that were sent without one.
const PROFILE: &str = "multiscan";

#[derive(Serialize)]
struct Report<'a> {
    scan_result_history_length: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    malware_family: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    malware_type: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threat_name: Option<&'a str>,
    votes: Votes,
    sandbox: bool,
    file_id: &'a str,
    data_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sanitized: Option<&'a Value>,
    process_info: ProcessInfo<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scan_results: Option<ScanResults<'a>>,
    file_info: FileInfo<'a>,
    share_file: u64,
    private_processing: u64,
    rest_version: &'static str,
    additional_info: Vec<&'a str>,
    stored: bool,
}

#[derive(Serialize)]
struct ProcessInfo<'a> {
    post_processing: PostProcessing<'a>,
    blocked_reason: &'a str,
    file_type_skipped_scan: bool,
    profile: &'a str,
    progress_percentage: u8,
    result: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdicts: Option<Vec<&'a str>>,
}

/// What a fixture gives, or nothing done.
#[derive(Serialize)]
#[serde(untagged)]
enum PostProcessing<'a> {
    Given(&'a Value),
    None {
        actions_failed: &'static str,
        actions_ran: &'static str,
        converted_destination: &'static str,
        converted_to: &'static str,
        copy_move_destination: &'static str,
    },
}

#[derive(Serialize)]
struct ScanResults<'a> {
    scan_details: ScanDetails<'a>,
    scan_all_result_i: u16,
    start_time: UtcTime,
    total_time: u64,
    total_avs: usize,
    total_detected_avs: usize,
    progress_percentage: u8,
    scan_all_result_a: &'static str,
}

/// A result to report on.
#[derive(Debug)]
pub(super) struct Reported<'a> {
    /// The sample.
    pub(super) found: &'a FoundSample,
    /// The scan.
    pub(super) scan: &'a Scan,
    /// Its identifiers.
    pub(super) ids: &'a Ids,
    /// How far it is.
    pub(super) state: ResultState,
    /// How many results of the sample are final.
    pub(super) history: usize,
}

impl Reported<'_> {
    /// The report, with this behaviour; without `scan_results` if the file is known by reputation alone.
    pub(super) fn reply(&self, call: &Call, behaviour: &'static Behaviour) -> Reply {
        let (facts, pins) = self.facts();
        let (code, percentage) = match self.state {
            ResultState::Final(code) => (code, 100),
            ResultState::Running(progress) => (IN_PROGRESS, progress.percentage()),
        };
        // Only infected files have a family, types and a name of the threat.
        let infected = code == opswat::code(Verdict::Infected);
        let threat = Some(self.scan.threat.as_str()).filter(|threat| !threat.is_empty());
        let report = Report {
            scan_result_history_length: self.history,
            malware_family: pins.malware_family.as_deref().filter(|_| infected),
            malware_type: pins.malware_type.as_deref().filter(|_| infected),
            threat_name: pins.threat_name.as_deref().or(threat).filter(|name| infected && !name.is_empty()),
            votes: self.found.view.votes,
            sandbox: facts.sandbox,
            file_id: &self.ids.file_id,
            data_id: &self.ids.data_id,
            sanitized: pins.sanitized.as_ref(),
            process_info: self.process_info(&pins, code, percentage),
            scan_results: (!facts.reputation_only).then(|| self.scan_results(call, code, percentage)),
            file_info: FileInfo::of(&self.found.sample, self.scan, call.origin),
            share_file: self.found.view.share_file,
            private_processing: facts.private_processing,
            rest_version: "4",
            additional_info: facts.additional_info.keys().map(String::as_str).collect(),
            stored: facts.stored.unwrap_or(true),
        };
        answer(StatusCode::OK, &report, behaviour)
    }

    /// Whether the report leaves out `scan_results`.
    pub(super) fn is_reputation_only(&self) -> bool {
        self.facts().0.reputation_only
    }

    fn facts(&self) -> (ReportFacts, ReportPins) {
        let sample = &self.found.sample;
        (sample.overlay(KEY), ReportPins::of(sample, self.scan))
    }

    fn process_info<'a>(&'a self, pins: &'a ReportPins, code: u16, percentage: u8) -> ProcessInfo<'a> {
        let name = v4_words(code);
        let is_final = code != IN_PROGRESS;
        let blocks = opswat::verdict(code).is_some_and(opswat::blocks);
        let result = match (is_final, blocks) {
            (false, _) => "Processing",
            (true, true) => "Blocked",
            (true, false) => "Allowed",
        };
        // What a fixture pins is the outcome of the finished scan.
        let result = pins.result.as_deref().filter(|_| is_final).unwrap_or(result);
        let reason = if result == "Blocked" { name } else { "" };
        // The rule of an upload to another product is not a rule of this one.
        let upload = self.scan.cause.upload().filter(|upload| upload.api == NAME);
        let rule = upload.and(self.scan.rule.as_deref());
        ProcessInfo {
            post_processing: pins.post_processing.as_ref().map_or(NOTHING_DONE, PostProcessing::Given),
            blocked_reason: pins.blocked_reason.as_deref().filter(|_| is_final).unwrap_or(reason),
            file_type_skipped_scan: pins.file_type_skipped_scan.unwrap_or(false),
            profile: rule.or(pins.profile.as_deref()).unwrap_or(PROFILE),
            progress_percentage: percentage,
            result,
            verdicts: match &pins.verdicts {
                _ if !is_final => Some(Vec::new()),
                // Published replies of 2022 have none.
                Some(given) if given.is_empty() => None,
                Some(given) => Some(given.iter().map(String::as_str).collect()),
                None => Some(vec![name]),
            },
        }
    }

    fn scan_results(&self, call: &Call, code: u16, percentage: u8) -> ScanResults<'_> {
        let engines = &*self.scan.engines;
        let (progress, total_time) = match self.state {
            ResultState::Final(_) => (ScanProgress::Finished { took: None }, total_time(engines)),
            ResultState::Running(progress) => (progress, elapsed(progress)),
        };
        let done = engines.iter().enumerate().filter(|(place, _)| progress.has_engine(*place));
        let detected = done.filter(|(_, engine)| opswat::is_detection(engine.verdict)).count();
        ScanResults {
            scan_details: ScanDetails::at(engines, call.origin, progress),
            scan_all_result_i: code,
            start_time: UtcTime { at: self.scan.at.resolve(call.origin), digits: 3 },
            total_time,
            total_avs: engines.len(),
            total_detected_avs: detected,
            progress_percentage: percentage,
            scan_all_result_a: v4_words(code),
        }
    }
}

const NOTHING_DONE: PostProcessing<'static> = PostProcessing::None {
    actions_failed: "",
    actions_ran: "",
    converted_destination: "",
    converted_to: "",
    copy_move_destination: "",
};

fn elapsed(progress: ScanProgress) -> u64 {
    if let ScanProgress::Running { elapsed, .. } = progress { elapsed } else { 0 }
}

/// The name of a result in version 4, which has names of its own for the two most frequent ones.
pub(in super::super) fn v4_words(code: u16) -> &'static str {
    match opswat::verdict(code) {
        Some(Verdict::Clean) => "No Threat Detected",
        Some(Verdict::Infected) => "Infected",
        Some(other) => words(other),
        None if code == IN_PROGRESS => "In Progress",
        None => "Unknown",
    }
}

/// The additional information of this name; `None` if no fixture gives it, or gives its name alone.
pub(super) fn additional_info(found: &FoundSample, name: &str) -> Option<Value> {
    let mut facts: ReportFacts = found.sample.overlay(KEY);
    let info: &mut Map<String, Value> = &mut facts.additional_info;
    info.remove(name).filter(|info| !info.is_null())
}
