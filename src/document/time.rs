//! Times and spans as a person writes them in a fixture.
//!
//! A fixture must mean the same on every run, so a time is either fixed or an offset from an origin that the caller
//! chooses. Nothing here asks for the current time.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// How to write a time.
pub(super) const TIME_FORMS: &str =
    "write 2015-08-14T12:46:59Z, 2026-01-02, now, or an offset like -2d or +1h30m";
/// How to write a span.
pub(super) const SPAN_FORMS: &str = "write 90s, 500ms, 1h30m, 2d, or a whole number of seconds";

/// The units, largest first, in milliseconds.
const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// A time of a fixture: fixed, or relative to an origin.
///
/// Written as an RFC 3339 timestamp, a bare date (midnight UTC), `now`, or a sign and a span (`-2d`, `+1h30m`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeSpec {
    /// A fixed time.
    At(Timestamp),
    /// So long after the origin, or before it if negative.
    Offset(SignedDuration),
}

impl TimeSpec {
    /// Reads a time; the error says what is wrong and which forms there are.
    pub fn parse(text: &str) -> Result<TimeSpec, String> {
        read_time(text).map_err(|error| format!("{error}; {TIME_FORMS}"))
    }

    /// The time meant, at this origin. Offsets past the calendar's ends stop there.
    pub fn resolve(&self, origin: Timestamp) -> Timestamp {
        match *self {
            TimeSpec::At(time) => time,
            TimeSpec::Offset(offset) => {
                let end = if offset.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
                origin.checked_add(offset).unwrap_or(end)
            }
        }
    }
}

impl std::str::FromStr for TimeSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl fmt::Display for TimeSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            TimeSpec::At(time) => write!(f, "{time}"),
            TimeSpec::Offset(offset) if offset.is_zero() => f.write_str("now"),
            TimeSpec::Offset(offset) => {
                write!(f, "{}{}", if offset.is_negative() { "" } else { "+" }, format_span(offset))
            }
        }
    }
}

impl Serialize for TimeSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        TimeSpec::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Reads a span: `90s`, `1h30m`, `2d`, `500ms`, or a whole number of seconds. The error says what is wrong and which
/// forms there are.
pub(crate) fn parse_span(text: &str) -> Result<SignedDuration, String> {
    read_span(text).map_err(|error| format!("{error}; {SPAN_FORMS}"))
}

/// The shortest form that [`parse_span`] reads back: 90 seconds are `1m30s`. What is finer than a millisecond is cut
/// off; a negative span gets a minus sign, which only [`TimeSpec`] reads.
pub(crate) fn format_span(span: SignedDuration) -> String {
    let mut left = span.as_millis().unsigned_abs();
    if left == 0 {
        return "0s".to_owned();
    }
    let mut text = if span.is_negative() { "-".to_owned() } else { String::new() };
    for (unit, millis) in UNITS {
        let millis = u128::from(millis.unsigned_abs());
        if left >= millis {
            text += &format!("{}{unit}", left / millis);
            left %= millis;
        }
    }
    text
}

/// As [`TimeSpec::parse`]; the error is the error alone.
pub(super) fn read_time(text: &str) -> Result<TimeSpec, String> {
    if text == "now" {
        return Ok(TimeSpec::Offset(SignedDuration::ZERO));
    }
    if let Some(span) = text.strip_prefix(['+', '-']) {
        let span = read_units(span).ok_or_else(|| format!("{text:?} is not a valid time"))?;
        return Ok(TimeSpec::Offset(if text.starts_with('-') { -span } else { span }));
    }
    let time = match timestamp_form(text) {
        Some(Form::Date) => format!("{text}T00:00:00Z").parse(),
        Some(Form::Time) => text.parse(),
        Some(Form::NoZone) => return Err(format!("{text:?} names no time zone, like the Z at the end")),
        None => return Err(format!("{text:?} is not a valid time")),
    };
    time.map(TimeSpec::At).map_err(|_| format!("{text:?} is not in the calendar"))
}

/// As [`parse_span`]; the error is the error alone.
pub(super) fn read_span(text: &str) -> Result<SignedDuration, String> {
    let span = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse::<i64>()
            .ok()
            .and_then(|seconds| seconds.checked_mul(1000))
            .map(SignedDuration::from_millis)
    } else {
        read_units(text)
    };
    span.ok_or_else(|| format!("{text:?} is not a valid duration"))
}

/// Numbers with units, the larger unit first, each unit once.
fn read_units(mut text: &str) -> Option<SignedDuration> {
    let mut total = 0_i64;
    // Never rewound: each search goes on after the last unit, so units are in descending order and occur once.
    let mut units = UNITS.iter();
    if text.is_empty() {
        return None;
    }
    while !text.is_empty() {
        let (digits, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
        let (name, rest) = rest.split_at(rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len()));
        let (_, millis) = units.find(|(unit, _)| *unit == name)?;
        total = total.checked_add(digits.parse::<i64>().ok()?.checked_mul(*millis)?)?;
        text = rest;
    }
    Some(SignedDuration::from_millis(total))
}

enum Form {
    Date,
    Time,
    NoZone,
}

/// RFC 3339 exactly, since jiff also takes wider forms that the documentation does not promise.
fn timestamp_form(text: &str) -> Option<Form> {
    let rest = skip(text, "dddd-dd-dd")?;
    if rest.is_empty() {
        return Some(Form::Date);
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let mut rest = skip(rest, "dd:dd:dd")?;
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        rest = if (1..=9).contains(&digits) { &fraction[digits..] } else { return None };
    }
    match rest {
        "" => Some(Form::NoZone),
        "Z" | "z" => Some(Form::Time),
        _ => skip(rest.strip_prefix(['+', '-'])?, "dd:dd")?.is_empty().then_some(Form::Time),
    }
}

