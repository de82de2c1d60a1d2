//! The progress of a scan at an instant.

use jiff::Timestamp;

use crate::ids::derived_number;
use crate::samples::{Progress, Scan};

/// The progress of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanProgress {
    /// Done.
    Finished {
        /// Milliseconds that it took, if it ran on the clock.
        took: Option<u64>,
    },
    /// Not done.
    Running {
        /// Below 100.
        percentage: u8,
        /// How many engines are done; they are the first ones.
        engines: usize,
        /// Milliseconds since it began.
        elapsed: u64,
    },
}

impl ScanProgress {
    /// The progress of `scan` at `now`. `ended_manually` is when it was ended through the admin API; `seed` is unique to it.
    ///
    /// A scan with an end advances evenly, its engines finishing one after another; the last one finishes with the
    /// scan. A scan without an end stands at a point that follows from its seed.
    pub fn of(
        scan: &Scan,
        seed: &[u8],
        origin: Timestamp,
        ended_manually: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        if scan.progress == Progress::Done {
            return Self::Finished { took: None };
        }
        let began = scan.at.resolve(origin);
        match scan.done_at(origin, ended_manually).filter(|end| *end <= now) {
            Some(end) => Self::Finished { took: Some(span(began, end)) },
            None => Self::running(scan, seed, span(began, now)),
        }
    }

    fn running(scan: &Scan, seed: &[u8], elapsed: u64) -> Self {
        let total = scan.engines.len() as u64;
        let (percentage, engines) = match scan.progress {
            Progress::Takes(ms) if ms > 0 => {
                // In 128 bits: for very long scans the product does not fit into 64.
                let done =
                    |parts: u64| u128::from(elapsed) * u128::from(parts) / u128::from(ms.unsigned_abs());
                // Clients poll until they read 100, so an unfinished scan must stay below it.
                (done(100).min(99), done(total).min(u128::from(total.saturating_sub(1))))
            }
            _ => {
                let done = derived_number(seed, "metadefender-core engines done", total);
                (u128::from((done * 100 + 50) / total.max(1)), u128::from(done))
            }
        };
        // Both are below what they are part of.
        Self::Running { percentage: percentage.min(99) as u8, engines: engines as usize, elapsed }
    }

    /// Whether the scan is done.
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Finished { .. })
    }

    /// 100, or less while it runs.
    pub fn percentage(self) -> u8 {
        match self {
            Self::Finished { .. } => 100,
            Self::Running { percentage, .. } => percentage,
        }
    }

    /// Whether the engine at `place` is done.
    pub fn has_engine(self, place: usize) -> bool {
        match self {
            Self::Finished { .. } => true,
            Self::Running { engines, .. } => place < engines,
        }
    }
}

/// Whole milliseconds from one instant to another, 0 if that is earlier.
fn span(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond().saturating_sub(from.as_millisecond())).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::document::TimeSpec;
    use crate::samples::{Cause, Overlays, Verdict, derive};

    fn scan(progress: Progress) -> Scan {
        let at = TimeSpec::At("2026-01-01T00:00:00Z".parse().expect("a timestamp"));
        let mut engines = derive::engines(b"seed", Verdict::Clean, "", at);
        engines.truncate(4);
        Scan {
            at,
            rule: None,
            verdict: Verdict::Clean,
            threat: String::new(),
            engines: engines.into(),
            progress,
            overlays: Overlays::new(),
            cause: Cause::Fixture,
        }
    }

    fn at(scan: &Scan, ended_manually: Option<i64>, ms: i64) -> ScanProgress {
        let began = scan.at.resolve(Timestamp::UNIX_EPOCH);
        let after = |ms| began + SignedDuration::from_millis(ms);
        ScanProgress::of(scan, b"seed", Timestamp::UNIX_EPOCH, ended_manually.map(after), after(ms))
    }

    #[test]
    fn a_scan_with_an_end_advances_evenly() {
        let scan = scan(Progress::Takes(1000));
        let seen: Vec<_> = [-5, 0, 9, 10, 249, 250, 500, 750, 999].map(|ms| at(&scan, None, ms)).into();
        let running = |percentage, engines, elapsed| ScanProgress::Running { percentage, engines, elapsed };
        assert_eq!(seen[..4], [running(0, 0, 0), running(0, 0, 0), running(0, 0, 9), running(1, 0, 10)]);
        assert_eq!(seen[4..6], [running(24, 0, 249), running(25, 1, 250)]);
        assert_eq!(seen[6..], [running(50, 2, 500), running(75, 3, 750), running(99, 3, 999)]);
        assert_eq!(at(&scan, None, 1000), ScanProgress::Finished { took: Some(1000) });
        assert_eq!(at(&scan, Some(300), 299), running(29, 1, 299));
        assert_eq!(at(&scan, Some(300), 400), ScanProgress::Finished { took: Some(300) });
    }

    #[test]
    fn a_scan_without_an_end_stands_still_below_100_but_its_time_runs() {
        for engines in 0..4 {
            let mut scan = scan(Progress::UntilEnded);
            scan.engines = scan.engines[..engines].to_vec().into();
            let (one, other) = (at(&scan, None, 10), at(&scan, None, 1_000_000_000));
            assert_eq!(one.percentage(), other.percentage());
            assert!(one.percentage() < 100 && !one.has_engine(engines.saturating_sub(1)));
            assert_eq!(at(&scan, Some(77), 77), ScanProgress::Finished { took: Some(77) });
        }
        assert!(at(&scan(Progress::Done), None, -1).is_finished());
    }

    #[test]
    fn the_longest_scan_overflows_nothing() {
        assert_eq!(at(&scan(Progress::Takes(i64::MAX)), None, 1).percentage(), 0);
        assert_eq!(at(&scan(Progress::Takes(i64::MIN)), None, 1).percentage(), 100);
        assert_eq!(at(&scan(Progress::Takes(0)), None, 0).percentage(), 100);
    }
}
