//! The analysis queue of a world: which engines work on which sample until when, and what rescans change.
//!
//! Waiting states are functions of stored times and `now`; nothing runs in the background.

use std::collections::{BTreeMap, HashSet};

use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::clock::optional_millis;
use crate::samples::{AfterRescan, Key, Sample};
use crate::settings::Pace;

/// Everything that the queue holds of one sample; also its persisted form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueEntry {
    /// What was asked for it.
    pub analyses: Vec<Analysis>,
    /// When what rescans change takes hold: one for each rescan that changes something, in order.
    #[serde(default)]
    pub changes: Vec<Instant>,
    /// When its scans were ended through the admin API.
    #[serde(with = "optional_millis")]
    pub ended_at: Option<Timestamp>,
    /// Which APIs received or lost the file, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub holdings: BTreeMap<String, Holding>,
    /// The only change, in entries of earlier versions.
    #[serde(default, skip_serializing, deserialize_with = "optional_millis::deserialize")]
    changes_at: Option<Timestamp>,
}

/// An instant that may wait for an analysis which is ended through the admin API; then it is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(#[serde(with = "optional_millis")] pub Option<Timestamp>);

/// Whether an API has the file of a sample, whatever the fixture says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Whether it has the file.
    pub held: bool,
    /// From when on.
    pub from: Instant,
    /// Whether it had lost the file before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lost_before: bool,
}

/// One engine's work on one sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    /// The engine, by its API's name for it.
    pub engine: String,
    /// When it was asked for.
    #[serde(with = "crate::clock::millis")]
    pub queued_at: Timestamp,
    /// When it ends; `None` until it is ended through the admin API.
    #[serde(with = "optional_millis")]
    pub ends_at: Option<Timestamp>,
}

/// One request for an analysis.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The sample.
    pub sample: &'a Sample,
    /// The engine, by the API's name for it.
    pub engine: &'a str,
    /// How long it takes.
    pub pace: Pace,
    /// The APIs of which it is a rescan, by name; none if it changes no result.
    pub rescan_of: &'a [&'static str],
    /// The API to which it sends the file. It has the file once the analysis ends.
    pub sends_to: Option<&'static str>,
}

/// The outcome of asking for an analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queued {
    /// It is new.
    Newly,
    /// The same engine still has the sample.
    Already,
}

/// Everything that is or was queued in a world.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    entries: HashMap<Key, QueueEntry>,
}

impl Instant {
    /// The end of what begins at `now`.
    #[must_use]
    pub fn after(now: Timestamp, pace: Pace) -> Self {
        Self(match pace {
            Pace::After(span) => Some(now.saturating_add(span).unwrap_or(Timestamp::MAX)),
            Pace::AtOnce => Some(now),
            Pace::WhenTold => None,
        })
    }

    /// Whether it has come by `now`.
    #[must_use]
    pub fn has_come(self, now: Timestamp) -> bool {
        self.0.is_some_and(|at| at <= now)
    }

    fn earlier(self, other: Self) -> Self {
        Self(self.0.into_iter().chain(other.0).min())
    }

    /// The later one; one that waits is later than any.
    fn later(self, other: Self) -> Self {
        Self(self.0.zip(other.0).map(|(one, other)| one.max(other)))
    }
}

impl Analysis {
    /// Whether the sample waits at `now`.
    #[must_use]
    pub fn is_waiting(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }
}

impl Ask<'_> {
    fn triggers(&self, change: &AfterRescan) -> bool {
        match &change.by {
            Some(api) => self.rescan_of.contains(&api.as_str()),
            None => !self.rescan_of.is_empty(),
        }
    }
}

