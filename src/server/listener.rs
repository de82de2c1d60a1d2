//! One listener: a port or a Unix socket that is bound, and the connections that come in by it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use super::address::{Address, Entrance};
use super::line::Line;

/// A listener that is bound.
#[derive(Debug)]
pub struct Listener {
    entrance: Entrance,
    socket: Socket,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener, #[allow(dead_code, reason = "it acts when it is dropped")] File),
}

/// The file of a Unix socket, which goes when nobody listens on it any more.
#[derive(Debug)]
struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Listener {
    /// Binds an entrance. The file of a Unix socket on which nobody listens any more is replaced.
    ///
    /// # Errors
    /// The address is taken or not ours.
    pub async fn bind(mut entrance: Entrance) -> io::Result<Self> {
        let socket = match &mut entrance.address {
            Address::Tcp(address) => {
                let listener = TcpListener::bind(*address).await?;
                *address = listener.local_addr()?;
                Socket::Tcp(listener)
            }
            #[cfg(unix)]
            Address::Unix(path) => {
                remove_stale(path)?;
                Socket::Unix(UnixListener::bind(&*path)?, File(path.clone()))
            }
            #[cfg(not(unix))]
            Address::Unix(_) => return Err(io::ErrorKind::Unsupported.into()),
        };
        Ok(Self { entrance, socket })
    }

    /// What it was bound for, with the port that was picked.
    #[must_use]
    pub fn entrance(&self) -> &Entrance {
        &self.entrance
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> Line {
        loop {
            let accepted = match &self.socket {
                Socket::Tcp(listener) => listener.accept().await.map(|(stream, _)| stream.into()),
                #[cfg(unix)]
                Socket::Unix(listener, _) => listener.accept().await.map(|(stream, _)| stream.into()),
            };
            match accepted {
                Ok(line) => return line,
                Err(error) if is_of_connection(&error) => {}
                Err(error) => {
                    // Out of descriptors, most likely: others must close first.
                    tracing::error!("cannot accept a connection: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionRefused | ConnectionAborted | ConnectionReset)
}

/// Removes the file of a socket that nobody answers at; what is no socket stays.
#[cfg(unix)]
fn remove_stale(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt as _;
    let Ok(found) = std::fs::symlink_metadata(path) else { return Ok(()) };
    if !found.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file that is no socket"));
    }
    match std::os::unix::net::UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path),
        Err(error) => Err(error),
        Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
    }
}
