//! `POST /api/rescan/v1/bulk_query/{post_format}`: TCA-0205, Rescan bulk query.

use super::behaviours::{BULK_CONVERTED, BULK_EMPTY, BULK_OK};
use super::query::{self, Format, Query};
use super::reply::Lists;
use super::settings;
use super::storage::{self, Held};
use super::{error, limits};
use crate::journal::{FindingKind, Reply};
use crate::samples::Hash;
use crate::vendors::Call;

/// The most hashes of one request.
const MOST: usize = 100;

/// What the page demands of every POST.
const OCTETS: &str = "application/octet-stream";

/// Sends up to [`MOST`] samples for rescanning, and notes a content type that the page does not allow.
pub(super) async fn rescan(call: &Call) -> Result<Reply, Reply> {
    let answered = read_and_rescan(call).await;
    match call.content_type() {
        content_type if content_type == OCTETS => answered,
        other => answered.map(|reply| note(reply, &other)).map_err(|reply| note(reply, &other)),
    }
}

/// The same answer, with a notice of the content type that the request has.
fn note(reply: Reply, content_type: &str) -> Reply {
    let was = if content_type.is_empty() { "none" } else { content_type };
    let notice =
        format!("the page demands Content-Type: {OCTETS} on every POST, this one has {was}; send that");
    reply.finding(FindingKind::Deviation, notice, "TCA-0205, General Info about Requests/Responses")
}

async fn read_and_rescan(call: &Call) -> Result<Reply, Reply> {
    let post_format = Format::of_name(call.param("post_format")).ok_or_else(error::post_format)?;
    let format = match call.parameter("format") {
        Some(name) => Format::of_name(&name).ok_or_else(error::format)?,
        None => post_format,
    };
    let refused = call.settings.get(&settings::CONTENT_TYPE) == settings::ContentType::Refuse
        && call.content_type() != OCTETS;
    let body = call.body().filter(|_| !refused);
    let query = body.and_then(|body| query::parse(post_format, body)).ok_or_else(error::malformed)?;
    let reply = lists(call, &query, format).await?;
    if post_format == format {
        return Ok(reply);
    }
    let behaviours = [&BULK_CONVERTED].into_iter().chain(reply.behaviours).collect();
    Ok(Reply { behaviours, ..reply })
}

/// The lists in `format`, or a refusal.
async fn lists(call: &Call, query: &Query, format: Format) -> Result<Reply, Reply> {
    let kind = storage::hash_kind(&query.hash_type).ok_or_else(error::bulk_hash_type)?;
    if query.hashes.len() > MOST {
        return Err(error::too_many());
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
    limits::charge(call, query.hashes.len() - lists.invalid_hashes.len())?;
    storage::rescan(call, &samples);
    let behaviour = if query.hashes.is_empty() { &BULK_EMPTY } else { &BULK_OK };
    Ok(lists.reply(format, behaviour))
}
