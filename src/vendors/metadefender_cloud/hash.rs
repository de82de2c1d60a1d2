//! `GET /v2/hash/{hash}`: the whole newest final result of one hash.

use super::behaviours::HASH_FOUND;
use super::reply;
use super::results::{self, SampleResults};
use super::{error, limits};
use crate::journal::Reply;
use crate::vendors::Call;

/// Looks up one hash. Unfinished results are not returned.
pub(super) async fn look_up(call: &Call) -> Reply {
    let reply = one(call, call.param("hash")).await.unwrap_or_else(|refusal| refusal);
    limits::with_headers(call, &call.account, reply)
}

async fn one(call: &Call, hash: &str) -> Result<Reply, Reply> {
    if limits::take(call, 1) == 0 {
        return Err(error::limit_exceeded());
    }
    let known = results::look_up(call, hash).await.map_err(|refused| error::store(call, &refused))?;
    let Some(known) = known else { return Ok(reply::not_found(hash)) };
    let results = SampleResults::of(call, &known).await.map_err(|refused| error::store(call, &refused))?;
    Ok(match &results.newest {
        Some(newest) => reply::found(&known, newest, results.count, call.origin, None, &HASH_FOUND),
        None => reply::not_found(hash),
    })
}
