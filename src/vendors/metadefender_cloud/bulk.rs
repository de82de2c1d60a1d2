//! `POST /hash`: Multiple Hashes Lookup.

use std::borrow::Cow;

use http::HeaderName;
use jiff::Timestamp;

use super::behaviours as is;
use super::details::DetailsHeader;
use super::reply::{self, BulkItem, EchoedHash};
use super::results::{self, SampleResults};
use super::{body, error, limits, settings};
use crate::journal::{Behaviour, Behaviours, Reply};
use crate::vendors::Call;

const DETAILS: HeaderName = HeaderName::from_static("include_scan_details");

/// Looks up a list of hashes: the newest final result of each.
pub(super) fn look_up(call: &Call) -> Reply {
    let details = DetailsHeader::of(call, DETAILS);
    let reply = list(call, details.origin(call)).unwrap_or_else(|refusal| refusal);
    limits::with_headers(
        call,
        &call.account,
        details.note(reply, "Multiple Hashes Lookup, HTTP header parameters"),
    )
}

fn list(call: &Call, details: Option<Timestamp>) -> Result<Reply, Reply> {
    let hashes = call.body().and_then(|body| body::parse(body)).ok_or_else(error::malformed)?;
    if hashes.is_empty() {
        return Err(error::empty());
    }
    if hashes.len() > body::MAX_HASHES {
        return Err(error::too_many());
    }
    // The request is refused as a whole only if no look-up is left. With a few left, the page serves the first hashes.
    if limits::used_up(call) {
        return Err(error::limit_exceeded());
    }
    let parsed: Vec<_> = hashes.iter().map(|text| results::hash(text)).collect();
    let known = results::look_up_all(call, &parsed).map_err(|refused| error::store(call, &refused))?;
    let results = results::of_all(call, &known).map_err(|refused| error::store(call, &refused))?;
    let costs = Costs::of(call, &results);
    // All of them at once: concurrent requests of one key must not exceed its limit together.
    let mut granted = limits::take(call, costs.total());
    if granted == 0 && costs.total() > 0 {
        // Another request with this key has used the last ones meanwhile.
        return Err(error::limit_exceeded());
    }
    let upper = call.settings.get(&settings::HASH_CASE) == settings::HashCase::Upper;
    let shows_unfinished = call.settings.get(&settings::UNFINISHED) == settings::Unfinished::DataId;
    let mut seen = BulkOutcome::default();
    let items = hashes.iter().zip(&parsed).zip(&results).map(|((text, hash), results)| {
        let (is_hash, results) = (hash.is_some(), results.as_ref());
        let hash = EchoedHash { text: echo(text, upper && is_hash), is_hash };
        if costs.counts(results) {
            let Some(left) = granted.checked_sub(1) else {
                seen.partly_limited = true;
                return BulkItem::without_result(hash, reply::LIMITED, None);
            };
            granted = left;
        }
        let item = item(hash, results, details, shows_unfinished);
        seen.note(&item, results);
        item
    });
    let key = call.settings.get(&settings::RESULT_KEY);
    let reply = reply::bulk(items, key);
    // Where a setting makes the reply differ from the page, the page no longer documents it.
    let switched = upper || key != settings::ResultKey::Plain;
    Ok(Reply { behaviours: seen.behaviours(switched), ..reply })
}

/// Which hashes of a list count against the limit.
pub(super) struct Costs {
    count_unknown: bool,
    total: usize,
}

impl Costs {
    /// Of the hashes with these results.
    pub(super) fn of(call: &Call, results: &[Option<SampleResults<'_>>]) -> Self {
        let mut costs = Self { count_unknown: call.settings.get(&settings::COUNT_UNKNOWN), total: 0 };
        costs.total = results.iter().filter(|results| costs.counts(results.as_ref())).count();
        costs
    }

    /// How many there are.
    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// Whether a hash with these results counts.
    fn counts(&self, results: Option<&SampleResults<'_>>) -> bool {
        self.count_unknown || results.is_some_and(|results| results.newest.is_some())
    }
}

/// A hash as the reply repeats it: as sent, or in upper case.
pub(super) fn echo(hash: &str, upper: bool) -> Cow<'_, str> {
    if upper { Cow::Owned(hash.to_ascii_uppercase()) } else { Cow::Borrowed(hash) }
}

// As for `push_plain`.
#[inline]
fn item<'a>(
    hash: EchoedHash<'a>,
    results: Option<&'a SampleResults<'_>>,
    details: Option<Timestamp>,
    shows_unfinished: bool,
) -> BulkItem<'a> {
    match results.and_then(|results| results.newest.as_ref()) {
        Some(newest) => BulkItem::of(hash, newest, details),
        None => {
            let unfinished = results.and_then(|results| results.unfinished).filter(|_| shows_unfinished);
            BulkItem::without_result(hash, reply::UNKNOWN, unfinished.map(|ids| ids.data_id.as_str()))
        }
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
        self.in_progress |= results.is_some_and(|results| results.unfinished.is_some());
        self.unknown |=
            results.is_none_or(|results| results.newest.is_none() && results.unfinished.is_none());
    }

    /// The most specific first: the catalogue's rows from the last to the first. If a setting has switched the reply away
    /// from the page, they are assumed.
    fn behaviours(&self, switched: bool) -> Behaviours {
        let rows: [(bool, &'static Behaviour, &'static Behaviour); 5] = [
            (self.partly_limited, &is::BULK_PARTLY_LIMITED, &is::SWITCHED_BULK_PARTLY_LIMITED),
            (self.details, &is::BULK_DETAILS, &is::SWITCHED_BULK_DETAILS),
            (self.in_progress, &is::BULK_IN_PROGRESS, &is::BULK_IN_PROGRESS),
            (self.unknown, &is::BULK_UNKNOWN, &is::SWITCHED_BULK_UNKNOWN),
            (self.found, &is::BULK_OK, &is::SWITCHED_BULK_OK),
        ];
        let seen = rows.into_iter().filter(|(seen, ..)| *seen);
        seen.map(|(_, page, other)| if switched { other } else { page }).collect()
    }
}
