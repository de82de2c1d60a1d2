//! What happens on a connection, and which of its timeouts has run out.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::stream::WriteProgress;
use crate::admin::TimedOut;
use crate::server::limits::TransportLimits;

/// The HTTP activity on one connection or in one tunnel. Times are those of [`WriteProgress`].
#[derive(Debug)]
pub(in crate::server) struct Activity {
    writes: Arc<WriteProgress>,
    limits: TransportLimits,
    /// Requests whose bodies are being read or whose responses are being made or sent.
    in_flight: AtomicUsize,
    /// When the last of them ended, or HTTP began.
    quiet_since: AtomicU64,
    /// One more than the time at which a request began to arrive, or 0.
    head_since: AtomicU64,
    had_request: AtomicBool,
    is_http2: AtomicBool,
    /// Responses with bytes that wait for the client to read.
    waiting: AtomicUsize,
    /// When the client last read bytes of one.
    taken_at: AtomicU64,
}

impl Activity {
    pub(super) fn new(writes: Arc<WriteProgress>, limits: TransportLimits) -> Arc<Self> {
        let now = writes.now();
        Arc::new(Self {
            writes,
            limits,
            in_flight: AtomicUsize::new(0),
            quiet_since: AtomicU64::new(now),
            head_since: AtomicU64::new(0),
            had_request: AtomicBool::new(false),
            is_http2: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            taken_at: AtomicU64::new(now),
        })
    }

    /// Counts a request as in flight until the result is dropped.
    pub(in crate::server) fn begin(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        self.head_since.store(0, Ordering::Relaxed);
        self.had_request.store(true, Ordering::Relaxed);
        InFlight(self.clone())
    }

    /// Notes that the connection uses HTTP/2, where received bytes need not belong to a request.
    pub(in crate::server) fn note_http2(&self) {
        self.is_http2.store(true, Ordering::Relaxed);
    }

    /// Whether no request is in flight.
    fn is_quiet(&self) -> bool {
        self.in_flight.load(Ordering::Relaxed) == 0
    }

    /// Bytes of a response are ready for the client.
    pub(in crate::server) fn offer(&self) {
        // The time first: it counts from the moment at which `waiting` is above 0.
        self.taken_at.store(self.writes.now(), Ordering::Relaxed);
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }

    /// The client has read them, or the response was dropped.
    pub(in crate::server) fn take(&self) {
        self.taken_at.store(self.writes.now(), Ordering::Relaxed);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    /// Notes received bytes. While no HTTP/1 request is in flight, they belong to the head of the next one; in HTTP/2 they
    /// may be anything.
    fn note_read(&self, bytes: &[u8]) {
        if !self.is_quiet() || self.is_http2.load(Ordering::Relaxed) {
            return;
        }
        // The HTTP/2 preface is not the head of a request. The HTTP library says only with the first request that the
        // connection uses HTTP/2.
        if !self.had_request.load(Ordering::Relaxed) && bytes.starts_with(b"PRI * HTTP/2") {
            self.is_http2.store(true, Ordering::Relaxed);
            self.head_since.store(0, Ordering::Relaxed);
        } else if self.head_since.load(Ordering::Relaxed) == 0 {
            self.head_since.store(self.writes.now() + 1, Ordering::Relaxed);
        }
    }

    /// Resolves once one of the timeouts has run out.
    pub(super) async fn timed_out(&self) -> TimedOut {
        let all = [self.limits.header_timeout.0, self.limits.idle_timeout.0, self.limits.write_timeout.0];
        let Some(shortest) = all.into_iter().flatten().min() else { return std::future::pending().await };
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        loop {
            let now = self.writes.now();
            // A timeout that starts after this check cannot run out before the shortest one has passed.
            let mut next = now.saturating_add(millis(shortest).max(1));
            for (since, timeout, what) in self.running() {
                let Some(timeout) = timeout else { continue };
                let end = since.saturating_add(millis(timeout).max(1));
                if end <= now {
                    return what;
                }
                next = next.min(end);
            }
            tokio::time::sleep(Duration::from_millis(next - now)).await;
        }
    }

    /// The running timeouts: start, duration, kind.
    fn running(&self) -> impl Iterator<Item = (u64, Option<Duration>, TimedOut)> {
        let TransportLimits { header_timeout, idle_timeout, write_timeout, .. } = self.limits;
        let load = |time: &AtomicU64| time.load(Ordering::Relaxed);
        let blocked = self.writes.blocked_since();
        // An HTTP/2 client may read from the connection and still accept no bytes of any response.
        let untaken = (self.waiting.load(Ordering::Relaxed) > 0).then(|| load(&self.taken_at));
        let writing = blocked.or(untaken).map(|since| (since, write_timeout.0, TimedOut::Write));
        // A client is not late with its next request before it has read the response to the last one.
        let reading = (self.is_quiet() && writing.is_none()).then(|| {
            // A request with a small response ends when that is handed to the connection, which may take long to send it.
            let quiet = load(&self.quiet_since).max(self.writes.unblocked());
            match load(&self.head_since).checked_sub(1) {
                Some(since) => (since, header_timeout.0, TimedOut::Header),
                None if self.had_request.load(Ordering::Relaxed) || self.is_http2.load(Ordering::Relaxed) => {
                    (quiet, idle_timeout.0, TimedOut::Idle)
                }
                // Nothing was sent on this connection yet: the first request is due from its opening.
                None => (load(&self.quiet_since), header_timeout.0, TimedOut::Header),
            }
        });
        writing.into_iter().chain(reading)
    }
}

/// A request in flight.
#[derive(Debug)]
pub(in crate::server) struct InFlight(Arc<Activity>);

impl InFlight {
    pub(in crate::server) fn activity(&self) -> &Activity {
        &self.0
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        // The time first: once nothing is in flight, the idle timeout counts from it.
        self.0.quiet_since.store(self.0.writes.now(), Ordering::Relaxed);
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stream that reports to [`Activity`] what is read from it.
#[derive(Debug)]
pub(super) struct ReadObserver<S> {
    pub(super) stream: S,
    pub(super) activity: Arc<Activity>,
}

impl<S: AsyncRead + Unpin> AsyncRead for ReadObserver<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let Some(read @ [_, ..]) = buf.filled().get(before..) {
            self.activity.note_read(read);
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ReadObserver<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, data)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, data)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
