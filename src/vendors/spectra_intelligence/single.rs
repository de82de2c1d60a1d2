//! `GET /api/rescan/v1/query/{hash_type}/{hash_value}`: TCA-0205, Rescan Single Query.

use super::storage::{self, Availability};
use super::{error, limits, reply};
use crate::journal::Reply;
use crate::samples::Hash;
use crate::vendors::Call;

/// Sends one sample for rescanning. Query parameters are ignored.
pub(super) fn rescan(call: &Call) -> Result<Reply, Reply> {
    let kind = storage::hash_kind(call.param("hash_type")).ok_or_else(error::single_hash_type)?;
    let hash = Hash::parse_kind(call.param("hash_value"), kind).ok_or_else(error::single_hash)?;
    let Availability::Stored(sample) = storage::look_up(call, &hash)? else {
        return Err(error::unavailable());
    };
    // After the refusals, because only a rescan that is sent costs a unit.
    limits::charge(call, 1)?;
    storage::rescan(call, &[sample]);
    Ok(reply::sent())
}
