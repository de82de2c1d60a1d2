//! The only source of time.
//!
//! Every world owns a [`Clock`]. It follows real time, is shifted against it, or is frozen. Code that depends on time
//! takes `now` as an argument, so a test of a 24-hour quota takes milliseconds.

use std::sync::Mutex;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::document::named_schemas;

/// A world's clock: real time plus an offset, or frozen at an instant.
#[derive(Debug)]
pub struct Clock {
    hand: Mutex<Hand>,
}

/// The setting of a clock, as it is listed and persisted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hand {
    /// Added to real time, or ignored while frozen; in whole milliseconds.
    #[serde(with = "span_millis")]
    pub offset: SignedDuration,
    /// The instant at which the clock is frozen, if it is.
    #[serde(with = "optional_millis")]
    pub frozen: Option<Timestamp>,
    /// The instant from which relative fixture times (`-2d`) count: the start of the world, or the instant
    /// to which the clock was last set. Advancing does not move it, so ages grow as they should.
    #[serde(with = "millis")]
    pub origin: Timestamp,
}

/// What a clock shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// The present instant.
    pub(crate) now: Timestamp,
    /// The origin of relative times.
    pub(crate) origin: Timestamp,
    /// Whether that is real time.
    pub(crate) is_real: bool,
}

mod span_millis {
    use jiff::SignedDuration;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(span: &SignedDuration, serializer: S) -> Result<S::Ok, S::Error> {
        i64::try_from(span.as_millis()).unwrap_or(i64::MAX).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SignedDuration, D::Error> {
        i64::deserialize(from).map(SignedDuration::from_millis)
    }
}

impl Clock {
    /// A clock that runs with real time; its origin is the present.
    pub fn running() -> Self {
        let now = real_now();
        Self::from_hand(Hand { offset: SignedDuration::ZERO, frozen: None, origin: now })
    }

    /// A clock with a persisted setting.
    pub fn from_hand(hand: Hand) -> Self {
        Self { hand: Mutex::new(hand) }
    }

    /// The present instant of this clock, in whole milliseconds.
    pub fn now(&self) -> Timestamp {
        self.hand().now()
    }

    /// Everything that an answer depends on, read together.
    pub(crate) fn read(&self) -> Reading {
        let hand = self.hand();
        Reading { now: hand.now(), origin: hand.origin, is_real: hand.is_real() }
    }

