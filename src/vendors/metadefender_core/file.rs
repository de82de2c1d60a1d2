//! `POST /file` and `GET /file/{data_id}`: uploads a file, and fetches its result.
//!
//! Source: 7.1.3.1, Process a File, and 7.1.3.2, Fetch Processing Result, as their clients use them.

use std::sync::Arc;

use http::{StatusCode, Uri, header};
use percent_encoding::percent_decode_str;

use super::behaviours::{CONTENTS_PAGE, FILE_ACCEPTED, FILE_RESULT, FILE_RESULT_NOT_FOUND};
use super::fields::NAME;
use super::page::ListPage;
use super::query::{RequestedRule, ResultQuery};
use super::reply::{self, JSON};
use super::selection::SelectedScan;
use super::view::CoreView;
use super::{auth, error, report};
use crate::journal::{FindingKind, Reply};
use crate::samples::upload::TIME;
use crate::samples::{Arrival, Rule, Sample};
use crate::store::StoreError;
use crate::vendors::Call;
use crate::vendors::opswat::contents::sample_of;
use crate::vendors::opswat::upload::in_form;
use crate::worlds::Batch;

const PROCESS: &str = "7.1.3.1, Process a File, as its clients use it";

/// The finding where the requested rule was not used.
pub(super) const OTHER_RULE: &str = "no rule of this name is available to this user_agent, so the default rule was used; \
                                     GET /file/rules lists the available ones";

/// The client, as it names itself.
pub(super) fn agent(call: &Call) -> Option<String> {
    call.header("user_agent").filter(|agent| !agent.is_empty()).map(|agent| agent.into_owned())
}

/// The open batch that the header `batch` names, if it names one.
fn batch(call: &Call) -> Result<Option<Arc<Batch>>, Reply> {
    let Some(id) = call.header("batch").filter(|id| !id.is_empty()) else { return Ok(None) };
    match call.state.batches.find(NAME, &id).filter(|batch| !batch.closed) {
        Some(batch) => Ok(Some(batch)),
        None => Err(error::file_batch_invalid()),
    }
}

/// Accepts a file, which is the body.
pub(super) async fn upload(call: &Call) -> Reply {
    if !call.headers.contains_key(header::CONTENT_LENGTH) {
        return error::file_chunked();
    }
    let callback = call.header("callbackurl").filter(|url| !url.is_empty());
    if callback.as_ref().is_some_and(|url| !is_url(url)) {
        return error::callback_invalid();
    }
    let Some(body) = call.body() else { return error::file_too_large() };
    // On the page the body is the file. A published client sends a form instead, so the file in it is taken.
    let form = in_form(call, body);
    let file = form.as_ref().map_or(body, |form| &form.content);
    if file.is_empty() {
        return error::file_empty();
    }
    let batch = match batch(call) {
        Ok(batch) => batch,
        Err(refusal) => return refusal,
    };
    let agent = agent(call).or_else(|| batch.as_ref()?.request.agent.clone());
    let requested = RequestedRule::of_upload(call);
    let rules = call.state.rules.load_full();
    // The rule of a batch was chosen when the batch was created.
    let of_batch =
        batch.as_ref().filter(|_| requested.is_none()).and_then(|batch| batch.request.rule.as_ref());
    let rule = match rules.iter().find(|rule| Some(&rule.name) == of_batch) {
        Some(rule) => Some(rule),
        None => choose(&rules, requested.as_ref(), agent.as_deref()),
    };
    if rule.is_some_and(|rule| file.len() as u64 > rule.max_file_size) {
        return error::file_too_large();
    }
    let name = call.header("filename").map(|name| percent_decode_str(&name).decode_utf8_lossy().into_owned());
    let name = name.or_else(|| form.as_ref().and_then(|form| form.name.clone()));
    let arrival = Arrival {
        api: NAME,
        // Without a name the result has an empty one.
        name: Some(name.unwrap_or_default()),
        rule: rule.map(|rule| rule.name.clone()),
        at: call.now,
        pace: call.settings.get(&TIME),
        agent,
    };
    let receipt = match call.state.upload(file, arrival, &call.settings).await {
        Ok(receipt) => receipt,
        Err(error) => return error::unexpected(&error.to_string()),
    };
    // The batch may have been closed or filled in the meantime. Only adding to it tells for certain.
    if batch.is_some_and(|batch| !call.state.add_to_batch(NAME, &batch.id, &receipt.id)) {
        return error::file_batch_invalid();
    }
    let reply = Reply::new(StatusCode::OK, JSON, reply::data_id(&receipt.id), &FILE_ACCEPTED);
    let reply = reply.finding(FindingKind::Effect, receipt.summary(), PROCESS);
    let has_other_rule =
        requested.is_some_and(|requested| !rule.is_some_and(|rule| requested.is(&rule.name)));
    note_differences(call, reply, has_other_rule, callback.is_some(), form.is_some())
}

