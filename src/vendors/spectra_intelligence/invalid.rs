//! The hashes of a request that its answer called invalid, for the journal.

use serde_json::Value;

use super::behaviours::{BULK_OK, SINGLE_INVALID_HASH};
use super::xml_lists;
use crate::vendors::Answered;

/// The hash of a single query, or the list of a bulk answer.
pub(super) fn hashes(answered: &Answered<'_>) -> Vec<String> {
    if answered.is(&SINGLE_INVALID_HASH) {
        return vec![(answered.route)().params.get("hash_value").to_owned()];
    }
    let body = &answered.reply.body;
    // Most answers have no invalid hash, and these need not be parsed.
    if !answered.is(&BULK_OK) || body.ends_with(br#""invalid_hashes":[]}}"#) {
        return Vec::new();
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(body) => {
            let list = body.pointer("/rl/invalid_hashes").and_then(Value::as_array);
            list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Err(_) => {
            let items = xml_lists::items(body).unwrap_or_default().into_iter();
            items.filter(|(list, _)| list == "invalid_hashes").map(|(_, text)| text).collect()
        }
    }
}
