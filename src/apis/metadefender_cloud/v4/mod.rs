//! Version 4 of the look-ups: `POST /v4/hash` and `GET /v4/hash/{hash}`, on the same samples, keys and limits.
//!
//! Source: clients written since version 2 was switched off, and the published error codes.

mod body;
pub(super) mod error;
mod reply;

use self::reply::Item;
use super::behaviours::{V4_BULK_OK, V4_BULK_UNKNOWN, V4_HASH_FOUND};
use super::details::Details;
use super::results::{self, Results};
use super::settings::HASH_CASE;
use super::{bulk as v2, limits};
use crate::api::Call;
use crate::reply::Reply;
use crate::samples::StoreError;

/// Looks up one hash.
pub(super) async fn hash(call: &Call, hash: &str) -> Result<Reply, StoreError> {
    if !limits::take_all(call, 1) {
        return Ok(error::limit_exceeded());
    }
    let Some(sample) = results::look_up(call, hash).await? else { return Ok(error::hash_not_found()) };
    let results = Results::of(call, &sample);
    Ok(match &results.newest {
        Some(newest) => {
            super::reply::found(&sample, newest, results.count, call.origin, Some(&[]), &V4_HASH_FOUND)
        }
        None => error::hash_not_found(),
    })
}

/// Looks up a list of hashes: all of them, or none.
pub(super) async fn bulk(call: &Call) -> Result<Reply, StoreError> {
    let details = Details::of(call, "includescandetails");
    let reply = look_up(call, details.wanted()).await?;
    Ok(details.note(reply, "Clients of version 4."))
}

async fn look_up(call: &Call, details: bool) -> Result<Reply, StoreError> {
    let hashes = match body::parse(call.body().map_or(&[], |body| &body[..])) {
        Ok(hashes) => hashes,
        Err(refusal) => return Ok(refusal),
    };
    if !limits::take_all(call, hashes.len()) {
        return Ok(error::limit_exceeded());
    }
    let samples = results::look_up_all(call, &hashes).await?;
    let results: Vec<_> =
        samples.iter().map(|sample| sample.as_ref().map(|sample| Results::of(call, sample))).collect();
    let upper = call.settings.word(&HASH_CASE) == "upper";
    let mut data = Vec::with_capacity(hashes.len());
    for (hash, results) in hashes.iter().zip(&results) {
        let newest = results.as_ref().and_then(|results| results.newest.as_ref());
        data.push(Item::of(v2::echo(hash, upper), newest, details.then_some(call.origin)));
    }
    let (unknown, found) = (data.iter().any(Item::is_unknown), data.iter().any(|item| !item.is_unknown()));
    let rows = [(unknown, &V4_BULK_UNKNOWN), (found, &V4_BULK_OK)];
    let mut reply = reply::bulk(data);
    reply.behaviours = rows.into_iter().filter_map(|(holds, row)| holds.then_some(row)).collect();
    Ok(reply)
}
