//! `GET /hash/{md5|sha1|sha256 hash}`: the most recent result of a file.
//!
//! Source: 7.1.3.3, Fetch Processing Result by File Hash; for the headers beside `rule`, its clients.

use bytes::Bytes;
use http::StatusCode;

use super::behaviours::{
    HASH_FOUND, HASH_FOUND_ARCHIVE, HASH_FOUND_RULE, HASH_IN_PROGRESS, HASH_INCLUDE_INPROGRESS,
    HASH_MALFORMED, HASH_NOT_FOUND, HASH_RULE_WITHOUT_RESULT, HASH_SELFONLY, HASH_TIMERANGE,
};
use super::choice::Choice;
use super::reply::{self, JSON};
use super::report::{self, Rendered};
use super::view::View;
use super::wanted::Wanted;
use super::{error, ready};
use crate::journal::Behaviour;
use crate::journal::{FindingKind, Reply};
use crate::samples::{Hash, HashKind, Sample, Scan};
use crate::store::StoreError;
use crate::vendors::Call;

/// Answers for the file whose hash is asked for.
pub(super) async fn result(call: &Call) -> Reply {
    let asked = call.param("hash");
    let Some(hash) = Hash::parse(asked).filter(|hash| hash.kind() != HashKind::Sha512) else {
        let what = "what stands behind /hash/ is no MD5, SHA-1 or SHA-256; send 32, 40 or 64 hex digits";
        return not_found(asked, &HASH_MALFORMED).finding(FindingKind::Deviation, what, "7.1.3.3, Request");
    };
    let wanted = Wanted::of(call);
    let answered = match call.find(&hash).await {
        Ok(Some(sample)) => found(call, &sample, asked, wanted).await,
        Ok(None) => Ok(wanted.note(not_found(asked, &HASH_NOT_FOUND))),
        Err(error) => Err(error),
    };
    answered.unwrap_or_else(|fault| error::unexpected(&fault.to_string()))
}

async fn found(call: &Call, sample: &Sample, asked: &str, mut wanted: Wanted) -> Result<Reply, StoreError> {
    if wanted.is_any()
        && let Some(body) = ready::get(sample, call)
    {
        return Ok(wanted.note(body_of(body, &HASH_FOUND)));
    }
    let view = View::of(sample);
    if !view.known {
        return Ok(wanted.note(not_found(asked, &HASH_NOT_FOUND)));
    }
    wanted.uploads_only = view.uploads_only;
    let rules = call.state.rules.load_full();
    let scans = call.state.scans(sample, call.now);
    let narrowed = narrowed(call, sample, &scans, &wanted);
    let Some(choice) = Choice::of(call, &rules, (sample, &view), &scans, &wanted) else {
        let rule = [(wanted.rule.is_some(), &HASH_RULE_WITHOUT_RESULT), (true, &HASH_NOT_FOUND)];
        let reply = being(not_found(asked, &HASH_NOT_FOUND), narrowed.into_iter().chain(rule));
        return Ok(wanted.note(reply));
    };
    let Rendered { body, is_archive, is_relative } = report::render(call, &rules, sample, &choice).await?;
    // What a rule's modification makes of a result changes with the clock; all else that could is known of the view.
    if wanted.is_any() && choice.rule(&rules).modified.is_none() {
        ready::keep((sample, &view), rules.clone(), call, is_relative, &body);
    }
    let finished = choice.stage.is_finished();
    let behaviours = [
        (!finished, &HASH_IN_PROGRESS),
        (wanted.rule.is_some(), &HASH_FOUND_RULE),
        (is_archive, &HASH_FOUND_ARCHIVE),
        (finished, &HASH_FOUND),
    ];
    let reply = being(body_of(body, &HASH_FOUND), narrowed.into_iter().chain(behaviours));
    Ok(wanted.note(reply))
}

type Row = (bool, &'static Behaviour);

/// The rows of the headers that have a say in which result answers. That about unfinished ones has none where all are
/// finished.
fn narrowed(call: &Call, sample: &Sample, scans: &[Scan], wanted: &Wanted) -> [Row; 3] {
    let is_unfinished = |scan: &Scan| !call.state.is_done(sample, scan, call.origin, call.now);
    let in_progress = wanted.in_progress.is_some() && scans.iter().any(is_unfinished);
    [
        (in_progress, &HASH_INCLUDE_INPROGRESS),
        (wanted.since.is_some(), &HASH_TIMERANGE),
        (wanted.self_only, &HASH_SELFONLY),
    ]
}

/// The answer as these behaviours, those that hold.
fn being(mut reply: Reply, rows: impl Iterator<Item = Row>) -> Reply {
    reply.behaviours.clear();
    rows.filter(|(holds, _)| *holds).fold(reply, |reply, (_, behaviour)| reply.also(behaviour))
}

fn body_of(body: Bytes, behaviour: &'static Behaviour) -> Reply {
    Reply::new(StatusCode::OK, JSON, body, behaviour)
}

fn not_found(asked: &str, behaviour: &'static Behaviour) -> Reply {
    Reply::new(StatusCode::OK, JSON, reply::not_found(asked), behaviour)
}
