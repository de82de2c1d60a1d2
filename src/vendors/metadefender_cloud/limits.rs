//! The look-ups of a key: a window of 24 hours that opens with its first request, and the headers that tell of it.

use http::{HeaderName, HeaderValue, StatusCode};
use jiff::SignedDuration;

use super::behaviours::{LIMIT_EXCEEDED, V4_LIMIT_EXCEEDED};
use super::settings::LOOKUP_LIMIT;
use super::{auth, fields};
use crate::accounts::Account;
use crate::accounts::Holder;
use crate::journal::Behaviour;
use crate::journal::Reply;
use crate::vendors::Call;
use crate::worlds::DAY;
use crate::worlds::{Window, WindowView};

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
pub(super) fn tell(call: &Call, account: &Account, reply: Reply) -> Reply {
    let view = window(call, account, |window| window.look(call.now, DAY));
    tell_of(view, limit(call, account), reply)
}

/// The same answer, which nothing in the request caused: it tells of the caller's look-ups like any other, and that
/// none is left where it says that itself. One about a key that is not known tells nothing.
pub(super) fn tell_injected(call: &Call, reply: Reply) -> Reply {
    let Some(account) = auth::known(call).filter(|_| reply.status != StatusCode::UNAUTHORIZED) else {
        return reply;
    };
    let says_used_up = |row: &&Behaviour| row.id == LIMIT_EXCEEDED.id || row.id == V4_LIMIT_EXCEEDED.id;
    if !reply.behaviours.iter().any(says_used_up) {
        return tell(call, &account, reply);
    }
    let limit = limit(call, &account);
    let view = window(call, &account, |window| window.look(call.now, DAY));
    tell_of(WindowView { used: limit, ..view }, limit, reply)
}

fn tell_of(view: WindowView, limit: u64, mut reply: Reply) -> Reply {
    let WindowView { used, resets_in } = view;
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
    let holder = Holder { api: fields::NAME, account: account.name().to_owned() };
    call.state.counts(&holder, |counts| act(&mut counts.window))
}
