//! The look-ups of a key: a window of 24 hours that opens with its first request, and the headers that tell of it.

use http::{HeaderName, HeaderValue};
use jiff::SignedDuration;

use super::settings::LOOKUP_LIMIT;
use super::{MetadefenderCloud, fields};
use crate::accounts::Account;
use crate::api::{Api as _, Call};
use crate::limits::{Holder, Window, WindowView};
use crate::reply::Reply;
use crate::world::DAY;

const FOR: HeaderName = HeaderName::from_static("x-ratelimit-for");
const INTERVAL: HeaderName = HeaderName::from_static("x-ratelimit-interval");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const USED: HeaderName = HeaderName::from_static("x-ratelimit-used");
const RESET_IN: HeaderName = HeaderName::from_static("x-ratelimit-reset-in");

/// Takes up to `wanted` look-ups; how many were left to take.
pub(super) fn take(call: &Call, wanted: usize) -> usize {
    let limit = limit(call, &call.account);
    let granted = window(call, &call.account, |window| window.take(call.now, DAY, limit, wanted as u64));
    // No more are granted than were wanted.
    usize::try_from(granted).unwrap_or(wanted)
}

/// Takes all of `wanted` look-ups, or none where fewer are left.
pub(super) fn take_all(call: &Call, wanted: usize) -> bool {
    let limit = limit(call, &call.account);
    let wanted = wanted as u64;
    window(call, &call.account, |window| {
        let left = limit.saturating_sub(window.look(call.now, DAY).used);
        wanted <= left && window.take(call.now, DAY, limit, wanted) == wanted
    })
}

/// The same answer, telling how many look-ups `account` has left.
pub(super) fn tell(call: &Call, account: &Account, mut reply: Reply) -> Reply {
    let limit = limit(call, account);
    let WindowView { used, resets_in } = window(call, account, |window| window.look(call.now, DAY));
    reply.headers.extend([
        (FOR, HeaderValue::from_static("reputation_api")),
        (INTERVAL, HeaderValue::from(DAY.as_secs())),
        (LIMIT, HeaderValue::from(limit)),
        (REMAINING, HeaderValue::from(limit.saturating_sub(used))),
        (USED, HeaderValue::from(used)),
    ]);
    // Digits and a letter always make a value.
    if let Ok(seconds) = HeaderValue::try_from(format!("{}s", whole_seconds(resets_in))) {
        reply.headers.push((RESET_IN, seconds));
    }
    reply
}

/// Rounded up, so that the window has closed once they have passed.
fn whole_seconds(span: SignedDuration) -> i64 {
    span.as_secs() + i64::from(span.subsec_nanos() > 0)
}

fn limit(call: &Call, account: &Account) -> u64 {
    call.state.limit_of(account, fields::LOOKUPS, &LOOKUP_LIMIT)
}

fn window<T>(call: &Call, account: &Account, act: impl FnOnce(&mut Window) -> T) -> T {
    let holder = Holder { api: MetadefenderCloud.name(), account: account.name().to_owned() };
    call.state.counts(&holder, |counts| act(&mut counts.window))
}
