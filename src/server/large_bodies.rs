//! Threads for requests with large bodies, which take long to parse, so that they do not delay other requests.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

/// From which size on a body is large, in bytes. Smaller ones are parsed within about a millisecond.
const LARGE: usize = 256 * 1024;

/// A second runtime, created for the first large body. `spawn_blocking` would not do, because answering a request is a future,
/// which parses and also waits.
#[derive(Debug, Default)]
pub(super) struct LargeBodies(OnceLock<Option<Runtime>>);

impl LargeBodies {
    /// The threads for a request with a body of `length` bytes, if that is a large one.
    pub(super) fn threads_for(&self, length: usize) -> Option<Threads<'_>> {
        (length >= LARGE).then(|| self.runtime()).flatten().map(Threads)
    }

    fn runtime(&self) -> Option<&Handle> {
        let runtime = self.0.get_or_init(|| {
            let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
            let mut builder = Builder::new_multi_thread();
            let built = builder.worker_threads(threads).thread_name("large-bodies").enable_all().build();
            built.inspect_err(|error| tracing::error!("cannot start threads for large bodies: {error}")).ok()
        });
        runtime.as_ref().map(Runtime::handle)
    }
}

/// The threads of the second runtime.
pub(super) struct Threads<'a>(&'a Handle);

impl Threads<'_> {
    /// Runs `work` on these threads. A panic in `work` continues in the caller.
    pub(super) fn run<T: Send + 'static>(
        self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = T> + Send {
        let task = AbortOnDrop(self.0.spawn(work));
        async {
            match task.finished().await {
                Ok(result) => result,
                Err(failed) => match failed.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    // The runtime ends only with the server, which ends this request as well.
                    Err(_) => std::future::pending().await,
                },
            }
        }
    }
}

impl Drop for LargeBodies {
    fn drop(&mut self) {
        // Dropping a runtime waits for its threads, which is not allowed in an async context.
        if let Some(runtime) = self.0.take().flatten() {
            runtime.shutdown_background();
        }
    }
}

/// A task that is aborted when the future that waits for it is dropped, as if it were a part of that future.
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
