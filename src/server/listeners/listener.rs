//! A port or a Unix socket that is bound, and the connections that it accepts.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use super::address::{Address, ListenAddress};
use crate::server::connections::ConnectionStream;

/// A bound listener.
#[derive(Debug)]
pub(crate) struct Listener {
    address: ListenAddress,
    socket: Socket,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener, #[allow(dead_code, reason = "it acts when it is dropped")] SocketFile),
}

/// The file of a Unix socket, removed with the listener.
#[derive(Debug)]
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Listener {
    /// Binds an address. A Unix socket file that no process listens on is replaced.
    ///
    /// # Errors
    /// The address is taken, or this machine does not have it.
    pub(crate) async fn bind(mut address: ListenAddress) -> io::Result<Self> {
        let socket = match &mut address.address {
            Address::Tcp(address) => {
                let listener = TcpListener::bind(*address).await?;
                *address = listener.local_addr()?;
                Socket::Tcp(listener)
            }
            #[cfg(unix)]
            Address::Unix(path) => {
                remove_stale(path)?;
                Socket::Unix(UnixListener::bind(&*path)?, SocketFile(path.clone()))
            }
            #[cfg(not(unix))]
            Address::Unix(_) => return Err(io::ErrorKind::Unsupported.into()),
        };
        Ok(Self { address, socket })
    }

    /// The address that was bound, with the actual port.
    #[must_use]
    pub(crate) fn address(&self) -> &ListenAddress {
        &self.address
    }

    /// The next connection.
    pub(in crate::server) async fn accept(&self) -> ConnectionStream {
        loop {
            let accepted = match &self.socket {
                Socket::Tcp(listener) => listener.accept().await.map(|(stream, _)| stream.into()),
                #[cfg(unix)]
                Socket::Unix(listener, _) => listener.accept().await.map(|(stream, _)| stream.into()),
            };
            match accepted {
                Ok(stream) => return stream,
                Err(error) if concerns_one_connection(&error) => {}
                Err(error) => {
                    // Most likely the process has no file descriptors left until other connections close.
                    tracing::error!("cannot accept a connection: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionRefused | ConnectionAborted | ConnectionReset)
}

/// Removes the file of a Unix socket that no process listens on. Other files are left alone.
#[cfg(unix)]
fn remove_stale(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt as _;
    let Ok(found) = std::fs::symlink_metadata(path) else { return Ok(()) };
    if !found.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "the path is a file that is not a socket"));
    }
    match std::os::unix::net::UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path),
        Err(error) => Err(error),
        Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
    }
}
