//! `GET /hash/{md5|sha1|sha256 hash}`: the most recent result of a file.
//!
//! Source: 7.1.3.3, Fetch Processing Result by File Hash; for the headers beside `rule`, its clients.

use bytes::Bytes;
use http::StatusCode;

use super::behaviours::{
    CONTENTS_PAGE, HASH_FOUND, HASH_FOUND_ARCHIVE, HASH_FOUND_ARCHIVE_EARLIER, HASH_FOUND_EARLIER,
    HASH_FOUND_RULE, HASH_FOUND_RULE_EARLIER, HASH_HIDDEN, HASH_IN_PROGRESS, HASH_INCLUDE_INPROGRESS,
    HASH_MALFORMED, HASH_NOT_FOUND, HASH_RULE_WITHOUT_RESULT, HASH_SELFONLY, HASH_TIMERANGE,
};
use super::page::ListPage;
use super::query::ResultQuery;
use super::reply::{self, JSON};
use super::report;
use super::selection::SelectedScan;
use super::settings::MALFORMED_HASH_404;
use super::view::CoreView;
use super::{auth, cache, error};
use crate::journal::Behaviour;
use crate::journal::{FindingKind, Reply};
use crate::samples::{Hash, HashKind, Sample, Scan};
use crate::store::StoreError;
use crate::vendors::Call;

/// Returns the most recent result of the file with this hash.
pub(super) fn result(call: &Call) -> Reply {
    let requested = call.param("hash");
    let Some(hash) = Hash::parse(requested).filter(|hash| hash.kind() != HashKind::Sha512) else {
        let what = "the hash in the path is not a valid MD5, SHA-1 or SHA-256; send 32, 40 or 64 hex digits";
        let reply = match call.settings.get(&MALFORMED_HASH_404) {
            true => error::hash_malformed(),
            false => not_found(requested, &HASH_MALFORMED),
        };
        return auth::noted(call, reply).finding(FindingKind::Deviation, what, "7.1.3.3, Request");
    };
    let query = ResultQuery::of(call);
    let page = ListPage::of(call);
    let sample = call.find(&hash);
    // Only known files without contents are cached, so neither whether the file is known nor the page matters here.
    let cached = match &sample {
        Ok(Some(sample)) if query.matches_all() => cache::get(sample, call),
        _ => None,
    };
    let answered = match (sample, cached) {
        (_, Some(body)) => Ok(query.note(body_of(body, &HASH_FOUND))),
        (Ok(Some(sample)), None) => found(call, &sample, requested, query, &page),
        (Ok(None), None) => Ok(query.note(not_found(requested, &HASH_NOT_FOUND))),
        (Err(error), None) => Err(error),
    };
    let reply = answered.unwrap_or_else(|error| error::unexpected(&error.to_string()));
    auth::noted(call, page.note(reply))
}

fn found(
    call: &Call,
    sample: &Sample,
    requested: &str,
    mut query: ResultQuery,
    page: &ListPage,
) -> Result<Reply, StoreError> {
    let view = CoreView::of(sample);
    if !view.known {
        return Ok(query.note(not_found(requested, &HASH_NOT_FOUND)));
    }
    // The fixture's scans of a file that was never processed here do not count; those of its uploads do.
    query.uploads_only = view.uploads_only;
    let rules = call.state.rules.load_full();
    let scans = call.state.scans(sample, call.now);
    let selection = SelectedScan::find(call, &rules, (sample, &view), &scans, &query)?;
    let is_unfinished = |scan: &Scan| !call.state.is_done(sample, scan, call.origin, call.now);
    let has_unfinished = selection.has_unfinished || scans.iter().any(is_unfinished);
    let filters = filters(&query, has_unfinished);
    let Some(selected) = selection.scan else {
        // The setting, which is not documented, hides the unfinished result.
        let hidden = selection.has_unfinished && !query.unfinished_by_header;
        let missing = if hidden { &HASH_HIDDEN } else { &HASH_NOT_FOUND };
        let rows = [(query.rule.is_some() && !hidden, &HASH_RULE_WITHOUT_RESULT), (true, missing)];
        let reply = with_behaviours(not_found(requested, missing), filters.into_iter().chain(rows));
        return Ok(query.note(reply));
    };
    let rendered = report::render(call, &rules, sample, &selected, page);
    // The clock can change the result if its rule was modified. The view knows everything else that can change it.
    if query.matches_all() && selected.rule(&rules).modified.is_none() {
        cache::put((sample, &view), &rules, call, &rendered);
    }
    let body = rendered.body;
    let (finished, is_archive) = (selected.is_finished(), selected.contents.is_some());
    // The page says "most recent". With the header the published specification says which one.
    let is_earlier = finished && selection.has_unfinished && !query.unfinished_by_header;
    let [of_rule, of_archive, found] = match is_earlier {
        true => [&HASH_FOUND_RULE_EARLIER, &HASH_FOUND_ARCHIVE_EARLIER, &HASH_FOUND_EARLIER],
        false => [&HASH_FOUND_RULE, &HASH_FOUND_ARCHIVE, &HASH_FOUND],
    };
    let behaviours = [
        (!finished, &HASH_IN_PROGRESS),
        (is_archive && page.is_asked(), &CONTENTS_PAGE),
        (query.rule.is_some(), of_rule),
        (is_archive, of_archive),
        (finished, found),
    ];
    let reply = with_behaviours(body_of(body, &HASH_FOUND), filters.into_iter().chain(behaviours));
    Ok(query.note(reply))
}

type Row = (bool, &'static Behaviour);

/// The behaviours of the headers that filter results. `include-inprogress` only counts if a result is unfinished.
fn filters(query: &ResultQuery, has_unfinished: bool) -> [Row; 3] {
    [
        (query.unfinished_by_header && has_unfinished, &HASH_INCLUDE_INPROGRESS),
        (query.since.is_some(), &HASH_TIMERANGE),
        (query.self_only, &HASH_SELFONLY),
    ]
}

/// Replaces the behaviours of a reply by those whose condition holds.
fn with_behaviours(mut reply: Reply, rows: impl Iterator<Item = Row>) -> Reply {
    reply.behaviours.clear();
    rows.filter(|(holds, _)| *holds).fold(reply, |reply, (_, behaviour)| reply.also(behaviour))
}

fn body_of(body: Bytes, behaviour: &'static Behaviour) -> Reply {
    Reply::new(StatusCode::OK, JSON, body, behaviour)
}

fn not_found(requested: &str, behaviour: &'static Behaviour) -> Reply {
    Reply::new(StatusCode::OK, JSON, reply::not_found(requested), behaviour)
}
