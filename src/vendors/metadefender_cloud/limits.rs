//! The limit of look-ups per key: a window of 24 hours that starts with the first look-up, and its headers.

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
use crate::worlds::{DAY, State, Window, WindowView};

const FOR: HeaderName = HeaderName::from_static("x-ratelimit-for");
const INTERVAL: HeaderName = HeaderName::from_static("x-ratelimit-interval");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const USED: HeaderName = HeaderName::from_static("x-ratelimit-used");
const RESET_IN: HeaderName = HeaderName::from_static("x-ratelimit-reset-in");

/// Takes up to `count` look-ups, and returns how many were granted.
pub(super) fn take(call: &Call, count: usize) -> usize {
    let limit = limit(&call.state, &call.account);
    let granted = window(call, &call.account, |window| window.take(call.now, DAY, limit, count as u64));
    // No more than `count` are granted.
    usize::try_from(granted).unwrap_or(count)
}

/// Takes `count` look-ups if as many are left; otherwise it takes none and returns false.
pub(super) fn take_all(call: &Call, count: usize) -> bool {
    let limit = limit(&call.state, &call.account);
    let count = count as u64;
    window(call, &call.account, |window| {
        let left = limit.saturating_sub(window.look(call.now, DAY).used);
        count <= left && window.take(call.now, DAY, limit, count) == count
    })
}

/// Adds the headers of the account's limit to a reply.
pub(super) fn with_headers(call: &Call, account: &Account, reply: Reply) -> Reply {
    let view = window(call, account, |window| window.look(call.now, DAY));
    add_headers(view, limit(&call.state, account), reply)
}

/// Adds the headers of the caller's limit to an injected reply. If the reply says that the limit is exceeded, the
/// headers agree with it. A reply about an unknown key gets no headers.
pub(super) fn with_headers_of_known_caller(call: &Call, reply: Reply) -> Reply {
    let Some(account) = auth::known(call).filter(|_| reply.status != StatusCode::UNAUTHORIZED) else {
        return reply;
    };
    let says_used_up = |row: &&Behaviour| row.id == LIMIT_EXCEEDED.id || row.id == V4_LIMIT_EXCEEDED.id;
    if !reply.behaviours.iter().any(says_used_up) {
        return with_headers(call, &account, reply);
    }
    let limit = limit(&call.state, &account);
    let view = window(call, &account, |window| window.look(call.now, DAY));
    add_headers(WindowView { used: limit, ..view }, limit, reply)
}

fn add_headers(view: WindowView, limit: u64, mut reply: Reply) -> Reply {
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

/// The look-ups that an account has in a window.
pub(super) fn limit(state: &State, account: &Account) -> u64 {
    state.limit_of(account, fields::LOOKUPS, &LOOKUP_LIMIT)
}

fn window<T>(call: &Call, account: &Account, act: impl FnOnce(&mut Window) -> T) -> T {
    let holder = Holder { api: fields::NAME, account: account.name().to_owned() };
    call.state.counts(&holder, |counts| act(&mut counts.window))
}
