//! One connection: TLS if its listener uses it, HTTP/1.1 or HTTP/2, and the tunnels of clients that use a proxy.

use std::convert::Infallible;
use std::error::Error;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body as HttpBody;
use futures_util::future::BoxFuture;
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, BufReader};
use tokio::sync::watch;

use super::activity::ReadObserver;
use super::context::{ConnectionContext, TunnelRequest};
use super::limit::ConnectionPermit;
use super::stream::ConnectionStream;
use crate::admin::TimedOut;
use crate::server::limits::Timeout;
use crate::server::listeners::ListenAddress;
use crate::server::{App, Lifecycle, pipeline, tls};

/// The first byte of every TLS connection: the record type of a handshake.
const HANDSHAKE: u8 = 22;
/// How many requests of an HTTP/2 connection are answered at a time; each may hold a whole response.
const STREAMS: u32 = 64;
/// How much of one response an HTTP/2 connection queues, in bytes.
const QUEUED: usize = 64 * 1024;
/// How long the orderly end of an idle connection may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// Serves a connection to `address` until it ends or the server has stopped.
pub(in crate::server) async fn serve(
    app: Arc<App>,
    address: ListenAddress,
    stream: ConnectionStream,
    permit: ConnectionPermit,
    mut lifecycle: watch::Receiver<Lifecycle>,
) {
    let connection = ConnectionContext::new(&address, &stream, permit, app.limits, lifecycle.clone());
    if !address.tls {
        return serve_http(app, connection, stream).await;
    }
    let accepted = tokio::select! {
        accepted = Box::pin(handshake(&app, &connection, app.routing.tls.accept(stream))) => accepted,
        _ = lifecycle.wait_for(|now| *now == Lifecycle::Stopped) => return,
    };
    match accepted {
        // Boxed, since the future of every connection would otherwise have room for this one.
        Some(Ok(stream)) => Box::pin(serve_http(app, connection, stream)).await,
        Some(Err(error)) => note_handshake(&format!("with {}", address.address), &error),
        None => {}
    }
}

/// The outcome of a TLS handshake, if it is done in time.
async fn handshake<S>(
    app: &App,
    connection: &ConnectionContext,
    handshake: impl Future<Output = std::io::Result<S>>,
) -> Option<std::io::Result<S>> {
    within(connection.limits.handshake_timeout, handshake).await.or_else(|| {
        app.counts.timed_out(TimedOut::Handshake);
        tracing::info!("closed a connection: no TLS handshake in time (--handshake-timeout)");
        None
    })
}

/// Logs a handshake that failed, with advice where the reason is known. Without one it is logged for those who look: port
/// checks open connections and close them again.
fn note_handshake(client: &str, error: &std::io::Error) {
    match tls::advice(error) {
        Some(advice) => tracing::warn!("the TLS handshake of a client {client} failed: {error}; {advice}"),
        None => tracing::info!("the TLS handshake of a client {client} failed: {error}"),
    }
}

/// The result of `work`, if it is there in time.
async fn within<T>(timeout: Timeout, work: impl Future<Output = T>) -> Option<T> {
    match timeout.0 {
        Some(time) => tokio::time::timeout(time, work).await.ok(),
        None => Some(work.await),
    }
}

/// Speaks HTTP until the connection ends, a timeout ends it, the server drains and its requests are answered, or the server has
/// stopped.
async fn serve_http<S>(app: Arc<App>, connection: ConnectionContext, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut lifecycle = connection.lifecycle.clone();
    let (builder, context) = (http(&connection), Arc::new(connection));
    let stream = ReadObserver { stream, activity: context.activity.clone() };
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let (app, context) = (app.clone(), context.clone());
        async move {
            let mut response = pipeline::respond(&app, &context, request.map(incoming)).await;
            if let Some(tunnel) = response.extensions_mut().remove::<TunnelRequest>() {
                open_tunnel(app, &context, tunnel);
            }
            Ok::<_, Infallible>(response)
        }
    });
    // The connection is polled again after a timeout or a shutdown, to end it in order.
    let mut http = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let timed_out = tokio::select! {
        // This is polled for every request, and a random order would cost a random number each time.
        biased;
        ended = http.as_mut() => return note_end(&app, ended),
        which = context.activity.timed_out() => Some(which),
        _ = lifecycle.wait_for(|now| *now != Lifecycle::Running) => None,
    };
    match timed_out {
        None => {
            http.as_mut().graceful_shutdown();
            tokio::select! {
                ended = http.as_mut() => note_end(&app, ended),
                which = context.activity.timed_out() => abandon(&app, &context, which),
                _ = lifecycle.wait_for(|now| *now == Lifecycle::Stopped) => {}
            }
        }
        // With HTTP/2 a client is told that the connection ends, so that it opens another one for its next request.
        Some(TimedOut::Idle) => {
            app.counts.timed_out(TimedOut::Idle);
            http.as_mut().graceful_shutdown();
            tokio::select! {
                _ = tokio::time::timeout(GOODBYE, http) => {}
                _ = lifecycle.wait_for(|now| *now == Lifecycle::Stopped) => {}
            }
        }
        Some(which) => abandon(&app, &context, which),
    }
}

