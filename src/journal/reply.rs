//! An answer as a value: its exact bytes, its behaviours, and findings about the request.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use schemars::JsonSchema;
use smallvec::{SmallVec, smallvec};

use super::behaviour::Behaviour;

/// A complete answer. Endpoints make these; only `server` turns them into HTTP.
#[derive(Clone, Debug)]
#[must_use]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// Headers in the order they are sent, the content type first.
    pub headers: ReplyHeaders,
    /// The body, byte for byte.
    pub body: Bytes,
    /// The behaviours of the answer, the most specific first. Empty for the emulator's own answers.
    pub behaviours: Behaviours,
    /// Findings about the request, for the journal.
    pub findings: Vec<Finding>,
}

/// The headers of a reply, in the order they are sent.
pub(crate) type ReplyHeaders = Vec<(HeaderName, HeaderValue)>;

/// A reply as an entry of the journal has it. Its headers are in the entry's [`Head`](super::Head).
#[derive(Clone, Debug)]
pub struct EntryReply {
    /// The status.
    pub status: StatusCode,
    /// The body, byte for byte.
    pub body: Bytes,
    /// The behaviours of the reply, the most specific first.
    pub behaviours: Behaviours,
    /// Findings about the request.
    pub findings: Vec<Finding>,
}

/// A list of behaviours. Nearly every answer has one or two, which need no memory of their own.
pub type Behaviours = SmallVec<[&'static Behaviour; 2]>;

/// An observation about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its kind.
    pub kind: FindingKind,
    /// One sentence that says what to do.
    pub text: String,
    /// The place on the vendor's page that requires it, if there is one.
    pub source: &'static str,
}

/// The kind of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum FindingKind {
    /// The request does not do what the vendor's page requires.
    Deviation,
    /// Allowed, but unwise.
    Advice,
    /// What a request that found nothing probably meant.
    NearMiss,
    /// An effect of the request that its answer does not show.
    Effect,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Deviation, Self::Advice, Self::NearMiss, Self::Effect];

    /// The word in the journal.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deviation => "deviation",
            Self::Advice => "advice",
            Self::NearMiss => "near-miss",
            Self::Effect => "effect",
        }
    }
}

/// Lets a handler return refusals with `?`.
impl From<Result<Reply, Reply>> for Reply {
    fn from(answer: Result<Reply, Reply>) -> Self {
        answer.unwrap_or_else(|refusal| refusal)
    }
}

/// A media type as the value of a header. Usual ones are checked when the program is compiled: checking the bytes of one for
/// each answer would take five instructions for each byte.
fn media_type(text: &'static str) -> HeaderValue {
    static JSON: HeaderValue = HeaderValue::from_static("application/json");
    static JSON_IN_UTF_8: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
    static XML: HeaderValue = HeaderValue::from_static("application/xml");
    static TEXT_IN_UTF_8: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
    match text {
        "application/json" => JSON.clone(),
        "application/json; charset=utf-8" => JSON_IN_UTF_8.clone(),
        "application/xml" => XML.clone(),
        "text/plain; charset=utf-8" => TEXT_IN_UTF_8.clone(),
        _ => HeaderValue::from_static(text),
    }
}

impl Reply {
    /// An answer with a body of `content_type`.
    pub fn new(
        status: StatusCode,
        content_type: &'static str,
        body: impl Into<Bytes>,
        behaviour: &'static Behaviour,
    ) -> Self {
        Self {
            status,
            headers: vec![(header::CONTENT_TYPE, media_type(content_type))],
            body: body.into(),
            behaviours: smallvec![behaviour],
            findings: Vec::new(),
        }
    }

    /// An answer without a body and without a content type.
    pub fn empty(status: StatusCode, behaviour: &'static Behaviour) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            behaviours: smallvec![behaviour],
            findings: Vec::new(),
        }
    }

    /// An answer of the emulator itself, which has no behaviours.
    pub fn own(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![(header::CONTENT_TYPE, media_type(content_type))],
            body: body.into(),
            behaviours: Behaviours::new(),
            findings: Vec::new(),
        }
    }

    /// An error in the vendor's format of which no text is known; `None` for a status that is not an error.
    pub fn unnamed(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Option<Self> {
        let status = StatusCode::from_u16(status).ok().filter(|status| status.as_u16() >= 400)?;
        Some(Self::own(status, content_type, body))
    }

    /// Adds a header.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The headers, and the rest of the reply as an entry of the journal has it.
    pub(crate) fn into_parts(self) -> (ReplyHeaders, EntryReply) {
        let Self { status, headers, body, behaviours, findings } = self;
        (headers, EntryReply { status, body, behaviours, findings })
    }

    /// Adds a less specific behaviour.
    pub fn also(mut self, behaviour: &'static Behaviour) -> Self {
        if !self.behaviours.iter().any(|known| std::ptr::eq(*known, behaviour)) {
            self.behaviours.push(behaviour);
        }
        self
    }

    /// Adds a behaviour that says more of the answer than all others.
    pub fn foremost(mut self, behaviour: &'static Behaviour) -> Self {
        self.behaviours.retain(|known| !std::ptr::eq(*known, behaviour));
        self.behaviours.insert(0, behaviour);
        self
    }

    /// Adds a finding.
    pub fn finding(mut self, kind: FindingKind, text: impl Into<String>, source: &'static str) -> Self {
        self.findings.push(Finding { kind, text: text.into(), source });
        self
    }
}
