//! An answer as a value: exact bytes, the behaviours that it is, and what there is to say about the request.

use std::cell::Cell;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};

use super::behaviour::Behaviour;

/// Up to this capacity in bytes the memory in which an answer was written serves the next one.
const LARGEST_DESK: usize = 1 << 20;

/// A complete answer. Rooms make these; `server` alone turns them into HTTP.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// Headers in the order they are sent, the content type first.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body, byte for byte.
    pub body: Bytes,
    /// What this answer is, most specific first. Empty for the emulator's own answers.
    pub behaviours: Vec<&'static Behaviour>,
    /// What was noticed about the request; for the journal, never for the client.
    pub findings: Vec<Finding>,
}

/// Something noticed about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of notice it is.
    pub kind: FindingKind,
    /// One sentence, with what to do.
    pub text: String,
    /// The place on the vendor's page that asks for it, if one does.
    pub source: &'static str,
}

/// The kinds of [`Finding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingKind {
    /// The page demands it and the request did not do it.
    Deviation,
    /// Allowed, but unwise.
    Advice,
    /// What a miss nearly was.
    NearMiss,
    /// What the request set off that its answer does not show.
    Effect,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Deviation, Self::Advice, Self::NearMiss, Self::Effect];

    /// The word used in the journal.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Deviation => "deviation",
            Self::Advice => "advice",
            Self::NearMiss => "near-miss",
            Self::Effect => "effect",
        }
    }
}

/// A function that refuses with `?` answers either way.
impl From<Result<Reply, Reply>> for Reply {
    fn from(answer: Result<Reply, Reply>) -> Self {
        answer.unwrap_or_else(|refusal| refusal)
    }
}

impl Reply {
    /// An answer with a body of `content_type`.
    #[must_use]
    pub fn new(
        status: StatusCode,
        content_type: &'static str,
        body: impl Into<Bytes>,
        behaviour: &'static Behaviour,
    ) -> Self {
        Self {
            status,
            headers: vec![(header::CONTENT_TYPE, HeaderValue::from_static(content_type))],
            body: body.into(),
            behaviours: vec![behaviour],
            findings: Vec::new(),
        }
    }

    /// An answer without a body and without a content type.
    #[must_use]
    pub fn empty(status: StatusCode, behaviour: &'static Behaviour) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            behaviours: vec![behaviour],
            findings: Vec::new(),
        }
    }

    /// An answer of the emulator itself, which no catalogue describes.
    #[must_use]
    pub fn own(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![(header::CONTENT_TYPE, HeaderValue::from_static(content_type))],
            body: body.into(),
            behaviours: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same, being also a less specific behaviour.
    #[must_use]
    pub fn also(mut self, behaviour: &'static Behaviour) -> Self {
        if !self.behaviours.iter().any(|known| std::ptr::eq(*known, behaviour)) {
            self.behaviours.push(behaviour);
        }
        self
    }

    /// The same with a notice for the journal.
    #[must_use]
    pub fn finding(mut self, kind: FindingKind, text: impl Into<String>, source: &'static str) -> Self {
        self.findings.push(Finding { kind, text: text.into(), source });
        self
    }
}

/// Compact JSON of a wire struct, keys in the order of its fields.
///
/// Wire structs hold only strings, numbers, lists and structs, none of which serde_json can refuse; should a
/// future one be refusable, the answer is visibly broken rather than silently another.
#[must_use]
pub fn json(value: &impl serde::Serialize) -> Bytes {
    // Written where the last one was, then copied: an answer that is kept takes no more than its own length.
    thread_local! { static DESK: Cell<Vec<u8>> = const { Cell::new(Vec::new()) }; }
    let mut desk = DESK.take();
    desk.clear();
    let bytes = match serde_json::to_writer(&mut desk, value) {
        Ok(()) => Bytes::copy_from_slice(&desk),
        Err(error) => format!("{{\"scandouble\":\"cannot render: {error}\"}}").into(),
    };
    // One huge answer must not be remembered for ever.
    if desk.capacity() <= LARGEST_DESK {
        DESK.set(desk);
    }
    bytes
}
