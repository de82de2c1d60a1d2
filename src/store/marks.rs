//! Persistence: which parts of which worlds changed, and how far they are saved.
//!
//! Whoever changes something marks it, after the change and without waiting; before an answer leaves, it waits until
//! everything that was marked before is saved ([`Keeper::settled`]). So no answer depends on anything that a crash could
//! undo, and requests that come together share one transaction. A mark says what changed, not to what: the writer looks
//! at the world as it then is, so that an older state is never written over a newer one.
//!
//! What could not be saved stays marked. It is tried again with the next change or answer, and when the server stops.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use crate::accounts::Holder;
use crate::samples::Key;
use crate::store::StoreError;

/// What of a world changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// Anything; also that the world is new, or gone.
    Everything,
    /// Its clock, its settings, its rules, its accounts or who is logged in.
    Ways,
    /// A sample of its own, or one that it hides.
    Sample(Key),
    /// A sample that was uploaded.
    Upload(Key),
    /// Where a sample stands in the queue.
    Queue(Key),
    /// The counts of an account.
    Counts(Holder),
}

impl What {
    /// For people.
    fn name(&self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Ways => "clock, settings, rules and accounts",
            Self::Sample(_) => "samples",
            Self::Upload(_) => "uploads",
            Self::Queue(_) => "analyses",
            Self::Counts(_) => "limits",
        }
    }
}

/// Something of a world that changed.
pub type Mark = (Arc<str>, What);

/// Gathers marks, and reports when they are saved.
#[derive(Debug)]
pub struct Keeper {
    marks: Mutex<Marks>,
    wake: Notify,
    progress: watch::Sender<Progress>,
}

#[derive(Debug, Default)]
struct Marks {
    waiting: HashSet<Mark>,
    /// How many marks there ever were.
    count: u64,
}

/// How far the writer is.
#[derive(Clone, Debug, Default)]
struct Progress {
    /// This many marks are saved.
    written: u64,
    /// How often the writer has tried.
    tries: u64,
    /// The last try failed, and covered this many marks.
    failed: Option<(u64, Arc<str>)>,
    /// Nothing is saved any more.
    stopped: bool,
}

impl Default for Keeper {
    fn default() -> Self {
        Self { marks: Mutex::default(), wake: Notify::new(), progress: watch::Sender::default() }
    }
}

impl Keeper {
    /// Notes that something changed. The change itself must be visible by now.
    pub fn mark(&self, world: &Arc<str>, what: What) {
        let mut marks = self.marks();
        marks.waiting.insert((world.clone(), what));
        marks.count += 1;
    }

    /// Waits until everything that was marked before this call is saved.
    ///
    /// # Errors
    /// It could not be saved. It stays marked, and is tried again with the next change or answer.
    pub async fn settled(&self) -> Result<(), StoreError> {
        let wanted = self.marks().count;
        let mut progress = self.progress.subscribe();
        let before = {
            let now = progress.borrow();
            if now.written >= wanted {
                return Ok(());
            }
            now.tries
        };
        self.wake.notify_one();
        let covers = |now: &Progress| {
            let failed = now.failed.as_ref().is_some_and(|(covered, _)| *covered >= wanted);
            now.written >= wanted || (now.tries > before && failed) || now.stopped
        };
        let outcome = match progress.wait_for(covers).await {
            Ok(now) if now.written >= wanted => return Ok(()),
            Ok(now) => now.failed.as_ref().map(|(_, why)| why.to_string()),
            Err(_) => None,
        };
        Err(StoreError::NotKept(outcome.unwrap_or_else(|| "the server is stopping".to_owned())))
    }

    /// Waits for somebody who wants marks saved, and takes them all, with how many there ever were; `None` once the
    /// server stops.
    pub async fn next(&self) -> Option<(HashSet<Mark>, u64)> {
        self.wake.notified().await;
        if self.progress.borrow().stopped {
            return None;
        }
        let mut marks = self.marks();
        Some((std::mem::take(&mut marks.waiting), marks.count))
    }

