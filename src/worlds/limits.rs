//! Limits, as arithmetic on stored times and `now`: a sliding second, a window from the first request, and
//! calendar quotas. Each vendor API decides what it counts and refuses.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::accounts::{Holder, HolderRef};

/// How far two requests may overtake each other. A request is counted as of the time at which it was received, and one that
/// was received earlier may be counted later. It then counts as of the newest time so far. If the time is earlier by more
/// than this, the clock was set back.
const MOMENT: SignedDuration = SignedDuration::from_secs(1);

/// `now`, or `newest` if that is later by at most [`MOMENT`].
fn ordered(now: Timestamp, newest: Timestamp) -> Timestamp {
    if newest > now && newest.duration_since(now) <= MOMENT { newest } else { now }
}

/// The number of accounts up to which none is forgotten.
const MANY: usize = 10_000;

/// Every count of one world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    counts: HashMap<Holder, Counts>,
    // How many accounts were left after the last search for those that can be forgotten.
    left: usize,
}

/// Every count of one world, for all of its requests.
#[derive(Debug, Default)]
pub(crate) struct SharedLimits {
    limits: Mutex<Limits>,
}

impl SharedLimits {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits: Mutex::new(limits) }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the counts of `holder` and changes them in one step; `now` is only asked for if accounts may be forgotten. Also returns the accounts that [`Limits::tidy`] forgot.
    pub(crate) fn count<T>(
        &self,
        holder: HolderRef<'_>,
        (now, window): (impl FnOnce() -> Timestamp, SignedDuration),
        act: impl FnOnce(&mut Counts) -> T,
    ) -> (T, Vec<Holder>) {
        let mut limits = self.lock();
        // Looked up first, since only a new account can make them too many.
        if let Some(counts) = limits.find_mut(holder) {
            return (act(counts), Vec::new());
        }
        let gone = limits.tidy(now(), window);
        (act(limits.of(holder)), gone)
    }
}

/// The counts of one account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Accepted requests of the last second.
    pub rate: Rate,
    /// A window that opens with the first request.
    pub window: Window,
    /// Calendar quotas.
    pub quota: Quota,
}

impl Limits {
    /// The counts of `holder`, at zero if it was never counted.
    pub(crate) fn of(&mut self, holder: HolderRef<'_>) -> &mut Counts {
        self.counts.entry(holder.to_owned()).or_default()
    }

    /// Forgets accounts of which nothing counts any more at `now`, and returns them. It does so only if there are many, and
    /// twice as many as were left the last time. Where every credential is accepted, a client can use any number of accounts.
    pub(crate) fn tidy(&mut self, now: Timestamp, window: SignedDuration) -> Vec<Holder> {
        // Searching only after the number has doubled keeps the cost of a request constant on average.
        if self.counts.len() < MANY.max(self.left * 2) {
            return Vec::new();
        }
        let over = |(holder, counts): (&Holder, &Counts)| counts.is_over(now, window).then(|| holder.clone());
        let gone: Vec<_> = self.counts.iter().filter_map(over).collect();
        for holder in &gone {
            self.counts.remove(holder);
        }
        self.left = self.counts.len();
        gone
    }

    /// The counts of `holder`, if it was ever counted.
    #[must_use]
    pub(crate) fn find(&self, holder: HolderRef<'_>) -> Option<&Counts> {
        self.counts.get(&holder)
    }

    /// The same, to be changed.
    pub(crate) fn find_mut(&mut self, holder: HolderRef<'_>) -> Option<&mut Counts> {
        self.counts.get_mut(&holder)
    }

    /// All accounts that were counted.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Holder, &Counts)> {
        self.counts.iter()
    }

    /// Restores the persisted counts of `holder`.
    pub(crate) fn restore(&mut self, holder: Holder, counts: Counts) {
        self.counts.insert(holder, counts);
    }
}

impl Counts {
    /// Whether these say the same at `now` as if nothing had ever been counted; windows are `window` long.
    fn is_over(&self, now: Timestamp, window: SignedDuration) -> bool {
        let Self { mut rate, window: mut opened, mut quota } = self.clone();
        let closed = WindowView { used: 0, resets_in: window };
        rate.look(now) == 0 && opened.look(now, window) == closed && quota.look(now) == (0, 0)
    }
}

/// A sliding second.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Rate {
    // In milliseconds since 1970.
    accepted: VecDeque<i64>,
}

