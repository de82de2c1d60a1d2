//! What one client may take of the server's transport: time, connections, memory for bodies.
//!
//! These are real times: a world's clock, frozen or moved, does not touch them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::document::parse_span;

/// What is kept free of the files that the process may open, for everything that is not a client's connection.
const OTHER_FILES: usize = 96;

/// A time after which something ends; `off` for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout(pub Option<Duration>);

impl FromStr for Timeout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        let refused = |why: String| format!("{why}, or off");
        let span = parse_span(text).map_err(refused)?;
        match Duration::try_from(span) {
            Ok(time) if !time.is_zero() => Ok(Self(Some(time))),
            _ => Err("a timeout is longer than 0s; use off for none".to_owned()),
        }
    }
}

/// A greatest number; `off` for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Most(pub Option<usize>);

impl FromStr for Most {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text == "off" => Ok(Self(None)),
            Ok(1..) => Ok(Self(text.parse().ok())),
            _ => Err("expected a whole number from 1, or off".to_owned()),
        }
    }
}

/// A number of bytes: `1048576`, `512KiB`, `256MiB`, `2GiB`; `off` for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub Option<u64>);

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
        let unit = units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)));
        let (digits, factor) = unit.unwrap_or((text, 1_u64));
        let bytes = digits.trim_end().parse().ok().and_then(|count: u64| count.checked_mul(factor));
        let bytes = bytes.filter(|bytes| *bytes > 0);
        bytes.map(|bytes| Self(Some(bytes))).ok_or_else(|| {
            "expected a number of bytes such as 1048576, 512KiB, 256MiB or 2GiB, or off".to_owned()
        })
    }
}

/// The bounds of a server's transport.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// From the opening of a connection, or the first byte of a request, to the end of the request's head.
    pub header_timeout: Timeout,
    /// For a TLS handshake, from the opening of the connection or tunnel.
    pub handshake_timeout: Timeout,
    /// Without a byte of a body that is being sent.
    pub body_timeout: Timeout,
    /// Without a request on a connection that is kept open.
    pub idle_timeout: Timeout,
    /// Without a byte of an answer being taken by its client.
    pub write_timeout: Timeout,
    /// Connections at a time, beside a small reserve for the admin API.
    pub max_connections: Most,
    /// Bytes of all bodies that are held at a time.
    pub max_body_memory: Bytes,
}

impl Default for Bounds {
    fn default() -> Self {
        let seconds = |count| Timeout(Some(Duration::from_secs(count)));
        Self {
            header_timeout: seconds(30),
            handshake_timeout: seconds(10),
            body_timeout: seconds(30),
            idle_timeout: seconds(120),
            write_timeout: seconds(30),
            max_connections: Most(Some(4000)),
            max_body_memory: Bytes(Some(256 << 20)),
        }
    }
}

impl Bounds {
    /// How many connections there may be: fewer than asked for where the process may not open as many files.
    pub(super) fn connections(&self) -> Option<usize> {
        let possible = most_files().map(|files| files.saturating_sub(OTHER_FILES).max(1));
        self.max_connections.0.map(|most| possible.map_or(most, |possible| most.min(possible)))
    }
}

/// How many files the process may open, where the system says so.
fn most_files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("off"),
            Some(bytes) if bytes % (1 << 20) == 0 => write!(f, "{} MiB", bytes >> 20),
            Some(bytes) => write!(f, "{bytes} bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_written_as_durations_counts_and_sizes() {
        assert_eq!("1m30s".parse(), Ok(Timeout(Some(Duration::from_secs(90)))));
        assert_eq!("200ms".parse(), Ok(Timeout(Some(Duration::from_millis(200)))));
        assert_eq!("off".parse(), Ok(Timeout(None)));
        assert!(["0s", "-1s", "soon", ""].iter().all(|text| text.parse::<Timeout>().is_err()));
        assert_eq!(("7".parse(), "off".parse()), (Ok(Most(Some(7))), Ok(Most(None))));
        assert!(["0", "-1", "many", "1.5"].iter().all(|text| text.parse::<Most>().is_err()));
        assert_eq!("3MiB".parse(), Ok(Bytes(Some(3 << 20))));
        assert_eq!("1048576".parse(), Ok(Bytes(Some(1 << 20))));
        assert_eq!("off".parse(), Ok(Bytes(None)));
        assert!(["0", "1MB", "MiB", "99999999999GiB"].iter().all(|text| text.parse::<Bytes>().is_err()));
    }
}
