//! Which endpoint a path means, and by which method it is asked.

use std::borrow::Cow;

use http::Method;

use crate::api::{Call, Reads};
use crate::faults::has_form;

/// An endpoint with what its path says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    /// The list of hashes.
    Bulk,
    /// `/v2/hash/{hash}`
    Hash(Cow<'a, str>),
    /// Nothing that is served, in the words of v2.
    Unknown,
    /// What is asked of version 4.
    V4(RouteV4<'a>),
}

/// An endpoint of version 4.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RouteV4<'a> {
    /// `/v4/hash`
    Bulk,
    /// `/v4/hash/{hash}`
    Hash(Cow<'a, str>),
    /// Nothing that is served.
    Unknown,
}

/// Whether a path lies inside this API. Below `/hash/` and `/metascan_rest/hash/` begins another product.
pub(super) fn owns(path: &str) -> bool {
    is_bulk(path) || path.starts_with("/v2/") || path.starts_with("/v4/")
}

fn is_bulk(path: &str) -> bool {
    matches!(path.strip_suffix('/').unwrap_or(path), "/hash" | "/v2/hash" | "/metascan_rest/hash")
}

/// What an endpoint looks at.
pub(super) fn reads(method: &Method, path: &str) -> Option<Reads> {
    match method.as_str().to_ascii_uppercase().as_str() {
        "POST" if is_bulk(path) => Some(Reads {
            headers: &["apikey", "include_scan_details"],
            fields: &["hash"],
            ..Reads::default()
        }),
        "POST" if has_form(path, "/v4/hash") => {
            Some(Reads { headers: &["apikey", "includescandetails"], fields: &["hash"], ..Reads::default() })
        }
        "GET" if has_form(path, "/v2/hash/{hash}") || has_form(path, "/v4/hash/{hash}") => {
            Some(Reads { headers: &["apikey"], ..Reads::default() })
        }
        _ => None,
    }
}

impl<'a> Route<'a> {
    /// The endpoint that a call means.
    pub(super) fn of(call: &'a Call) -> Self {
        if is_bulk(&call.path) {
            return Self::Bulk;
        }
        let mut segments = call.segments();
        match segments.iter().map(AsRef::as_ref).collect::<Vec<&str>>()[..] {
            ["v2", "hash"] | ["v2", "hash", ""] => Self::Bulk,
            ["v2", "hash", _] => segments.pop().map_or(Self::Unknown, Self::Hash),
            ["v4", "hash"] | ["v4", "hash", ""] => Self::V4(RouteV4::Bulk),
            ["v4", "hash", _] => Self::V4(segments.pop().map_or(RouteV4::Unknown, RouteV4::Hash)),
            ["v4", ..] => Self::V4(RouteV4::Unknown),
            _ => Self::Unknown,
        }
    }

    /// Whether it is of version 4.
    pub(super) fn is_v4(&self) -> bool {
        matches!(self, Self::V4(_))
    }

    /// Whether it is asked by `method`, which is read without case.
    pub(super) fn takes(&self, method: &Method) -> bool {
        let takes = match self {
            Self::Bulk | Self::V4(RouteV4::Bulk) => "POST",
            Self::Hash(_) | Self::V4(RouteV4::Hash(_)) => "GET",
            Self::Unknown | Self::V4(RouteV4::Unknown) => return true,
        };
        method.as_str().eq_ignore_ascii_case(takes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_the_other_products_is_owned() {
        for path in
            ["/hash", "/hash/", "/metascan_rest/hash", "/metascan_rest/hash/", "/v2/x", "/v4/", "/v2//"]
        {
            assert!(owns(path), "{path}");
        }
        for path in
            ["/hash//", "/hash/abc", "/metascan_rest/hash/abc", "/v2", "/v4", "/v3/hash", "/", "/hashes"]
        {
            assert!(!owns(path), "{path}");
        }
    }
}