impl QueueEntry {
    fn ask(&mut self, ask: &Ask<'_>, now: Timestamp) -> Queued {
        let ends_at = || Instant::after(now, ask.pace).0;
        match self.analyses.iter_mut().find(|analysis| analysis.engine == ask.engine) {
            Some(analysis) if analysis.is_waiting(now) => return Queued::Already,
            Some(analysis) => (analysis.queued_at, analysis.ends_at) = (now, ends_at()),
            None => {
                let engine = ask.engine.to_owned();
                self.analyses.push(Analysis { engine, queued_at: now, ends_at: ends_at() });
            }
        }
        if let Some(api) = ask.sends_to {
            self.send(api, Instant(ends_at()));
        }
        Queued::Newly
    }

    /// Notes that an API has the file from an instant on, or earlier if that was noted before.
    fn send(&mut self, api: &str, from: Instant) {
        let before = self.holdings.get(api);
        // Until the new file arrives, a file that was taken away stays away.
        let lost_before = before.is_some_and(|before| !before.held || before.lost_before);
        let from = before.filter(|before| before.held).map_or(from, |before| before.from.earlier(from));
        self.holdings.insert(api.to_owned(), Holding { held: true, from, lost_before });
    }

    /// Notes when what a rescan changes takes hold; false if this one triggers nothing.
    fn rescan(&mut self, ask: &Ask<'_>, now: Timestamp) -> bool {
        let entries = &ask.sample.after_rescan;
        // Each rescan triggers the next entry of the fixture, and every further one the last entry again.
        let next = self.changes.len().min(entries.len().saturating_sub(1));
        let Some(after) = entries.get(next).filter(|after| ask.triggers(after)) else { return false };
        let at = match after.after_ms {
            Some(ms) => Instant(now.saturating_add(SignedDuration::from_millis(ms)).ok()),
            None => Instant::after(now, ask.pace),
        };
        // Changes take hold in order, even if a later rescan ends first.
        let at =
            next.checked_sub(1).and_then(|before| self.changes.get(before)).map_or(at, |it| it.later(at));
        match self.changes.get_mut(next) {
            // All have been triggered already: the last one may come earlier.
            Some(last) => *last = last.earlier(at),
            None => self.changes.push(at),
        }
        true
    }

    fn finish(&mut self, now: Timestamp) -> usize {
        let mut ended = 0;
        for analysis in self.analyses.iter_mut().filter(|analysis| analysis.is_waiting(now)) {
            analysis.ends_at = Some(now);
            ended += 1;
        }
        let instants =
            self.changes.iter_mut().chain(self.holdings.values_mut().map(|holding| &mut holding.from));
        instants.for_each(|at| *at = at.earlier(Instant(Some(now))));
        // A second call must not move the end of scans that the first one ended.
        self.ended_at.get_or_insert(now);
        ended
    }
}

