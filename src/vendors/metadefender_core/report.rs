//! From facts to the body: what is pinned is said as it is, everything else follows from the scan.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::archive::{self, Inside};
use super::choice::Choice;
use super::codes;
use super::progress::Stage;
use super::reply::{
    EngineDetail, ExtractedFiles, FileInfo, HashResult, ProcessInfo, ScanDetails, ScanResults, Time,
    VulnerabilityInfo,
};
use super::settings::{Definitions, ENGINE_DEFINITIONS};
use super::view::whole;
use crate::journal::json;
use crate::samples::{EngineResult, Rule, Sample};
use crate::store::StoreError;
use crate::vendors::Call;
use crate::vendors::opswat;

/// The agent that files come from when nobody says which.
const AGENT: &str = "webscan";

/// A body, and what there is to know of it.
#[derive(Debug)]
pub(super) struct Rendered {
    /// The body.
    pub(super) body: Bytes,
    /// Whether the file is an archive.
    pub(super) is_archive: bool,
    /// Whether the settings brought times that count from the origin.
    pub(super) is_relative: bool,
}

/// The result of a scan of `sample` at the instant of the call.
pub(super) async fn render(
    call: &Call,
    rules: &[Rule],
    sample: &Sample,
    choice: &Choice<'_>,
) -> Result<Rendered, StoreError> {
    let definitions = Definitions::parse(call.settings.get(&ENGINE_DEFINITIONS)).unwrap_or_default();
    let inside = match sample.children.is_empty() {
        true => None,
        false => Some(archive::look(call, rules, sample).await?),
    };
    let report = Report {
        sample,
        choice,
        inside: inside.as_ref(),
        rules,
        definitions: &definitions,
        origin: call.origin,
        now: call.now,
    };
    let is_relative = definitions.are_relative();
    Ok(Rendered { body: report.body(), is_archive: inside.is_some(), is_relative })
}

/// All that a body is made of.
struct Report<'a> {
    /// The file.
    sample: &'a Sample,
    /// Its scan.
    choice: &'a Choice<'a>,
    /// What is in it, if it is an archive.
    inside: Option<&'a Inside>,
    /// The world's rules.
    rules: &'a [Rule],
    /// The engines' current definitions.
    definitions: &'a Definitions<'a>,
    /// The instant from which relative times count.
    origin: Timestamp,
    /// The instant of the request.
    now: Timestamp,
}

/// The overall result.
struct Outcome<'a> {
    code: u16,
    name: &'a str,
    result: &'a str,
    blocked_reason: String,
}