/// Adds a finding for each thing that happens otherwise than the client may think.
fn note_differences(
    call: &Call,
    mut reply: Reply,
    has_other_rule: bool,
    has_callback: bool,
    is_form: bool,
) -> Reply {
    if has_other_rule {
        reply = reply.finding(FindingKind::Deviation, OTHER_RULE, PROCESS);
    }
    if has_callback {
        let what = "callbackurl was accepted, and is never called; poll GET /file/{data_id}";
        reply = reply.finding(FindingKind::Effect, what, PROCESS);
    }
    reply = auth::noted(call, reply);
    if is_form {
        let what = "the body is a form and the file in it was taken; send the file alone as the body";
        reply = reply.finding(FindingKind::Deviation, what, PROCESS);
    }
    reply
}

/// Whether this is an address that could be called back.
fn is_url(text: &str) -> bool {
    text.parse::<Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    })
}

/// The requested rule if this agent may use it, else the first one that it may use.
pub(super) fn choose<'a>(
    rules: &'a [Rule],
    requested: Option<&RequestedRule>,
    agent: Option<&str>,
) -> Option<&'a Rule> {
    let is_open = |rule: &&Rule| {
        rule.user_agents.is_empty() || rule.user_agents.iter().any(|name| Some(name.as_str()) == agent)
    };
    let named =
        requested.and_then(|requested| rules.iter().filter(is_open).find(|rule| requested.is(&rule.name)));
    // The first rule is the default one, also for an agent to which no rule is open.
    named.or_else(|| rules.iter().find(is_open)).or(rules.first())
}

/// Returns the result with this identifier.
pub(super) fn result(call: &Call) -> Reply {
    let requested = call.param("data_id");
    let page = ListPage::of(call);
    let reply = match look_up(call, requested, &page) {
        Ok(Some(reply)) => reply,
        Ok(None) => Reply::new(StatusCode::OK, JSON, reply::not_found(requested), &FILE_RESULT_NOT_FOUND),
        Err(error) => error::unexpected(&error.to_string()),
    };
    auth::noted(call, page.note(reply))
}

fn look_up(call: &Call, requested: &str, page: &ListPage) -> Result<Option<Reply>, StoreError> {
    let rules = call.state.rules.load_full();
    for sample in call.state.named(requested)? {
        let scans = call.state.scans(&sample, call.now);
        let view = CoreView::of(&sample);
        if let Some(selected) = SelectedScan::of_result(call, (&sample, &view), &scans, requested)? {
            return Ok(Some(show(call, &rules, &sample, &selected, page)));
        }
        if let Some(reply) = child(call, &rules, (&sample, &view), requested, page)? {
            return Ok(Some(reply));
        }
    }
    Ok(None)
}

/// The result of a file in `archive` that has this identifier there.
fn child(
    call: &Call,
    rules: &[Rule],
    (archive, view): (&Sample, &CoreView),
    requested: &str,
    page: &ListPage,
) -> Result<Option<Reply>, StoreError> {
    let of_archive = call.state.scans(archive, call.now);
    for (child, pins) in archive.children.iter().zip(&view.children) {
        if pins.data_id.as_deref() != Some(requested) {
            continue;
        }
        let Some(sample) = sample_of(call, child)? else { continue };
        // The file has the result that the archive used, so the scan of the archive is needed first.
        let query = ResultQuery::all(view.uploads_only);
        let selection = SelectedScan::find(call, rules, (archive, view), &of_archive, &query)?;
        let by = selection.scan.map_or(call.now, |selected| selected.end(call, archive, &of_archive));
        let scans = call.state.scans(&sample, call.now);
        let of_child = CoreView::of(&sample);
        let selected = SelectedScan::of_child(call, (&sample, &of_child), &scans, by)?;
        let Some(mut selected) = selected else { continue };
        let view = selected.view.to_mut();
        requested.clone_into(&mut view.data_id);
        view.pins.scan_all_result_i = pins.scan_all_result_i.or(view.pins.scan_all_result_i);
        return Ok(Some(show(call, rules, &sample, &selected, page)));
    }
    Ok(None)
}

fn show(call: &Call, rules: &[Rule], sample: &Sample, selected: &SelectedScan<'_>, page: &ListPage) -> Reply {
    let body = report::render(call, rules, sample, selected, page).body;
    match page.is_asked() && selected.contents.is_some() {
        true => Reply::new(StatusCode::OK, JSON, body, &CONTENTS_PAGE).also(&FILE_RESULT),
        false => Reply::new(StatusCode::OK, JSON, body, &FILE_RESULT),
    }
}
