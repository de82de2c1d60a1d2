//! The hashes of a request that its answer called invalid, for the journal.

use serde_json::Value;

use super::behaviours::{BULK_INVALID_HASH, CLASSIFICATION_INVALID, DELETE_INVALID, SINGLE_INVALID_HASH};
use crate::samples::Hash;
use crate::vendors::Answered;

/// The hash of a single request, or the invalid ones of a list.
pub(super) fn hashes(answered: &Answered<'_>) -> Vec<String> {
    let of_path = [&SINGLE_INVALID_HASH, &CLASSIFICATION_INVALID, &DELETE_INVALID];
    if of_path.into_iter().any(|behaviour| answered.is(behaviour)) {
        return vec![(answered.route)().params.get("hash_value").to_owned()];
    }
    if !answered.is(&BULK_INVALID_HASH) {
        return Vec::new();
    }
    let fields = (answered.fields)().unwrap_or_default();
    let texts: Vec<&str> = match fields.get("hash_value") {
        Some(Value::Array(items)) => {
            items.iter().filter_map(Value::as_str).flat_map(|text| text.split(',')).collect()
        }
        Some(Value::String(text)) => text.split(',').collect(),
        _ => Vec::new(),
    };
    texts.into_iter().filter(|text| Hash::parse(text).is_none()).map(str::to_owned).collect()
}