impl Report<'_> {
    /// The body.
    fn body(&self) -> Bytes {
        let Self { sample, choice, .. } = self;
        let (scan, pins, stage) = (&choice.view, &choice.view.pins, choice.stage);
        let rule = choice.rule(self.rules);
        let outcome = self.outcome(&rule);
        let start = self.start();
        let (total_time, processing_time) = match stage {
            Stage::Finished { took } => (scan.total_time(took), scan.processing_time(took)),
            Stage::Running { elapsed, .. } => (elapsed, elapsed),
        };
        let uploaded = pins.upload_timestamp.map(|at| at.resolve(self.origin));
        let engines = choice.scan.engines.iter().enumerate();
        let details = engines.map(|(place, engine)| (engine.engine.as_str(), self.engine(place, engine)));
        json(&HashResult {
            data_id: &scan.data_id,
            extracted_files: self.inside.map(|inside| ExtractedFiles { files_in_archive: &inside.files }),
            file_info: FileInfo {
                display_name: choice.scan.cause.upload().map_or(&sample.name, |upload| &upload.name),
                file_size: sample.size,
                file_type: &sample.file_type.mime,
                file_type_description: &sample.file_type.description,
                md5: &choice.file.md5,
                sha1: &choice.file.sha1,
                sha256: &choice.file.sha256,
                upload_timestamp: Time(uploaded.unwrap_or_else(|| later(start, scan.queue_time, -1))),
            },
            scan_results: ScanResults {
                last_file_scanned: pins.last_file_scanned.as_deref(),
                data_id: &scan.data_id,
                progress_percentage: stage.percentage(),
                scan_all_result_a: outcome.name,
                scan_all_result_i: outcome.code,
                scan_details: ScanDetails(details.collect()),
                start_time: Time(start),
                total_avs: choice.scan.engines.len(),
                total_time,
            },
            process_info: ProcessInfo {
                processing_time,
                progress_percentage: stage.percentage(),
                user_agent: pins.user_agent.as_deref().unwrap_or_else(|| agent(&rule)),
                profile: choice.profile(self.rules),
                queue_time: scan.queue_time,
                result: outcome.result,
                blocked_reason: &outcome.blocked_reason,
                file_type_skipped_scan: pins.file_type_skipped_scan.unwrap_or(false),
                outdated_data: self.outdated(&rule),
            },
            vulnerability_info: VulnerabilityInfo(pins.vulnerability_info.as_ref()),
        })
    }

    fn start(&self) -> Timestamp {
        let pinned = self.choice.view.pins.start_time;
        pinned.unwrap_or(self.choice.scan.at).resolve(self.origin)
    }

    fn engine<'a>(&'a self, place: usize, engine: &'a EngineResult) -> EngineDetail<'a> {
        let done = self.choice.stage.has_engine(place);
        EngineDetail {
            def_time: Time(engine.definitions.resolve(self.origin)),
            location: self.choice.view.pins.location.as_deref().unwrap_or("local"),
            scan_result_i: if done { opswat::code(engine.verdict) } else { codes::IN_PROGRESS },
            scan_time: if done { whole(engine.scan_ms) } else { 0 },
            wait_time: if done { engine.wait_ms } else { 0 },
            threat_found: if done { &engine.threat } else { "" },
        }
    }

    fn outcome(&self, rule: &Rule) -> Outcome<'_> {
        if !self.choice.stage.is_finished() {
            let name = codes::name(codes::IN_PROGRESS);
            let blocked_reason = String::new();
            return Outcome { code: codes::IN_PROGRESS, name, result: "Processing", blocked_reason };
        }
        let pins = &self.choice.view.pins;
        let inside = self.inside.and_then(|inside| inside.verdict);
        let code = pins.scan_all_result_i.unwrap_or_else(|| {
            let own = self.choice.verdict();
            opswat::code(opswat::consolidate([own].into_iter().chain(inside)).unwrap_or(own))
        });
        let name = pins.scan_all_result_a.as_deref().unwrap_or_else(|| codes::name(code));
        let blocks = opswat::verdict(code).is_some_and(|verdict| match &rule.blocks {
            Some(blocks) => blocks.contains(&verdict),
            None => opswat::blocks(verdict),
        });
        let result = pins.result.as_deref().unwrap_or(if blocks { "Blocked" } else { "Allowed" });
        let reason = || if result == "Blocked" { format!("Scan result: {name}") } else { String::new() };
        Outcome { code, name, result, blocked_reason: pins.blocked_reason.clone().unwrap_or_else(reason) }
    }

    /// What of a finished result is outdated at the instant of the request.
    fn outdated(&self, rule: &Rule) -> Vec<&str> {
        let Stage::Finished { took } = self.choice.stage else { return Vec::new() };
        let view = &self.choice.view;
        if let Some(pinned) = &view.pins.outdated_data {
            return pinned.iter().map(String::as_str).collect();
        }
        let newer = |engine: &EngineResult| {
            let current = self.definitions.of(&engine.engine, self.origin);
            current.is_some_and(|current| current > engine.definitions.resolve(self.origin))
        };
        let processed = later(self.start(), view.processing_time(took), 1);
        // What the clock has not reached has not happened.
        let happened = |at: Timestamp| at <= self.now;
        let modified = rule.modified.map(|at| at.resolve(self.origin));
        let sanitized_until = view.pins.sanitized_until.map(|at| at.resolve(self.origin));
        let flags = [
            (self.choice.scan.engines.iter().any(newer), "enginedefinitions"),
            (modified.is_some_and(|at| at > processed && happened(at)), "configuration"),
            (sanitized_until.is_some_and(happened), "sanitization"),
        ];
        flags.into_iter().filter(|(holds, _)| *holds).map(|(_, flag)| flag).collect()
    }
}

fn agent(rule: &Rule) -> &str {
    rule.user_agents.first().map_or(AGENT, String::as_str)
}

/// An instant `ms` milliseconds later, or earlier for a sign of -1; the calendar's ends are where it stops.
fn later(at: Timestamp, ms: u64, sign: i64) -> Timestamp {
    let by = SignedDuration::from_millis(sign * i64::try_from(ms).unwrap_or(i64::MAX));
    at.saturating_add(by).unwrap_or(at)
}
