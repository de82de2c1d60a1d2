//! Connections that can be cut: what an injected fault needs to break one as a network would.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

/// A connection that can be cut.
#[derive(Debug)]
pub(super) struct Line {
    stream: Stream,
    cutter: Cutter,
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

impl Line {
    /// What cuts it.
    pub(super) fn cutter(&self) -> Cutter {
        self.cutter.clone()
    }

    /// Does `act` to the stream, unless the connection is cut.
    fn unless_cut<T>(
        &mut self,
        act: impl FnOnce(Pin<&mut (dyn Duplex + Unpin)>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if self.cutter.is_cut() {
            return Poll::Ready(Err(io::Error::from(io::ErrorKind::ConnectionReset)));
        }
        act(self.stream.pinned())
    }
}

impl From<TcpStream> for Line {
    fn from(stream: TcpStream) -> Self {
        // Answers are small and whole; waiting to fill a segment only delays them.
        let _ = stream.set_nodelay(true);
        Self { stream: Stream::Tcp(stream), cutter: Cutter::default() }
    }
}

#[cfg(unix)]
impl From<UnixStream> for Line {
    fn from(stream: UnixStream) -> Self {
        Self { stream: Stream::Unix(stream), cutter: Cutter::default() }
    }
}

trait Duplex: AsyncRead + AsyncWrite {}

impl<T: AsyncRead + AsyncWrite> Duplex for T {}

impl Stream {
    fn pinned(&mut self) -> Pin<&mut (dyn Duplex + Unpin)> {
        match self {
            Self::Tcp(stream) => Pin::new(stream),
            #[cfg(unix)]
            Self::Unix(stream) => Pin::new(stream),
        }
    }
}

impl Drop for Line {
    /// With nothing left to linger for, closing a cut connection sends a reset.
    fn drop(&mut self) {
        if let Stream::Tcp(stream) = &self.stream
            && self.cutter.is_cut()
        {
            let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.unless_cut(|stream| stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.unless_cut(|stream| stream.poll_write(cx, data))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.unless_cut(|stream| stream.poll_write_vectored(cx, data))
    }

    fn is_write_vectored(&self) -> bool {
        // Both kinds of stream do.
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.pinned().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.unless_cut(|stream| stream.poll_shutdown(cx))
    }
}
