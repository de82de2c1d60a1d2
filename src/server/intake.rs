//! Reading a request's body within bounds: of its size, of the memory that all bodies take together, and of time.

use std::time::Duration;

use axum::body::Body as HttpBody;
use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use http_body_util::BodyExt as _;

use super::budget::Reservation;
use crate::vendors::Body;

/// How much of a body that is not kept is read and thrown away, so that the client sees the answer.
const DRAIN: u64 = 64 * 1024 * 1024;

/// Why a body was not taken, beside its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// The client stopped in the middle of it.
    BrokenOff,
    /// Nothing more of it came in time.
    TimedOut,
    /// The bodies in flight leave no memory for it.
    OverBudget,
}

/// What became of a body.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) body: Body,
    pub(super) unread: Option<Unread>,
    /// Its part of the budget, to be kept as long as the body is.
    pub(super) memory: Reservation,
}

/// What a body may take.
#[derive(Debug)]
pub(super) struct Allowance {
    /// The most bytes that are kept.
    pub(super) most: u64,
    pub(super) memory: Reservation,
    /// How long the client may take for the next bytes.
    pub(super) patience: Option<Duration>,
}

/// Reads a body; one that may not be kept is drained within bounds.
pub(super) async fn read(mut body: HttpBody, allowance: Allowance) -> Taken {
    let Allowance { most, mut memory, patience } = allowance;
    if body.is_end_stream() {
        return Taken { body: Body::Whole(Bytes::new()), unread: None, memory };
    }
    let told = body.size_hint().exact().unwrap_or(0).min(most);
    let mut kept = Kept { told: usize::try_from(told).unwrap_or_default(), ..Kept::default() };
    let (mut seen, mut is_over) = (0_u64, false);
    let unread = loop {
        let frame = match next(&mut body, patience).await {
            Ok(None) => break is_over.then_some(Unread::OverBudget),
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(_))) => break Some(Unread::BrokenOff),
            Err(_) => break Some(Unread::TimedOut),
        };
        let Ok(data) = frame.into_data() else { continue };
        seen += data.len() as u64;
        if seen > DRAIN.max(most) {
            break is_over.then_some(Unread::OverBudget);
        }
        if seen > most || is_over || !memory.grow(data.len() as u64) {
            is_over |= seen <= most;
            kept.clear();
            memory.clear();
        } else {
            kept.push(data);
        }
    };
    let body = match (unread, seen > most) {
        (Some(_), _) => Body::BrokenOff(kept.whole()),
        (None, true) => Body::TooLarge,
        (None, false) => Body::Whole(kept.whole()),
    };
    Taken { body, unread, memory }
}

/// Reads a body of which nothing is kept.
pub(super) async fn drain(mut body: HttpBody, patience: Option<Duration>) {
    let mut seen = 0;
    while let Ok(Some(Ok(frame))) = next(&mut body, patience).await {
        seen += frame.data_ref().map_or(0, |data| data.len() as u64);
        if seen > DRAIN {
            return;
        }
    }
}

/// The next frame, unless it does not come in time.
async fn next(
    body: &mut HttpBody,
    patience: Option<Duration>,
) -> Result<Option<Result<http_body::Frame<Bytes>, axum::Error>>, tokio::time::error::Elapsed> {
    match patience {
        Some(patience) => tokio::time::timeout(patience, body.frame()).await,
        None => Ok(body.frame().await),
    }
}

/// The bytes of a body as they come. Most bodies come in one piece, which is kept as it is.
#[derive(Debug, Default)]
struct Kept {
    /// The length that the client declared.
    told: usize,
    first: Bytes,
    joined: BytesMut,
}

impl Kept {
    fn push(&mut self, data: Bytes) {
        if self.first.is_empty() && self.joined.is_empty() {
            self.first = data;
            return;
        }
        if self.joined.is_empty() {
            self.make_room(self.first.len() + data.len());
            self.joined.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.make_room(data.len());
        self.joined.extend_from_slice(&data);
    }

    /// Makes room for `more` bytes. What a client declares takes no memory before its bytes come: the room at most
    /// doubles, and does not go beyond the declared length without need.
    fn make_room(&mut self, more: usize) {
        let (length, capacity) = (self.joined.len(), self.joined.capacity());
        if capacity - length >= more {
            return;
        }
        let needed = length + more;
        let wanted = needed.max(capacity * 2).min(self.told.max(needed));
        self.joined.reserve(wanted - length);
    }

    fn clear(&mut self) {
        (self.first, self.joined) = (Bytes::new(), BytesMut::new());
    }

    fn whole(self) -> Bytes {
        if self.joined.is_empty() { self.first } else { self.joined.freeze() }
    }
}
