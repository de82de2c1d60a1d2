//! Waits that end when the client disconnects.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

/// Notices when a client closes its side of the connection. The server adds it to the extensions of a request.
#[derive(Clone)]
pub(crate) struct ClientClosed(Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>);

impl ClientClosed {
    /// `closed` returns a future that resolves when the client closes its side.
    pub(crate) fn new<F>(closed: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(closed())))
    }
}

/// Resolves after `wait`, if it is limited, or when the client closes its side of the connection. The response then ends, so
/// that no task waits for a client that is gone.
pub(super) async fn end_of_wait(wait: Option<Duration>, client: Option<ClientClosed>) {
    let closed = async {
        match client {
            Some(ClientClosed(closed)) => closed().await,
            None => std::future::pending().await,
        }
    };
    let over = async {
        match wait {
            Some(wait) => tokio::time::sleep(wait).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = over => {}
        () = closed => {}
    }
}
