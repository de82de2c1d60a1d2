//! `POST /v4/file` and `GET /v4/file/{data_id}`: uploads a file, and fetches its result.

use http::StatusCode;
use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::super::behaviours as is;
use super::super::fields::NAME;
use super::super::limits;
use super::super::reply::answer;
use super::super::results::{self, FoundSample, ResultState};
use super::super::settings::{FILE_IN_PROGRESS, FileInProgress, THROTTLE};
use super::super::view::CloudView;
use super::error;
use super::report::Reported;
use crate::clock::in_seconds;
use crate::ids::hex;
use crate::journal::{FindingKind, Reply};
use crate::samples::Arrival;
use crate::samples::upload::TIME;
use crate::vendors::Call;
use crate::vendors::opswat::upload::file_of;

const PAGE: &str = "MetaDefender Cloud v4, Scanning a file by file upload";

/// The receipt for a file.
#[derive(Serialize)]
struct Accepted<'a> {
    data_id: &'a str,
    status: &'static str,
    in_queue: u64,
    queue_priority: &'static str,
    sha1: String,
    sha256: String,
}

/// The place of a result that is in progress.
#[derive(Serialize)]
struct Queued<'a> {
    data_id: &'a str,
    status: &'static str,
    in_queue: u64,
    last_updated: String,
}

/// Accepts a file: the body, or the file in a form.
pub(in super::super) async fn upload(call: &Call) -> Reply {
    let reply = accept(call).await.unwrap_or_else(|refusal| refusal);
    limits::with_headers(call, &call.account, reply)
}

async fn accept(call: &Call) -> Result<Reply, Reply> {
    if limits::is_throttled(call) {
        return Err(error::throttled(call.settings.get(&THROTTLE)));
    }
    let file = file_of(call);
    if file.content.is_empty() {
        let url = call.header("downloadfrom").filter(|url| !url.is_empty());
        return Err(url.map_or_else(error::file_empty, |_| {
            let what = "the emulator fetches no files; send the file as the body";
            error::download_url().finding(FindingKind::Advice, what, PAGE)
        }));
    }
    // After the other refusals, which cost nothing.
    if !limits::take_all(call, 1) {
        return Err(error::limit_exceeded());
    }
    let header = |name: &str| call.header(name).filter(|text| !text.is_empty()).map(|text| text.into_owned());
    let name = header("filename").map(|name| percent_decode_str(&name).decode_utf8_lossy().into_owned());
    let arrival = Arrival {
        api: NAME,
        name: name.or(file.name),
        rule: header("rule"),
        at: call.now,
        pace: call.settings.get(&TIME),
        agent: header("user_agent"),
    };
    let receipt = call.state.upload(&file.content, arrival, &call.settings).await;
    let receipt = receipt.map_err(|refused| error::store(call, &refused))?;
    let upper = |bytes: &[u8]| hex(bytes).to_ascii_uppercase();
    let accepted = Accepted {
        data_id: &receipt.id,
        status: "inqueue",
        in_queue: 0,
        queue_priority: "normal",
        sha1: upper(&receipt.sample.hashes.sha1),
        sha256: upper(&receipt.sample.hashes.sha256),
    };
    let reply = answer(StatusCode::OK, &accepted, &is::V4_FILE_ACCEPTED);
    let reply = reply.finding(FindingKind::Effect, receipt.summary(), PAGE);
    Ok(match header("callbackurl") {
        Some(_) => {
            let what = "the emulator calls no callbackurl; ask for the result with GET /v4/file/{data_id}";
            reply.finding(FindingKind::Advice, what, PAGE)
        }
        None => reply,
    })
}

/// Returns the result with this identifier.
pub(in super::super) fn result(call: &Call) -> Reply {
    let reply = find(call, call.param("data_id")).unwrap_or_else(|refusal| refusal);
    limits::with_headers(call, &call.account, reply)
}

fn find(call: &Call, requested: &str) -> Result<Reply, Reply> {
    let named = call.state.named(requested).map_err(|refused| error::store(call, &refused))?;
    for sample in named {
        let view = CloudView::of(&sample);
        let found = FoundSample { sample, view };
        let scans = call.state.scans(&found.sample, call.now);
        let is_it = |place: &usize| {
            found.view.has(&scans[*place])
                && found.view.ids.get(*place).is_some_and(|ids| ids.data_id == requested)
        };
        // `named` returns candidates, among them all samples that only this world has.
        let Some(place) = (0..scans.len()).rev().find(is_it) else { continue };
        // For the journal. `Call::find` does it for look-ups by hash.
        call.found.get_or_init(|| found.sample.clone());
        let state = results::state_of(call, &found, &scans, place);
        let state = state.map_err(|refused| error::store(call, &refused))?;
        let history = scans.iter().filter(|scan| {
            let is_done = call.state.is_done(&found.sample, scan, call.origin, call.now);
            found.view.has(scan) && is_done
        });
        let behaviour = match state {
            ResultState::Final(_) => &is::V4_FILE_RESULT,
            ResultState::Running(_) => &is::V4_FILE_IN_PROGRESS,
        };
        let (scan, ids) = (&scans[place], &found.view.ids[place]);
        let is_short = call.settings.get(&FILE_IN_PROGRESS) == FileInProgress::Queue;
        if is_short && matches!(state, ResultState::Running(_)) {
            let last_updated = in_seconds(scan.at.resolve(call.origin));
            let queued = Queued { data_id: &ids.data_id, status: "inqueue", in_queue: 1, last_updated };
            return Ok(answer(StatusCode::OK, &queued, &is::V4_FILE_IN_QUEUE));
        }
        let reported = Reported { found: &found, scan, ids, state, history: history.count() };
        return Ok(reported.reply(call, behaviour));
    }
    Err(error::data_id_not_found())
}
