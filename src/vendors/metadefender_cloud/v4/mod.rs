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
use super::{bulk as v2, limits, settings};
use crate::journal::Reply;
use crate::vendors::Call;

/// Looks up one hash.
pub(super) async fn hash(call: &Call) -> Reply {
    let reply = one(call, call.param("hash")).await.unwrap_or_else(|refusal| refusal);
    limits::tell(call, &call.account, reply)
}

async fn one(call: &Call, hash: &str) -> Result<Reply, Reply> {
    if !limits::take_all(call, 1) {
        return Err(error::limit_exceeded());
    }
    let known = results::look_up(call, hash).await.map_err(|refused| error::store(call, &refused))?;
    let known = known.ok_or_else(error::hash_not_found)?;
    let results = Results::of(call, &known);
    let newest = results.newest.as_ref().ok_or_else(error::hash_not_found)?;
    Ok(super::reply::found(&known, newest, results.count, call.origin, Some(&[]), &V4_HASH_FOUND))
}

/// Looks up a list of hashes: all of them, or none.
pub(super) async fn bulk(call: &Call) -> Reply {
    let details = Details::of(call, "includescandetails");
    let reply = list(call, details.wanted()).await.unwrap_or_else(|refusal| refusal);
    limits::tell(call, &call.account, details.note(reply, "Clients of version 4."))
}

async fn list(call: &Call, details: bool) -> Result<Reply, Reply> {
    let hashes = body::parse(call.body().map_or(&[], |body| &body[..]))?;
    if !limits::take_all(call, hashes.len()) {
        return Err(error::limit_exceeded());
    }
    let known = results::look_up_all(call, &hashes).await.map_err(|refused| error::store(call, &refused))?;
    let results: Vec<_> =
        known.iter().map(|known| known.as_ref().map(|known| Results::of(call, known))).collect();
    let upper = call.settings.get(&settings::HASH_CASE) == settings::HashCase::Upper;
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
