//! What outlives the server: which parts of which worlds changed, and when that was written down.
//!
//! Whoever changes something marks it, after the change and without waiting; before an answer leaves, it waits until
//! everything that was marked before is written ([`Keeper::settled`]). So no answer tells of anything that a crash could
//! undo, and requests that come together share one write. A mark says what changed, not to what: the writer looks at
//! the world as it then stands, so that an older state is never written over a newer one.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use crate::accounts::Holder;
use crate::samples::{Key, StoreError};

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

/// Something of a world that changed.
pub type Mark = (Arc<str>, What);

/// Gathers marks, and tells when they are written down.
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

/// How far the writer came.
#[derive(Clone, Debug, Default)]
struct Progress {
    /// This many marks are written down.
    written: u64,
    /// How often the writer has tried.
    tries: u64,
    /// The last try failed, and covered this many marks.
    failed: Option<(u64, Arc<str>)>,
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

    /// Waits until everything that was marked before this call is written down.
    ///
    /// # Errors
    /// The store refused it. It stays marked, and is tried again with the next change or answer.
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
            now.written >= wanted || (now.tries > before && failed)
        };
        let outcome = match progress.wait_for(covers).await {
            Ok(now) if now.written >= wanted => return Ok(()),
            Ok(now) => now.failed.as_ref().map(|(_, why)| why.to_string()),
            Err(_) => None,
        };
        Err(StoreError::NotKept(outcome.unwrap_or_else(|| "the server is stopping".to_owned())))
    }

    /// Waits for somebody who wants marks written down, and takes them all; with how many there ever were.
    pub async fn next(&self) -> (HashSet<Mark>, u64) {
        self.wake.notified().await;
        let mut marks = self.marks();
        (std::mem::take(&mut marks.waiting), marks.count)
    }

    /// Tells that the first `count` marks are written down.
    pub fn written(&self, count: u64) {
        self.progress.send_modify(|progress| {
            *progress = Progress { written: count, tries: progress.tries + 1, failed: None };
        });
    }

    /// Tells that `marks` could not be written down; they wait for the next try.
    pub fn failed(&self, marks: HashSet<Mark>, count: u64, why: &str) {
        self.marks().waiting.extend(marks);
        self.progress.send_modify(|progress| {
            progress.tries += 1;
            progress.failed = Some((count, why.into()));
        });
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
        let (marks, count) = keeper.next().await;
        assert_eq!((marks.len(), count), (1, 1));
        assert!(!waiting.is_finished());
        keeper.written(count);
        assert!(waiting.await.expect("answers"));
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_told_and_tried_again() {
        let keeper = Arc::new(Keeper::default());
        keeper.mark(&"w".into(), What::Everything);
        for _ in 0..2 {
            let waiting = tokio::spawn({
                let keeper = keeper.clone();
                async move { keeper.settled().await.map_err(|error| error.to_string()) }
            });
            let (marks, count) = keeper.next().await;
            assert_eq!(marks.len(), 1);
            keeper.failed(marks, count, "the disk is full");
            let told = waiting.await.expect("answers").expect_err("not written");
            assert_eq!(
                told,
                "what was changed is in force, but not written down: the disk is full; make room, or it is lost with the server"
            );
        }
    }
}
