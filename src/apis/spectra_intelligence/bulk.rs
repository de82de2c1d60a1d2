//! `POST /api/rescan/v1/bulk_query/{post_format}`: TCA-0205, Rescan bulk query.

use super::behaviours::{BULK_CONVERTED, BULK_EMPTY, BULK_OK};
use super::query::{Format, Query};
use super::reply::Lists;
use super::settings::CONTENT_TYPE;
use super::storage::{self, Held};
use super::{error, limits};
use crate::api::Call;
use crate::reply::{FindingKind, Reply};
use crate::samples::{Hash, StoreError};

/// The most hashes of one request.
const MOST: usize = 100;

/// What the page demands of every POST.
const OCTETS: &str = "application/octet-stream";

/// Sends up to [`MOST`] samples for rescanning, and notes a content type that the page does not allow.
pub(super) async fn answer(call: &Call, post_format: &str) -> Result<Reply, StoreError> {
    let reply = judge(call, post_format).await?;
    let content_type = call.content_type();
    if content_type == OCTETS {
        return Ok(reply);
    }
    let was = if content_type.is_empty() { "none" } else { &content_type };
    let notice =
        format!("the page demands Content-Type: {OCTETS} on every POST, this one has {was}; send that");
    Ok(reply.finding(FindingKind::Deviation, notice, "TCA-0205, General Info about Requests/Responses"))
}

async fn judge(call: &Call, post_format: &str) -> Result<Reply, StoreError> {
    let Some(post_format) = Format::of_name(post_format) else { return Ok(error::post_format()) };
    let format = match call.parameter("format") {
        Some(name) => match Format::of_name(&name) {
            Some(format) => format,
            None => return Ok(error::format()),
        },
        None => post_format,
    };
    let refused = call.settings.word(&CONTENT_TYPE) == "refuse" && call.content_type() != OCTETS;
    let body = call.body().filter(|_| !refused);
    let Some(query) = body.and_then(|body| Query::parse(post_format, body)) else {
        return Ok(error::malformed());
    };
    let reply = rescan(call, &query, format).await?;
    Ok(match reply {
        Ok(reply) if post_format != format => {
            let behaviours = [&BULK_CONVERTED].into_iter().chain(reply.behaviours).collect();
            Reply { behaviours, ..reply }
        }
        Ok(reply) | Err(reply) => reply,
    })
}

/// The lists in `format`, or a refusal.
async fn rescan(call: &Call, query: &Query, format: Format) -> Result<Result<Reply, Reply>, StoreError> {
    let Some(kind) = storage::hash_kind(&query.hash_type) else { return Ok(Err(error::bulk_hash_type())) };
    if query.hashes.len() > MOST {
        return Ok(Err(error::too_many()));
    }
    let mut lists = Lists::default();
    let mut samples = Vec::new();
    for text in &query.hashes {
        let Some(hash) = Hash::parse_kind(text, kind) else {
            lists.invalid_hashes.push(text);
            continue;
        };
        match storage::look_up(call, &hash).await? {
            Held::Stored(sample) => {
                lists.sent_for_rescan.push(text);
                samples.push(sample);
            }
            Held::Known => lists.sample_unavailable.push(text),
            Held::Unknown => lists.unknown_hashes.push(text),
        }
    }
    if let Err(refusal) = limits::charge(call, query.hashes.len() - lists.invalid_hashes.len()) {
        return Ok(Err(refusal));
    }
    storage::rescan(call, &samples);
    let behaviour = if query.hashes.is_empty() { &BULK_EMPTY } else { &BULK_OK };
    Ok(Ok(lists.reply(format, behaviour)))
}
