//! Requests that take a while to be answered, because their bodies are large or because they look through the journal:
//! they have threads of their own, so that they do not hold up the others.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::admin;

/// From which size on a body is large, in bytes. Smaller ones take about a millisecond at most.
const LARGE: usize = 256 * 1024;

/// How much there is to read for a request to the admin API at `path`, whose own body has `length` bytes: a journal may
/// hold many large bodies.
pub(super) fn weight(path: &str, length: usize) -> usize {
    let operation = path.split_once(admin::ROOT).map_or("", |(_, rest)| rest);
    let reads_journal = ["journal", "verify", "coverage"].iter().any(|name| operation.starts_with(name));
    if reads_journal { usize::MAX } else { length }
}

/// A second runtime, which is there from the first such request on.
#[derive(Debug, Default)]
pub(super) struct Heavy(OnceLock<Option<Runtime>>);

impl Heavy {
    /// Runs the answering of a request for which `length` bytes are read, where that is best done. A panic in it is one
    /// here.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        length: usize,
        work: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let Some(threads) = (length >= LARGE).then(|| self.threads()).flatten() else { return work.await };
        match AbortOnDrop(threads.spawn(work)).finished().await {
            Ok(result) => result,
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime goes with the server, and this request as well.
                Err(_) => std::future::pending().await,
            },
        }
    }

    fn threads(&self) -> Option<&Handle> {
        let runtime = self.0.get_or_init(|| {
            let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
            let built =
                Builder::new_multi_thread().worker_threads(threads).thread_name("heavy").enable_all().build();
            built.inspect_err(|error| tracing::error!("no threads for heavy requests: {error}")).ok()
        });
        runtime.as_ref().map(Runtime::handle)
    }
}

impl Drop for Heavy {
    fn drop(&mut self) {
        // Waiting for its threads is not allowed where other tasks run.
        if let Some(runtime) = self.0.take().flatten() {
            runtime.shutdown_background();
        }
    }
}

/// A task that ends with whoever waits for it, as a future would.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> AbortOnDrop<T> {
    async fn finished(mut self) -> Result<T, tokio::task::JoinError> {
        (&mut self.0).await
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
