//! `GET /v2/hash/{hash}`: the whole newest final result of one hash.

use super::results::{self, SampleResults};
use super::{error, limits, reply, settings};
use crate::journal::Reply;
use crate::vendors::Call;

/// Looks up one hash. Unfinished results are not returned.
pub(super) fn look_up(call: &Call) -> Reply {
    let reply = one(call, call.param("hash")).unwrap_or_else(|refusal| refusal);
    limits::with_headers(call, &call.account, reply)
}

fn one(call: &Call, hash: &str) -> Result<Reply, Reply> {
    if limits::used_up(call) {
        return Err(error::limit_exceeded());
    }
    let known = results::look_up(call, hash).map_err(|refused| error::store(call, &refused))?;
    let results = match &known {
        Some(known) => Some(SampleResults::of(call, known).map_err(|refused| error::store(call, &refused))?),
        None => None,
    };
    let newest = results.as_ref().and_then(|results| results.newest.as_ref());
    let counts = newest.is_some() || call.settings.get(&settings::COUNT_UNKNOWN);
    // A second check: whether the look-up counts is known only now, and other requests may have come in between.
    if counts && limits::take(call, 1) == 0 {
        return Err(error::limit_exceeded());
    }
    Ok(match (&known, newest) {
        (Some(known), Some(newest)) => {
            let history = results.as_ref().map_or(0, |results| results.count);
            reply::found(known, newest, history, call.origin)
        }
        _ => reply::not_found(hash),
    })
}
