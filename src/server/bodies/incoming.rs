//! Reading request bodies within limits.

use std::time::Duration;

use axum::body::Body as HttpBody;
use bytes::Bytes;
use http_body::Body as _;
use http_body_util::BodyExt as _;

use super::budget::Reservation;
use crate::vendors::Body;

/// How many bytes of a body that is not stored are read and discarded, so that the client sees the response.
const DRAIN: u64 = 64 * 1024 * 1024;

/// Why a body was not read to its end or not stored, apart from its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum BodyError {
    /// The client stopped in the middle of it.
    Truncated,
    /// No more bytes arrived in time.
    TimedOut,
    /// The bodies in flight leave no memory for it.
    OverBudget,
}

/// What was read.
#[derive(Debug)]
pub(in crate::server) struct IncomingBody {
    pub(in crate::server) body: Body,
    pub(in crate::server) error: Option<BodyError>,
    /// Its share of the budget, to be held as long as the body is.
    pub(in crate::server) memory: Reservation,
}

/// What a body may take.
#[derive(Debug)]
pub(in crate::server) struct BodyLimits {
    /// The most bytes that are stored.
    pub(in crate::server) max_bytes: u64,
    pub(in crate::server) memory: Reservation,
    /// How long the client may take for the next bytes.
    pub(in crate::server) timeout: Option<Duration>,
}

/// Reads a body. One that is beyond its limits is read on and discarded, up to a bound.
pub(in crate::server) async fn read(body: HttpBody, limits: BodyLimits) -> IncomingBody {
    if body.is_end_stream() {
        return IncomingBody { body: Body::Whole(Bytes::new()), error: None, memory: limits.memory };
    }
    // Boxed, since the futures of requests without a body would otherwise have room for this one.
    Box::pin(read_frames(body, limits)).await
}

async fn read_frames(mut body: HttpBody, limits: BodyLimits) -> IncomingBody {
    let BodyLimits { max_bytes, mut memory, timeout } = limits;
    // A client may declare more than will be stored, and that must not size the buffer.
    let declared = body.size_hint().exact().unwrap_or(0).min(max_bytes);
    let mut stored = BodyBuffer::with_declared(usize::try_from(declared).unwrap_or_default());
    let (mut seen, mut is_over_budget) = (0_u64, false);
    let error = loop {
        // A body of a declared length ends with its last byte. Asking it for another frame would take 400 instructions.
        if body.is_end_stream() {
            break is_over_budget.then_some(BodyError::OverBudget);
        }
        let frame = match next_frame(&mut body, timeout).await {
            Ok(None) => break is_over_budget.then_some(BodyError::OverBudget),
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(_))) => break Some(BodyError::Truncated),
            Err(_) => break Some(BodyError::TimedOut),
        };
        let Ok(data) = frame.into_data() else { continue };
        seen += data.len() as u64;
        // The setting `max-body` may be above the bound on discarded bytes; a body that it allows is read to its end.
        if seen > DRAIN.max(max_bytes) {
            break is_over_budget.then_some(BodyError::OverBudget);
        }
        // Once a part was discarded, the rest is useless, even if other requests free memory meanwhile.
        if seen > max_bytes || is_over_budget || !memory.grow(data.len() as u64) {
            // A body that is too large anyway gets the reply for that: sending it again later would not help.
            is_over_budget |= seen <= max_bytes;
            stored.clear();
            memory.clear();
        } else {
            stored.push(data);
        }
    };
    let body = match (error, seen > max_bytes) {
        (Some(_), _) => Body::BrokenOff(stored.into_bytes()),
        (None, true) => Body::TooLarge,
        (None, false) => Body::Whole(stored.into_bytes()),
    };
    IncomingBody { body, error, memory }
}

/// Reads and discards a body, up to a bound.
pub(in crate::server) async fn drain(mut body: HttpBody, timeout: Option<Duration>) {
    let mut seen = 0;
    while let Ok(Some(Ok(frame))) = next_frame(&mut body, timeout).await {
        seen += frame.data_ref().map_or(0, |data| data.len() as u64);
        if seen > DRAIN {
            return;
        }
    }
}

/// The next frame, if it arrives in time.
async fn next_frame(
    body: &mut HttpBody,
    timeout: Option<Duration>,
) -> Result<Option<Result<http_body::Frame<Bytes>, axum::Error>>, tokio::time::error::Elapsed> {
    match timeout {
        Some(timeout) => tokio::time::timeout(timeout, body.frame()).await,
        None => Ok(body.frame().await),
    }
}

/// The bytes of a body so far. Most bodies arrive in one piece, which is stored without a copy.
#[derive(Debug, Default)]
struct BodyBuffer {
    /// The length that the client declared.
    declared: usize,
    first: Bytes,
    // Not `BytesMut`, whose capacity is rarely exact. The journal would copy the body because of the unused bytes.
    joined: Vec<u8>,
}

impl BodyBuffer {
    fn with_declared(declared: usize) -> Self {
        Self { declared, ..Self::default() }
    }

    fn push(&mut self, data: Bytes) {
        // The first piece is kept as it is. Only a second one makes a copy necessary.
        if self.first.is_empty() && self.joined.is_empty() {
            self.first = data;
            return;
        }
        if self.joined.is_empty() {
            self.reserve(self.first.len() + data.len());
            self.joined.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.reserve(data.len());
        self.joined.extend_from_slice(&data);
    }

    /// Makes capacity for `more` bytes. A declared length must not reserve memory before its bytes arrive, so the capacity
    /// at most doubles, and exceeds the declared length only if the body does.
    fn reserve(&mut self, more: usize) {
        let (length, capacity) = (self.joined.len(), self.joined.capacity());
        if capacity - length >= more {
            return;
        }
        let needed = length + more;
        let target = needed.max(capacity * 2).min(self.declared.max(needed));
        self.joined.reserve_exact(target - length);
    }

    fn clear(&mut self) {
        (self.first, self.joined) = (Bytes::new(), Vec::new());
    }

    fn into_bytes(self) -> Bytes {
        if self.joined.is_empty() { self.first } else { self.joined.into() }
    }
}
