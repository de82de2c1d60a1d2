//! The HTTP client of the program: for requests to a running server, its admin API included.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fmt, io, iter};

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};

/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A client with a pool of connections; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct HttpClient {
    pool: Client<HttpConnector, Full<Bytes>>,
    /// The Unix socket of the server, which is then reached through it alone, whatever the host of a URI.
    socket: Option<PathBuf>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct SendError {
    /// Whether no connection was made.
    pub(crate) is_connect: bool,
    cause: String,
}

impl fmt::Display for SendError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.cause)
    }
}

impl HttpClient {
    pub(crate) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        Self { pool: Client::builder(TokioExecutor::new()).build(connector), socket: None }
    }

    /// The same for a server that listens on a Unix socket, if one is given.
    pub(crate) fn through(self, socket: Option<PathBuf>) -> Self {
        Self { socket, ..self }
    }

    /// Sends a request with an absolute URI, and reads the whole answer. Redirects are not followed.
    ///
    /// # Errors
    /// There is no connection, or no complete answer.
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, SendError> {
        whole(self.begin(request).await?).await
    }

    /// Sends a request with an absolute URI, and returns the answer as soon as it begins.
    ///
    /// # Errors
    /// There is no connection, or no answer.
    pub(crate) async fn begin(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, SendError> {
        let failed = |error: hyper_util::client::legacy::Error| SendError {
            is_connect: error.is_connect(),
            cause: cause(&error),
        };
        match &self.socket {
            Some(socket) => through_socket(socket, request).await,
            None => self.pool.request(request).await.map_err(failed),
        }
    }
}

/// Sends a request through a connection of its own to a Unix socket.
#[cfg(unix)]
async fn through_socket(
    socket: &Path,
    mut request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, SendError> {
    let failed = |is_connect| move |error: hyper::Error| SendError { is_connect, cause: cause(&error) };
    let stream = tokio::net::UnixStream::connect(socket).await;
    let stream = stream.map_err(|error| SendError { is_connect: true, cause: error.to_string() })?;
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.map_err(failed(true))?;
    // It reads the answer, and ends with it.
    tokio::spawn(connection);
    // Unlike the pool, a bare connection sends the URI as it is and adds no host.
    request.headers_mut().insert(header::HOST, HeaderValue::from_static("localhost"));
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    if let Ok(path) = path.parse() {
        *request.uri_mut() = path;
    }
    sender.send_request(request).await.map_err(failed(false))
}

#[cfg(not(unix))]
async fn through_socket(_: &Path, _: Request<Full<Bytes>>) -> Result<Response<Incoming>, SendError> {
    Err(SendError { is_connect: true, cause: "this system has no Unix sockets".to_owned() })
}

/// The answer with its whole body.
///
/// # Errors
/// The body is not complete.
pub(crate) async fn whole(response: Response<Incoming>) -> Result<Response<Bytes>, SendError> {
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| SendError { is_connect: false, cause: cause(&error) })?;
    Ok(Response::from_parts(head, body.to_bytes()))
}

/// The innermost error; those around it only say that a client failed.
fn cause(error: &(dyn Error + 'static)) -> String {
    let mut chain = iter::successors(Some(error), |error| (*error).source());
    let is_timeout = |error: &&(dyn Error + 'static)| {
        error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
    };
    // The text of a timeout alone does not say how long the client waited.
    match chain.clone().find(is_timeout) {
        Some(_) => format!("no answer within {} s", CONNECT_TIMEOUT.as_secs()),
        None => chain.by_ref().last().map(ToString::to_string).unwrap_or_default(),
    }
}
