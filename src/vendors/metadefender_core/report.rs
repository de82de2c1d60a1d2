//! Builds the body from facts: pinned fields as they are, everything else derived from the scan.

use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::codes;
use super::page::ListPage;
use super::reply::{
    ArchivedFile, EngineDetail, ExtractedFiles, FileInfo, HashResult, ProcessInfo, ScanResults,
};
use super::selection::SelectedScan;
use super::settings::{Definitions, ENGINE_DEFINITIONS};
use super::view::whole;
use crate::samples::{EngineResult, NewestDefinitions, Rule, Sample, ShownDefinitions};
use crate::vendors::opswat::progress::ScanProgress;
use crate::vendors::{Call, opswat};

/// The agent of files whose agent is unknown.
pub(super) const AGENT: &str = "webscan";

/// A body, and facts about it.
#[derive(Debug)]
pub(super) struct RenderedResult {
    /// The body.
    pub(super) body: Bytes,
    /// Whether the settings have times that are relative to the origin.
    pub(super) is_relative: bool,
    /// The newest definitions in the world, if the body depends on them.
    pub(super) newest: Option<Arc<NewestDefinitions>>,
}

/// The result of a scan of `sample` at the instant of the call, with this part of the contents.
pub(super) fn render(
    call: &Call,
    rules: &[Rule],
    sample: &Sample,
    selected: &SelectedScan<'_>,
    page: &ListPage,
) -> RenderedResult {
    let definitions = Definitions::parse(call.settings.get(&ENGINE_DEFINITIONS)).unwrap_or_default();
    let is_relative = definitions.are_relative();
    // The definitions of derived engines are invented, so other results cannot have newer ones.
    let newest = (!selected.scan.engines.is_derived()).then(|| call.state.definitions());
    let result = ResultBuilder {
        call,
        sample,
        selected,
        rules,
        definitions: &definitions,
        page,
        newest: newest.as_deref(),
    };
    RenderedResult { body: result.body(), is_relative, newest }
}

/// Everything that a body is built from.
struct ResultBuilder<'a> {
    /// The request.
    call: &'a Call,
    /// The file.
    sample: &'a Sample,
    /// Its scan.
    selected: &'a SelectedScan<'a>,
    /// The world's rules.
    rules: &'a [Rule],
    /// The engines' current definitions.
    definitions: &'a Definitions<'a>,
    /// The part of the contents that is shown.
    page: &'a ListPage,
    /// The newest definitions in the world, of an engine that the scan may have.
    newest: Option<&'a NewestDefinitions>,
}

