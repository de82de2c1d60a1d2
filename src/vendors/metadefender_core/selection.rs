//! Selects the scan of a sample whose result is returned.

use std::borrow::Cow;

use jiff::Timestamp;

use super::archive::{self, ArchiveContents};
use super::fields::NAME;
use super::query::ResultQuery;
use super::view::{CoreView, ScanView};
use crate::samples::{DEFAULT_RULE, Rule, Sample, Scan};
use crate::store::StoreError;
use crate::vendors::Call;
use crate::vendors::opswat::contents::{end_of, ended_manually, used_scan};
use crate::vendors::opswat::progress::ScanProgress;

/// A selected scan, as it stands at the instant of the request.
#[derive(Debug)]
pub(super) struct SelectedScan<'a> {
    /// The file.
    pub(super) file: &'a CoreView,
    /// The scan.
    pub(super) scan: &'a Scan,
    /// Its facts in this API.
    pub(super) view: Cow<'a, ScanView>,
    /// How far it is.
    pub(super) stage: ScanProgress,
    /// The contents, if the file is an archive.
    pub(super) contents: Option<ArchiveContents>,
}

/// The outcome of a search for a scan.
#[derive(Debug)]
pub(super) struct Selection<'a> {
    /// The scan to return.
    pub(super) scan: Option<SelectedScan<'a>>,
    /// Whether an unfinished scan, newer than any finished one, matches the query.
    pub(super) has_unfinished: bool,
}

impl<'a> SelectedScan<'a> {
    /// The most recent finished scan that matches the query, or the most recent unfinished one if none is finished and
    /// the query includes unfinished ones. `scans` are those of the sample at the instant of the call.
    pub(super) fn find(
        call: &Call,
        rules: &[Rule],
        (sample, file): (&Sample, &'a CoreView),
        scans: &'a [Scan],
        query: &ResultQuery,
    ) -> Result<Selection<'a>, StoreError> {
        let ended_manually = ended_manually(call, sample, scans);
        let mut running = None;
        for (place, scan) in scans.iter().enumerate().rev() {
            let mut selected = Self::at((sample, file), call, place, scan, ended_manually);
            // Before the contents are added, which takes look-ups in the store.
            if !selected.matches(query, rules, call.origin) {
                continue;
            }
            selected.add_contents(call, sample, ended_manually)?;
            if selected.is_finished() {
                return Ok(Selection { scan: Some(selected), has_unfinished: running.is_some() });
            }
            // The newest unfinished one is kept, in case no older one is finished.
            running = running.or(Some(selected));
        }
        let has_unfinished = running.is_some();
        Ok(Selection { scan: running.filter(|_| query.unfinished), has_unfinished })
    }

    /// The scan whose result has this `data_id`.
    pub(super) fn of_result(
        call: &Call,
        (sample, file): (&Sample, &'a CoreView),
        scans: &'a [Scan],
        data_id: &str,
    ) -> Result<Option<Self>, StoreError> {
        let is_it = |(place, scan): &(usize, &Scan)| file.scan(sample, *place, scan).data_id == data_id;
        // Several scans can have the identifier that a fixture pins for their sample. The newest one is meant.
        let Some((place, scan)) = scans.iter().enumerate().rev().find(is_it) else { return Ok(None) };
        let ended_manually = ended_manually(call, sample, scans);
        let mut selected = Self::at((sample, file), call, place, scan, ended_manually);
        // A file that was never processed here has no results but those of its uploads.
        if file.uploads_only && !selected.is_upload() {
            return Ok(None);
        }
        selected.add_contents(call, sample, ended_manually)?;
        Ok(Some(selected))
    }

    /// The scan whose result an archive uses that was scanned at `by`.
    pub(super) fn of_child(
        call: &Call,
        (sample, file): (&Sample, &'a CoreView),
        scans: &'a [Scan],
        by: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        let Some(place) = used_scan(call, sample, scans, by) else { return Ok(None) };
        let ended_manually = ended_manually(call, sample, scans);
        let mut selected = Self::at((sample, file), call, place, &scans[place], ended_manually);
        selected.add_contents(call, sample, ended_manually)?;
        Ok(Some(selected))
    }

    fn at(
        (sample, file): (&Sample, &'a CoreView),
        call: &Call,
        place: usize,
        scan: &'a Scan,
        ended_manually: Option<Timestamp>,
    ) -> Self {
        let view = file.scan(sample, place, scan);
        let stage = ScanProgress::of(scan, &view.seed, call.origin, ended_manually, call.now);
        Self { file, scan, view, stage, contents: None }
    }

    fn add_contents(
        &mut self,
        call: &Call,
        sample: &Sample,
        ended_manually: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        if !sample.children.is_empty() {
            // While the archive itself is being scanned, its files have the results of now.
            let by =
                if self.stage.is_finished() { end_of(call, self.scan, ended_manually) } else { call.now };
            self.contents = Some(archive::contents(call, sample, by)?);
        }
        Ok(())
    }

    /// When the scan ended; the instant of the call if it has not.
    pub(super) fn end(&self, call: &Call, sample: &Sample, scans: &[Scan]) -> Timestamp {
        match self.stage.is_finished() {
            true => end_of(call, self.scan, ended_manually(call, sample, scans)),
            false => call.now,
        }
    }

    /// Whether the scan and all scans of the contents are finished.
    pub(super) fn is_finished(&self) -> bool {
        self.stage.is_finished() && self.unfinished_contents().is_none()
    }

    /// 100 if the result is finished. Otherwise the progress of the least advanced scan, of the file and its contents.
    pub(super) fn percentage(&self) -> u8 {
        self.unfinished_contents().into_iter().chain([self.stage.percentage()]).min().unwrap_or(100)
    }

    fn unfinished_contents(&self) -> Option<u8> {
        self.contents.as_ref().and_then(|contents| contents.unfinished)
    }

    /// Whether this result matches the query, finished or not.
    fn matches(&self, query: &ResultQuery, rules: &[Rule], origin: Timestamp) -> bool {
        let pins = &self.view.pins;
        let began = || pins.start_time.unwrap_or(self.scan.at).resolve(origin);
        query.rule.as_ref().is_none_or(|rule| rule.is(self.profile(rules)))
            && !(query.self_only && pins.extracted == Some(true))
            && query.since.is_none_or(|since| began() >= since)
            && (!query.uploads_only || self.is_upload())
    }

    /// Whether the file was uploaded here for this scan.
    pub(super) fn is_upload(&self) -> bool {
        self.scan.cause.upload().is_some_and(|upload| upload.api == NAME)
    }

    /// The name of the rule in the reply.
    pub(super) fn profile<'b>(&'b self, rules: &'b [Rule]) -> &'b str {
        profile(&self.view, self.scan, rules)
    }

    /// The rule under which the scan ran; a rule that is not defined has only defaults.
    pub(super) fn rule<'b>(&self, rules: &'b [Rule]) -> Cow<'b, Rule> {
        let name = rule_name(self.scan, rules);
        match rules.iter().find(|rule| rule.name == name) {
            Some(rule) => Cow::Borrowed(rule),
            None => Cow::Owned(Rule::named(name)),
        }
    }
}

fn profile<'a>(view: &'a ScanView, scan: &'a Scan, rules: &'a [Rule]) -> &'a str {
    view.pins.profile.as_deref().unwrap_or_else(|| rule_name(scan, rules))
}

fn rule_name<'a>(scan: &'a Scan, rules: &'a [Rule]) -> &'a str {
    let default = || rules.first().map_or(DEFAULT_RULE, |rule| &rule.name);
    scan.rule.as_deref().unwrap_or_else(default)
}
