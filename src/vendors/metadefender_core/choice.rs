//! Which scan of a sample answers.

use std::borrow::Cow;

use jiff::Timestamp;

use super::fields::NAME;
use super::progress::Stage;
use super::view::{ScanView, View};
use super::wanted::Wanted;
use crate::samples::{DEFAULT_RULE, Progress, Rule, Sample, Scan, Verdict};
use crate::vendors::Call;
use crate::vendors::opswat;

/// A scan that answers, as it stands.
#[derive(Debug)]
pub(super) struct Choice<'a> {
    /// The file.
    pub(super) file: &'a View,
    /// The scan.
    pub(super) scan: &'a Scan,
    /// What this API makes of it.
    pub(super) view: Cow<'a, ScanView>,
    /// How far it is.
    pub(super) stage: Stage,
}

impl<'a> Choice<'a> {
    /// The most recent finished scan of those that are wanted; where none is finished, the most recent one, and that one
    /// in any case if what is unfinished is asked for. `scans` are those of the sample as they stand.
    pub(super) fn of(
        call: &Call,
        rules: &[Rule],
        (sample, file): (&Sample, &'a View),
        scans: &'a [Scan],
        wanted: &Wanted,
    ) -> Option<Self> {
        let told = told(call, sample, scans);
        let mut running = None;
        for (place, scan) in scans.iter().enumerate().rev() {
            let choice = Self::at((sample, file), call, place, scan, told);
            if !choice.is_wanted(wanted, rules, call.origin) {
                continue;
            }
            match (choice.stage.is_finished(), wanted.in_progress) {
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
        (sample, file): (&Sample, &'a View),
        scans: &'a [Scan],
        data_id: &str,
    ) -> Option<Self> {
        let is_it = |(place, scan): &(usize, &Scan)| file.scan(sample, *place, scan).data_id == data_id;
        let (place, scan) = scans.iter().enumerate().rev().find(is_it)?;
        let choice = Self::at((sample, file), call, place, scan, told(call, sample, scans));
        (!file.uploads_only || choice.is_upload()).then_some(choice)
    }

    fn at(
        (sample, file): (&Sample, &'a View),
        call: &Call,
        place: usize,
        scan: &'a Scan,
        told: Option<Timestamp>,
    ) -> Self {
        let view = file.scan(sample, place, scan);
        let stage = Stage::of(scan, &view.seed, call.origin, told, call.now);
        Self { file, scan, view, stage }
    }

    /// Whether this result is one of those that are wanted, finished or not.
    fn is_wanted(&self, wanted: &Wanted, rules: &[Rule], origin: Timestamp) -> bool {
        let pins = &self.view.pins;
        let began = || pins.start_time.unwrap_or(self.scan.at).resolve(origin);
        wanted.rule.as_ref().is_none_or(|rule| rule.is(self.profile(rules)))
            && !(wanted.self_only && pins.extracted == Some(true))
            && wanted.since.is_none_or(|since| began() >= since)
            && (!wanted.uploads_only || self.is_upload())
    }

    /// Whether the file was uploaded here for this scan.
    pub(super) fn is_upload(&self) -> bool {
        self.scan.cause.upload().is_some_and(|upload| upload.api == NAME)
    }

    /// The name of the rule as it is shown.
    pub(super) fn profile<'b>(&'b self, rules: &'b [Rule]) -> &'b str {
        profile(&self.view, self.scan, rules)
    }

    /// The rule under which the scan ran; one that nobody has defined has everything at its default.
    pub(super) fn rule<'b>(&self, rules: &'b [Rule]) -> Cow<'b, Rule> {
        let name = rule_name(self.scan, rules);
        match rules.iter().find(|rule| rule.name == name) {
            Some(rule) => Cow::Borrowed(rule),
            None => Cow::Owned(Rule::named(name)),
        }
    }

    /// What the engines say together; without engines, what the scan is said to have found.
    pub(super) fn verdict(&self) -> Verdict {
        let engines = self.scan.engines.iter().map(|engine| engine.verdict);
        opswat::consolidate(engines).unwrap_or(self.scan.verdict)
    }
}

/// When the operator ended the scans of a sample, as far as any waits for that.
fn told(call: &Call, sample: &Sample, scans: &[Scan]) -> Option<Timestamp> {
    let waits = scans.iter().any(|scan| scan.progress != Progress::Done);
    if waits { call.state.ended_at(&sample.key()) } else { None }
}

fn profile<'a>(view: &'a ScanView, scan: &'a Scan, rules: &'a [Rule]) -> &'a str {
    view.pins.profile.as_deref().unwrap_or_else(|| rule_name(scan, rules))
}

fn rule_name<'a>(scan: &'a Scan, rules: &'a [Rule]) -> &'a str {
    let default = || rules.first().map_or(DEFAULT_RULE, |rule| &rule.name);
    scan.rule.as_deref().unwrap_or_else(default)
}
