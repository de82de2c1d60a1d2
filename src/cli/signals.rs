//! Signals that end the program. They are handled on a thread of their own, so that they work even if all other
//! threads are busy or blocked.

use std::io;
use std::time::Duration;

use tokio::sync::oneshot;

use super::FAILED;
use super::log::print_error;

/// How long the program may take to end after a signal. An orderly shutdown takes about a second at most.
const GRACE: Duration = Duration::from_secs(3);

/// Resolves when SIGTERM or SIGINT arrives. If the program has not ended after the grace time, or at a second signal,
/// the process exits.
///
/// # Errors
/// The thread cannot be started, or the signal handlers cannot be installed.
pub(super) fn stop() -> io::Result<impl Future<Output = ()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (stop, stopped) = oneshot::channel();
    let mut signals = {
        // Handlers can be installed only inside a runtime. Here, before the thread starts, a failure can still be returned.
        let _inside = runtime.enter();
        Signals::listen()?
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime.block_on(async {
            signals.next().await;
            let _ = stop.send(());
            tokio::select! {
                () = tokio::time::sleep(GRACE) => exit("it did not stop in time"),
                () = signals.next() => exit("a second signal arrived"),
            }
        });
    })?;
    Ok(async {
        // The thread ended without a signal, so there is no reason to stop.
        if stopped.await.is_err() {
            std::future::pending().await
        }
    })
}

/// Ends the process.
fn exit(why: &'static str) {
    // Writing may block, for example on a full pipe, so the exit must not wait for it.
    std::thread::spawn(move || print_error(&format!("scandouble: ended by force, because {why}")));
    std::thread::sleep(Duration::from_millis(100));
    std::process::exit(i32::from(FAILED));
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[allow(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
