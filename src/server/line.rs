//! Connections that can be cut, that count how long a write has been blocked, and that can be asked whether the client
//! has closed its side while nobody reads from them.

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

/// A connection that can be cut.
#[derive(Debug)]
pub(super) struct Line {
    stream: Arc<Stream>,
    cutter: Cutter,
    writes: Arc<Writes>,
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// What cuts a connection. What runs inside it, TLS or a tunnel, breaks with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Cutter(Arc<AtomicBool>);

impl Cutter {
    /// From now on nothing is sent, and the connection ends with a reset at its next movement.
    pub(super) fn cut(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_cut(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// When a connection last took bytes, and since when it has not. Times are milliseconds since it was opened.
#[derive(Debug)]
pub(super) struct Writes {
    opened: Instant,
    last: AtomicU64,
    /// One more than the time, or 0 while nothing is blocked.
    blocked: AtomicU64,
}

impl Writes {
    /// Milliseconds since the connection was opened.
    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX - 1)
    }

    /// When the connection last took bytes.
    pub(super) fn last(&self) -> u64 {
        self.last.load(Ordering::Relaxed)
    }

    /// Since when bytes have been waiting for the client to read.
    pub(super) fn blocked_since(&self) -> Option<u64> {
        self.blocked.load(Ordering::Relaxed).checked_sub(1)
    }

    fn note<T>(&self, written: &Poll<io::Result<T>>) {
        match written {
            Poll::Ready(_) => {
                self.last.store(self.now(), Ordering::Relaxed);
                self.blocked.store(0, Ordering::Relaxed);
            }
            Poll::Pending if self.blocked.load(Ordering::Relaxed) == 0 => {
                self.blocked.store(self.now() + 1, Ordering::Relaxed);
            }
            Poll::Pending => {}
        }
    }
}

/// The client's end of a connection.
#[derive(Clone, Debug)]
pub(super) struct Peer(Weak<Stream>);

impl Peer {
    /// Resolves once the client has closed its sending side, or the whole connection: TCP does not say which. Unread
    /// bytes before that do not hide it.
    pub(super) async fn closed(&self) {
        let Some(stream) = self.0.upgrade() else { return };
        stream.read_closed().await;
    }
}

impl Line {
    fn new(stream: Stream) -> Self {
        let writes =
            Writes { opened: clock::stopwatch(), last: AtomicU64::new(0), blocked: AtomicU64::new(0) };
        Self { stream: Arc::new(stream), cutter: Cutter::default(), writes: Arc::new(writes) }
    }

    /// What cuts it.
    pub(super) fn cutter(&self) -> Cutter {
        self.cutter.clone()
    }

    /// When it took bytes.
    pub(super) fn writes(&self) -> Arc<Writes> {
        self.writes.clone()
    }

    /// The client's end.
    pub(super) fn peer(&self) -> Peer {
        Peer(Arc::downgrade(&self.stream))
    }

    fn fail_if_cut(&self) -> io::Result<()> {
        match self.cutter.is_cut() {
            true => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
            false => Ok(()),
        }
    }

    /// Writes as soon as the stream is ready for it, and notes when that was.
    fn write(
        &self,
        cx: &mut Context<'_>,
        write: impl Fn(&Stream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        self.fail_if_cut()?;
        let written = self.stream.poll_write_with(cx, write);
        self.writes.note(&written);
        written
    }
}

impl From<TcpStream> for Line {
    fn from(stream: TcpStream) -> Self {
        // Answers are small and whole; waiting to fill a segment only delays them.
        let _ = stream.set_nodelay(true);
        Self::new(Stream::Tcp(stream))
    }
}

#[cfg(unix)]
impl From<UnixStream> for Line {
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
            let room = buf.remaining();
            let mut read = Ok(None);
            let attempt = || {
                read = each!(self, stream => stream.try_read_buf(buf)).map(Some);
                match read {
                    // Nothing more is there: saying so saves the system call that would find it out.
                    Ok(Some(count)) if 0 < count && count < room => Err(io::ErrorKind::WouldBlock.into()),
                    _ => Ok(()),
                }
            };
            let _ = each!(self, stream => stream.try_io(Interest::READABLE, attempt));
            match read {
                Ok(Some(_)) => return Poll::Ready(Ok(())),
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Poll::Ready(Err(error)),
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
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn shut_down(&self) -> io::Result<()> {
        let shut = each!(self, stream => socket2::SockRef::from(stream).shutdown(Shutdown::Write));
        // A client that has gone needs no word of it.
        shut.or_else(|error| if error.kind() == io::ErrorKind::NotConnected { Ok(()) } else { Err(error) })
    }

    /// Waits for the end of what the client sends without reading any of it.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    async fn read_closed(&self) {
        // This interest is met by urgent data, which HTTP does not have, and by the end, but not by unread bytes.
        let _ = each!(self, stream => stream.ready(Interest::PRIORITY).await);
    }

    /// Waits for the end of what the client sends. Where there is no event for it, it is asked for.
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

impl Drop for Line {
    /// With nothing left to linger for, closing a cut connection sends a reset.
    fn drop(&mut self) {
        if let Stream::Tcp(stream) = &*self.stream
            && self.cutter.is_cut()
        {
            let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.fail_if_cut()?;
        self.stream.poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
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
        // Both kinds of stream do.
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // What is written is with the kernel.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.fail_if_cut()?;
        Poll::Ready(self.stream.shut_down())
    }
}
