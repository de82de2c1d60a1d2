//! The body of a bulk look-up.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::value::RawValue;

use super::super::body::MAX_HASHES;
use super::super::results;
use super::error::{self, InvalidHashList};
use crate::journal::Reply;
use crate::samples::Hash;
use crate::vendors::JsonText;

/// Hashes, each as it was sent and as it was read, if it could be.
type Hashes<'a> = Vec<(Cow<'a, str>, Option<Hash>)>;

/// The hashes of a body, or the refusal. If the object has several fields `hash`,
/// the last one counts. Other fields are ignored.
#[allow(clippy::result_large_err, reason = "a refusal is as large as any answer")]
pub(super) fn parse(body: &[u8]) -> Result<Hashes<'_>, Reply> {
    // Syntax first: a body that is not JSON has another error than JSON of another shape.
    let Ok(whole) = serde_json::from_slice::<&RawValue>(body) else { return Err(error::media_type()) };
    hashes(whole.get()).map_err(error::invalid)
}

fn hashes<'a>(whole: &'a str) -> Result<Hashes<'a>, InvalidHashList> {
    // Values stay unparsed, because parsing would refuse what ignored fields may have: deep nesting, or 1e999.
    let fields: HashMap<String, &RawValue> =
        serde_json::from_str(whole).map_err(|_| InvalidHashList::Missing)?;
    let hash = fields.get("hash").map(|hash| hash.get());
    let hash = hash.filter(|hash| *hash != "null").ok_or(InvalidHashList::Missing)?;
    let hashes: Vec<&RawValue> = serde_json::from_str(hash).map_err(|_| InvalidHashList::NoArray)?;
    if hashes.is_empty() {
        return Err(InvalidHashList::Empty);
    }
    if hashes.len() > MAX_HASHES {
        return Err(InvalidHashList::TooMany);
    }
    let read = |hash: &&'a RawValue| {
        let JsonText(text) = serde_json::from_str(hash.get()).ok()?;
        let hash = results::hash(&text)?;
        Some((text, Some(hash)))
    };
    hashes.iter().map(read).collect::<Option<_>>().ok_or(InvalidHashList::NoHash)
}
