//! The byte stream of a connection. It can be reset, it measures how long writes have been blocked, and it reports that
//! the client has closed its side even while the server does not read.

use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use crate::clock;

/// A TCP or Unix socket stream that can be reset.
#[derive(Debug)]
pub(in crate::server) struct ConnectionStream {
    stream: Arc<Stream>,
    reset: ResetHandle,
    writes: Arc<WriteProgress>,
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// Resets a connection, and with it the TLS or the tunnel inside.
#[derive(Clone, Debug, Default)]
pub(in crate::server) struct ResetHandle(Arc<AtomicBool>);

impl ResetHandle {
    /// From now on nothing is sent, and the connection ends with a reset at its next read or write.
    pub(in crate::server) fn reset(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_reset(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Since when writes to a connection have been blocked, and until when the last ones were. Times are milliseconds since
/// the connection was opened.
#[derive(Debug)]
pub(super) struct WriteProgress {
    opened: Instant,
    /// When a blocked write last succeeded.
    unblocked: AtomicU64,
    /// One more than the time, or 0 while nothing is blocked.
    blocked: AtomicU64,
}

impl WriteProgress {
    /// Milliseconds since the connection was opened.
    pub(super) fn now(&self) -> u64 {
        // One below the maximum, because `blocked` stores one more than the time.
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX - 1)
    }

    /// When a blocked write last succeeded.
    pub(super) fn unblocked(&self) -> u64 {
        self.unblocked.load(Ordering::Relaxed)
    }

    /// Since when bytes have been waiting for the client to read.
    pub(super) fn blocked_since(&self) -> Option<u64> {
        self.blocked.load(Ordering::Relaxed).checked_sub(1)
    }

    fn note<T>(&self, written: &Poll<io::Result<T>>) {
        match written {
            // A write that was not blocked ends at once, and needs no clock: the end of its request has been noted already.
            Poll::Ready(_) if self.blocked.load(Ordering::Relaxed) == 0 => {}
            Poll::Ready(_) => {
                self.unblocked.store(self.now(), Ordering::Relaxed);
                self.blocked.store(0, Ordering::Relaxed);
            }
            Poll::Pending if self.blocked.load(Ordering::Relaxed) == 0 => {
                self.blocked.store(self.now() + 1, Ordering::Relaxed);
            }
            Poll::Pending => {}
        }
    }
}

/// The client's side of a connection. It holds the stream weakly, so that a request which outlives its connection does not
/// keep the socket open.
#[derive(Clone, Debug)]
pub(in crate::server) struct ClientSide(Weak<Stream>);

impl ClientSide {
    /// Resolves once the client has closed its sending side or the whole connection; TCP does not distinguish the two.
    /// Bytes that have not been read yet do not delay this.
    pub(in crate::server) async fn closed(&self) {
        let Some(stream) = self.0.upgrade() else { return };
        stream.read_closed().await;
    }
}

impl ConnectionStream {
    fn new(stream: Stream) -> Self {
        let writes = WriteProgress {
            opened: clock::stopwatch(),
            unblocked: AtomicU64::new(0),
            blocked: AtomicU64::new(0),
        };
        Self { stream: Arc::new(stream), reset: ResetHandle::default(), writes: Arc::new(writes) }
    }

    pub(super) fn reset_handle(&self) -> ResetHandle {
        self.reset.clone()
    }

    pub(super) fn writes(&self) -> Arc<WriteProgress> {
        self.writes.clone()
    }

    pub(super) fn client_side(&self) -> ClientSide {
        ClientSide(Arc::downgrade(&self.stream))
    }

    fn fail_if_reset(&self) -> io::Result<()> {
        match self.reset.is_reset() {
            true => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
            false => Ok(()),
        }
    }

    /// Writes as soon as the stream is writable, and notes when that was.
    fn write(
        &self,
        cx: &mut Context<'_>,
        write: impl Fn(&Stream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        self.fail_if_reset()?;
        let written = self.stream.poll_write_with(cx, write);
        self.writes.note(&written);
        written
    }
}

impl From<TcpStream> for ConnectionStream {
    fn from(stream: TcpStream) -> Self {
        // Responses are small and written at once; waiting to fill a segment only delays them.
        let _ = stream.set_nodelay(true);
        Self::new(Stream::Tcp(stream))
    }
}

#[cfg(unix)]
impl From<UnixStream> for ConnectionStream {
    fn from(stream: UnixStream) -> Self {
        Self::new(Stream::Unix(stream))
    }
}

/// The same call for each kind of stream.
macro_rules! each {
    ($stream:expr, $inner:ident => $call:expr) => {
        match $stream {
            Stream::Tcp($inner) => $call,
            #[cfg(unix)]
            Stream::Unix($inner) => $call,
        }
    };
}

impl Stream {
    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(each!(self, stream => stream.poll_read_ready(cx)))?;
            let capacity = buf.remaining();
            let mut read = Ok(None);
            let attempt = || {
                read = each!(self, stream => stream.try_read_buf(buf)).map(Some);
                match read {
                    // A short read has emptied the socket. Reporting that saves the system call that would find it out.
                    Ok(Some(count)) if 0 < count && count < capacity => Err(io::ErrorKind::WouldBlock.into()),
                    _ => Ok(()),
                }
            };
            // `try_io` clears the readiness if `attempt` reports that the socket is empty.
            let _ = each!(self, stream => stream.try_io(Interest::READABLE, attempt));
            match read {
                Ok(Some(_)) => return Poll::Ready(Ok(())),
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Poll::Ready(Err(error)),
                // The readiness was out of date. Wait for the next event.
                Ok(None) | Err(_) => {}
            }
        }
    }

    fn poll_write_with(
        &self,
        cx: &mut Context<'_>,
        write: impl Fn(&Self) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(each!(self, stream => stream.poll_write_ready(cx)))?;
            match write(self) {
                // The buffer of the system is full after all: wait until it is writable again.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn shut_down(&self) -> io::Result<()> {
        let shut = each!(self, stream => socket2::SockRef::from(stream).shutdown(Shutdown::Write));
        // The client may have disconnected already.
        shut.or_else(|error| if error.kind() == io::ErrorKind::NotConnected { Ok(()) } else { Err(error) })
    }

    /// Waits until the client has closed its sending side, without reading.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    async fn read_closed(&self) {
        // This interest reports urgent data, which HTTP does not use, and the end of the stream, but not unread bytes.
        let _ = each!(self, stream => stream.ready(Interest::PRIORITY).await);
    }

    /// Waits until the client has closed its sending side. These systems have no event for it, so this polls.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    async fn read_closed(&self) {
        loop {
            let mut byte = [std::mem::MaybeUninit::uninit()];
            let peeked = each!(self, stream => socket2::SockRef::from(stream).peek(&mut byte));
            match peeked {
                Ok(1..) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(0) | Err(_) => return,
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
}

impl Drop for ConnectionStream {
    /// Closing a socket with a linger time of zero sends a reset.
    fn drop(&mut self) {
        if let Stream::Tcp(stream) = &*self.stream
            && self.reset.is_reset()
        {
            let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
    }
}

impl AsyncRead for ConnectionStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.fail_if_reset()?;
        self.stream.poll_read(cx, buf)
    }
}

impl AsyncWrite for ConnectionStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.write(cx, |stream| each!(stream, stream => stream.try_write(data)))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(cx, |stream| each!(stream, stream => stream.try_write_vectored(data)))
    }

    fn is_write_vectored(&self) -> bool {
        // Both kinds of stream support it.
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Writes go to the kernel unbuffered.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.fail_if_reset()?;
        Poll::Ready(self.stream.shut_down())
    }
}