impl Queue {
    /// Asks for analyses, all by one request. The engines that newly queue a sample are one rescan of it.
    pub fn ask(&mut self, asks: &[Ask<'_>], now: Timestamp) -> Vec<Queued> {
        let mut rescanned = HashSet::new();
        let mut outcomes = Vec::with_capacity(asks.len());
        for ask in asks {
            let key = ask.sample.key();
            let entry = self.entries.entry(key).or_default();
            let outcome = entry.ask(ask, now);
            // One request is one rescan, however many engines it asks. The first one that triggers a change decides its
            // time.
            if outcome == Queued::Newly && !rescanned.contains(&key) && entry.rescan(ask, now) {
                rescanned.insert(key);
            }
            outcomes.push(outcome);
        }
        outcomes
    }

    /// What [`Queue::ask`] would return if each of `asks` came alone.
    #[must_use]
    pub fn would_answer(&self, asks: &[Ask<'_>], now: Timestamp) -> Vec<Queued> {
        let waits = |ask: &Ask<'_>| self.is_waiting(&ask.sample.key(), ask.engine, now);
        asks.iter().map(|ask| if waits(ask) { Queued::Already } else { Queued::Newly }).collect()
    }

    /// Whether `engine` still has the sample.
    #[must_use]
    pub fn is_waiting(&self, key: &Key, engine: &str, now: Timestamp) -> bool {
        self.of(key).iter().any(|analysis| analysis.engine == engine && analysis.is_waiting(now))
    }

    /// What was asked for a sample, oldest engine first.
    #[must_use]
    pub fn of(&self, key: &Key) -> &[Analysis] {
        self.entries.get(key).map_or(&[], |entry| entry.analyses.as_slice())
    }

    /// Every sample for which something was asked.
    pub fn all(&self) -> impl Iterator<Item = (&Key, &[Analysis])> {
        self.entries.iter().map(|(key, entry)| (key, entry.analyses.as_slice()))
    }

    /// Ends everything that runs on a sample: its queued analyses, its unfinished scans, and the wait for what
    /// rescans change. How many analyses were ended.
    pub fn finish(&mut self, sample: &Sample, now: Timestamp) -> usize {
        self.entries.entry(sample.key()).or_default().finish(now)
    }

    /// When the sample's scans were ended through the admin API, if they were.
    #[must_use]
    pub fn ended_at(&self, key: &Key) -> Option<Timestamp> {
        self.entries.get(key)?.ended_at
    }

    /// When what rescans change takes hold: one instant for each rescan that was asked for and changes something.
    #[must_use]
    pub fn changes(&self, key: &Key) -> &[Instant] {
        self.entries.get(key).map_or(&[], |entry| entry.changes.as_slice())
    }

    /// Whether an API has the file of a sample at `now`; `None` if it neither received nor lost it.
    #[must_use]
    pub fn holds(&self, key: &Key, api: &str, now: Timestamp) -> Option<bool> {
        let holding = self.holding(key, api)?;
        // Before that time it is as it was: lost, or as the fixture says.
        if holding.from.has_come(now) { Some(holding.held) } else { holding.lost_before.then_some(false) }
    }

    /// When an API received or lost the file of a sample, or is to receive it.
    #[must_use]
    pub fn holding(&self, key: &Key, api: &str) -> Option<Holding> {
        self.entries.get(key)?.holdings.get(api).copied()
    }

    /// Notes that an API receives the file of a sample at `from`, if it does not have it by then.
    pub fn send(&mut self, key: Key, api: &'static str, from: Instant) {
        self.entries.entry(key).or_default().send(api, from);
    }

    /// Notes that an API no longer has the file of a sample.
    pub fn take_away(&mut self, key: Key, api: &'static str, now: Timestamp) {
        let holding = Holding { held: false, from: Instant(Some(now)), lost_before: false };
        self.entries.entry(key).or_default().holdings.insert(api.to_owned(), holding);
    }

    /// The persisted form of everything about one sample; `None` if there is nothing.
    #[must_use]
    pub fn entry(&self, key: &Key) -> Option<QueueEntry> {
        self.entries.get(key).filter(|entry| **entry != QueueEntry::default()).cloned()
    }

    /// Every sample to which something happened.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.entries.keys()
    }

    /// Restores the persisted form of one sample.
    pub fn restore(&mut self, key: Key, mut entry: QueueEntry) {
        // Earlier versions stored a single change.
        let only = entry.changes_at.take().map(|at| Instant(Some(at)));
        entry.changes.extend(only);
        self.entries.insert(key, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_earlier_versions_have_one_change() {
        let old = r#"{"analyses":[{"engine":"e","queued_at":1000,"ends_at":null}],"changes_at":2000,"ended_at":null}"#;
        let mut queue = Queue::default();
        queue.restore([7; 32], serde_json::from_str(old).expect("an entry"));
        let at = Timestamp::from_millisecond(2000).expect("an instant");
        assert_eq!(queue.changes(&[7; 32]), [Instant(Some(at))]);
        let written = serde_json::to_string(&queue.entry(&[7; 32]).expect("one")).expect("text");
        assert_eq!(
            written,
            r#"{"analyses":[{"engine":"e","queued_at":1000,"ends_at":null}],"changes":[2000],"ended_at":null}"#
        );
    }
}
