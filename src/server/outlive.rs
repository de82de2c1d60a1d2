//! Requests whose client hangs up: the server finishes them all the same, as a real one does.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

use super::connection::{Phase, Way};

/// The way of a request that came by `way`. Dropped before its end, it is walked on in a task of its own, until the
/// server is over: what was asked for happens, and the journal has it.
pub(super) struct ToItsEnd<T: Send + 'static> {
    rest: Option<BoxFuture<'static, T>>,
    way: Arc<Way>,
}

impl<T: Send + 'static> ToItsEnd<T> {
    pub(super) fn new(way: Arc<Way>, walk: impl Future<Output = T> + Send + 'static) -> Self {
        Self { rest: Some(Box::pin(walk)), way }
    }
}

impl<T: Send + 'static> Future for ToItsEnd<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(rest) = &mut self.rest else { return Poll::Pending };
        let polled = rest.as_mut().poll(context);
        if polled.is_ready() {
            self.rest = None;
        }
        polled
    }
}

impl<T: Send + 'static> Drop for ToItsEnd<T> {
    fn drop(&mut self) {
        let (Some(rest), Ok(runtime)) = (self.rest.take(), Handle::try_current()) else { return };
        let mut phase = self.way.phase.clone();
        runtime.spawn(async move {
            tokio::select! {
                _ = rest => {}
                _ = phase.wait_for(|phase| *phase == Phase::Over) => {}
            }
        });
    }
}
