//! The limits per key: windows of 24 hours that start with the first request, one for look-ups and one for uploads, and
//! the headers that tell a client how much is left.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use jiff::{SignedDuration, Timestamp};

use super::behaviours::{LIMIT_EXCEEDED, V4_LIMIT_EXCEEDED};
use super::settings::{LOOKUP_LIMIT, THROTTLE, UPLOAD_LIMIT};
use super::{auth, fields};
use crate::accounts::{Account, HolderRef};
use crate::journal::{Behaviour, Behaviours, Entry, Reply, push_json};
use crate::settings::{SettingKey, Settings};
use crate::vendors::{Call, LimitUse};
use crate::worlds::{Counts, DAY, State, Window, WindowView};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

const FOR: HeaderName = HeaderName::from_static("x-ratelimit-for");
const INTERVAL: HeaderName = HeaderName::from_static("x-ratelimit-interval");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const USED: HeaderName = HeaderName::from_static("x-ratelimit-used");
const RESET_IN: HeaderName = HeaderName::from_static("x-ratelimit-reset-in");

/// What a limit counts.
#[derive(Debug)]
pub(super) struct Family {
    /// Its name in the headers.
    name: &'static str,
    /// The name of a key's own limit.
    field: &'static str,
    setting: &'static SettingKey<u64>,
    /// Sets apart the counts of one key.
    suffix: &'static str,
}

/// Look-ups of hashes.
pub(super) static LOOKUPS: Family =
    Family { name: "reputation_api", field: fields::LOOKUPS, setting: &LOOKUP_LIMIT, suffix: "" };

/// Uploads of files. The suffix has a line end, which no header value can have, so it cannot make the name of another key.
pub(super) static UPLOADS: Family =
    Family { name: "prevention_api", field: fields::UPLOADS, setting: &UPLOAD_LIMIT, suffix: "\nuploads" };

/// A limit and what is used of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    /// The limit.
    pub(super) limit: u64,
    /// Units used.
    pub(super) used: u64,
}

impl Usage {
    /// Of an account, at the instant of the call.
    pub(super) fn of(call: &Call, account: &Account, family: &Family) -> Self {
        let view = window(&call.state, account, family, |window| window.look(call.now, DAY));
        Self { limit: limit(&call.settings, account, family), used: view.used }
    }