/// The body of a request. One that is empty needs no memory of its own.
fn incoming(body: Incoming) -> HttpBody {
    if body.is_end_stream() { HttpBody::empty() } else { HttpBody::new(body) }
}

/// How HTTP is spoken. The timeouts of HTTP/1 are those of [`Activity`](super::activity::Activity).
fn http(connection: &ConnectionContext) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // A client that has closed its sending side may still read.
    // A connection of the reserve ends with its response, so that its place is free again.
    builder.http1().half_close(true).header_read_timeout(None).keep_alive(!connection.permit.is_reserve);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(STREAMS).max_send_buf_size(QUEUED);
    // An HTTP/2 client may send nothing while it waits for a response. Pings show whether it is still there.
    if let (Some(idle), Some(write)) = (connection.limits.idle_timeout.0, connection.limits.write_timeout.0) {
        builder.http2().keep_alive_interval(idle).keep_alive_timeout(write);
    }
    builder
}

/// Logs and counts the end of a connection whose request was not valid HTTP. Other ends are the client's choice or an
/// injected fault.
fn note_end(app: &App, ended: Result<(), Box<dyn Error + Send + Sync>>) {
    let error = ended.err().and_then(|error| error.downcast::<hyper::Error>().ok());
    let Some(error) = error.filter(|error| error.is_parse() && !error.is_parse_version_h2()) else { return };
    let status = match error.is_parse_too_large() {
        // Only the error's text says which of the two is too large.
        true if error.to_string().contains("URI") => 414,
        true => 431,
        false => 400,
    };
    app.counts.http_error(status);
    tracing::warn!(status, "refused a request that is not valid HTTP: {error}");
}

/// Ends a connection that ran into a timeout.
fn abandon(app: &App, connection: &ConnectionContext, which: TimedOut) {
    app.counts.timed_out(which);
    match which {
        TimedOut::Write => {
            // With a reset the kernel discards what the client did not read.
            connection.reset.reset();
            tracing::warn!("closed a connection: its client stopped reading its response (--write-timeout)");
        }
        _ => tracing::info!("closed a connection: no complete request head in time (--header-timeout)"),
    }
}

/// Starts serving the inside of a tunnel as soon as the connection has become one.
fn open_tunnel(app: Arc<App>, connection: &ConnectionContext, request: TunnelRequest) {
    let connection = connection.tunnelled(request.host);
    let mut lifecycle = connection.lifecycle.clone();
    // Boxed, since the future of a tunnel contains that of a connection and the other way round.
    let inside: BoxFuture<'static, ()> = Box::pin(serve_tunnel(app, connection, request.upgrade));
    tokio::spawn(async move {
        tokio::select! {
            () = inside => {}
            _ = lifecycle.wait_for(|now| *now == Lifecycle::Stopped) => {}
        }
    });
}

/// Serves a client through its tunnel: TLS as the host, or plain HTTP, since some clients tunnel both.
async fn serve_tunnel(app: Arc<App>, connection: ConnectionContext, upgrade: hyper::upgrade::OnUpgrade) {
    let Ok(stream) = upgrade.await else { return };
    let mut stream = BufReader::new(TokioIo::new(stream));
    // The first byte distinguishes TLS from plain HTTP. It stays in the buffer and is read again below.
    let first = within(connection.limits.header_timeout, stream.fill_buf()).await;
    let Some(first) = first else { return abandon(&app, &connection, TimedOut::Header) };
    let Ok(first) = first.map(|bytes| bytes.first().copied()) else { return };
    if first != Some(HANDSHAKE) {
        return serve_http(app, connection, stream).await;
    }
    let host = connection.tunnel.clone().unwrap_or_default();
    match handshake(&app, &connection, app.routing.tls.accept_as(&host, stream)).await {
        Some(Ok(stream)) => serve_http(app.clone(), connection, stream).await,
        Some(Err(error)) => note_handshake(&format!("of {host}"), &error),
        None => {}
    }
}
