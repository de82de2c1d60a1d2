//! One connection: TLS if its listener speaks it, HTTP/1.1 or HTTP/2, and the tunnels of clients that use a proxy.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use axum::body::Body as HttpBody;
use axum::extract::Request;
use axum::response::Response;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, BufReader};
use tokio::sync::watch;

use super::House;
use super::address::Entrance;
use super::line::{Cutter, Line};
use super::pipeline::enter;
use crate::api::Vendor;

/// The first byte of every TLS connection: the kind of a record with a handshake.
const HANDSHAKE: u8 = 22;

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
    /// How far the end of the server has come.
    pub(super) phase: watch::Receiver<Phase>,
}

/// Serves a connection that came in by `entrance`, until it ends or `phase` is over.
pub(super) async fn serve(
    house: Arc<House>,
    entrance: Entrance,
    line: Line,
    mut phase: watch::Receiver<Phase>,
) {
    let way = Way { api: entrance.api, tunnel: None, cutter: line.cutter(), phase: phase.clone() };
    let served = async {
        if !entrance.tls {
            return speak(house, way, line).await;
        }
        match house.ways.tls.accept(line).await {
            Ok(stream) => speak(house.clone(), way, stream).await,
            Err(error) => tracing::info!("a client and {} could not agree on TLS: {error}", entrance.address),
        }
    };
    tokio::select! {
        () = served => {}
        _ = phase.wait_for(|phase| *phase == Phase::Over) => {}
    }
}

/// Speaks HTTP until the connection ends, or until its requests are answered once the server closes.
async fn speak<S>(house: Arc<House>, way: Way, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut phase = way.phase.clone();
    let way = Arc::new(way);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let answer = enter(house.clone(), way.clone(), request.map(HttpBody::new));
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    // How a connection ends is the client's business, or an injected fault's.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = phase.wait_for(|phase| *phase != Phase::Open) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Answers a CONNECT to `host`, which is one that is answered for here.
pub(super) fn open_tunnel(house: Arc<House>, way: &Way, host: &str, mut request: Request) -> Response {
    let way = Way { tunnel: Some(host.to_owned()), ..way.clone() };
    if let Some(upgrade) = request.extensions_mut().remove::<OnUpgrade>() {
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
    let Ok(first) = stream.fill_buf().await.map(|seen| seen.first().copied()) else { return };
    if first != Some(HANDSHAKE) {
        return speak(house, way, stream).await;
    }
    let host = way.tunnel.clone().unwrap_or_default();
    match house.ways.tls.accept_as(&host, stream).await {
        Ok(stream) => speak(house.clone(), way, stream).await,
        Err(error) => tracing::warn!(
            "a client of {host} does not take this certificate; does it trust /_scandouble/ca.pem? {error}"
        ),
    }
}
