//! The newest definitions of each engine among the results that fixtures give.
//!
//! Derived results do not count: no fixture says anything about their definitions.

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Key, Progress, Sample};
use crate::document::TimeSpec;

/// How many results are kept of each engine and kind: so many samples can be hidden in a world before a newer result is
/// overlooked there.
const KEPT: usize = 8;

/// The newest definitions of each engine, by its name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct NewestDefinitions(HashMap<String, Vec<ShownDefinitions>>);

/// The definitions that one result shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShownDefinitions {
    /// The sample of the result.
    pub sample: Key,
    /// When the scan began.
    at: TimeSpec,
    /// Whether it is done.
    progress: Progress,
    definitions: TimeSpec,
}

impl ShownDefinitions {
    /// Whether the result is finished at `now`; `ended` is when the scans of its sample were ended through the admin API.
    pub(crate) fn is_finished(
        &self,
        origin: Timestamp,
        ended: impl FnOnce() -> Option<Timestamp>,
        now: Timestamp,
    ) -> bool {
        self.progress == Progress::Done
            || self.progress.done_at(self.at.resolve(origin), ended()).is_some_and(|end| end <= now)
    }

    /// Definitions of one kind can be compared without an origin. Unfinished results must not displace finished ones.
    fn kind(&self) -> (bool, bool) {
        (matches!(self.definitions, TimeSpec::At(_)), self.progress == Progress::Done)
    }

    /// Comparable among results of one kind.
    fn age(&self) -> Reverse<Timestamp> {
        Reverse(self.definitions.resolve(Timestamp::UNIX_EPOCH))
    }
}

impl NewestDefinitions {
    /// Whether no result shows any.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what the results of a sample show.
    pub(crate) fn add(&mut self, sample: &Sample) {
        for scan in sample.scans.iter().filter(|scan| !scan.engines.is_derived()) {
            for engine in scan.engines.iter() {
                let shown = ShownDefinitions {
                    sample: sample.key(),
                    at: scan.at,
                    progress: scan.progress,
                    definitions: engine.definitions,
                };
                match self.0.get_mut(&engine.engine) {
                    Some(list) => insert(list, shown),
                    None => drop(self.0.insert(engine.engine.clone(), vec![shown])),
                }
            }
        }
    }

    /// Leaves out the results of samples for which `keep` is false.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&Key) -> bool) {
        self.0.values_mut().for_each(|list| list.retain(|shown| keep(&shown.sample)));
    }

    /// Adds all of `other`.
    pub(crate) fn extend(&mut self, other: Self) {
        for (engine, list) in other.0 {
            let own = self.0.entry(engine).or_default();
            list.into_iter().for_each(|shown| insert(own, shown));
        }
    }

    /// The samples of the results.
    pub(crate) fn samples(&self) -> impl Iterator<Item = &Key> {
        self.0.values().flatten().map(|shown| &shown.sample)
    }

    /// The names of the engines.
    pub(crate) fn engines(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The newest definitions of `engine` that a result shows which counts.
    pub(crate) fn newest(
        &self,
        engine: &str,
        origin: Timestamp,
        mut counts: impl FnMut(&ShownDefinitions) -> bool,
    ) -> Option<Timestamp> {
        let shown = self.0.get(engine).into_iter().flatten().filter(|shown| counts(shown));
        shown.map(|shown| shown.definitions.resolve(origin)).max()
    }

    /// Whether a result that counts shows definitions of `engine` that are newer than `than`.
    pub(crate) fn has_newer(
        &self,
        engine: &str,
        than: Timestamp,
        origin: Timestamp,
        mut counts: impl FnMut(&ShownDefinitions) -> bool,
    ) -> bool {
        let mut shown = self.0.get(engine).into_iter().flatten();
        shown.any(|shown| shown.definitions.resolve(origin) > than && counts(shown))
    }

    /// Whether what is newest can change with the clock or the origin.
    pub(crate) fn can_change(&self) -> bool {
        self.0.values().flatten().any(|shown| shown.kind() != (true, true))
    }
}

/// Adds a result to those of its engine, and drops the oldest of its kind if there are too many.
fn insert(list: &mut Vec<ShownDefinitions>, shown: ShownDefinitions) {
    let kind = shown.kind();
    let of_kind = |other: &ShownDefinitions| other.kind() == kind;
    // One entry for each sample, the newest: many scans of one sample would displace those of others.
    if let Some(own) = list.iter_mut().find(|other| of_kind(other) && other.sample == shown.sample) {
        if shown.age() < own.age() {
            *own = shown;
        }
        return;
    }
    let all = list.iter().enumerate().filter(|(_, other)| of_kind(other));
    let Some((oldest, age)) =
        all.clone().map(|(place, other)| (place, other.age())).max_by_key(|(_, age)| *age)
    else {
        return list.push(shown);
    };
    if all.count() < KEPT {
        list.push(shown);
    } else if shown.age() < age {
        list[oldest] = shown;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(sample: u8, day: i8, progress: Progress) -> ShownDefinitions {
        let at: Timestamp = format!("2026-01-{day:02}T00:00:00Z").parse().expect("a timestamp");
        ShownDefinitions {
            sample: [sample; 32],
            at: TimeSpec::At(at),
            progress,
            definitions: TimeSpec::At(at),
        }
    }

    fn newest(all: &[ShownDefinitions]) -> NewestDefinitions {
        let mut list = Vec::new();
        all.iter().for_each(|one| insert(&mut list, one.clone()));
        NewestDefinitions(HashMap::from([("E".to_owned(), list)]))
    }

    #[test]
    fn only_the_newest_results_are_kept_one_for_each_sample() {
        let days: Vec<_> = (1..=20).map(|day: i8| shown(day.cast_unsigned(), day, Progress::Done)).collect();
        let mut kept = newest(&days);
        let mut samples: Vec<u8> = kept.samples().map(|key| key[0]).collect();
        samples.sort_unstable();
        assert_eq!(samples, (13..=20).collect::<Vec<u8>>());
        kept.retain(|key| key[0] != 20);
        let at = |day: i8| shown(0, day, Progress::Done).at.resolve(Timestamp::UNIX_EPOCH);
        assert!(
            kept.has_newer("E", at(18), at(1), |_| true) && !kept.has_newer("E", at(19), at(1), |_| true)
        );
        assert!(!kept.has_newer("F", at(1), at(1), |_| true));
        let twice =
            newest(&[shown(1, 1, Progress::Done), shown(1, 3, Progress::Done), shown(1, 2, Progress::Done)]);
        assert_eq!(twice.samples().count(), 1);
        assert!(twice.has_newer("E", at(2), at(1), |_| true));
    }

    #[test]
    fn unfinished_results_do_not_displace_finished_ones_and_count_once_they_end() {
        let mut all: Vec<_> =
            (1..=9).map(|day: i8| shown(day.cast_unsigned(), day + 10, Progress::UntilEnded)).collect();
        all.push(shown(50, 1, Progress::Done));
        let kept = newest(&all);
        assert!(kept.samples().any(|key| key[0] == 50) && kept.can_change());
        let (late, now) = (shown(1, 2, Progress::Takes(1000)), shown(0, 3, Progress::Done).at);
        let origin = Timestamp::UNIX_EPOCH;
        assert!(late.is_finished(origin, || None, now.resolve(origin)));
        assert!(!late.is_finished(origin, || None, late.at.resolve(origin)));
        assert!(late.is_finished(origin, || Some(late.at.resolve(origin)), late.at.resolve(origin)));
    }
}
