//! Requests whose client disconnects: the server still finishes them, as a real one does.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

use crate::server::Lifecycle;
use crate::server::connections::ConnectionContext;

/// The future of a request. If it is dropped before its end, it continues in a task of its own until the server stops, so
/// that its effects happen and the journal records it.
pub(super) struct DetachOnDrop<'a, T: Send + 'static> {
    future: Option<BoxFuture<'static, T>>,
    /// Whether the request has any effect but its response.
    has_effects: bool,
    connection: &'a ConnectionContext,
}

impl<'a, T: Send + 'static> DetachOnDrop<'a, T> {
    pub(super) fn new(
        connection: &'a ConnectionContext,
        has_effects: bool,
        future: BoxFuture<'static, T>,
    ) -> Self {
        Self { future: Some(future), has_effects, connection }
    }
}

impl<T: Send + 'static> Future for DetachOnDrop<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(future) = &mut self.future else { return Poll::Pending };
        let polled = future.as_mut().poll(context);
        if polled.is_ready() {
            // A finished request has nothing left to continue when this is dropped.
            self.future = None;
        }
        polled
    }
}

impl<T: Send + 'static> Drop for DetachOnDrop<'_, T> {
    fn drop(&mut self) {
        let future = self.future.take().filter(|_| self.has_effects);
        let (Some(future), Ok(runtime)) = (future, Handle::try_current()) else { return };
        let mut lifecycle = self.connection.lifecycle.clone();
        runtime.spawn(async move {
            tokio::select! {
                _ = future => {}
                _ = lifecycle.wait_for(|now| *now == Lifecycle::Stopped) => {}
            }
        });
    }
}
