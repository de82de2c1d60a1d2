//! `POST /file/batch`, `GET /file/batch/{batch_id}` and `POST /file/batch/{batch_id}/close`: files that are sent together.
//!
//! Source: the published specification of MetaDefender Core. How the results of the files become that of the batch is
//! an assumption: the worst one counts, and the batch is in progress as long as a file is.

use std::sync::Arc;

use http::StatusCode;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use super::behaviours::{BATCH_CLOSED, BATCH_CREATED, BATCH_STATUS};
use super::fields::NAME;
use super::outcome::{ALLOWED, BLOCKED, PROCESSING};
use super::page::ListPage;
use super::query::RequestedRule;
use super::reply::{
    self, BatchFile, BatchFiles, BatchProcess, BatchResult, BatchScan, FileProcess, JSON, Time,
};
use super::report::AGENT;
use super::selection::SelectedScan;
use super::view::CoreView;
use super::{archive, auth, codes, error, file};
use crate::journal::{Behaviour, FindingKind, Reply};
use crate::samples::{Rule, Sample};
use crate::store::StoreError;
use crate::vendors::{Call, opswat};
use crate::worlds::{Batch, BatchRequest};

const SOURCE: &str = "The published specification of MetaDefender Core";
/// The number of files in a reply, unless the request says another.
const PAGE: u64 = 50;
/// The longest `user-data`, in bytes.
const USER_DATA: usize = 1024;

/// Creates a batch.
pub(super) fn create(call: &Call) -> Reply {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let note = call.header("user-data").map(|text| decoded(&text)).unwrap_or_default();
    let agent = file::agent(call);
    let requested = RequestedRule::of(call);
    let rules = call.state.rules.load_full();
    let rule = file::choose(&rules, requested.as_ref(), agent.as_deref());
    let is_other = requested.is_some_and(|requested| !rule.is_some_and(|rule| requested.is(&rule.name)));
    let is_long = note.len() > USER_DATA;
    let id = call.state.create_batch(BatchRequest {
        api: NAME.to_owned(),
        rule: rule.map(|rule| rule.name.clone()),
        agent,
        user: call.account.user.clone(),
        note,
        at: call.now,
    });
    let reply = Reply::new(StatusCode::OK, JSON, reply::batch_id(&id), &BATCH_CREATED);
    let findings = [
        (is_other, file::OTHER_RULE),
        (is_long, "user-data is longer than 1024 bytes, which the specification does not allow; shorten it"),
    ];
    let note = |reply: Reply, text: &str| reply.finding(FindingKind::Deviation, text, SOURCE);
    let reply = findings.iter().filter(|(holds, _)| *holds).fold(reply, |reply, (_, text)| note(reply, text));
    auth::noted(call, reply)
}

/// Returns the state of a batch.
pub(super) fn status(call: &Call) -> Reply {
    answer(call, &BATCH_STATUS)
}

/// Closes a batch, and returns its state.
pub(super) fn close(call: &Call) -> Reply {
    // An unknown batch gets its 404 below.
    call.state.close_batch(NAME, call.param("batch_id"));
    answer(call, &BATCH_CLOSED)
}

fn answer(call: &Call, behaviour: &'static Behaviour) -> Reply {
    let Some(batch) = call.state.batches.find(NAME, call.param("batch_id")) else {
        return auth::noted(call, error::batch_not_found());
    };
    let page = ListPage::of(call);
    let reply = match render(call, &batch, &page) {
        Ok(body) => Reply::new(StatusCode::OK, JSON, body, behaviour),
        Err(error) => error::unexpected(&error.to_string()),
    };
    auth::noted(call, page.note(reply))
}

fn render(call: &Call, batch: &Batch, page: &ListPage) -> Result<bytes::Bytes, StoreError> {
    let rules = call.state.rules.load_full();
    let mut files = Vec::with_capacity(batch.files.len());
    // None as soon as one file is unfinished: then the batch is unfinished, too.
    let mut end = Some(batch.request.at);
    for id in &batch.files {
        // A world forgets its oldest uploads, but the batch still has their identifiers.
        let Some(sample) = call.state.uploads.by_id(id) else { continue };
        if let Some((file, finished)) = file_of(call, &rules, &sample, id)? {
            files.push(file);
            end = end.zip(finished).map(|(end, finished)| end.max(finished));
        }
    }
    let is_running = end.is_none();
    let worst = opswat::worst(&files, |file| file.scan_all_result_i);
    let code = if is_running { codes::IN_PROGRESS } else { worst.map_or(0, |file| file.scan_all_result_i) };
    let blocked = files.iter().any(|file| file.process_info.result == BLOCKED);
    let result = if is_running {
        PROCESSING
    } else if blocked {
        BLOCKED
    } else {
        ALLOWED
    };
    let request = &batch.request;
    let took = end.unwrap_or(call.now).as_millisecond().saturating_sub(request.at.as_millisecond());
    let default_rule = rules.first().map_or("", |rule| &rule.name);
    Ok(reply::object(&BatchResult {
        batch_files: BatchFiles {
            batch_count: files.len(),
            files_in_batch: files.get(page.range(files.len(), PAGE)).unwrap_or_default(),
            first_index: page.first(),
            page_size: page.size(PAGE),
        },
        batch_id: &batch.id,
        is_closed: batch.closed,
        process_info: BatchProcess {
            blocked_reason: if result == BLOCKED { codes::name(code) } else { "" },
            file_type_skipped_scan: false,
            profile: request.rule.as_deref().unwrap_or(default_rule),
            result,
            user_agent: request.agent.as_deref().unwrap_or(AGENT),
            username: request.user.as_ref().map(|user| format!("LOCAL/{user}")),
        },
        scan_results: BatchScan {
            batch_id: &batch.id,
            scan_all_result_a: codes::name(code),
            scan_all_result_i: code,
            start_time: Time(request.at),
            total_avs: 0,
            total_time: took.max(0),
        },
        user_data: &request.note,
    }))
}

/// A file of a batch, and when it was finished, if it is.
fn file_of(
    call: &Call,
    rules: &[Rule],
    sample: &Arc<Sample>,
    id: &str,
) -> Result<Option<(BatchFile, Option<Timestamp>)>, StoreError> {
    let scans = call.state.scans(sample, call.now);
    let view = CoreView::of(sample);
    let Some(selected) = SelectedScan::of_result(call, (sample, &view), &scans, id)? else {
        return Ok(None);
    };
    let rule = selected.rule(rules);
    let outcome = selected.outcome(&rule);
    let end = selected.end(call, sample, &scans);
    let finished = selected.is_finished().then_some(end);
    let verdicts = if finished.is_some() { vec![outcome.name.to_owned()] } else { Vec::new() };
    let file = BatchFile {
        data_id: id.to_owned(),
        detected_by: archive::detections(call, sample, (selected.scan, selected.stage), end)?,
        display_name: selected.scan.cause.upload().map_or(&sample.name, |upload| &upload.name).clone(),
        file_size: sample.size,
        file_type: sample.file_type.mime.clone(),
        file_type_description: sample.file_type.description.clone(),
        process_info: FileProcess {
            blocked_reason: if outcome.result == BLOCKED { outcome.name.to_owned() } else { String::new() },
            progress_percentage: selected.percentage(),
            result: outcome.result.to_owned(),
            verdicts,
        },
        progress_percentage: selected.percentage(),
        scan_all_result_a: outcome.name.to_owned(),
        scan_all_result_i: outcome.code,
        scanned_with: selected.scan.engines.len(),
    };
    Ok(Some((file, finished)))
}
