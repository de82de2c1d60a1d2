//! Examples of requests, which the documents of the APIs show.

/// A request for an endpoint. In its texts `{md5}`, `{sha1}` and `{sha256}` are hashes of a loaded sample, `{key}`, `{user}` and
/// `{password}` those of an account, and the name of a field, such as `{session_id}`, is its value in a reply to an earlier
/// example.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The path and the query. Empty for the endpoint's own path, with a hash for every parameter that has no other value.
    pub path: &'static str,
    /// The content type of the body.
    pub content_type: &'static str,
    /// The body; empty if there is none.
    pub body: &'static str,
}

impl Example {
    /// A request without a body.
    pub const fn path(path: &'static str) -> Self {
        Self { path, content_type: "", body: "" }
    }

    /// A JSON body.
    pub const fn json(body: &'static str) -> Self {
        Self::body("application/json", body)
    }

    /// A body of this content type.
    pub const fn body(content_type: &'static str, body: &'static str) -> Self {
        Self { path: "", content_type, body }
    }

    /// To this path and query instead of the endpoint's own.
    pub const fn at(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }
}
