//! The server: listeners and shutdown; `pipeline` is the path of a request.

mod activity;
mod address;
mod admission;
mod answer;
mod bounds;
mod budget;
mod connection;
mod delivery;
mod destination;
mod door;
mod elsewhere;
mod heavy;
mod hosts;
mod inject;
mod intake;
mod line;
mod listener;
mod mounts;
mod outcome;
mod outgoing;
mod outlive;
mod pipeline;
mod plan;
mod protocol;
mod receive;
mod record;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::sync::watch;

pub use self::address::{Address, Entrance};
use self::admission::Admission;
pub use self::bounds::{Bounds, Bytes as ByteLimit, Most, Timeout};
use self::budget::{Budget, Reservation};
use self::connection::Phase;
pub use self::destination::Ways;
use self::heavy::Heavy;
pub use self::hosts::{Hosts, parse as parse_host};
pub use self::listener::Listener;
pub use self::mounts::Mount;
pub use self::plan::{Plan, PlanError};
pub use self::tls::{Authority, Tls, TlsError};
use crate::admin;
use crate::admin::{Connections, Guard};
use crate::fixtures::Reloader;
use crate::worlds::Worlds;

/// How long requests in flight are given to finish once the server stops.
const GRACE: Duration = Duration::from_millis(500);

/// What every request needs.
#[derive(Debug)]
pub struct House {
    worlds: Arc<Worlds>,
    /// The operator's door, which is a router of its own, and who stands at it.
    door: Router,
    guard: Guard,
    ways: Ways,
    /// What clients may take, what they have taken, and where large bodies are read.
    bounds: Bounds,
    counts: Arc<Connections>,
    budget: Budget,
    admission: Admission,
    heavy: Heavy,
}

impl House {
    /// A house of these worlds that is reached by these ways; `reloader` reads their fixtures again.
    #[must_use]
    pub fn new(
        worlds: Arc<Worlds>,
        guard: Guard,
        reloader: Arc<Reloader>,
        ways: Ways,
        bounds: Bounds,
    ) -> Self {
        let pem = ways.tls.authority().pem().to_owned();
        let counts = Arc::<Connections>::default();
        Self {
            door: admin::router(worlds.clone(), reloader, counts.clone(), pem),
            guard,
            worlds,
            ways,
            bounds,
            budget: Budget::new(bounds.max_body_memory.0, counts.body_bytes.clone()),
            admission: Admission::new(&bounds, counts.clone()),
            counts,
            heavy: Heavy::default(),
        }
    }
}

/// Serves `house` by `listeners` until `stop` resolves; requests in flight are given a moment to finish.
///
/// # Errors
/// A listener fails.
pub async fn serve(
    house: House,
    listeners: Vec<Listener>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let house = Arc::new(house);
    let worlds = house.worlds.clone();
    // Whatever runs holds a receiver, so that the sender knows when nothing does any more.
    let (phase, running) = watch::channel(Phase::Open);
    for listener in listeners {
        tokio::spawn(admit(house.clone(), listener, running.clone()));
    }
    drop(running);
    stop.await;
    phase.send_replace(Phase::Closing);
    worlds.end_latencies();
    // A client that keeps its connection busy must not keep the process alive.
    if tokio::time::timeout(GRACE, phase.closed()).await.is_err() {
        phase.send_replace(Phase::Over);
        let _ = tokio::time::timeout(GRACE / 2, phase.closed()).await;
    }
    Ok(())
}

/// Lets connections in by `listener` until the server closes.
async fn admit(house: Arc<House>, listener: Listener, running: watch::Receiver<Phase>) {
    let mut phase = running.clone();
    loop {
        let line = tokio::select! {
            line = listener.accept() => line,
            _ = phase.wait_for(|phase| *phase != Phase::Open) => return,
        };
        let place = tokio::select! {
            place = house.admission.place() => place,
            _ = phase.wait_for(|phase| *phase != Phase::Open) => return,
        };
        let entrance = listener.entrance().clone();
        tokio::spawn(connection::serve(house.clone(), entrance, line, place, running.clone()));
    }
}