    /// Units left.
    pub(super) fn left(self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

/// The limit that a request belongs to.
fn family(call: &Call) -> &'static Family {
    // Requests for the result of an upload show the limit of uploads as well, and use nothing of it.
    let is_file = call.endpoint().is_some_and(|endpoint| endpoint.form().starts_with("/v4/file"));
    if is_file { &UPLOADS } else { &LOOKUPS }
}

/// Whether none is left.
pub(super) fn used_up(call: &Call) -> bool {
    Usage::of(call, &call.account, family(call)).left() == 0
}

/// Takes up to `count`, and returns how many were granted.
pub(super) fn take(call: &Call, count: usize) -> usize {
    let family = family(call);
    let limit = limit(&call.settings, &call.account, family);
    let granted =
        window(&call.state, &call.account, family, |window| window.take(call.now, DAY, limit, count as u64));
    // No more than `count` are granted.
    usize::try_from(granted).unwrap_or(count)
}

/// Takes `count` if as many are left; otherwise it takes none and returns false.
pub(super) fn take_all(call: &Call, count: usize) -> bool {
    let family = family(call);
    let limit = limit(&call.settings, &call.account, family);
    let count = count as u64;
    // Looked at and taken under one lock, or two requests could both see that enough is left.
    window(&call.state, &call.account, family, |window| {
        let left = limit.saturating_sub(window.look(call.now, DAY).used);
        count <= left && window.take(call.now, DAY, limit, count) == count
    })
}

/// Whether the caller has sent too many uploads and bulk look-ups in the last hour. Otherwise this one is counted.
pub(super) fn is_throttled(call: &Call) -> bool {
    let limit = call.settings.get(&THROTTLE);
    // Of the headers, only the daily limits are known.
    let take = |counts: &mut Counts| counts.window.take(call.now, HOUR, limit, 1);
    limit > 0 && counts(&call.state, &call.account, "\nthrottle", take) == 0
}

/// Adds the headers of the account's limit to a reply.
pub(super) fn with_headers(call: &Call, account: &Account, reply: Reply) -> Reply {
    let family = family(call);
    let view = window(&call.state, account, family, |window| window.look(call.now, DAY));
    add_headers(family, view, limit(&call.settings, account, family), reply)
}

/// Adds the headers of the caller's limit to an injected reply. If the reply says that the limit is exceeded, the
/// headers agree with it. A reply about an unknown key gets no headers.
pub(super) fn with_headers_of_known_caller(call: &Call, reply: Reply) -> Reply {
    let Some(account) = auth::known(call).filter(|_| reply.status != StatusCode::UNAUTHORIZED) else {
        return reply;
    };
    if !says_used_up(&reply.behaviours) {
        return with_headers(call, &account, reply);
    }
    let family = family(call);
    let limit = limit(&call.settings, &account, family);
    let view = window(&call.state, &account, family, |window| window.look(call.now, DAY));
    add_headers(family, WindowView { used: limit, ..view }, limit, reply)
}

/// How far the limits of an account are used.
pub(super) fn uses(state: &State, account: &Account, now: Timestamp) -> Vec<LimitUse> {
    let settings = state.settings.load();
    let use_of = |family: &Family| {
        let view = window(state, account, family, |window| window.look(now, DAY));
        // A window that is not open has no time at which it closes.
        let resets_in = (view.used > 0).then_some(view.resets_in);
        LimitUse {
            name: family.field,
            used: view.used,
            limit: Some(limit(&settings, account, family)),
            resets_in,
        }
    };
    [&LOOKUPS, &UPLOADS].into_iter().map(use_of).collect()
}

fn says_used_up(behaviours: &Behaviours) -> bool {
    let is_limit = |row: &&Behaviour| row.id == LIMIT_EXCEEDED.id || row.id == V4_LIMIT_EXCEEDED.id;
    behaviours.iter().any(is_limit)
}

/// When the window closes after which the limit that this refusal calls used up is full again.
pub(super) fn retry_at(entry: &Entry) -> Option<Timestamp> {
    let value = entry.head.reply_header(&RESET_IN).filter(|_| says_used_up(&entry.reply.behaviours))?;
    let seconds: i64 = std::str::from_utf8(value).ok()?.strip_suffix('s')?.parse().ok()?;
    entry.at.checked_add(SignedDuration::from_secs(seconds)).ok()
}

fn add_headers(family: &Family, view: WindowView, limit: u64, mut reply: Reply) -> Reply {
    let WindowView { used, resets_in } = view;
    // One text for all values, of which each header has a part: a value of its own takes two allocations, one when it is made
    // and one when the response gets a copy.
    let (mut text, mut ends) = (Vec::with_capacity(64), [0; 4]);
    let seconds = whole_seconds(resets_in).unsigned_abs();
    for (end, number) in ends.iter_mut().zip([limit, limit.saturating_sub(used), used, seconds]) {
        push_json(&mut text, &number);
        *end = text.len();
    }
    text.push(b's');
    let text = Bytes::from(text);
    let [limit, remaining, used, seconds] = ends;
    let parts = [
        (LIMIT, 0..limit),
        (REMAINING, limit..remaining),
        (USED, remaining..used),
        (RESET_IN, used..seconds + 1),
    ];
    reply.headers.reserve(2 + parts.len());
    reply.headers.push((FOR, HeaderValue::from_static(family.name)));
    // A day, in seconds.
    reply.headers.push((INTERVAL, HeaderValue::from_static("86400")));
    for (name, range) in parts {
        // Digits and a letter always make a value.
        if let Ok(value) = HeaderValue::from_maybe_shared(text.slice(range)) {
            reply.headers.push((name, value));
        }
    }
    reply
}

/// Rounded up, so that the window has closed once they have passed.
fn whole_seconds(span: SignedDuration) -> i64 {
    span.as_secs() + i64::from(span.subsec_nanos() > 0)
}

fn limit(settings: &Settings, account: &Account, family: &Family) -> u64 {
    account.limit(family.field, settings, family.setting)
}

fn window<T>(state: &State, account: &Account, family: &Family, act: impl FnOnce(&mut Window) -> T) -> T {
    counts(state, account, family.suffix, |counts| act(&mut counts.window))
}

fn counts<T>(state: &State, account: &Account, suffix: &str, act: impl FnOnce(&mut Counts) -> T) -> T {
    let name = match suffix {
        "" => Cow::Borrowed(account.name()),
        _ => Cow::Owned([account.name(), suffix].concat()),
    };
    state.counts(HolderRef { api: fields::NAME, account: &name }, act)
}
