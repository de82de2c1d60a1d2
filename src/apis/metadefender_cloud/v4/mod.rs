//! Version 4 of the look-ups: `POST /v4/hash` and `GET /v4/hash/{hash}`, on the same samples, keys and limits.
//!
//! Source: clients written since version 2 was switched off, and the published error codes.

mod body;
pub(super) mod error;
mod reply;

use self::reply::Item;
use super::behaviours::{V4_BULK_OK, V4_BULK_UNKNOWN, V4_HASH_FOUND};
use super::results::{self, Results};
use super::settings::HASH_CASE;
use super::{bulk as v2, limits};
use crate::api::Call;
use crate::reply::{FindingKind, Reply};
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
    let header = call.header("includescandetails");
    let details = header.as_deref().map(str::trim);
    let reply = look_up(call, details == Some("1")).await?;
    Ok(match details {
        None | Some("0" | "1") => reply,
        Some(other) => reply.finding(
            FindingKind::Deviation,
            format!("includescandetails is {other:?} and counts as 0; send 0 or 1"),
            "Clients of version 4.",
        ),
    })
}

async fn look_up(call: &Call, details: bool) -> Result<Reply, StoreError> {
    let hashes = match body::parse(call.body().map_or(&[], |body| &body[..])) {
        Ok(hashes) => hashes,
        Err(refusal) => return Ok(refusal),
    };
    if !limits::take_all(call, hashes.len()) {
        return Ok(error::limit_exceeded());
    }
    let mut samples = Vec::with_capacity(hashes.len());
    for hash in &hashes {
        samples.push(results::look_up(call, hash).await?);
    }
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
