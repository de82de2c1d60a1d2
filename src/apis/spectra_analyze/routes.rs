//! Which paths are served. As in Django, the path is decoded before it is compared.

use crate::api::decoded;

/// A served endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Single,
    Bulk,
    BulkV2,
    Status,
    Token,
    Upload,
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Served(Route),
    /// It would be served if it ended in a slash.
    Slashless,
    Unknown,
}

/// Every endpoint, as people are shown them.
pub(super) const ENDPOINTS: &[(&str, &str)] = &[
    ("POST", "/api/samples/{hash_value}/analyze/"),
    ("POST", "/api/samples/analyze_bulk/"),
    ("POST", "/api/samples/v2/analyze_bulk/"),
    ("POST", "/api/samples/status/"),
    ("POST", "/api-token-auth/"),
    ("POST", "/api/uploads/"),
    ("POST", "/api/submit/file/"),
];

/// Whether a path lies inside the prefixes of this API.
pub(super) fn owns(path: &str) -> bool {
    ["/api/samples", "/api-token-auth", "/api/uploads", "/api/submit"]
        .iter()
        .any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Where a path, still encoded, leads.
pub(super) fn find(path: &str) -> Found {
    let path = decoded(path);
    match served(&path) {
        Some(route) => Found::Served(route),
        None if served(&format!("{path}/")).is_some() => Found::Slashless,
        None => Found::Unknown,
    }
}

/// The hash in the path of [`Route::Single`], decoded; empty in other paths.
pub(super) fn hash_value(path: &str) -> String {
    single(&decoded(path)).unwrap_or_default().to_owned()
}

fn served(path: &str) -> Option<Route> {
    match path {
        "/api/samples/analyze_bulk/" => Some(Route::Bulk),
        "/api/samples/v2/analyze_bulk/" => Some(Route::BulkV2),
        "/api/samples/status/" => Some(Route::Status),
        "/api-token-auth/" => Some(Route::Token),
        // The second is what newer releases of the vendor's client call.
        "/api/uploads/" | "/api/submit/file/" => Some(Route::Upload),
        _ => single(path).map(|_| Route::Single),
    }
}

fn single(path: &str) -> Option<&str> {
    let hash = path.strip_prefix("/api/samples/")?.strip_suffix("/analyze/")?;
    (!hash.is_empty() && !hash.contains('/')).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_decoded_and_to_the_letter() {
        assert_eq!(find("/api/samples/abc/analyze/"), Found::Served(Route::Single));
        assert_eq!(hash_value("/api/samples/%61bc/analyze/"), "abc");
        assert_eq!(find("/api/samples/%61nalyze_bulk/"), Found::Served(Route::Bulk));
        assert_eq!(find("/api/samples/v2/analyze/"), Found::Served(Route::Single));
        assert_eq!(find("/api/samples/abc/analyze"), Found::Slashless);
        assert_eq!(find("/api-token-auth"), Found::Slashless);
        assert_eq!(find("/api/uploads/"), Found::Served(Route::Upload));
        assert_eq!(find("/api/submit/file/"), Found::Served(Route::Upload));
        for unknown in [
            "/api/samples",
            "/api/samples/",
            "/api/samples/abc/",
            "/api/samples//analyze/",
            "/api/samples/a%2Fb/analyze/",
            "/api/samples/analyze_bulk//",
            "/api/samples/ANALYZE_BULK/",
            "/api/uploads/1/",
        ] {
            assert_eq!(find(unknown), Found::Unknown, "{unknown}");
        }
    }

    #[test]
    fn prefixes_end_at_a_slash() {
        assert!(owns("/api/samples") && owns("/api/uploads/") && owns("/api-token-auth"));
        assert!(!owns("/api/samplesx/") && !owns("/api-token-authority/") && !owns("/api/"));
    }
}
