//! What a request was sent to.

use http::uri::{Authority, PathAndQuery};
use http::{Method, Uri};

/// The target of a request, in the memory that it was received in: most requests are read once, and need no copies of it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    text: Text,
    /// How many bytes of the path precede the vendor's own.
    prefix_len: usize,
}

#[derive(Clone, Debug)]
enum Text {
    Path(PathAndQuery),
    /// The target of a CONNECT request is a host and a port; such a request has no path.
    Host(Authority),
    /// `*`, or nothing.
    None,
}

impl Target {
    pub(super) fn new(uri: Uri, method: &Method, prefix_len: usize) -> Self {
        let parts = uri.into_parts();
        let text = match (parts.authority, parts.path_and_query) {
            (Some(host), _) if *method == Method::CONNECT => Text::Host(host),
            (_, Some(path)) => Text::Path(path),
            (_, None) => Text::None,
        };
        Self { text, prefix_len }
    }

    fn whole(&self) -> &str {
        match &self.text {
            Text::Path(path) => path.path(),
            Text::Host(host) => host.as_str(),
            Text::None => "",
        }
    }

    pub(super) fn prefix(&self) -> &str {
        &self.whole()[..self.prefix_len]
    }

    pub(super) fn path(&self) -> &str {
        &self.whole()[self.prefix_len..]
    }

    pub(super) fn query(&self) -> Option<&str> {
        match &self.text {
            Text::Path(path) => path.query(),
            Text::Host(_) | Text::None => None,
        }
    }
}
