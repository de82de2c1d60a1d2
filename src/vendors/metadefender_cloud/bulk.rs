//! `POST /hash`: Multiple Hashes Lookup.

use std::borrow::Cow;

use jiff::Timestamp;

use super::behaviours as is;
use super::details::DetailsHeader;
use super::reply::{self, BulkItem, BulkReply};
use super::results::{self, SampleResults};
use super::{body, error, limits, settings};
use crate::journal::Behaviour;
use crate::journal::Reply;
use crate::vendors::Call;

/// Looks up a list of hashes: the newest final result of each.
pub(super) async fn look_up(call: &Call) -> Reply {
    let details = DetailsHeader::of(call, "include_scan_details");
    let reply = list(call, details.origin(call)).await.unwrap_or_else(|refusal| refusal);
    limits::with_headers(
        call,
        &call.account,
        details.note(reply, "Multiple Hashes Lookup, HTTP header parameters"),
    )
}

async fn list(call: &Call, details: Option<Timestamp>) -> Result<Reply, Reply> {
    let hashes = call.body().and_then(|body| body::parse(body)).ok_or_else(error::malformed)?;
    if hashes.is_empty() {
        return Err(error::empty());
    }
    if hashes.len() > body::MAX_HASHES {
        return Err(error::too_many());
    }
    let granted = limits::take(call, hashes.len());
    if granted == 0 {
        return Err(error::limit_exceeded());
    }
    let (served, limited) = hashes.split_at(granted.min(hashes.len()));
    let known = results::look_up_all(call, served).await.map_err(|refused| error::store(call, &refused))?;
    let results = results::of_all(call, &known).await.map_err(|refused| error::store(call, &refused))?;
    let upper = call.settings.get(&settings::HASH_CASE) == settings::HashCase::Upper;
    let mut seen = BulkOutcome { partly_limited: !limited.is_empty(), ..BulkOutcome::default() };
    let served = served.iter().zip(&results).map(|(hash, results)| {
        let item = item(echo(hash, upper), results.as_ref(), details);
        seen.note(&item, results.as_ref());
        item
    });
    let limited = limited.iter().map(|hash| BulkItem::without_result(echo(hash, upper), reply::LIMITED));
    let items = served.collect::<Vec<_>>().into_iter().chain(limited).collect();
    Ok(BulkReply { items, key: call.settings.get(&settings::RESULT_KEY) }.reply(seen.behaviours()))
}

/// A hash as the reply repeats it.
pub(super) fn echo(hash: &str, upper: bool) -> Cow<'_, str> {
    if upper && results::hash(hash).is_some() {
        Cow::Owned(hash.to_ascii_uppercase())
    } else {
        Cow::Borrowed(hash)
    }
}

fn item<'a>(
    hash: Cow<'a, str>,
    results: Option<&'a SampleResults<'_>>,
    details: Option<Timestamp>,
) -> BulkItem<'a> {
    match results.and_then(|results| results.newest.as_ref()) {
        Some(newest) => BulkItem::of(hash, newest, details),
        None => BulkItem::without_result(hash, reply::UNKNOWN),
    }
}

/// What the items of a reply have in common, from which its behaviours follow.
#[derive(Debug, Default)]
struct BulkOutcome {
    partly_limited: bool,
    details: bool,
    in_progress: bool,
    unknown: bool,
    found: bool,
}

impl BulkOutcome {
    fn note(&mut self, item: &BulkItem<'_>, results: Option<&SampleResults<'_>>) {
        self.details |= item.has_details();
        self.found |= item.has_result();
        self.in_progress |= results.is_some_and(|results| results.only_unfinished);
        self.unknown |= results.is_none_or(|results| results.count == 0 && !results.only_unfinished);
    }

    /// The most specific first: the catalogue's rows from the last to the first.
    fn behaviours(&self) -> Vec<&'static Behaviour> {
        let rows: [(bool, &'static Behaviour); 5] = [
            (self.partly_limited, &is::BULK_PARTLY_LIMITED),
            (self.details, &is::BULK_DETAILS),
            (self.in_progress, &is::BULK_IN_PROGRESS),
            (self.unknown, &is::BULK_UNKNOWN),
            (self.found, &is::BULK_OK),
        ];
        rows.into_iter().filter_map(|(seen, behaviour)| seen.then_some(behaviour)).collect()
    }
}
