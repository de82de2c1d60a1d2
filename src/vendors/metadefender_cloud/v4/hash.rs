//! `GET /v4/hash/{hash}` and what belongs to it: the report on a file, a list of hashes, additional information.

use http::{HeaderName, StatusCode};
use jiff::Timestamp;

use super::super::behaviours as is;
use super::super::bulk::{Costs, echo};
use super::super::details::DetailsHeader;
use super::super::reply::answer;
use super::super::results::{self, FoundSample, ResultState, SampleResults};
use super::super::{limits, settings};
use super::reply::V4Item;
use super::report::{Reported, additional_info};
use super::{body, error, reply};
use crate::journal::{FindingKind, Reply};
use crate::vendors::Call;

const DETAILS: HeaderName = HeaderName::from_static("includescandetails");

/// Looks up one hash.
pub(in super::super) fn look_up(call: &Call) -> Reply {
    let reply = one(call, call.param("hash")).unwrap_or_else(|refusal| refusal);
    limits::with_headers(call, &call.account, reply)
}

fn one(call: &Call, hash: &str) -> Result<Reply, Reply> {
    let known = paid(call, hash)?;
    let results = SampleResults::of(call, &known).map_err(|refused| error::store(call, &refused))?;
    let newest = results.newest.as_ref().ok_or_else(error::hash_not_found)?;
    let reported = Reported {
        found: &known,
        scan: &newest.scan,
        ids: newest.ids,
        state: ResultState::Final(newest.code),
        history: results.count,
    };
    let reply = reported.reply(call, &is::V4_HASH_FOUND);
    Ok(match reported.is_reputation_only() {
        true => reply.foremost(&is::V4_HASH_REPUTATION),
        false => reply,
    })
}

/// Returns one kind of additional information about a file.
pub(in super::super) fn information(call: &Call) -> Reply {
    let reply = one_kind(call).unwrap_or_else(|refusal| refusal);
    limits::with_headers(call, &call.account, reply)
}

fn one_kind(call: &Call) -> Result<Reply, Reply> {
    let known = paid(call, call.param("hash"))?;
    let info = additional_info(&known, call.param("additional_info"));
    let info = info.ok_or_else(|| {
        let what = "no fixture gives this kind of additional information; additional_info of the sample does";
        error::information_not_found().finding(FindingKind::Advice, what, "PE Info Lookup")
    })?;
    Ok(answer(StatusCode::OK, &info, &is::V4_INFORMATION_FOUND))
}

/// The sample of a hash, for which a look-up is taken.
fn paid(call: &Call, hash: &str) -> Result<FoundSample, Reply> {
    // A key without look-ups is refused whatever the hash, even where unknown hashes cost nothing.
    if limits::used_up(call) {
        return Err(error::limit_exceeded());
    }
    let known = results::look_up(call, hash).map_err(|refused| error::store(call, &refused))?;
    let counts = known.is_some() || call.settings.get(&settings::COUNT_UNKNOWN);
    if counts && !limits::take_all(call, 1) {
        return Err(error::limit_exceeded());
    }
    known.ok_or_else(error::hash_not_found)
}

/// Looks up a list of hashes: all of them, or none.
pub(in super::super) fn bulk(call: &Call) -> Reply {
    let details = DetailsHeader::of(call, DETAILS);
    let reply = list(call, details.origin(call)).unwrap_or_else(|refusal| refusal);
    limits::with_headers(call, &call.account, details.note(reply, "Clients of version 4."))
}

fn list(call: &Call, details: Option<Timestamp>) -> Result<Reply, Reply> {
    if limits::is_throttled(call) {
        return Err(error::throttled(call.settings.get(&settings::THROTTLE)));
    }
    let (texts, hashes): (Vec<_>, Vec<_>) =
        body::parse(call.body().map_or(&[], |body| &body[..]))?.into_iter().unzip();
    let known = results::look_up_all(call, &hashes).map_err(|refused| error::store(call, &refused))?;
    let results = results::of_all(call, &known).map_err(|refused| error::store(call, &refused))?;
    // Unlike version 2, which serves the first hashes, version 4 refuses a list for which too few look-ups are left.
    if !limits::take_all(call, Costs::of(call, &results).total()) {
        return Err(error::limit_exceeded());
    }
    let upper = call.settings.get(&settings::HASH_CASE) == settings::HashCase::Upper;
    let shows_unfinished = call.settings.get(&settings::UNFINISHED) == settings::Unfinished::DataId;
    let mut data = Vec::with_capacity(hashes.len());
    for (hash, results) in texts.iter().zip(&results) {
        let newest = results.as_ref().and_then(|results| results.newest.as_ref());
        let unfinished = results.as_ref().and_then(|results| results.unfinished).filter(|_| shows_unfinished);
        data.push(match newest {
            Some(newest) => V4Item::of(echo(hash, upper), newest, details),
            None => V4Item::unknown(echo(hash, upper), unfinished.map(|ids| ids.data_id.as_str())),
        });
    }
    let (unknown, found) = (data.iter().any(V4Item::is_unknown), data.iter().any(|item| !item.is_unknown()));
    let rows = [(unknown, &is::V4_BULK_UNKNOWN), (found, &is::V4_BULK_OK)];
    let mut reply = reply::bulk(data);
    reply.behaviours = rows.into_iter().filter_map(|(holds, row)| holds.then_some(row)).collect();
    Ok(reply)
}