impl ResultBuilder<'_> {
    /// The body.
    fn body(&self) -> Bytes {
        let Self { sample, selected, .. } = self;
        let (scan, pins, stage) = (&selected.view, &selected.view.pins, selected.stage);
        let rule = selected.rule(self.rules);
        let outcome = selected.outcome(&rule);
        let start = self.start();
        let (total_time, processing_time) = match stage {
            ScanProgress::Finished { took } => (scan.total_time(took), scan.processing_time(took)),
            ScanProgress::Running { elapsed, .. } => (elapsed, elapsed),
        };
        let uploaded = pins.upload_timestamp.map(|at| at.resolve(self.call.origin));
        let engines = selected.scan.engines.iter().enumerate();
        let details = engines.map(|(place, engine)| (engine.engine.as_str(), self.engine(place, engine)));
        let result = HashResult {
            data_id: &scan.data_id,
            extracted_files: selected.contents.as_ref().map(|contents| self.files(&contents.files)),
            file_info: FileInfo {
                display_name: selected.scan.cause.upload().map_or(&sample.name, |upload| &upload.name),
                file_size: sample.size,
                file_type: &sample.file_type.mime,
                file_type_description: &sample.file_type.description,
                md5: &selected.file.md5,
                sha1: &selected.file.sha1,
                sha256: &selected.file.sha256,
                // The file waits from its upload to the beginning of its scan.
                upload_timestamp: uploaded.unwrap_or_else(|| later(start, scan.queue_time, -1)),
            },
            scan_results: ScanResults {
                last_file_scanned: pins.last_file_scanned.as_deref(),
                data_id: &scan.data_id,
                progress_percentage: selected.percentage(),
                scan_all_result_a: outcome.name,
                scan_all_result_i: outcome.code,
                scan_details: details,
                start_time: start,
                total_avs: selected.scan.engines.len(),
                total_time,
            },
            process_info: ProcessInfo {
                processing_time,
                progress_percentage: selected.percentage(),
                user_agent: pins.user_agent.as_deref().unwrap_or_else(|| agent(&rule)),
                profile: selected.profile(self.rules),
                queue_time: scan.queue_time,
                result: outcome.result,
                blocked_reason: &outcome.blocked_reason,
                file_type_skipped_scan: pins.file_type_skipped_scan.unwrap_or(false),
                outdated_data: self.outdated(&rule),
                post_processing: pins.post_processing.as_ref(),
                verdicts: pins.verdicts.as_deref(),
            },
            vulnerability_info: pins.vulnerability_info.as_ref(),
        };
        result.body()
    }

    fn files<'a>(&self, files: &'a [ArchivedFile]) -> ExtractedFiles<'a> {
        if !self.page.is_asked() {
            return ExtractedFiles { files_in_archive: files, ..ExtractedFiles::default() };
        }
        let rest = (files.len() as u64).saturating_sub(self.page.first());
        ExtractedFiles {
            files_extracted_count: Some(files.len()),
            files_in_archive: files.get(self.page.range(files.len(), rest)).unwrap_or_default(),
            first_index: Some(self.page.first()),
            page_size: Some(self.page.size(rest)),
            worst_data_id: opswat::worst(files, |file| file.scan_all_result_i).map(|file| &*file.data_id),
        }
    }

    fn start(&self) -> Timestamp {
        let pinned = self.selected.view.pins.start_time;
        pinned.unwrap_or(self.selected.scan.at).resolve(self.call.origin)
    }

    fn engine<'a>(&'a self, place: usize, engine: &'a EngineResult) -> EngineDetail<'a> {
        let done = self.selected.stage.has_engine(place);
        EngineDetail {
            def_time: engine.definitions.resolve(self.call.origin),
            location: self.selected.view.pins.location.as_deref().unwrap_or("local"),
            scan_result_i: if done { opswat::code(engine.verdict) } else { codes::IN_PROGRESS },
            scan_time: if done { whole(engine.scan_ms) } else { 0 },
            wait_time: if done { engine.wait_ms } else { 0 },
            threat_found: if done { &engine.threat } else { "" },
        }
    }

    /// What of a finished result is outdated at the instant of the request.
    fn outdated(&self, rule: &Rule) -> Vec<&str> {
        let ScanProgress::Finished { took } = self.selected.stage else { return Vec::new() };
        // The scan of an archive can be done while those of its files are not.
        if !self.selected.is_finished() {
            return Vec::new();
        }
        let view = &self.selected.view;
        if let Some(pinned) = &view.pins.outdated_data {
            return pinned.iter().map(String::as_str).collect();
        }
        let newer = |engine: &EngineResult| {
            let used = engine.definitions.resolve(self.call.origin);
            let current = self.definitions.of(&engine.engine, self.call.origin);
            current.is_some_and(|current| current > used) || self.newer_result(&engine.engine, used)
        };
        let processed = later(self.start(), view.processing_time(took), 1);
        // What the clock has not reached has not happened.
        let happened = |at: Timestamp| at <= self.call.now;
        let modified = rule.modified.map(|at| at.resolve(self.call.origin));
        let sanitized_until = view.pins.sanitized_until.map(|at| at.resolve(self.call.origin));
        let flags = [
            (self.selected.scan.engines.iter().any(newer), "enginedefinitions"),
            (modified.is_some_and(|at| at > processed && happened(at)), "configuration"),
            (sanitized_until.is_some_and(happened), "sanitization"),
        ];
        flags.into_iter().filter(|(holds, _)| *holds).map(|(_, flag)| flag).collect()
    }

    /// Whether another finished result of the world shows definitions of `engine` that are newer than those `used`.
    fn newer_result(&self, engine: &str, used: Timestamp) -> bool {
        let Call { state, origin, now, .. } = self.call;
        let is_finished =
            |shown: &ShownDefinitions| shown.is_finished(*origin, || state.ended_at(&shown.sample), *now);
        self.newest.is_some_and(|newest| newest.has_newer(engine, used, *origin, is_finished))
    }
}

fn agent(rule: &Rule) -> &str {
    rule.user_agents.first().map_or(AGENT, String::as_str)
}

/// An instant `ms` milliseconds later, or earlier for a sign of -1, within the limits of the calendar.
fn later(at: Timestamp, ms: u64, sign: i64) -> Timestamp {
    let by = SignedDuration::from_millis(sign * i64::try_from(ms).unwrap_or(i64::MAX));
    at.saturating_add(by).unwrap_or(at)
}
