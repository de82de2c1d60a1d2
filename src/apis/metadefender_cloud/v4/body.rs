//! The body of a bulk look-up.

use serde_json::Value;

use super::super::body::MOST;
use super::super::results;
use super::error::{self, Invalid};
use crate::reply::Reply;

/// The hashes of a body, as they were sent, or the refusal.
#[allow(clippy::result_large_err, reason = "a refusal is as large as any answer")]
pub(super) fn parse(body: &[u8]) -> Result<Vec<String>, Reply> {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return Err(error::media_type()) };
    let hashes = match body.get("hash") {
        None | Some(Value::Null) => return Err(error::invalid(Invalid::Missing)),
        Some(Value::Array(hashes)) => hashes,
        Some(_) => return Err(error::invalid(Invalid::NoArray)),
    };
    if hashes.is_empty() {
        return Err(error::invalid(Invalid::Empty));
    }
    if hashes.len() > MOST {
        return Err(error::invalid(Invalid::TooMany));
    }
    let text = |hash: &Value| hash.as_str().filter(|text| results::hash(text).is_some()).map(str::to_owned);
    hashes.iter().map(text).collect::<Option<_>>().ok_or_else(|| error::invalid(Invalid::NoHash))
}