/// What follows the pattern, in which `d` is a digit.
fn skip<'a>(text: &'a str, pattern: &str) -> Option<&'a str> {
    let head = text.as_bytes().get(..pattern.len())?;
    let fits =
        |(byte, wanted): (&u8, u8)| if wanted == b'd' { byte.is_ascii_digit() } else { *byte == wanted };
    if head.iter().zip(pattern.bytes()).all(fits) { text.get(pattern.len()..) } else { None }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(text: &str) -> TimeSpec {
        TimeSpec::At(text.parse().unwrap())
    }

    #[test]
    fn times_in_every_form() {
        for (text, time, rendered) in [
            ("2015-08-14T12:46:59.360Z", at("2015-08-14T12:46:59.36Z"), "2015-08-14T12:46:59.36Z"),
            ("2015-08-14T12:46:59+02:00", at("2015-08-14T10:46:59Z"), "2015-08-14T10:46:59Z"),
            ("2015-08-14t12:46:59z", at("2015-08-14T12:46:59Z"), "2015-08-14T12:46:59Z"),
            ("2026-01-02", at("2026-01-02T00:00:00Z"), "2026-01-02T00:00:00Z"),
            ("now", TimeSpec::Offset(SignedDuration::ZERO), "now"),
            ("-2d", TimeSpec::Offset(SignedDuration::from_hours(-48)), "-2d"),
            ("+90s", TimeSpec::Offset(SignedDuration::from_secs(90)), "+1m30s"),
            ("-1h30m", TimeSpec::Offset(SignedDuration::from_mins(-90)), "-1h30m"),
        ] {
            let read = TimeSpec::parse(text).unwrap();
            assert_eq!(read, time, "{text}");
            assert_eq!(read.to_string(), rendered);
            let json = serde_json::to_string(&read).unwrap();
            assert_eq!(json, format!("{rendered:?}"));
            assert_eq!(serde_json::from_str::<TimeSpec>(&json).unwrap(), time);
        }
    }

    #[test]
    fn errors_list_the_accepted_forms() {
        let forms = "write 2015-08-14T12:46:59Z, 2026-01-02, now, or an offset like -2d or +1h30m";
        assert_eq!(TimeSpec::parse("yesterday"), Err(format!("\"yesterday\" is not a valid time; {forms}")));
        assert_eq!(
            TimeSpec::parse("2026-02-30"),
            Err(format!("\"2026-02-30\" is not in the calendar; {forms}"))
        );
        assert_eq!(
            TimeSpec::parse("2026-01-02T00:00:00"),
            Err(format!("\"2026-01-02T00:00:00\" names no time zone, like the Z at the end; {forms}"))
        );
        let span = "write 90s, 500ms, 1h30m, 2d, or a whole number of seconds";
        assert_eq!(parse_span("soon"), Err(format!("\"soon\" is not a valid duration; {span}")));
        for text in [
            "",
            "-",
            "+",
            "-90",
            "2d",
            "1439556419",
            "2026",
            "2026-1-2",
            "2026-01-02T00:00Z",
            "-2y",
            "Now",
            "2026-01-0é",
        ] {
            assert!(TimeSpec::parse(text).is_err(), "{text}");
        }
        for text in [
            "",
            "-2d",
            "1.5h",
            "30m1h",
            "1h1h",
            "h",
            "5 s",
            "99999999999999999999",
            "9999999999999999d",
            "1é",
        ] {
            assert!(parse_span(text).is_err(), "{text}");
        }
        assert!(serde_json::from_str::<TimeSpec>("\"x\"").is_err());
    }

    #[test]
    fn durations_round_trip() {
        for (text, millis, rendered) in [
            ("90s", 90_000, "1m30s"),
            ("90", 90_000, "1m30s"),
            ("0", 0, "0s"),
            ("500ms", 500, "500ms"),
            ("1h30m", 5_400_000, "1h30m"),
            ("36h", 129_600_000, "1d12h"),
            ("1d2h3m4s5ms", 93_784_005, "1d2h3m4s5ms"),
        ] {
            let span = parse_span(text).unwrap();
            assert_eq!(span, SignedDuration::from_millis(millis), "{text}");
            assert_eq!(format_span(span), rendered);
            assert_eq!(parse_span(rendered), Ok(span));
        }
        assert_eq!(format_span(SignedDuration::from_secs(-90)), "-1m30s");
        assert_eq!(format_span(SignedDuration::new(1, 1)), "1s");
        assert!(format_span(SignedDuration::MIN).starts_with('-'));
    }

    #[test]
    fn offsets_stop_at_the_calendar_ends() {
        let origin: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        assert_eq!(TimeSpec::parse("-1d").unwrap().resolve(origin).to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(TimeSpec::parse("now").unwrap().resolve(origin), origin);
        assert_eq!(at("1999-01-01T00:00:00Z").resolve(origin).to_string(), "1999-01-01T00:00:00Z");
        assert_eq!(TimeSpec::Offset(SignedDuration::MAX).resolve(origin), Timestamp::MAX);
        assert_eq!(TimeSpec::Offset(SignedDuration::MIN).resolve(origin), Timestamp::MIN);
    }
}