impl Rate {
    /// Accepts a request at `now` if fewer than `limit` were accepted in the second before it.
    /// A refused request leaves no trace.
    pub fn take(&mut self, now: Timestamp, limit: u64) -> bool {
        let newest = self.accepted.back().and_then(|newest| Timestamp::from_millisecond(*newest).ok());
        let now = ordered(now, newest.unwrap_or(now)).as_millisecond();
        // The times ascend, so only both ends are looked at, however many requests a second has. After the clock was set back,
        // some times are in the future. They do not count.
        while self.accepted.front().is_some_and(|at| now.saturating_sub(*at) >= 1000) {
            self.accepted.pop_front();
        }
        while self.accepted.back().is_some_and(|at| *at > now) {
            self.accepted.pop_back();
        }
        let free = (self.accepted.len() as u64) < limit;
        if free {
            self.accepted.push_back(now);
        }
        free
    }

    /// How many requests were accepted in the second before `now`.
    pub fn look(&mut self, now: Timestamp) -> u64 {
        // Letting no request in only drops what has left the second.
        self.take(now, 0);
        self.accepted.len() as u64
    }
}

/// A window of fixed length that opens with the first request after the last one closed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Window {
    #[serde(with = "crate::clock::optional_millis")]
    opened: Option<Timestamp>,
    used: u64,
}

/// What a [`Window`] looks like at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowView {
    /// Units used since it opened.
    pub used: u64,
    /// Time until it closes; its whole length while it is not open.
    pub resets_in: SignedDuration,
}

impl Window {
    /// The window at `now`, closing it if its time is over.
    pub fn look(&mut self, now: Timestamp, length: SignedDuration) -> WindowView {
        let age = self.opened.map(|opened| ordered(now, opened).duration_since(opened));
        match age {
            // A negative age means that the clock was set back; the window begins anew.
            Some(age) if age >= SignedDuration::ZERO && age < length => {
                WindowView { used: self.used, resets_in: length - age }
            }
            _ => {
                *self = Self::default();
                WindowView { used: 0, resets_in: length }
            }
        }
    }

    /// Uses up to `wanted` of what `limit` leaves, opening the window if need be; how many were granted.
    pub fn take(&mut self, now: Timestamp, length: SignedDuration, limit: u64, wanted: u64) -> u64 {
        let view = self.look(now, length);
        let granted = wanted.min(limit.saturating_sub(view.used));
        // Also if nothing is granted: the first request opens the window.
        self.opened.get_or_insert(now);
        self.used += granted;
        granted
    }
}

/// A quota that renews at midnight UTC, and one that renews on the first of the month.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Quota {
    day: i64,
    used_today: u64,
    month: i64,
    used_this_month: u64,
}

impl Quota {
    /// Units used today and this month, as of `now`.
    pub fn look(&mut self, now: Timestamp) -> (u64, u64) {
        // A request from after midnight may have been counted before this one.
        let midnight = Timestamp::from_second(self.day.saturating_mul(86_400)).unwrap_or(now);
        let now = ordered(now, midnight);
        let day = now.as_second().div_euclid(86_400);
        // On the same day it is the same month, and the calendar takes 150 instructions. 0 is the month of a new quota.
        if self.day == day && self.month != 0 {
            return (self.used_today, self.used_this_month);
        }
        let date = now.to_zoned(TimeZone::UTC).date();
        // A number that increases by one each month, also from December to January.
        let month = i64::from(date.year()) * 12 + i64::from(date.month());
        if self.day != day {
            (self.day, self.used_today) = (day, 0);
        }
        if self.month != month {
            (self.month, self.used_this_month) = (month, 0);
        }
        (self.used_today, self.used_this_month)
    }

    /// Whether a unit is left under both quotas; `None` means no quota.
    pub fn is_open(&mut self, now: Timestamp, daily: Option<u64>, monthly: Option<u64>) -> bool {
        let (today, this_month) = self.look(now);
        daily.is_none_or(|most| today < most) && monthly.is_none_or(|most| this_month < most)
    }

