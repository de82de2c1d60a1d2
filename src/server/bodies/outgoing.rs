//! Response bodies: sent in pieces, so that no more is queued than the client reads, and counted against the memory
//! budget until the last piece has been sent.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body as HttpBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::budget::Reservation;
use crate::server::connections::InFlight;

/// The largest piece, in bytes.
const PIECE: usize = 64 * 1024;

/// The body of a large response, or of one of unknown length.
#[derive(Debug)]
pub(in crate::server) struct OutgoingBody {
    body: HttpBody,
    /// What `body` has yielded and was not sent yet.
    rest: Bytes,
    /// Whether a piece waits for the client to read it.
    is_offered: bool,
    request: InFlight,
    /// The body's share of the budget.
    _memory: Option<Reservation>,
}

impl OutgoingBody {
    pub(in crate::server) fn new(body: HttpBody, request: InFlight, memory: Option<Reservation>) -> Self {
        let mut outgoing = Self { body, rest: Bytes::new(), is_offered: false, request, _memory: memory };
        outgoing.set_offered(true);
        outgoing
    }

    fn set_offered(&mut self, offered: bool) {
        if self.is_offered != offered {
            self.is_offered = offered;
            let activity = self.request.activity();
            if offered { activity.offer() } else { activity.take() }
        }
    }
}

impl Body for OutgoingBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // The connection asks for more once it has sent the piece before.
        self.set_offered(false);
        if self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    // Trailers have no bytes to split or to count.
                    Err(frame) => return Poll::Ready(Some(Ok(frame))),
                },
                other => return other,
            }
        }
        let piece = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(piece);
        self.set_offered(true);
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

impl Drop for OutgoingBody {
    fn drop(&mut self) {
        self.set_offered(false);
    }
}
