//! `POST /api/rescan/v1/bulk_query/{post_format}`: TCA-0205, Rescan bulk query.

use super::behaviours::{BULK_CONVERTED, BULK_EMPTY, BULK_OK};
use super::query::{self, Format, MAX_HASHES, Query};
use super::reply::Lists;
use super::settings;
use super::storage::{self, Availability};
use super::{error, limits};
use crate::journal::{FindingKind, Reply};
use crate::samples::Hash;
use crate::vendors::Call;

/// The content type that the page demands of every POST.
const OCTET_STREAM: &str = "application/octet-stream";

/// Sends up to [`MAX_HASHES`] samples for rescanning, and notes a content type that the page does not allow.
pub(super) fn rescan(call: &Call) -> Result<Reply, Reply> {
    let answered = read_and_rescan(call);
    match call.content_type() {
        content_type if content_type == OCTET_STREAM => answered,
        other => answered.map(|reply| note(reply, &other)).map_err(|reply| note(reply, &other)),
    }
}

/// Adds a finding about the content type of the request.
fn note(reply: Reply, content_type: &str) -> Reply {
    let was = if content_type.is_empty() { "none" } else { content_type };
    let finding =
        format!("the page demands Content-Type: {OCTET_STREAM} on every POST, this one has {was}; send that");
    reply.finding(FindingKind::Deviation, finding, "TCA-0205, General Info about Requests/Responses")
}

fn read_and_rescan(call: &Call) -> Result<Reply, Reply> {
    let post_format = Format::of_name(call.param("post_format")).ok_or_else(error::post_format)?;
    let format = match call.parameter("format") {
        Some(name) => Format::of_name(&name).ok_or_else(error::format)?,
        None => post_format,
    };
    let refused = call.settings.get(&settings::CONTENT_TYPE) == settings::ContentType::Refuse
        && call.content_type() != OCTET_STREAM;
    if refused {
        return Err(error::content_type());
    }
    let text = call.body().and_then(|body| query::decode(post_format, body)).ok_or_else(error::malformed)?;
    let query = query::parse(post_format, &text).ok_or_else(error::malformed)?;
    let reply = lists(call, &query, format)?;
    if post_format == format {
        return Ok(reply);
    }
    let behaviours = [&BULK_CONVERTED].into_iter().chain(reply.behaviours).collect();
    Ok(Reply { behaviours, ..reply })
}

/// Sorts the hashes into the lists of the answer, or refuses.
fn lists(call: &Call, query: &Query<'_>, format: Format) -> Result<Reply, Reply> {
    let kind = storage::hash_kind(&query.hash_type).ok_or_else(error::bulk_hash_type)?;
    if query.hashes.len() > MAX_HASHES {
        return Err(error::too_many());
    }
    let hashes: Vec<_> = query.hashes.iter().map(|text| Hash::parse_kind(text, kind)).collect();
    let mut lists = Lists::default();
    let mut samples = Vec::new();
    let found = storage::look_up_all(call, &hashes)?;
    let count = query.hashes.len();
    for ((text, hash), found) in query.hashes.iter().zip(&hashes).zip(found) {
        let list = match found {
            Availability::Stored(sample) => {
                samples.push(sample);
                &mut lists.sent_for_rescan
            }
            Availability::Known => &mut lists.sample_unavailable,
            Availability::Unknown if hash.is_some() => &mut lists.unknown_hashes,
            Availability::Unknown => &mut lists.invalid_hashes,
        };
        // Most requests fill one of the lists. Growing it step by step takes 3 % of such a request.
        if list.is_empty() {
            list.reserve(count);
        }
        list.push(text);
    }
    // Before anything is queued, so that a request beyond the quota has no effect. Invalid hashes cost nothing.
    limits::charge(call, count - lists.invalid_hashes.len())?;
    storage::rescan(call, &samples);
    let behaviour = if query.hashes.is_empty() { &BULK_EMPTY } else { &BULK_OK };
    Ok(lists.reply(format, behaviour))
}
