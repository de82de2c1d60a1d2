//! `DELETE /api/samples/{hash_value}/`: removes a sample from the appliance. Other products keep it.

use http::StatusCode;

use super::behaviours::{DELETE_DONE, DELETE_INVALID, DELETE_NOT_FOUND};
use super::error::JSON;
use super::fields::NAME;
use super::{reply, samples};
use crate::journal::Reply;
use crate::vendors::Call;

/// Deletes the sample, or refuses. An upload brings it back.
pub(super) fn delete(call: &Call) -> Result<Reply, Reply> {
    let local = samples::named(call, &DELETE_INVALID, &DELETE_NOT_FOUND)?;
    call.state.take_away(&local.sample.key(), NAME, call.now);
    Ok(Reply::new(StatusCode::OK, JSON, reply::deleted(&local.sample), &DELETE_DONE))
}
