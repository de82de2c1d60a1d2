//! The analysis queue of a world: which engines work on which sample until when, and what changed thereby.
//!
//! Waiting states are functions of stored times and `now`; nothing runs in the background.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::samples::{Key, Sample};
use crate::settings::Pace;

/// Everything that the queue holds of one sample; also its persisted form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueEntry {
    /// What was asked for it.
    pub analyses: Vec<Analysis>,
    /// When what a rescan changes takes hold.
    #[serde(with = "crate::clock::optional_millis")]
    pub changes_at: Option<Timestamp>,
    /// When its scans were ended through the admin API.
    #[serde(with = "crate::clock::optional_millis")]
    pub ended_at: Option<Timestamp>,
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
    #[serde(with = "crate::clock::optional_millis")]
    pub ends_at: Option<Timestamp>,
}

impl Analysis {
    /// Whether the sample waits at `now`.
    #[must_use]
    pub fn is_waiting(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }
}

/// The outcome of asking for an analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queued {
    /// It is new.
    Newly,
    /// The same engine still has the sample.
    Already,
}

/// Everything that is and was queued in a world.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    analyses: HashMap<Key, Vec<Analysis>>,
    changes: HashMap<Key, Timestamp>,
    ended: HashMap<Key, Timestamp>,
}

impl Queue {
    /// Asks `engine` to work on `sample` for as long as `pace` says.
    pub fn ask(&mut self, sample: &Sample, engine: &str, now: Timestamp, pace: Pace) -> Queued {
        let ends_at = match pace {
            Pace::After(span) => Some(now.saturating_add(span).unwrap_or(Timestamp::MAX)),
            Pace::AtOnce => Some(now),
            Pace::WhenTold => None,
        };
        let analyses = self.analyses.entry(sample.key()).or_default();
        match analyses.iter_mut().find(|analysis| analysis.engine == engine) {
            Some(analysis) if analysis.is_waiting(now) => return Queued::Already,
            Some(analysis) => (analysis.queued_at, analysis.ends_at) = (now, ends_at),
            None => analyses.push(Analysis { engine: engine.to_owned(), queued_at: now, ends_at }),
        }
        if let Some(after) = &sample.after_rescan {
            let at = match after.after_ms {
                Some(ms) => now.saturating_add(SignedDuration::from_millis(ms)).ok(),
                None => ends_at,
            };
            if let Some(at) = at {
                let change = self.changes.entry(sample.key()).or_insert(at);
                *change = at.min(*change);
            }
        }
        Queued::Newly
    }

    /// Whether `engine` still has the sample.
    #[must_use]
    pub fn is_waiting(&self, key: &Key, engine: &str, now: Timestamp) -> bool {
        self.of(key).iter().any(|analysis| analysis.engine == engine && analysis.is_waiting(now))
    }

    /// What was asked for a sample, oldest engine first.
    #[must_use]
    pub fn of(&self, key: &Key) -> &[Analysis] {
        self.analyses.get(key).map_or(&[], Vec::as_slice)
    }

    /// Every sample for which something was asked.
    pub fn all(&self) -> impl Iterator<Item = (&Key, &[Analysis])> {
        self.analyses.iter().map(|(key, analyses)| (key, analyses.as_slice()))
    }

    /// Ends everything that runs on a sample: its queued analyses, its unfinished scans, and the wait for what a
    /// rescan changes. How many analyses were ended.
    pub fn finish(&mut self, sample: &Sample, now: Timestamp) -> usize {
        let key = sample.key();
        let mut ended = 0;
        for analysis in self.analyses.entry(key).or_default() {
            if analysis.is_waiting(now) {
                analysis.ends_at = Some(now);
                ended += 1;
            }
        }
        if ended > 0 && sample.after_rescan.is_some() {
            let change = self.changes.entry(key).or_insert(now);
            *change = now.min(*change);
        }
        self.ended.entry(key).or_insert(now);
        ended
    }

    /// When the sample's scans were ended through the admin API, if they were.
    #[must_use]
    pub fn ended_at(&self, key: &Key) -> Option<Timestamp> {
        self.ended.get(key).copied()
    }

    /// When what a rescan changes takes hold, if one was asked for.
    #[must_use]
    pub fn changes_at(&self, key: &Key) -> Option<Timestamp> {
        self.changes.get(key).copied()
    }

    /// The persisted form of everything about one sample; `None` if there is nothing.
    #[must_use]
    pub fn entry(&self, key: &Key) -> Option<QueueEntry> {
        let analyses = self.of(key).to_vec();
        let entry = QueueEntry { analyses, changes_at: self.changes_at(key), ended_at: self.ended_at(key) };
        Some(entry).filter(|entry| *entry != QueueEntry::default())
    }

    /// Every sample to which something happened.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.analyses.keys().chain(self.ended.keys().filter(|key| !self.analyses.contains_key(*key)))
    }

    /// Restores the persisted form of one sample.
    pub fn restore(&mut self, key: Key, entry: QueueEntry) {
        self.analyses.insert(key, entry.analyses);
        if let Some(at) = entry.changes_at {
            self.changes.insert(key, at);
        }
        if let Some(at) = entry.ended_at {
            self.ended.insert(key, at);
        }
    }
}
