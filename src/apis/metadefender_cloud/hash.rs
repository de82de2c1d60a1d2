//! `GET /v2/hash/{hash}`: the whole newest final result of one hash.

use super::behaviours::HASH_FOUND;
use super::reply;
use super::results::{self, Results};
use super::{error, limits};
use crate::api::Call;
use crate::reply::Reply;
use crate::samples::StoreError;

/// Looks up one hash. What is unfinished does not show.
pub(super) async fn answer(call: &Call, hash: &str) -> Result<Reply, StoreError> {
    if limits::take(call, 1) == 0 {
        return Ok(error::limit_exceeded());
    }
    let Some(sample) = results::look_up(call, hash).await? else { return Ok(reply::not_found(hash)) };
    let results = Results::of(call, &sample);
    Ok(match &results.newest {
        Some(newest) => reply::found(&sample, newest, results.count, call.origin, None, &HASH_FOUND),
        None => reply::not_found(hash),
    })
}
