//! `POST /hash`: Multiple Hashes Lookup.

use std::borrow::Cow;

use super::behaviours as is;
use super::details::Details;
use super::reply::{self, Bulk, Item};
use super::results::{self, Results};
use super::{body, error, limits, settings};
use crate::journal::Behaviour;
use crate::journal::Reply;
use crate::vendors::Call;

/// Looks up a list of hashes: the newest final result of each.
pub(super) async fn look_up(call: &Call) -> Reply {
    let details = Details::of(call, "include_scan_details");
    let reply = list(call, details.wanted()).await.unwrap_or_else(|refusal| refusal);
    limits::tell(call, &call.account, details.note(reply, "Multiple Hashes Lookup, HTTP header parameters"))
}

async fn list(call: &Call, details: bool) -> Result<Reply, Reply> {
    let hashes = call.body().and_then(|body| body::parse(body)).ok_or_else(error::malformed)?;
    if hashes.is_empty() {
        return Err(error::empty());
    }
    if hashes.len() > body::MOST {
        return Err(error::too_many());
    }
    let granted = limits::take(call, hashes.len());
    if granted == 0 {
        return Err(error::limit_exceeded());
    }
    let (served, limited) = hashes.split_at(granted.min(hashes.len()));
    let known = results::look_up_all(call, served).await.map_err(|refused| error::store(call, &refused))?;
    let results: Vec<_> =
        known.iter().map(|known| known.as_ref().map(|known| Results::of(call, known))).collect();
    let upper = call.settings.get(&settings::HASH_CASE) == settings::HashCase::Upper;
    let mut seen = Seen { partly_limited: !limited.is_empty(), ..Seen::default() };
    let served = served.iter().zip(&results).map(|(hash, results)| {
        let item = item(echo(hash, upper), results.as_ref(), details.then_some(call.origin));
        seen.note(&item, results.as_ref());
        item
    });
    let limited = limited.iter().map(|hash| Item::without_result(echo(hash, upper), reply::LIMITED));
    let items = served.collect::<Vec<_>>().into_iter().chain(limited).collect();
    Ok(Bulk { items, key: call.settings.get(&settings::RESULT_KEY) }.reply(seen.behaviours()))
}

/// A hash as it comes back.
pub(super) fn echo(hash: &str, upper: bool) -> Cow<'_, str> {
    if upper && results::hash(hash).is_some() {
        Cow::Owned(hash.to_ascii_uppercase())
    } else {
        Cow::Borrowed(hash)
    }
}

fn item<'a>(
    hash: Cow<'a, str>,
    results: Option<&'a Results<'_>>,
    details: Option<jiff::Timestamp>,
) -> Item<'a> {
    match results.and_then(|results| results.newest.as_ref()) {
        Some(newest) => Item::of(hash, newest, details),
        None => Item::without_result(hash, reply::UNKNOWN),
    }
}

/// What a list turned out to be.
#[derive(Debug, Default)]
struct Seen {
    partly_limited: bool,
    details: bool,
    in_progress: bool,
    unknown: bool,
    found: bool,
}

impl Seen {
    fn note(&mut self, item: &Item<'_>, results: Option<&Results<'_>>) {
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
