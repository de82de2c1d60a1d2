//! The body of a bulk look-up.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::super::body::MOST;
use super::super::results;
use super::error::{self, Invalid};
use crate::journal::Reply;

/// The hashes of a body, as they were sent, or the refusal. Of several `hash` the last counts, and nobody looks into
/// what is beside it.
#[allow(clippy::result_large_err, reason = "a refusal is as large as any answer")]
pub(super) fn parse(body: &[u8]) -> Result<Vec<String>, Reply> {
    let Ok(whole) = serde_json::from_slice::<&RawValue>(body) else { return Err(error::media_type()) };
    hashes(whole.get()).map_err(error::invalid)
}

fn hashes(whole: &str) -> Result<Vec<String>, Invalid> {
    let fields: HashMap<String, &RawValue> = serde_json::from_str(whole).map_err(|_| Invalid::Missing)?;
    let hash = fields.get("hash").map(|hash| hash.get());
    let hash = hash.filter(|hash| *hash != "null").ok_or(Invalid::Missing)?;
    let hashes: Vec<&RawValue> = serde_json::from_str(hash).map_err(|_| Invalid::NoArray)?;
    if hashes.is_empty() {
        return Err(Invalid::Empty);
    }
    if hashes.len() > MOST {
        return Err(Invalid::TooMany);
    }
    let text = |hash: &&RawValue| {
        serde_json::from_str(hash.get()).ok().filter(|text: &String| results::hash(text).is_some())
    };
    hashes.iter().map(text).collect::<Option<_>>().ok_or(Invalid::NoHash)
}
