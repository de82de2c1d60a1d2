//! Limits of the transport: timeouts, connections, memory for bodies.
//!
//! Timeouts are real time. The clock of a world, frozen or moved, does not affect them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::document::parse_span;

/// How many of the files that the process may open are reserved for other uses than client connections.
const OTHER_FILES: usize = 96;

/// A timeout; `off` for none.
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

/// A limit on a count; `off` for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxCount(pub Option<usize>);

impl FromStr for MaxCount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text == "off" => Ok(Self(None)),
            Ok(1..) => Ok(Self(text.parse().ok())),
            _ => Err("expected a whole number from 1, or off".to_owned()),
        }
    }
}

/// A limit in bytes: `1048576`, `512KiB`, `256MiB`, `2GiB`; `off` for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteLimit(pub Option<u64>);

impl FromStr for ByteLimit {
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

/// The limits of a server's transport.
#[derive(Clone, Copy, Debug)]
pub struct TransportLimits {
    /// For the head of a request, from the opening of the connection or the first byte of the request.
    pub header_timeout: Timeout,
    /// For a TLS handshake, from the opening of the connection or tunnel.
    pub handshake_timeout: Timeout,
    /// For the next bytes of a request body.
    pub body_timeout: Timeout,
    /// For the next request on an open connection.
    pub idle_timeout: Timeout,
    /// For the client to read more bytes of a response.
    pub write_timeout: Timeout,
    /// Connections at a time, without the small reserve for the admin API.
    pub max_connections: MaxCount,
    /// Bytes of all bodies that are in memory at a time.
    pub max_body_memory: ByteLimit,
}

impl Default for TransportLimits {
    fn default() -> Self {
        let seconds = |count| Timeout(Some(Duration::from_secs(count)));
        Self {
            header_timeout: seconds(30),
            handshake_timeout: seconds(10),
            body_timeout: seconds(30),
            idle_timeout: seconds(120),
            write_timeout: seconds(30),
            max_connections: MaxCount(Some(4000)),
            max_body_memory: ByteLimit(Some(256 << 20)),
        }
    }
}

impl TransportLimits {
    /// The limit on connections, which is lower than the configured one if the process may not open as many files.
    pub(super) fn connections(&self) -> Option<usize> {
        // Each connection takes a file descriptor. Beyond the limit clients get a 503 that says why; without
        // descriptors they would wait without any answer.
        let possible = max_open_files().map(|files| files.saturating_sub(OTHER_FILES).max(1));
        self.max_connections.0.map(|most| possible.map_or(most, |possible| most.min(possible)))
    }
}

/// How many files the process may open, if the system reports it.
fn max_open_files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

impl fmt::Display for ByteLimit {
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
    fn limits_are_parsed_from_durations_counts_and_sizes() {
        assert_eq!("1m30s".parse(), Ok(Timeout(Some(Duration::from_secs(90)))));
        assert_eq!("200ms".parse(), Ok(Timeout(Some(Duration::from_millis(200)))));
        assert_eq!("off".parse(), Ok(Timeout(None)));
        assert!(["0s", "-1s", "soon", ""].iter().all(|text| text.parse::<Timeout>().is_err()));
        assert_eq!(("7".parse(), "off".parse()), (Ok(MaxCount(Some(7))), Ok(MaxCount(None))));
        assert!(["0", "-1", "many", "1.5"].iter().all(|text| text.parse::<MaxCount>().is_err()));
        assert_eq!("3MiB".parse(), Ok(ByteLimit(Some(3 << 20))));
        assert_eq!("1048576".parse(), Ok(ByteLimit(Some(1 << 20))));
        assert_eq!("off".parse(), Ok(ByteLimit(None)));
        assert!(["0", "1MB", "MiB", "99999999999GiB"].iter().all(|text| text.parse::<ByteLimit>().is_err()));
    }
}
