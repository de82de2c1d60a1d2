//! `POST /api/samples/status/`: which samples the appliance has processed. Clients also call it to test the connection.

use http::StatusCode;

use super::behaviours::{STATUS_INVALID, STATUS_OK};
use super::error::JSON;
use super::hashes::{self, HashBehaviours};
use super::reply::{Status, Statuses};
use super::samples::{self, LocalSample};
use super::{body, error};
use crate::journal::{Reply, json};
use crate::vendors::Call;

const BEHAVIOURS: HashBehaviours =
    HashBehaviours { none: &STATUS_INVALID, invalid: &STATUS_INVALID, mixed: &STATUS_INVALID };

const PROCESSED: &str = "processed";
const NOT_FOUND: &str = "not_found";

/// Answers the statuses, or refuses.
pub(super) fn show(call: &Call) -> Result<Reply, Reply> {
    let fields = body::read(call)?;
    let asked = hashes::read(&fields, "hash_values", BEHAVIOURS)?;
    let filter = call.parameter("status").filter(|status| !status.is_empty());
    if let Some(other) = filter.as_deref().filter(|status| ![PROCESSED, NOT_FOUND].contains(status)) {
        let message = format!("\"{other}\" is not a valid choice.");
        return Err(error::fields(&[("status", &message)], &STATUS_INVALID));
    }
    let hash_type = asked.first().map_or("", |first| first.hash.kind().name());
    let found = samples::find_all(call, &asked)?;
    // There are only two statuses, so a file that is still being processed is not found yet.
    let status = |present: &Option<LocalSample>| match present {
        Some(present) if samples::is_processed(call, &present.sample) => PROCESSED,
        _ => NOT_FOUND,
    };
    let results = asked
        .into_iter()
        .zip(&found)
        .map(|(asked, present)| Status { hash_value: asked.text, status: status(present) })
        .filter(|status| filter.as_deref().is_none_or(|filter| filter == status.status))
        .collect();
    Ok(Reply::new(StatusCode::OK, JSON, json(&Statuses { hash_type, results }), &STATUS_OK))
}
