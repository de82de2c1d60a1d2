//! Requests whose client disconnects: the server still finishes them, as a real one does.

use std::any::Any;
use std::future::{poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

use super::answer::panic_message;
use super::deliver::Delivered;
use super::response;
use crate::server::connections::ConnectionContext;
use crate::server::{Lifecycle, own_replies};

/// A request of which the first steps were taken.
pub(super) struct Begun {
    /// The rest of them.
    future: BoxFuture<'static, Delivered>,
    /// Whether the request has any effect but its response.
    pub(super) has_effects: bool,
}

impl Begun {
    pub(super) fn new(rest: impl Future<Output = Delivered> + Send + 'static) -> Self {
        Self { future: Box::pin(rest), has_effects: true }
    }
}

/// The future of a request. A panic in it becomes a response of the emulator itself. If it is dropped before its end, it
/// continues in a task of its own until the server stops, so that its effects happen and the journal records it.
pub(super) struct DetachOnDrop<'a> {
    future: Option<BoxFuture<'static, Delivered>>,
    has_effects: bool,
    connection: &'a ConnectionContext,
}

impl<'a> DetachOnDrop<'a> {
    pub(super) fn new(connection: &'a ConnectionContext, begin: impl FnOnce() -> Begun) -> Self {
        let begun = catch_unwind(AssertUnwindSafe(begin));
        let begun = begun.unwrap_or_else(|panic| Begun::new(ready(after_panic(&*panic))));
        Self { future: Some(begun.future), has_effects: begun.has_effects, connection }
    }

    /// Whether the request has any effect but its response.
    pub(super) fn has_effects(&self) -> bool {
        self.has_effects
    }
}

impl Future for DetachOnDrop<'_> {
    type Output = Delivered;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Delivered> {
        let Some(future) = &mut self.future else { return Poll::Pending };
        let polled = poll_guarded(future, context);
        if polled.is_ready() {
            // A finished request has nothing left to continue when this is dropped.
            self.future = None;
        }
        polled
    }
}

/// Polls a request. A panic ends it with a response.
fn poll_guarded(future: &mut BoxFuture<'static, Delivered>, context: &mut Context<'_>) -> Poll<Delivered> {
    // A future that has panicked is not polled again.
    let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
    polled.unwrap_or_else(|panic| Poll::Ready(after_panic(&*panic)))
}

/// The response to a request in which the emulator has panicked.
fn after_panic(panic: &(dyn Any + Send)) -> Delivered {
    tracing::error!("internal error: {}", panic_message(panic));
    response::whole(&own_replies::internal_error()).into()
}

impl Drop for DetachOnDrop<'_> {
    fn drop(&mut self) {
        let future = self.future.take().filter(|_| self.has_effects);
        let (Some(mut future), Ok(runtime)) = (future, Handle::try_current()) else { return };
        let mut lifecycle = self.connection.lifecycle.clone();
        runtime.spawn(async move {
            tokio::select! {
                _ = poll_fn(|context| poll_guarded(&mut future, context)) => {}
                _ = lifecycle.wait_for(|now| *now == Lifecycle::Stopped) => {}
            }
        });
    }
}
