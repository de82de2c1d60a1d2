//! Recorded exchanges with a vendor, as `har` reads them from an archive.

use bytes::Bytes;
use http::{HeaderMap, header};
use jiff::Timestamp;

/// A recorded exchange.
#[derive(Clone, Debug)]
pub struct RecordedExchange {
    /// Its name in messages: `session.har, entry 3`.
    pub place: String,
    /// When the request was sent.
    pub at: Option<Timestamp>,
    /// The request; `None` for a reply that was saved alone.
    pub request: Option<RecordedRequest>,
    /// The status of the reply; 200 for one that was saved alone.
    pub status: u16,
    /// The headers of the reply.
    pub headers: HeaderMap,
    /// The body of the reply, decoded.
    pub body: Bytes,
}

/// A recorded request.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// The host of its URL, without a port; empty if it has none.
    pub host: String,
    /// The path of its URL, percent-encoded, without the prefix of a world.
    pub path: String,
    /// The query, without the question mark.
    pub query: Option<String>,
    /// The headers, without pseudo-headers such as `:authority`.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Whether the recording has a file's name in the body without the file.
    pub lacks_file: bool,
}

impl RecordedExchange {
    /// A reply without the request that it answers. Its status is 200.
    pub fn of_reply(place: String, body: Bytes) -> Self {
        Self { place, at: None, request: None, status: 200, headers: HeaderMap::new(), body }
    }

    /// Why the exchange belongs to no API, if it does not: the request was for a proxy, or the browser's own.
    pub fn is_not_of_an_api(&self) -> Option<&'static str> {
        let request = self.request.as_ref()?;
        match request.method.to_ascii_uppercase().as_str() {
            "CONNECT" => Some("a request to a proxy, which is not part of an API"),
            "OPTIONS" if request.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) => {
                Some("a CORS preflight, which browsers send by themselves")
            }
            _ => None,
        }
    }

    /// The path of the request, if it is known.
    pub fn path(&self) -> Option<&str> {
        self.request.as_ref().map(|request| request.path.as_str())
    }

    /// The body as JSON, with keys in order, if it is valid JSON.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// A header of the reply as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
