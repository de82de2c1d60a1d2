//! Which parts of which worlds have changed, and how far these changes are saved.
//!
//! A change of a world marks the changed part after the change, without waiting. Before a response leaves, the server
//! waits until everything that was marked before is saved ([`ChangeLog::wait_until_saved`]). So a crash cannot undo
//! anything that a response depends on, and concurrent requests share one transaction.
//!
//! A mark names the part that changed, not its new value: the writer reads the value when it writes, so that it never
//! overwrites a newer state with an older one.
//!
//! Marks that could not be saved stay. They are tried again with the next change or response, and when the server stops.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use crate::accounts::Holder;
use crate::samples::Key;
use crate::store::StoreError;

/// A part of a world that changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ChangedPart {
    /// Any part; also the creation or the removal of the world.
    All,
    /// Its clock, settings, rules, accounts or sessions.
    Configuration,
    /// A sample of its own, or one that it hides.
    Sample(Key),
    /// An uploaded sample.
    Upload(Key),
    /// An upload by URL, by its number.
    UrlUpload(u64),
    /// A batch of uploads, by its identifier.
    Batch(String),
    /// The analyses of a sample.
    Queue(Key),
    /// The limits that are counted for an account.
    Counts(Holder),
}

impl ChangedPart {
    /// The name in log lines.
    fn name(&self) -> &'static str {
        match self {
            Self::All => "everything",
            Self::Configuration => "clock, settings, rules and accounts",
            Self::Sample(_) => "samples",
            Self::Upload(_) | Self::UrlUpload(_) => "uploads",
            Self::Batch(_) => "batches",
            Self::Queue(_) => "analyses",
            Self::Counts(_) => "limits",
        }
    }
}

/// A world, and the part of it that changed.
pub(crate) type Mark = (Arc<str>, ChangedPart);

/// Collects marks, and reports when they are saved.
#[derive(Debug)]
pub struct ChangeLog {
    pending: Mutex<Pending>,
    wake: Notify,
    progress: watch::Sender<Progress>,
}

#[derive(Debug, Default)]
struct Pending {
    /// Each changed part once, however often it changed.
    marks: HashSet<Mark>,
    /// The number of marks ever made.
    count: u64,
}

/// How far the writer is.
#[derive(Clone, Debug, Default)]
struct Progress {
    /// The number of marks that are saved.
    written: u64,
    /// The number of attempts that failed.
    failures: u64,
    /// If the last attempt failed: the number of marks that it covered, and the reason.
    failed: Option<(u64, Arc<str>)>,
    /// Set when nothing will be saved any more.
    stopped: bool,
}

impl Default for ChangeLog {
    fn default() -> Self {
        Self { pending: Mutex::default(), wake: Notify::new(), progress: watch::Sender::default() }
    }
}

impl ChangeLog {
    /// Marks a changed part of a world. The change itself must be visible already.
    pub fn mark(&self, world: &Arc<str>, part: ChangedPart) {
        self.mark_all(world, [part]);
    }

    /// Marks parts of a world that changed in one step. They are saved in one transaction, so that a kill leaves all or none of
    /// the change.
    pub fn mark_all(&self, world: &Arc<str>, parts: impl IntoIterator<Item = ChangedPart>) {
        let mut pending = self.pending();
        for part in parts {
            pending.marks.insert((world.clone(), part));
            pending.count += 1;
        }
    }

    /// Waits until everything that was marked before this call is saved.
    ///
    /// # Errors
    /// It could not be saved. It stays marked, and is tried again with the next change or response.
    pub async fn wait_until_saved(&self) -> Result<(), StoreError> {
        let target = self.pending().count;
        let mut progress = self.progress.subscribe();
        let before = {
            let now = progress.borrow();
            if now.written >= target {
                return Ok(());
            }
            now.failures
        };
        // If the writer is busy, `Notify` keeps one permit, so it looks again afterwards.
        self.wake.notify_one();
        let covers = |now: &Progress| {
            // An earlier failure does not count, since its reason may be gone. Neither does an attempt that began
            // before these marks were made.
            let failed = now.failed.as_ref().is_some_and(|(covered, _)| *covered >= target);
            now.written >= target || (now.failures > before && failed) || now.stopped
        };
        let outcome = match progress.wait_for(covers).await {
            Ok(now) if now.written >= target => return Ok(()),
            Ok(now) => now.failed.as_ref().map(|(_, why)| why.to_string()),
            Err(_) => None,
        };
        Err(StoreError::NotSaved(outcome.unwrap_or_else(|| "the server is stopping".to_owned())))
    }

