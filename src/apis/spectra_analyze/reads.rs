//! What the endpoints look at in a request, and which hashes an answer calls invalid: for the journal.

use http::Method;
use serde_json::Value;

use super::behaviours::{BULK_INVALID_HASH, SINGLE_INVALID_HASH};
use super::routes::{self, Found, Route};
use crate::api::Reads;
use crate::reply::Reply;
use crate::samples::Hash;

/// What an endpoint looks at.
pub(super) fn of(method: &Method, path: &str) -> Option<Reads> {
    let Found::Served(route) = routes::find(path) else { return None };
    if !method.as_str().eq_ignore_ascii_case("POST") {
        return None;
    }
    let (query, fields): (&[&str], &[&str]) = match route {
        Route::Single => (&[], &["analysis"]),
        Route::Bulk => (&[], &["hash_value", "analysis"]),
        Route::BulkV2 => (&[], &["hash_value", "analysis", "rl_cloud_sandbox_platform"]),
        Route::Status => (&["status"], &["hash_values"]),
        Route::Token => (&[], &["username", "password"]),
        Route::Upload => (&[], &["file", "filename"]),
    };
    let headers: &[&str] = if route == Route::Token { &[] } else { &["authorization"] };
    Some(Reads { headers, query, fields })
}

/// The hash of a single request, or those of a list that are none.
pub(super) fn invalid_hashes(path: &str, fields: &dyn Fn() -> Option<Value>, reply: &Reply) -> Vec<String> {
    let is = |behaviour| reply.behaviours.iter().any(|known| std::ptr::eq(*known, behaviour));
    if is(&SINGLE_INVALID_HASH) {
        return vec![routes::hash_value(path)];
    }
    if !is(&BULK_INVALID_HASH) {
        return Vec::new();
    }
    let fields = fields().unwrap_or_default();
    let texts = match fields.get("hash_value") {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(text)) => vec![text.as_str()],
        _ => Vec::new(),
    };
    texts.into_iter().filter(|text| Hash::parse(text).is_none()).map(str::to_owned).collect()
}
