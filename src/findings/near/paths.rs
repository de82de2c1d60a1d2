//! Served paths that are similar to a path without an endpoint.

use super::search::{Miss, SearchedRequest, short};
use crate::document::suggest;
use crate::vendors::{self, Vendor};

/// What a path without an endpoint probably means.
pub(super) fn miss(api: Option<&Vendor>, request: &SearchedRequest<'_>) -> Option<Miss> {
    let (method, path) = (request.method, request.path);
    if request.endpoint.is_some() {
        return None;
    }
    let near = near(path);
    // A mistyped path of the API itself may lie below one that only the vendor has.
    let is_own = |api: &&Vendor| near.as_ref().is_some_and(|near| near.api == api.name);
    if let Some(api) = api.filter(|api| api.leaves_out(path) && !is_own(api)) {
        let name = api.name;
        return Some(Miss {
            text: format!(
                "{method} {path} exists at the vendor, not emulated here; the 404 of {name} says nothing about the vendor"
            ),
            brief: format!("path: exists at the vendor, not emulated here ({name})"),
        });
    }
    let near = near?;
    let (name, path) = (near.api, short(&near.path, 120));
    Some(Miss {
        text: format!("{method} {path} is served by {name}: {}", near.why),
        brief: format!("path: {name} serves {path}"),
    })
}

/// A served path that is similar to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NearPath {
    /// The API that serves it.
    pub api: &'static str,
    /// The path.
    pub path: String,
    /// How the two differ.
    pub why: &'static str,
}

/// The served path that results from correcting a common mistake in `path`.
pub(crate) fn near(path: &str) -> Option<NearPath> {
    let candidates = [
        (format!("/api{path}"), "the path lacks /api in front"),
        (path.to_ascii_lowercase(), "paths are lower case"),
        (path.replace("//", "/"), "the path has a doubled slash"),
        (path.trim_end_matches('/').to_owned(), "the path has a slash at its end"),
        (format!("{path}/"), "the path lacks a slash at its end"),
        (path.replacen("/api/v1/", "/api/", 1), "there is no version in this path"),
        (path.replacen("/api/v2/", "/api/", 1), "there is no version in this place"),
        (path.replacen("/v3/", "/v2/", 1), "another version is emulated"),
        (path.replacen("/v1/", "/v2/", 1), "another version is emulated"),
        (strip_first_segment(path), "the API is served at the root, without a prefix"),
        (format!("/api{}", strip_first_segment(path)), "another prefix is served"),
    ];
    // A rule that changes nothing would suggest the path itself. The first path that is served wins.
    let by_slip = candidates.into_iter().find_map(|(candidate, why)| {
        let api = vendors::owner(&candidate).filter(|_| candidate != path)?;
        let route = api.route("", &candidate);
        let slash = if route.lacks_slash { "/" } else { "" };
        (route.endpoint.is_some() || route.lacks_slash).then(|| NearPath {
            api: api.name,
            path: candidate + slash,
            why,
        })
    });
    // Last, because a similar word is a weaker hint than a known mistake.
    by_slip.or_else(|| vendors::ALL.iter().find_map(|api| mistyped(api, path)))
}

fn strip_first_segment(path: &str) -> String {
    let rest = path.strip_prefix('/').and_then(|path| path.split_once('/'));
    rest.map_or(String::new(), |(_, rest)| format!("/{rest}"))
}

/// The path with its one mistyped segment corrected.
fn mistyped(api: &'static Vendor, path: &str) -> Option<NearPath> {
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    api.listed().find_map(|(_, endpoint)| {
        let form: Vec<&str> = endpoint.trim_end_matches('/').split('/').collect();
        if form.len() != parts.len() {
            return None;
        }
        let fits =
            |at: &usize| form[*at] == parts[*at] || (form[*at].starts_with('{') && !parts[*at].is_empty());
        let mut wrong = (0..form.len()).filter(|at| !fits(at));
        let at = wrong.next().filter(|_| wrong.next().is_none())?;
        suggest(parts[at], [form[at]])?;
        let mut parts = parts.clone();
        parts[at] = form[at];
        let slash = if endpoint.ends_with('/') || path.ends_with('/') { "/" } else { "" };
        let path = format!("{}{slash}", parts.join("/"));
        Some(NearPath { api: api.name, path, why: "a part of the path is mistyped" })
    })
}
