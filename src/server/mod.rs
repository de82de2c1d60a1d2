//! The server: bytes in, bytes out.
//!
//! | module | what is in it |
//! |---|---|
//! | `config` | what a server is asked to listen on, resolved into listeners and routing |
//! | `limits` | timeouts, and bounds on connections and on memory for bodies |
//! | `listeners` | ports and Unix sockets |
//! | `tls` | certificates, and the authority that signs them |
//! | `routing` | which vendor API and world a request is for: listener, host, prefix |
//! | `connections` | one connection: HTTP/1.1 or HTTP/2, timeouts, resets, tunnels |
//! | `bodies` | request bodies read within limits, response bodies sent in pieces |
//! | `pipeline` | the path of a request, step by step |
//! | `request_log` | a line of the log for each request |
//! | `large_bodies` | threads of their own for requests with large bodies |
//! | `own_replies` | the emulator's own replies, where no vendor API is responsible |

mod bodies;
mod config;
mod connections;
mod large_bodies;
mod limits;
mod listeners;
mod own_replies;
mod pipeline;
mod request_log;
mod routing;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
mod tls;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use tokio::sync::watch;

use self::bodies::Budget;
use self::connections::ConnectionLimit;
use self::large_bodies::LargeBodies;
use crate::admin::{self, Connections, Guard, Metrics};
use crate::fixtures::Reloader;
use crate::worlds::Worlds;

pub use self::config::ConfigError;
pub(crate) use self::config::ServerConfig;
pub use self::limits::TransportLimits;
pub(crate) use self::limits::{ByteLimit, MaxCount, Timeout};
pub(crate) use self::listeners::Listener;
pub use self::listeners::{Address, ListenAddress};
pub(crate) use self::request_log::TARGET as REQUEST_LOG;
pub use self::routing::Mount;
pub(crate) use self::routing::{Hosts, Routing, parse_host};
pub(crate) use self::tls::Tls;

/// How long requests in flight may take to finish once the server stops.
const GRACE: Duration = Duration::from_millis(500);

/// What every request needs: the server's state.
#[derive(Debug)]
pub(crate) struct App {
    worlds: Arc<Worlds>,
    /// Made at the first request for it: its operations and their schemas take longer than the rest of a start.
    admin: LazyLock<Router, Box<dyn FnOnce() -> Router + Send>>,
    guard: Guard,
    routing: Routing,
    limits: TransportLimits,
    counts: Arc<Connections>,
    metrics: Arc<Metrics>,
    budget: Budget,
    connection_limit: ConnectionLimit,
    large_bodies: LargeBodies,
}

/// How far the shutdown of the server has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lifecycle {
    /// It accepts connections and requests.
    Running,
    /// It finishes the requests in flight and accepts no others.
    Draining,
    /// Whatever still runs is dropped.
    Stopped,
}

impl App {
    /// The state of a server for these worlds; `reloader` loads their fixtures again.
    pub(crate) fn new(
        worlds: Arc<Worlds>,
        guard: Guard,
        reloader: Arc<Reloader>,
        routing: Routing,
        limits: TransportLimits,
    ) -> Self {
        let tls = routing.tls.clone();
        let (counts, metrics) = (Arc::<Connections>::default(), Arc::<Metrics>::default());
        let router = {
            let (worlds, counts, metrics) = (worlds.clone(), counts.clone(), metrics.clone());
            move || admin::router(worlds, reloader, counts, metrics, Arc::new(move || tls.pem().to_owned()))
        };
        Self {
            admin: LazyLock::new(Box::new(router)),
            guard,
            worlds,
            routing,
            limits,
            budget: Budget::new(limits.max_body_memory.0, counts.body_bytes.clone()),
            connection_limit: ConnectionLimit::new(&limits, counts.clone()),
            counts,
            metrics,
            large_bodies: LargeBodies::default(),
        }
    }
}

/// Serves `app` on `listeners` until `stop` resolves. Requests in flight may then finish within a short time.
///
/// # Errors
/// A listener fails.
pub(crate) async fn serve(
    app: App,
    listeners: Vec<Listener>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let app = Arc::new(app);
    let worlds = app.worlds.clone();
    // Every task holds a receiver, so the sender is closed once all of them have ended.
    let (lifecycle, running) = watch::channel(Lifecycle::Running);
    for listener in listeners {
        tokio::spawn(accept(app.clone(), listener, running.clone()));
    }
    drop(running);
    stop.await;
    lifecycle.send_replace(Lifecycle::Draining);
    // Long polls and injected latencies would otherwise outlast the grace period.
    worlds.end_waits();
    // A client that keeps its connection busy must not keep the process alive.
    if tokio::time::timeout(GRACE, lifecycle.closed()).await.is_err() {
        lifecycle.send_replace(Lifecycle::Stopped);
        // The tasks need a moment to drop their connections, and a hanging one must not delay the exit.
        let _ = tokio::time::timeout(GRACE / 2, lifecycle.closed()).await;
    }
    Ok(())
}

/// Accepts connections on `listener` until the server shuts down.
async fn accept(app: Arc<App>, listener: Listener, running: watch::Receiver<Lifecycle>) {
    let mut lifecycle = running.clone();
    loop {
        let stream = tokio::select! {
            stream = listener.accept() => stream,
            _ = lifecycle.wait_for(|now| *now != Lifecycle::Running) => return,
        };
        // Acquired before the task is spawned, so that waiting for a permit stops accepting.
        let permit = tokio::select! {
            permit = app.connection_limit.acquire() => permit,
            _ = lifecycle.wait_for(|now| *now != Lifecycle::Running) => return,
        };
        let address = listener.address().clone();
        tokio::spawn(connections::serve(app.clone(), address, stream, permit, running.clone()));
    }
}