    /// Waits for a call of [`ChangeLog::wait_until_saved`], and takes all marks, with the number of marks ever made;
    /// `None` once the server stops.
    pub async fn next_batch(&self) -> Option<(HashSet<Mark>, u64)> {
        self.wake.notified().await;
        if self.progress.borrow().stopped {
            return None;
        }
        let mut pending = self.pending();
        // Under one lock, so that the count covers exactly the marks that were taken up to now.
        Some((std::mem::take(&mut pending.marks), pending.count))
    }

    /// Notes that the first `count` marks are saved. True if the previous attempt failed.
    pub fn written(&self, count: u64) -> bool {
        let mut recovered = false;
        self.progress.send_modify(|progress| {
            recovered = progress.failed.is_some();
            *progress = Progress { written: count, failed: None, ..*progress };
        });
        recovered
    }

    /// Notes that `marks` could not be saved; they are kept for the next attempt. True if the previous attempt succeeded, or
    /// failed for another reason: then it is worth a log line.
    pub fn failed(&self, marks: HashSet<Mark>, count: u64, why: &str) -> bool {
        // Before callers are woken, because one of them may wait again at once.
        self.pending().marks.extend(marks);
        let mut is_new = false;
        self.progress.send_modify(|progress| {
            is_new = progress.failed.as_ref().is_none_or(|(_, before)| **before != *why);
            progress.failures += 1;
            progress.failed = Some((count, why.into()));
        });
        is_new
    }

    /// The worlds and parts that are marked and not yet saved, for log lines: `"w" (samples, uploads)`. Marks that are being
    /// written are left out.
    pub fn unsaved(&self) -> String {
        let pending = self.pending();
        let mut by_world: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (world, part) in &pending.marks {
            by_world.entry(world).or_default().insert(part.name());
        }
        let worlds = by_world.into_iter().map(|(world, parts)| {
            format!("\"{world}\" ({})", parts.into_iter().collect::<Vec<_>>().join(", "))
        });
        worlds.collect::<Vec<_>>().join(", ")
    }

    /// Ends the writer; callers that still wait for it get an error.
    pub fn stop(&self) {
        self.progress.send_modify(|progress| progress.stopped = true);
        self.wake.notify_one();
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_response_waits_for_earlier_marks() {
        let change_log = Arc::new(ChangeLog::default());
        change_log.wait_until_saved().await.expect("nothing to wait for");
        let world: Arc<str> = "w".into();
        change_log.mark(&world, ChangedPart::Configuration);
        let waiting = tokio::spawn({
            let change_log = change_log.clone();
            async move { change_log.wait_until_saved().await.is_ok() }
        });
        let (marks, count) = change_log.next_batch().await.expect("marks");
        assert_eq!((marks.len(), count), (1, 1));
        assert!(!waiting.is_finished());
        change_log.written(count);
        assert!(waiting.await.expect("answers"));
    }

    #[tokio::test]
    async fn failed_writes_are_reported_and_retried() {
        let change_log = Arc::new(ChangeLog::default());
        change_log.mark(&"w".into(), ChangedPart::All);
        for round in 0..2 {
            let waiting = tokio::spawn({
                let change_log = change_log.clone();
                async move { change_log.wait_until_saved().await.map_err(|error| error.to_string()) }
            });
            let (marks, count) = change_log.next_batch().await.expect("marks");
            assert_eq!(marks.len(), 1);
            assert_eq!(change_log.failed(marks, count, "the disk is full"), round == 0);
            let reported = waiting.await.expect("answers").expect_err("not saved");
            let expected =
                "the change is active but not saved, and a restart would lose it: the disk is full";
            assert_eq!(reported, expected);
            assert_eq!(change_log.unsaved(), "\"w\" (everything)");
        }
        let (marks, count) = {
            let (waiting, batch) = (change_log.wait_until_saved(), change_log.next_batch());
            tokio::pin!(waiting);
            tokio::select! {
                biased;
                _ = &mut waiting => panic!("nothing was saved"),
                batch = batch => batch.expect("marks"),
            }
        };
        assert_eq!(marks.len(), 1);
        assert!(change_log.written(count));
        assert_eq!(change_log.unsaved(), "");
        // After a success the same reason is worth a log line again.
        assert!(!change_log.written(count));
        assert!(change_log.failed(HashSet::new(), count, "the disk is full"));
    }

    #[tokio::test]
    async fn a_stop_ends_the_writer_and_all_waits() {
        let change_log = ChangeLog::default();
        change_log.mark(&"w".into(), ChangedPart::Configuration);
        let (waited, next) = tokio::join!(change_log.wait_until_saved(), async {
            change_log.stop();
            change_log.next_batch().await
        });
        assert!(waited.is_err() && next.is_none());

        // Also where nothing waits.
        let change_log = ChangeLog::default();
        let mut next = std::pin::pin!(change_log.next_batch());
        assert!(next.as_mut().now_or_never().is_none());
        change_log.stop();
        assert!(matches!(next.now_or_never(), Some(None)));
    }
}
