//! One connection: TLS if its listener speaks it, HTTP/1.1 or HTTP/2, and the tunnels of clients that use a proxy.

use std::convert::Infallible;
use std::error::Error;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::extract::Request;
use axum::response::Response;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, BufReader};
use tokio::sync::watch;

use super::activity::{Activity, InFlight, Watched};
use super::address::Entrance;
use super::admission::Place;
use super::bounds::{Bounds, Timeout};
use super::line::{Cutter, Line, Peer, Writes};
use super::pipeline::enter;
use super::{House, protocol};
use crate::admin::TimedOut;
use crate::vendors::Vendor;

/// The first byte of every TLS connection: the kind of a record with a handshake.
const HANDSHAKE: u8 = 22;
/// How many requests of an HTTP/2 connection are answered at a time; each may hold a whole answer.
const STREAMS: u32 = 64;
/// How much of one answer is queued in an HTTP/2 connection, in bytes.
const QUEUED: usize = 64 * 1024;
/// How long an idle connection has for its goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// How far the end of the server has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// It runs.
    Open,
    /// Nothing new is begun.
    Closing,
    /// What still runs is dropped.
    Over,
}

/// By which way a request came.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// The only API of the listener, if it has one.
    pub(super) api: Option<&'static Vendor>,
    /// The host that a tunnel was opened to.
    pub(super) tunnel: Option<String>,
    /// What cuts the connection.
    pub(super) cutter: Cutter,
    /// The client's end of the connection.
    pub(super) peer: Peer,
    /// How far the end of the server has come.
    pub(super) phase: watch::Receiver<Phase>,
    /// What happens on the connection, or inside its tunnel.
    pub(super) activity: Arc<Activity>,
    /// The place that the connection takes.
    pub(super) place: Arc<Place>,
    pub(super) bounds: Bounds,
    writes: Arc<Writes>,
    /// What keeps the connection around a tunnel from being idle.
    _around: Option<Arc<InFlight>>,
}

impl Way {
    fn new(
        entrance: &Entrance,
        line: &Line,
        place: Place,
        bounds: Bounds,
        phase: watch::Receiver<Phase>,
    ) -> Self {
        let (bounds, writes) = (place.bounds(bounds), line.writes());
        Self {
            api: entrance.api,
            tunnel: None,
            cutter: line.cutter(),
            peer: line.peer(),
            phase,
            activity: Activity::new(writes.clone(), bounds),
            place: Arc::new(place),
            bounds,
            writes,
            _around: None,
        }
    }

    /// The way of requests inside a tunnel to `host` that was opened by this way.
    fn tunnelled(&self, host: &str) -> Self {
        Self {
            tunnel: Some(host.to_owned()),
            activity: Activity::new(self.writes.clone(), self.bounds),
            _around: Some(Arc::new(self.activity.begin())),
            ..self.clone()
        }
    }
}

/// Serves a connection that came in by `entrance`, until it ends or `phase` is over.
pub(super) async fn serve(
    house: Arc<House>,
    entrance: Entrance,
    line: Line,
    place: Place,
    mut phase: watch::Receiver<Phase>,
) {
    let way = Way::new(&entrance, &line, place, house.bounds, phase.clone());
    let served = async {
        if !entrance.tls {
            return speak(house, way, line).await;
        }
        match shake_hands(&house, &way, house.ways.tls.accept(line)).await {
            Some(Ok(stream)) => speak(house.clone(), way, stream).await,
            Some(Err(error)) => {
                tracing::info!("a client and {} could not agree on TLS: {error}", entrance.address);
            }
            None => {}
        }
    };
    tokio::select! {
        () = served => {}
        _ = phase.wait_for(|phase| *phase == Phase::Over) => {}
    }
}

/// The outcome of a TLS handshake, if it comes in time.
async fn shake_hands<S>(
    house: &House,
    way: &Way,
    handshake: impl Future<Output = std::io::Result<S>>,
) -> Option<std::io::Result<S>> {
    within(way.bounds.handshake_timeout, handshake).await.or_else(|| {
        house.counts.timed_out(TimedOut::Handshake);
        tracing::info!("closed a connection: no TLS handshake in time (--handshake-timeout)");
        None
    })
}