    /// Notes that the first `count` marks are saved. True if the try before had failed.
    pub fn written(&self, count: u64) -> bool {
        let mut recovered = false;
        self.progress.send_modify(|progress| {
            recovered = progress.failed.is_some();
            *progress = Progress { written: count, tries: progress.tries + 1, failed: None, ..*progress };
        });
        recovered
    }

    /// Notes that `marks` could not be saved; they wait for the next try. True if that is news: the try before succeeded,
    /// or failed for another reason.
    pub fn failed(&self, marks: HashSet<Mark>, count: u64, why: &str) -> bool {
        self.marks().waiting.extend(marks);
        let mut is_news = false;
        self.progress.send_modify(|progress| {
            is_news = progress.failed.as_ref().is_none_or(|(_, before)| **before != *why);
            progress.tries += 1;
            progress.failed = Some((count, why.into()));
        });
        is_news
    }

    /// What is marked and not yet saved, for people: `"w" (samples, uploads)`. A write that is under way is not counted.
    #[must_use]
    pub fn unsaved(&self) -> String {
        let marks = self.marks();
        let mut by_world: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (world, what) in &marks.waiting {
            by_world.entry(world).or_default().insert(what.name());
        }
        let worlds = by_world.into_iter().map(|(world, parts)| {
            format!("\"{world}\" ({})", parts.into_iter().collect::<Vec<_>>().join(", "))
        });
        worlds.collect::<Vec<_>>().join(", ")
    }

    /// Ends the writer, and whoever still waits for it.
    pub fn stop(&self) {
        self.progress.send_modify(|progress| progress.stopped = true);
        self.wake.notify_one();
    }

    fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_waits_for_what_was_marked_before_it() {
        let keeper = Arc::new(Keeper::default());
        keeper.settled().await.expect("nothing to wait for");
        let world: Arc<str> = "w".into();
        keeper.mark(&world, What::Ways);
        let waiting = tokio::spawn({
            let keeper = keeper.clone();
            async move { keeper.settled().await.is_ok() }
        });
        let (marks, count) = keeper.next().await.expect("marks");
        assert_eq!((marks.len(), count), (1, 1));
        assert!(!waiting.is_finished());
        keeper.written(count);
        assert!(waiting.await.expect("answers"));
    }

    #[tokio::test]
    async fn failed_writes_are_reported_and_retried() {
        let keeper = Arc::new(Keeper::default());
        keeper.mark(&"w".into(), What::Everything);
        for round in 0..2 {
            let waiting = tokio::spawn({
                let keeper = keeper.clone();
                async move { keeper.settled().await.map_err(|error| error.to_string()) }
            });
            let (marks, count) = keeper.next().await.expect("marks");
            assert_eq!(marks.len(), 1);
            assert_eq!(keeper.failed(marks, count, "the disk is full"), round == 0);
            let reported = waiting.await.expect("answers").expect_err("not saved");
            let expected =
                "the change is active but not saved, and a restart would lose it: the disk is full";
            assert_eq!(reported, expected);
            assert_eq!(keeper.unsaved(), "\"w\" (everything)");
        }
        let (marks, count) = {
            let (waiting, next) = (keeper.settled(), keeper.next());
            tokio::pin!(waiting);
            tokio::select! {
                biased;
                _ = &mut waiting => panic!("nothing was saved"),
                next = next => next.expect("marks"),
            }
        };
        assert_eq!(marks.len(), 1);
        assert!(keeper.written(count));
        assert_eq!(keeper.unsaved(), "");
    }

    #[tokio::test]
    async fn a_stop_ends_the_writer_and_whoever_waits() {
        let keeper = Keeper::default();
        keeper.mark(&"w".into(), What::Ways);
        let (waited, next) = tokio::join!(keeper.settled(), async {
            keeper.stop();
            keeper.next().await
        });
        assert!(waited.is_err() && next.is_none());
    }
}