    /// Counts `units` as of `now`.
    pub fn charge(&mut self, now: Timestamp, units: u64) {
        self.look(now);
        self.used_today += units;
        self.used_this_month += units;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    #[test]
    fn the_second_slides() {
        let mut rate = Rate::default();
        let start = at("2026-01-01T00:00:00Z");
        let later = |ms| start + SignedDuration::from_millis(ms);
        assert!(rate.take(start, 2) && rate.take(later(600), 2));
        assert!(!rate.take(later(999), 2), "two were accepted in the second before");
        assert!(rate.take(later(1000), 2), "the first has left the window, the refused one never entered it");
        assert!(!rate.take(later(1599), 2) && rate.take(later(1600), 2));
    }

    #[test]
    fn times_after_a_clock_that_was_set_back_do_not_count() {
        let mut rate = Rate::default();
        let start = at("2026-01-01T00:00:10Z");
        let later = |ms| start + SignedDuration::from_millis(ms);
        for ms in [0, 500, 900, 2600] {
            assert!(rate.take(later(ms), 9));
        }
        assert_eq!(rate.look(later(1000)), 0, "all but the last had left the second before");
        for ms in [0, 500, 900] {
            assert!(rate.take(later(ms), 9));
        }
        assert_eq!(rate.look(later(-200)), 0);
        assert!(rate.take(later(100), 9) && rate.take(later(0), 9));
        assert_eq!(rate.look(later(1099)), 2, "the second one counted as of the newest time");
        assert_eq!(rate.look(later(1100)), 0);
    }

    #[test]
    fn requests_that_overtake_each_other_are_all_counted() {
        let start = at("2026-01-01T23:59:59.999Z");
        let later = start + SignedDuration::from_millis(2);
        let (mut rate, mut window, mut quota) = (Rate::default(), Window::default(), Quota::default());
        assert!(rate.take(later, 1) && !rate.take(start, 1));
        let day = SignedDuration::from_hours(24);
        assert_eq!((window.take(later, day, 1, 1), window.take(start, day, 1, 1)), (1, 0));
        quota.charge(later, 1);
        assert!(!quota.is_open(start, Some(1), None));
        // A clock that was set back by more than a moment begins anew.
        let back = start - SignedDuration::from_secs(10);
        assert!(rate.take(back, 1) && quota.is_open(back, Some(1), None));
        assert_eq!(window.take(back, day, 1, 1), 1);
    }

    #[test]
    fn a_window_opens_with_the_first_request_and_grants_in_part() {
        let day = SignedDuration::from_hours(24);
        let mut window = Window::default();
        let start = at("2026-01-01T12:00:00Z");
        assert_eq!(window.look(start, day), WindowView { used: 0, resets_in: day });
        assert_eq!(window.take(start, day, 3, 2), 2);
        let later = start + SignedDuration::from_hours(23);
        assert_eq!(window.take(later, day, 3, 2), 1);
        assert_eq!(window.look(later, day).resets_in, SignedDuration::from_hours(1));
        assert_eq!(window.take(start + day, day, 3, 5), 3, "a new window");
    }

    #[test]
    fn accounts_are_forgotten_once_there_are_many_and_nothing_of_them_counts() {
        let (start, day) = (at("2026-01-30T12:00:00Z"), SignedDuration::from_hours(24));
        let mut limits = Limits::default();
        let names: Vec<String> = (0..=MANY * 2).map(|number| number.to_string()).collect();
        let holder = |number: usize| HolderRef { api: "test-api", account: &names[number] };
        for number in 0..MANY - 1 {
            let counts = limits.of(holder(number));
            match number % 3 {
                0 => assert!(counts.rate.take(start, 1)),
                1 => assert_eq!(counts.window.take(start, day, 10, 1), 1),
                _ => counts.quota.charge(start, 1),
            }
        }
        let next_month = at("2026-02-01T00:00:00Z");
        assert!(limits.tidy(next_month, day).is_empty(), "there are few");
        limits.of(holder(MANY)).rate.take(start, 1);
        assert!(limits.tidy(start, day).is_empty(), "all of it counts");
        let later = start + SignedDuration::from_secs(1);
        for number in MANY + 1..MANY + 10 {
            limits.of(holder(number)).quota.charge(start, 1);
            assert!(limits.tidy(later, day).is_empty(), "before there are twice as many");
        }
        limits.left = 0;
        let gone = limits.tidy(later, day);
        assert_eq!(gone.len(), MANY / 3 + 1, "whose second is over");
        let is_gone = |gone: &Holder| limits.find(gone.borrowed()).is_none();
        assert!(gone.iter().all(is_gone) && gone.contains(&holder(MANY).to_owned()));
        assert!(limits.tidy(next_month, day).is_empty(), "not again before there are many");
        for number in 0..MANY * 2 {
            assert!(limits.of(holder(number)).rate.take(next_month, 1));
        }
        let gone = limits.tidy(next_month + SignedDuration::from_secs(1), day);
        assert_eq!((gone.len(), limits.all().count()), (MANY * 2, 0));
    }

    #[test]
    fn quotas_renew_by_the_calendar() {
        let mut quota = Quota::default();
        quota.charge(at("2026-01-31T23:59:59Z"), 5);
        assert!(!quota.is_open(at("2026-01-31T23:59:59.999Z"), Some(5), None));
        assert_eq!(quota.look(at("2026-02-01T00:00:00Z")), (0, 0));
        quota.charge(at("2026-02-01T00:00:00Z"), 2);
        assert!(quota.is_open(at("2026-02-02T00:00:00Z"), Some(1), Some(3)));
        assert!(!quota.is_open(at("2026-02-02T00:00:00Z"), None, Some(2)));
        for another_month in ["2027-02-02T00:00:00Z", "2028-01-02T00:00:00Z"] {
            assert_eq!(quota.look(at(another_month)), (0, 0), "{another_month}");
            quota.charge(at(another_month), 1);
        }
    }
}
