//! Selects the scan of a sample whose result is returned.

use std::borrow::Cow;

use jiff::Timestamp;

use super::fields::NAME;
use super::progress::ScanProgress;
use super::query::ResultQuery;
use super::view::{CoreView, ScanView};
use crate::samples::{DEFAULT_RULE, Progress, Rule, Sample, Scan, Verdict};
use crate::vendors::Call;
use crate::vendors::opswat;

/// A selected scan, as it stands at the instant of the request.
#[derive(Debug)]
pub(super) struct SelectedScan<'a> {
    /// The file.
    pub(super) file: &'a CoreView,
    /// The scan.
    pub(super) scan: &'a Scan,
    /// What this API makes of it.
    pub(super) view: Cow<'a, ScanView>,
    /// How far it is.
    pub(super) stage: ScanProgress,
}

impl<'a> SelectedScan<'a> {
    /// The most recent finished scan of those that are query; where none is finished, the most recent one, and that one
    /// in any case if what is unfinished is asked for. `scans` are those of the sample as they stand.
    pub(super) fn of(
        call: &Call,
        rules: &[Rule],
        (sample, file): (&Sample, &'a CoreView),
        scans: &'a [Scan],
        query: &ResultQuery,
    ) -> Option<Self> {
        let ended_manually = ended_manually(call, sample, scans);
        let mut running = None;
        for (place, scan) in scans.iter().enumerate().rev() {
            let choice = Self::at((sample, file), call, place, scan, ended_manually);
            if !choice.matches(query, rules, call.origin) {
                continue;
            }
            match (choice.stage.is_finished(), query.in_progress) {
                (true, _) | (false, Some(true)) => return Some(choice),
                (false, Some(false)) => {}
                (false, None) => running = running.or(Some(choice)),
            }
        }
        running
    }

    /// The scan whose result is called `data_id`.
    pub(super) fn of_result(
        call: &Call,
        (sample, file): (&Sample, &'a CoreView),
        scans: &'a [Scan],
        data_id: &str,
    ) -> Option<Self> {
        let is_it = |(place, scan): &(usize, &Scan)| file.scan(sample, *place, scan).data_id == data_id;
        let (place, scan) = scans.iter().enumerate().rev().find(is_it)?;
        let choice = Self::at((sample, file), call, place, scan, ended_manually(call, sample, scans));
        (!file.uploads_only || choice.is_upload()).then_some(choice)
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
        Self { file, scan, view, stage }
    }

    /// Whether this result is one of those that are query, finished or not.
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

    /// The engines' results, consolidated; without engines, the verdict of the scan.
    pub(super) fn verdict(&self) -> Verdict {
        let engines = self.scan.engines.iter().map(|engine| engine.verdict);
        opswat::consolidate(engines).unwrap_or(self.scan.verdict)
    }
}

/// When the scans of a sample were ended manually; not looked up if all are done.
fn ended_manually(call: &Call, sample: &Sample, scans: &[Scan]) -> Option<Timestamp> {
    let waits = scans.iter().any(|scan| scan.progress != Progress::Done);
    if waits { call.state.told(&sample.key()) } else { None }
}

fn profile<'a>(view: &'a ScanView, scan: &'a Scan, rules: &'a [Rule]) -> &'a str {
    view.pins.profile.as_deref().unwrap_or_else(|| rule_name(scan, rules))
}

fn rule_name<'a>(scan: &'a Scan, rules: &'a [Rule]) -> &'a str {
    let default = || rules.first().map_or(DEFAULT_RULE, |rule| &rule.name);
    scan.rule.as_deref().unwrap_or_else(default)
}
