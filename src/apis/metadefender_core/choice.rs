//! Which scan of a sample answers.

use std::borrow::Cow;

use jiff::Timestamp;

use super::NAME;
use super::progress::Stage;
use super::view::{ScanView, View};
use super::wanted::Wanted;
use crate::api::Call;
use crate::samples::{Progress, Rule, Sample, Scan, Verdict};

/// The name of the default rule where there are no rules at all.
const ONLY_RULE: &str = "File scan";

/// A scan that answers, as it stands.
#[derive(Debug)]
pub(super) struct Choice<'a> {
    /// The scan.
    pub(super) scan: &'a Scan,
    /// What this API makes of it.
    pub(super) view: Cow<'a, ScanView>,
    /// How far it is.
    pub(super) stage: Stage,
}

impl<'a> Choice<'a> {
    /// The most recent finished scan of those that are wanted; where none is finished, the most recent one, and that one
    /// in any case if what is unfinished is asked for. `scans` are those of `sample` as they stand.
    pub(super) fn of(
        call: &Call,
        rules: &[Rule],
        sample: &'a Sample,
        scans: &'a [Scan],
        wanted: &Wanted,
    ) -> Option<Self> {
        let told = told(call, sample, scans);
        let mut running = None;
        for (place, scan) in scans.iter().enumerate().rev() {
            let choice = Self::at(call, sample, place, scan, told);
            if !wanted.takes(&choice, rules, call.origin) {
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
        sample: &'a Sample,
        scans: &'a [Scan],
        data_id: &str,
    ) -> Option<Self> {
        let view = View::of(sample);
        let is_it = |(place, scan): &(usize, &Scan)| view.scan(sample, *place, scan).data_id == data_id;
        let (place, scan) = scans.iter().enumerate().rev().find(is_it)?;
        let choice = Self::at(call, sample, place, scan, told(call, sample, scans));
        (!view.uploads_only || choice.is_upload()).then_some(choice)
    }

    fn at(call: &Call, sample: &'a Sample, place: usize, scan: &'a Scan, told: Option<Timestamp>) -> Self {
        let view = View::of(sample).scan(sample, place, scan);
        let stage = Stage::of(scan, &view.seed, call.origin, told, call.now);
        Self { scan, view, stage }
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
        Verdict::consolidate(engines).unwrap_or(self.scan.verdict)
    }
}

/// When the operator ended the scans of a sample, as far as any waits for that.
fn told(call: &Call, sample: &Sample, scans: &[Scan]) -> Option<Timestamp> {
    let waits = scans.iter().any(|scan| scan.progress != Progress::Done);
    if waits { call.state.told(&sample.key()) } else { None }
}

fn profile<'a>(view: &'a ScanView, scan: &'a Scan, rules: &'a [Rule]) -> &'a str {
    view.pins.profile.as_deref().unwrap_or_else(|| rule_name(scan, rules))
}

fn rule_name<'a>(scan: &'a Scan, rules: &'a [Rule]) -> &'a str {
    let default = || rules.first().map_or(ONLY_RULE, |rule| &rule.name);
    scan.rule.as_deref().unwrap_or_else(default)
}
