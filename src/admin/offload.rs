//! Long work on a thread of its own, so that it holds up no other request.

use http::StatusCode;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};

use super::problem::Problem;

/// How many such pieces of work run at once; further ones wait for their turn.
const AT_ONCE: usize = 4;

/// Runs work that computes for long between its waits. If the client disconnects, the work ends at its next wait.
///
/// # Errors
/// It panicked, or the server stops.
pub(super) async fn run<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Problem> {
    static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);
    let turn = TURNS.acquire().await.ok();
    // `wanting` is dropped with this future when the client disconnects, which closes `wanted`.
    let (mut wanted, wanting) = oneshot::channel::<()>();
    let handle = Handle::current();
    // Not a task of the runtime: between its waits the work would block a worker that other requests need.
    let running = tokio::task::spawn_blocking(move || {
        // Held until the work ends, which can be later than the request.
        let _turn = turn;
        handle.block_on(async {
            tokio::select! {
                // In this order, so that work which is always ready ends too.
                biased;
                () = wanted.closed() => None,
                outcome = work => Some(outcome),
            }
        })
    });
    let outcome = running.await;
    // Keeps the channel open until the work has ended.
    drop(wanting);
    match outcome {
        Ok(Some(outcome)) => Ok(outcome),
        Ok(None) | Err(_) => {
            let detail =
                "the request was not finished, for the server stops or has a bug; its log says which";
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "Not finished", detail))
        }
    }
}
