//! Whether calls come in the order of their expectations.
//!
//! Of the calls that match any ordered expectation, oldest first, the first ones must belong to the first expectation, the
//! next ones to the second, and so on. A call counts for one expectation; any assignment that works is accepted.

use super::Expectation;

/// Where the order is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Break {
    /// The call that is out of order; `None` if calls are missing at the end.
    pub(super) at: Option<usize>,
    /// The expectations that could have come there.
    pub(super) expected: Vec<usize>,
}

/// The break, if there is one. `calls` are the indexes of the calls that match each expectation, ascending.
///
/// For each expectation in turn, this computes before which calls its own may start, given all ways in which the previous
/// expectations can end. So it takes time in proportion to expectations times calls, whatever numbers they allow.
pub(super) fn check(expectations: &[Expectation], calls: &[Vec<usize>]) -> Option<Break> {
    let ordered: Vec<usize> = (0..expectations.len()).filter(|at| expectations[*at].ordered).collect();
    if ordered.is_empty() {
        return None;
    }
    let mut relevant: Vec<usize> = ordered.iter().flat_map(|at| calls[*at].iter().copied()).collect();
    relevant.sort_unstable();
    // A call that matches several expectations is in the list once for each.
    relevant.dedup();

    let mut starts = vec![false; relevant.len() + 1];
    // Before any call is read, the first expectation may begin.
    starts[0] = true;
    // How many calls were read by the way that got furthest, and the expectations that could go on from there.
    let mut furthest = Furthest::default();
    for at in &ordered {
        let times = expectations[*at].times;
        let reach = reach(&starts, &runs(&relevant, &calls[*at]), times);
        for (end, fewest) in reach.iter().enumerate() {
            if let Some(fewest) = fewest {
                furthest.note(end, *at, times, *fewest);
            }
        }
        // `reach` respects the maximum already.
        let may_end = |count: &Option<Counts>| count.is_some_and(|count| count.most >= times.min);
        starts = reach.iter().map(may_end).collect();
    }
    if starts.last() == Some(&true) {
        return None;
    }
    Some(furthest.broken(&relevant))
}

/// How many calls an expectation can have had at some call: the fewest and the most of all ways.
#[derive(Clone, Copy, Debug)]
struct Counts {
    fewest: u64,
    most: u64,
}

/// For each number of calls that were read: how many of them, up to the last, the expectation takes without a gap.
fn runs(relevant: &[usize], calls: &[usize]) -> Vec<usize> {
    let mut runs = vec![0; relevant.len() + 1];
    let mut calls = calls.iter().peekable();
    for (at, call) in relevant.iter().enumerate() {
        if calls.next_if(|next| *next == call).is_some() {
            runs[at + 1] = runs[at] + 1;
        }
    }
    runs
}

/// For each number of calls that were read: how many of them can be the expectation's, where its first may come behind
/// any of `starts`; none if there is no way.
fn reach(starts: &[bool], runs: &[usize], times: super::Times) -> Vec<Option<Counts>> {
    // The last start at or before each place, and the first one at or after it.
    let mut last: Vec<Option<usize>> = vec![None; starts.len()];
    let mut first: Vec<Option<usize>> = vec![None; starts.len()];
    for at in 0..starts.len() {
        last[at] = if starts[at] { Some(at) } else { at.checked_sub(1).and_then(|before| last[before]) };
    }
    for at in (0..starts.len()).rev() {
        first[at] = if starts[at] { Some(at) } else { first.get(at + 1).copied().flatten() };
    }
    let most = times.max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX));
    let counts = |end: usize| {
        // The calls of the expectation end at `end` without a gap, so the first of them is at `from` or later. A late start
        // makes them few, an early one many.
        let from = end - runs[end].min(most);
        let (late, early) = (last[end].filter(|at| *at >= from)?, first[from].filter(|at| *at <= end)?);
        Some(Counts { fewest: (end - late) as u64, most: (end - early) as u64 })
    };
    (0..starts.len()).map(counts).collect()
}

/// The assignments that cover the most calls.
#[derive(Debug, Default)]
struct Furthest {
    read: usize,
    /// Each expectation that was counted there, with what it allows and the fewest calls that it had.
    open: Vec<(usize, super::Times, u64)>,
}

impl Furthest {
    fn note(&mut self, read: usize, expectation: usize, times: super::Times, counts: Counts) {
        if read > self.read {
            (self.read, self.open) = (read, Vec::new());
        }
        if read == self.read {
            self.open.push((expectation, times, counts.fewest));
        }
    }

