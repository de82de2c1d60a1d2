//! What was captured of the traffic with a vendor, and what can be learned from it.
//!
//! `har` reads recorded sessions. A room reads a reply by way of [`ReplyReader`], which remembers what was looked at, so that
//! whatever nobody asked for can be told; what it understands goes into [`FixtureDraft`], which becomes a fixture.

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;

/// One exchange, as far as it was captured.
#[derive(Clone, Debug)]
pub struct RecordedExchange {
    /// What messages call it: `session.har, entry 3`.
    pub place: String,
    /// When the request was sent.
    pub at: Option<Timestamp>,
    /// The request; `None` for a reply that was kept alone.
    pub request: Option<RecordedRequest>,
    /// The status of the reply; 200 for one that was kept alone.
    pub status: u16,
    /// The headers of the reply.
    pub headers: HeaderMap,
    /// The body of the reply, decoded.
    pub body: Bytes,
}

/// A captured request.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// The host of its URL, without a port; empty if it has none.
    pub host: String,
    /// The path of its URL, still encoded, without a world in front.
    pub path: String,
    /// The query, without the question mark.
    pub query: Option<String>,
    /// The headers, but those of HTTP/2 alone.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl RecordedExchange {
    /// A reply without the request that it answers.
    #[must_use]
    pub fn of_reply(place: String, body: Bytes) -> Self {
        Self { place, at: None, request: None, status: 200, headers: HeaderMap::new(), body }
    }

    /// The path that was asked for, if that is known.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.request.as_ref().map(|request| request.path.as_str())
    }

    /// The body as JSON, keys in order, if it is that.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// A header of the reply as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
