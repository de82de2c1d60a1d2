//! `POST /file` and `GET /file/{data_id}`: uploads a file, and fetches its result.
//!
//! Source: 7.1.3.1, Process a File, and 7.1.3.2, Fetch Processing Result, as their clients use them.

use bytes::Bytes;
use http::StatusCode;
use percent_encoding::percent_decode_str;

use super::behaviours::{FILE_ACCEPTED, FILE_RESULT, FILE_RESULT_NOT_FOUND};
use super::fields::NAME;
use super::query::{RequestedRule, ResultQuery};
use super::reply::{self, JSON};
use super::selection::SelectedScan;
use super::view::CoreView;
use super::{error, report};
use crate::journal::body::Layout;
use crate::journal::{FindingKind, Reply};
use crate::samples::upload::TIME;
use crate::samples::{Arrival, Rule, Sample};
use crate::store::StoreError;
use crate::vendors::Call;
use crate::vendors::opswat::contents::sample_of;

const PROCESS: &str = "7.1.3.1, Process a File, as its clients use it";

/// Accepts a file, which is the body.
pub(super) async fn upload(call: &Call) -> Reply {
    let Some(body) = call.body() else { return error::file_too_large() };
    let form = in_form(call, body);
    let file = form.as_ref().map_or(body, |(_, content)| content);
    if file.is_empty() {
        return error::file_empty();
    }
    let agent = call.header("user_agent").filter(|agent| !agent.is_empty()).map(|agent| agent.into_owned());
    let requested = RequestedRule::of(call);
    let rules = call.state.rules.load_full();
    let rule = choose(&rules, requested.as_ref(), agent.as_deref());
    if rule.is_some_and(|rule| file.len() as u64 > rule.max_file_size) {
        return error::file_too_large();
    }
    let name = call.header("filename").map(|name| percent_decode_str(&name).decode_utf8_lossy().into_owned());
    let name = name.or_else(|| form.as_ref().and_then(|(name, _)| name.clone()));
    let arrival = Arrival {
        api: NAME,
        name,
        rule: rule.map(|rule| rule.name.clone()),
        at: call.now,
        pace: call.settings.get(&TIME),
        agent,
    };
    let reply =
        match call.state.upload(file, arrival, &call.settings).await {
            Ok(receipt) => Reply::new(StatusCode::OK, JSON, reply::data_id(&receipt.id), &FILE_ACCEPTED)
                .finding(FindingKind::Effect, receipt.summary(), PROCESS),
            Err(error) => return error::unexpected(&error.to_string()),
        };
    let reply = match requested.filter(|requested| !rule.is_some_and(|rule| requested.is(&rule.name))) {
        Some(_) => {
            let what = "no rule of this name is available to this user_agent, so the default rule was used; \
                        GET /file/rules lists the available ones";
            reply.finding(FindingKind::Deviation, what, PROCESS)
        }
        None => reply,
    };
    if form.is_some() {
        let what = "the body is a form and the file in it was taken; send the file alone as the body";
        return reply.finding(FindingKind::Deviation, what, PROCESS);
    }
    reply
}

/// The file in a multipart form, with its name. The vendor's own SDK sends files this way.
fn in_form(call: &Call, body: &Bytes) -> Option<(Option<String>, Bytes)> {
    let Layout::Multipart(parts) = call.layout() else { return None };
    let is_file = |name: Option<&str>| name == Some("file");
    let part = parts.iter().find(|part| part.file_name.is_some() || is_file(part.name.as_deref()))?;
    let name = part.file_name.as_deref().map(str::to_owned);
    part.is_complete.then(|| (name, body.slice(part.content.clone())))
}

/// The requested rule if this agent may use it, else the first one that it may use.
fn choose<'a>(rules: &'a [Rule], requested: Option<&RequestedRule>, agent: Option<&str>) -> Option<&'a Rule> {
    let is_open = |rule: &&Rule| {
        rule.user_agents.is_empty() || rule.user_agents.iter().any(|name| Some(name.as_str()) == agent)
    };
    let named =
        requested.and_then(|requested| rules.iter().filter(is_open).find(|rule| requested.is(&rule.name)));
    named.or_else(|| rules.iter().find(is_open)).or(rules.first())
}

/// Returns the result with this identifier.
pub(super) async fn result(call: &Call) -> Reply {
    let requested = call.param("data_id");
    match look_up(call, requested).await {
        Ok(Some(reply)) => reply,
        Ok(None) => Reply::new(StatusCode::OK, JSON, reply::not_found(requested), &FILE_RESULT_NOT_FOUND),
        Err(error) => error::unexpected(&error.to_string()),
    }
}

async fn look_up(call: &Call, requested: &str) -> Result<Option<Reply>, StoreError> {
    let rules = call.state.rules.load_full();
    for sample in call.state.named(requested).await? {
        let scans = call.state.scans(&sample, call.now);
        let view = CoreView::of(&sample);
        if let Some(selected) = SelectedScan::of_result(call, (&sample, &view), &scans, requested).await? {
            return Ok(Some(show(call, &rules, &sample, &selected)));
        }
        if let Some(reply) = child(call, &rules, (&sample, &view), requested).await? {
            return Ok(Some(reply));
        }
    }
    Ok(None)
}

/// The result of a file in `archive` that has this identifier there.
async fn child(
    call: &Call,
    rules: &[Rule],
    (archive, view): (&Sample, &CoreView),
    requested: &str,
) -> Result<Option<Reply>, StoreError> {
    let of_archive = call.state.scans(archive, call.now);
    for (child, pins) in archive.children.iter().zip(&view.children) {
        if pins.data_id.as_deref() != Some(requested) {
            continue;
        }
        let Some(sample) = sample_of(call, child).await? else { continue };
        let query = ResultQuery::all(view.uploads_only);
        let selection = SelectedScan::find(call, rules, (archive, view), &of_archive, &query).await?;
        let by = selection.scan.map_or(call.now, |selected| selected.end(call, archive, &of_archive));
        let scans = call.state.scans(&sample, call.now);
        let of_child = CoreView::of(&sample);
        let selected = SelectedScan::of_child(call, (&sample, &of_child), &scans, by).await?;
        let Some(mut selected) = selected else { continue };
        let view = selected.view.to_mut();
        requested.clone_into(&mut view.data_id);
        view.pins.scan_all_result_i = pins.scan_all_result_i.or(view.pins.scan_all_result_i);
        return Ok(Some(show(call, rules, &sample, &selected)));
    }
    Ok(None)
}

fn show(call: &Call, rules: &[Rule], sample: &Sample, selected: &SelectedScan<'_>) -> Reply {
    Reply::new(StatusCode::OK, JSON, report::render(call, rules, sample, selected).body, &FILE_RESULT)
}