    fn broken(&self, relevant: &[usize]) -> Break {
        let at = relevant.get(self.read).copied();
        let could_come = |(_, times, fewest): &&(usize, super::Times, u64)| {
            times.max.is_none_or(|max| *fewest < max) && (at.is_some() || *fewest < times.min)
        };
        let expected = self.open.iter().filter(could_come).map(|(expectation, ..)| *expectation).collect();
        Break { at, expected }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Times;
    use super::*;
    use crate::findings::Filter;

    fn run(expectations: &[(&str, u64, Option<u64>)], calls: &str) -> Option<Break> {
        let of = |(_, min, max): &(&str, u64, Option<u64>)| Expectation {
            filter: Filter::default(),
            times: Times { min: *min, max: *max },
            ordered: true,
        };
        let places = |(letters, ..): &(&str, u64, Option<u64>)| {
            calls.char_indices().filter(|(_, letter)| letters.contains(*letter)).map(|(at, _)| at).collect()
        };
        let all: Vec<_> = expectations.iter().map(of).collect();
        check(&all, &expectations.iter().map(places).collect::<Vec<_>>())
    }

    /// Every way to read the calls, one by one: (expectation, its count) after each.
    fn check_by_trying(expectations: &[(&str, u64, Option<u64>)], calls: &str) -> Option<Option<usize>> {
        let onward = |mut all: Vec<(usize, u64)>| {
            let mut at = 0;
            while let Some((place, count)) = all.get(at).copied() {
                if count >= expectations[place].1
                    && place + 1 < expectations.len()
                    && !all.contains(&(place + 1, 0))
                {
                    all.push((place + 1, 0));
                }
                at += 1;
            }
            all
        };
        let mut open = onward(vec![(0, 0)]);
        let is_relevant = |letter: &char| expectations.iter().any(|(letters, ..)| letters.contains(*letter));
        for (at, letter) in calls.char_indices().filter(|(_, letter)| is_relevant(letter)) {
            let takes = |(place, count): &(usize, u64)| {
                let (letters, _, max) = expectations[*place];
                letters.contains(letter) && max.is_none_or(|max| *count < max)
            };
            let next: Vec<_> =
                open.iter().filter(|one| takes(one)).map(|(place, count)| (*place, count + 1)).collect();
            if next.is_empty() {
                return Some(Some(at));
            }
            open = onward(next);
        }
        let last = expectations.len() - 1;
        let is_end = open.iter().any(|(place, count)| *place == last && *count >= expectations[last].1);
        if is_end { None } else { Some(None) }
    }

    #[test]
    fn the_result_is_that_of_trying_every_assignment() {
        let kinds =
            [("a", 1, Some(1)), ("b", 0, Some(2)), ("ab", 1, None), ("ab", 2, Some(3)), ("a", 0, None)];
        let letters = ['a', 'b', '.'];
        for choice in 0..kinds.len().pow(3) {
            let expectations = [0, 1, 2].map(|at| kinds[choice / kinds.len().pow(at) % kinds.len()]);
            for number in 0..3_usize.pow(6) {
                let calls: String = (0..6).map(|at| letters[number / 3_usize.pow(at) % 3]).collect();
                let found = run(&expectations, &calls).map(|broken| broken.at);
                assert_eq!(found, check_by_trying(&expectations, &calls), "{expectations:?} {calls}");
            }
        }
    }

    #[test]
    fn wide_ranges_over_many_calls_are_fast() {
        let expectations = vec![("a", 0, Some(9_000)); 300];
        assert_eq!(run(&expectations, &"a".repeat(10_000)), None);
    }

    #[test]
    fn calls_are_in_order_or_the_break_is_reported() {
        let once = |letters: &'static str| (letters, 1, Some(1));
        assert_eq!(run(&[once("a"), once("b"), once("a")], "aba"), None);
        assert_eq!(run(&[once("a"), once("b")], "a.b."), None, "others do not matter");
        assert_eq!(run(&[once("a"), once("b")], "ba"), Some(Break { at: Some(0), expected: vec![0] }));
        assert_eq!(run(&[once("a"), once("b")], "a"), Some(Break { at: None, expected: vec![1] }));
        assert_eq!(run(&[once("a"), once("b")], "abb"), Some(Break { at: Some(2), expected: vec![] }));
        assert_eq!(run(&[("a", 1, None), once("b")], "aaaaab"), None);
        assert_eq!(run(&[("a", 0, Some(2)), once("b")], "b"), None);
        assert_eq!(run(&[("ab", 1, None), once("b"), once("b")], "aabbbb"), None, "whichever choice works");
        assert_eq!(run(&[("ab", 2, Some(2)), ("b", 2, None)], "abb").map(|it| it.at), Some(None));
        assert_eq!(run(&[], "a"), None);
    }
}