/// The result of `work`, if it comes in time.
async fn within<T>(timeout: Timeout, work: impl Future<Output = T>) -> Option<T> {
    match timeout.0 {
        Some(time) => tokio::time::timeout(time, work).await.ok(),
        None => Some(work.await),
    }
}

/// Speaks HTTP until the connection ends, or until its requests are answered once the server closes.
async fn speak<S>(house: Arc<House>, way: Way, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut phase = way.phase.clone();
    let (builder, way) = (http(&way), Arc::new(way));
    let stream = Watched { stream, activity: way.activity.clone() };
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let answer = enter(house.clone(), way.clone(), request.map(HttpBody::new));
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => return note_end(&house, ended),
        which = way.activity.timed_out() => Some(which),
        _ = phase.wait_for(|phase| *phase != Phase::Open) => None,
    };
    match ended {
        None => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection.as_mut() => note_end(&house, ended),
                which = way.activity.timed_out() => give_up(&house, &way, which),
            }
        }
        Some(TimedOut::Idle) => {
            house.counts.timed_out(TimedOut::Idle);
            connection.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(GOODBYE, connection).await;
        }
        Some(which) => give_up(&house, &way, which),
    }
}

/// How HTTP is spoken. The timeouts of HTTP/1 are those of [`Activity`].
fn http(way: &Way) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // A client that has closed its sending side may still read.
    builder.http1().half_close(true).header_read_timeout(None).keep_alive(!way.place.is_reserve);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(STREAMS).max_send_buf_size(QUEUED);
    if let (Some(idle), Some(write)) = (way.bounds.idle_timeout.0, way.bounds.write_timeout.0) {
        builder.http2().keep_alive_interval(idle).keep_alive_timeout(write);
    }
    builder
}

/// How a connection ends is the client's business, or an injected fault's; but a request that HTTP refuses is told.
fn note_end(house: &House, ended: Result<(), Box<dyn Error + Send + Sync>>) {
    let error = ended.err().and_then(|error| error.downcast::<hyper::Error>().ok());
    if let Some(error) = error {
        protocol::note(house, &error);
    }
}

/// Gives a connection up that ran into a timeout.
fn give_up(house: &House, way: &Way, which: TimedOut) {
    house.counts.timed_out(which);
    match which {
        TimedOut::Write => {
            // What it did not take is thrown away, by the kernel as well.
            way.cutter.cut();
            tracing::warn!("closed a connection: its client takes no more of its answer (--write-timeout)");
        }
        _ => tracing::info!("closed a connection: no whole head of a request in time (--header-timeout)"),
    }
}

/// Answers a CONNECT to `host`, which is one that is answered for here.
pub(super) fn open_tunnel(house: Arc<House>, way: &Way, host: &str, mut request: Request) -> Response {
    if let Some(upgrade) = request.extensions_mut().remove::<OnUpgrade>() {
        let way = way.tunnelled(host);
        let mut phase = way.phase.clone();
        let inside: BoxFuture<'static, ()> = Box::pin(tunnel(house, way, upgrade));
        tokio::spawn(async move {
            tokio::select! {
                () = inside => {}
                _ = phase.wait_for(|phase| *phase == Phase::Over) => {}
            }
        });
    }
    Response::new(HttpBody::empty())
}

/// Speaks with a client through its tunnel: TLS as the host, or HTTP as it is, since some clients tunnel both.
async fn tunnel(house: Arc<House>, way: Way, upgrade: OnUpgrade) {
    let Ok(stream) = upgrade.await else { return };
    let mut stream = BufReader::new(TokioIo::new(stream));
    let first = within(way.bounds.header_timeout, stream.fill_buf()).await;
    let Some(first) = first else { return give_up(&house, &way, TimedOut::Header) };
    let Ok(first) = first.map(|seen| seen.first().copied()) else { return };
    if first != Some(HANDSHAKE) {
        return speak(house, way, stream).await;
    }
    let host = way.tunnel.clone().unwrap_or_default();
    match shake_hands(&house, &way, house.ways.tls.accept_as(&host, stream)).await {
        Some(Ok(stream)) => speak(house.clone(), way, stream).await,
        Some(Err(error)) => tracing::warn!(
            "a client of {host} does not take this certificate; does it trust /_scandouble/ca.pem? {error}"
        ),
        None => {}
    }
}
