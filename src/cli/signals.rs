//! Signals that end the program. They are taken on a thread of their own, so that they count even where every other
//! thread is busy or blocked.

use std::io;
use std::time::Duration;

use tokio::sync::oneshot;

use super::FAILED;
use super::log::complain;

/// How long the program has to end after a signal. An orderly end takes about a second at most.
const GRACE: Duration = Duration::from_secs(3);

/// Resolves when the program is to stop: at SIGTERM, as from a supervisor, or SIGINT, as from a keyboard. If it has not
/// ended when the grace time is over, or at a second signal, the process exits all the same.
///
/// # Errors
/// The thread cannot be started, or the signals cannot be taken.
pub(super) fn stop() -> io::Result<impl Future<Output = ()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (stop, stopped) = oneshot::channel();
    let mut signals = {
        let _inside = runtime.enter();
        Signals::listen()?
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime.block_on(async {
            signals.next().await;
            let _ = stop.send(());
            tokio::select! {
                () = tokio::time::sleep(GRACE) => exit("it did not stop in time"),
                () = signals.next() => exit("it was told to stop a second time"),
            }
        });
    })?;
    Ok(async {
        if stopped.await.is_err() {
            std::future::pending().await
        }
    })
}

/// Ends the process.
fn exit(why: &'static str) {
    // Standard error may be what blocks everything else.
    std::thread::spawn(move || complain(&format!("scandouble: ended by force, because {why}")));
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
