//! The body of an answer on its way out: in pieces, so that no more of it is queued than the client takes, and counted
//! until the last of it has been handed over.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body as HttpBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::activity::InFlight;
use super::budget::Reservation;

/// The most that is handed over at once.
const PIECE: usize = 64 * 1024;

/// An answer's body.
#[derive(Debug)]
pub(super) struct Outgoing {
    body: HttpBody,
    /// What `body` gave and the connection has not taken yet.
    rest: Bytes,
    /// Whether the client is who is waited for.
    is_offered: bool,
    request: InFlight,
    /// What the body takes of the budget.
    _memory: Option<Reservation>,
}

impl Outgoing {
    pub(super) fn new(body: HttpBody, request: InFlight, memory: Option<Reservation>) -> Self {
        let mut outgoing = Self { body, rest: Bytes::new(), is_offered: false, request, _memory: memory };
        outgoing.offer(true);
        outgoing
    }

    fn offer(&mut self, offered: bool) {
        if self.is_offered != offered {
            self.is_offered = offered;
            let activity = self.request.activity();
            if offered { activity.offer() } else { activity.take() }
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // Being asked for more means that the bytes before were taken.
        self.offer(false);
        if self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(frame) => return Poll::Ready(Some(Ok(frame))),
                },
                other => return other,
            }
        }
        let piece = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(piece);
        self.offer(true);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, hint) = (self.rest.len() as u64, self.body.size_hint());
        let mut sum = SizeHint::new();
        sum.set_lower(hint.lower() + rest);
        if let Some(upper) = hint.upper() {
            sum.set_upper(upper + rest);
        }
        sum
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.offer(false);
    }
}