    /// The setting of the clock.
    pub fn hand(&self) -> Hand {
        *self.hand.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Freezes the clock, at `at` or at its present instant. Setting an instant also moves the origin there.
    pub fn freeze(&self, at: Option<Timestamp>) {
        self.change(|hand| {
            if let Some(at) = at {
                hand.origin = at;
            }
            hand.frozen = Some(at.unwrap_or_else(|| hand.now()));
        });
    }

    /// Sets the clock to `at` and lets it run on from there.
    pub fn set(&self, at: Timestamp) {
        self.change(|hand| {
            *hand = Hand { offset: at.duration_since(real_now()), frozen: None, origin: at };
        });
    }

    /// Returns the clock to real time, as in a new world.
    pub fn restart(&self) {
        self.change(|hand| *hand = Hand { offset: SignedDuration::ZERO, frozen: None, origin: real_now() });
    }

    /// Lets a frozen clock run on from its instant.
    pub fn resume(&self) {
        self.change(|hand| {
            // The offset from before would make the clock jump by the time that it was frozen.
            if let Some(at) = hand.frozen.take() {
                hand.offset = at.duration_since(real_now());
            }
        });
    }

    /// Moves the clock by `by`, frozen or running; instants beyond the calendar stop at its end.
    pub fn advance(&self, by: SignedDuration) {
        self.change(|hand| match &mut hand.frozen {
            // Saturates; an error is only possible for calendar units, which a `SignedDuration` does not have.
            Some(at) => *at = at.saturating_add(by).unwrap_or(*at),
            None => hand.offset = hand.offset.saturating_add(by),
        });
    }

    fn change(&self, act: impl FnOnce(&mut Hand)) {
        act(&mut self.hand.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

impl Hand {
    /// Whether the clock shows real time, neither moved nor stopped.
    pub fn is_real(&self) -> bool {
        self.frozen.is_none() && self.offset.is_zero()
    }

    fn now(&self) -> Timestamp {
        let exact = match self.frozen {
            Some(at) => at,
            // Nearly every clock, and the calendar arithmetic takes as long as reading the time.
            None if self.offset.is_zero() => real_now(),
            None => {
                let now = real_now();
                now.saturating_add(self.offset).unwrap_or(now)
            }
        };
        // Whole milliseconds, as times are stored: a finer one would change with a restart.
        Timestamp::from_millisecond(exact.as_millisecond()).unwrap_or(exact)
    }
}

/// Real time, for what is never part of an answer: durations in the journal and at start.
pub fn stopwatch() -> std::time::Instant {
    #[allow(clippy::disallowed_methods, reason = "the only source of time")]
    std::time::Instant::now()
}

#[allow(clippy::disallowed_methods, reason = "the only source of time")]
fn real_now() -> Timestamp {
    Timestamp::now()
}

named_schemas! {
    /// The schema of the form with milliseconds.
    pub(crate) Instant {
        "type": "string",
        "description": "A time in UTC with milliseconds.",
        "pattern": "^-?[0-9]{4,6}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$"
    };
}

/// `2015-08-14T12:46:59.360Z`: the form with milliseconds.
pub(crate) fn with_millis(at: Timestamp) -> String {
    let mut text = Vec::new();
    push_with_millis(&mut text, at);
    String::from_utf8(text).unwrap_or_default()
}

/// Writes the form with milliseconds. The library takes 900 instructions for it, and a result has one for each engine.
pub(crate) fn push_with_millis(out: &mut Vec<u8>, at: Timestamp) {
    let civil = Offset::UTC.to_datetime(at);
    // Other years have a sign and six digits.
    if !(0..=9999).contains(&civil.year()) {
        return out.extend_from_slice(format!("{at:.3}").as_bytes());
    }
    let parts = [
        (0..4, civil.year()),
        (5..7, civil.month().into()),
        (8..10, civil.day().into()),
        (11..13, civil.hour().into()),
        (14..16, civil.minute().into()),
        (17..19, civil.second().into()),
        (20..23, civil.millisecond()),
    ];
    let mut text = *b"0000-00-00T00:00:00.000Z";
    for (place, mut number) in parts {
        for digit in text[place].iter_mut().rev() {
            *digit += (number % 10) as u8;
            number /= 10;
        }
    }
    out.extend_from_slice(&text);
}

/// `2014-08-07T07:00:00Z`: the form in whole seconds.
pub(crate) fn in_seconds(at: Timestamp) -> String {
    let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
    format!("{whole:.0}")
}

/// The persisted form of instants: milliseconds since 1970.
pub(crate) mod millis {
    use jiff::Timestamp;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    /// Writes an instant.
    ///
    /// # Errors
    /// The serializer refuses.
    pub(crate) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.as_millisecond())
    }

    /// Reads an instant.
    ///
    /// # Errors
    /// It is not a number, or beyond the calendar.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_millisecond(i64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The same for instants that may be missing.
pub(crate) mod optional_millis {
    use jiff::Timestamp;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

    /// Writes an instant, or null.
    ///
    /// # Errors
    /// The serializer refuses.
    pub(crate) fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        at.map(Timestamp::as_millisecond).serialize(serializer)
    }

    /// Reads an instant, or null.
    ///
    /// # Errors
    /// It is neither, or beyond the calendar.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let ms = Option::<i64>::deserialize(deserializer)?;
        ms.map(|ms| Timestamp::from_millisecond(ms).map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_advanced() {
        let clock = Clock::running();
        clock.freeze(Some(instant("2026-01-02T03:04:05Z")));
        assert_eq!(clock.now(), clock.now());
        clock.advance(SignedDuration::from_hours(24));
        assert_eq!(with_millis(clock.now()), "2026-01-03T03:04:05.000Z");
        assert_eq!(clock.hand().origin, instant("2026-01-02T03:04:05Z"));
    }

    #[test]
    fn a_set_clock_runs_on_from_there() {
        let clock = Clock::running();
        clock.set(instant("2030-01-01T00:00:00Z"));
        let now = clock.now();
        assert!(now >= instant("2029-12-31T23:59:59.999Z") && now < instant("2030-01-01T00:10:00Z"), "{now}");
        assert!(!clock.hand().is_real());
    }

    #[test]
    fn times_are_written_with_and_without_milliseconds() {
        let at = instant("2014-08-07T07:00:00.25Z");
        assert_eq!(with_millis(at), "2014-08-07T07:00:00.250Z");
        assert_eq!(in_seconds(at), "2014-08-07T07:00:00Z");
        let seconds = (-377_705_023_201..253_402_207_200).step_by(4_321_098_765);
        for (at, nanoseconds) in seconds.zip([0, 1, 999_999, 1_000_000, 999_999_999].into_iter().cycle()) {
            let at = Timestamp::new(at, nanoseconds).expect("within the calendar");
            assert_eq!(with_millis(at), format!("{at:.3}"));
        }
        for second in -86_401..86_401 {
            let at = Timestamp::new(second, 120_000_000).expect("within the calendar");
            assert_eq!(with_millis(at), format!("{at:.3}"));
        }
    }

    #[test]
    fn advancing_beyond_the_calendar_stops_at_its_end() {
        let clock = Clock::running();
        clock.freeze(Some(Timestamp::MAX));
        clock.advance(SignedDuration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
        clock.resume();
        clock.advance(SignedDuration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
    }
}
