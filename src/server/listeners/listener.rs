//! A port or a Unix socket that is bound, and the connections that it accepts.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
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
    /// Both addresses of `localhost`.
    Localhost(TcpListener, TcpListener),
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
                // Port 0 was replaced by a free port.
                *address = listener.local_addr()?;
                Socket::Tcp(listener)
            }
            Address::Localhost(port) => {
                let (socket, bound) = bind_localhost(*port).await?;
                address.address = Address::Tcp(bound);
                socket
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
    pub(crate) fn address(&self) -> &ListenAddress {
        &self.address
    }

    /// The next connection.
    pub(in crate::server) async fn accept(&self) -> ConnectionStream {
        loop {
            let accepted = match &self.socket {
                Socket::Tcp(listener) => listener.accept().await.map(|(stream, _)| stream.into()),
                Socket::Localhost(v4, v6) => {
                    tokio::select! { accepted = v4.accept() => accepted, accepted = v6.accept() => accepted }
                        .map(|(stream, _)| stream.into())
                }
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

/// Binds both addresses of `localhost` to the same port, because a client tries whichever its resolver returns first.
/// Returns the IPv4 address. On a machine without IPv6 it is the only one.
async fn bind_localhost(port: u16) -> io::Result<(Socket, SocketAddr)> {
    use io::ErrorKind::{AddrNotAvailable, Unsupported};
    let mut attempts = if port == 0 { 10 } else { 1 };
    loop {
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let bound = v4.local_addr()?;
        attempts -= 1;
        match TcpListener::bind((Ipv6Addr::LOCALHOST, bound.port())).await {
            Ok(v6) => return Ok((Socket::Localhost(v4, v6), bound)),
            // The system picked a port that is free for IPv4 only.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && attempts > 0 => {}
            Err(error) if matches!(error.kind(), AddrNotAvailable | Unsupported) => {
                return Ok((Socket::Tcp(v4), bound));
            }
            Err(error) => return Err(error),
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
    // A symbolic link is not followed: it is refused like any other file that is not a socket.
    let Ok(found) = std::fs::symlink_metadata(path) else { return Ok(()) };
    if !found.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "the path is a file that is not a socket"));
    }
    // A process that was killed leaves its socket file. Only connecting to it shows whether one still listens.
    match std::os::unix::net::UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path),
        Err(error) => Err(error),
        Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
    }
}
