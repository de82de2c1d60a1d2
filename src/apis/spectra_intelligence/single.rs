//! `GET /api/rescan/v1/query/{hash_type}/{hash_value}`: TCA-0205, Rescan Single Query.

use super::storage::{self, Held};
use super::{error, limits, reply};
use crate::api::Call;
use crate::reply::Reply;
use crate::samples::{Hash, StoreError};

/// Sends one sample for rescanning. Query parameters are not looked at.
pub(super) async fn answer(call: &Call, hash_type: &str, hash_value: &str) -> Result<Reply, StoreError> {
    let Some(kind) = storage::hash_kind(hash_type) else { return Ok(error::single_hash_type()) };
    let Some(hash) = Hash::parse_kind(hash_value, kind) else { return Ok(error::single_hash()) };
    let Held::Stored(sample) = storage::look_up(call, &hash).await? else {
        return Ok(error::unavailable());
    };
    if let Err(refusal) = limits::charge(call, 1) {
        return Ok(refusal);
    }
    storage::rescan(call, &[sample]);
    Ok(reply::sent())
}
