//! Injected latency, in real time.

use std::f64::consts::PI;
use std::time::Duration;

use crate::ids;

/// A distribution of waiting times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Latency {
    /// Always the same.
    Fixed(Duration),
    /// Uniform between two bounds.
    Uniform(Duration, Duration),
    /// Lognormal, by its median and its 99th percentile.
    Lognormal {
        /// The median.
        p50: Duration,
        /// The 99th percentile.
        p99: Duration,
    },
}

impl Latency {
    /// One waiting time, at random.
    pub fn draw(self) -> Duration {
        self.at(unit(), unit())
    }

    /// The waiting time for two numbers from 0 to 1.
    fn at(self, one: f64, other: f64) -> Duration {
        match self {
            Self::Fixed(wait) => wait,
            Self::Uniform(low, high) => low + high.saturating_sub(low).mul_f64(one),
            Self::Lognormal { p50, p99 } => {
                // The normal deviate that 99 % of draws stay below.
                const Z99: f64 = 2.326_347_874_040_841;
                let (median, high) = (p50.as_secs_f64().max(1e-9), p99.as_secs_f64().max(1e-9));
                let sigma = (high / median).ln().max(0.0) / Z99;
                // The Box-Muller transform. The logarithm of zero would be infinite.
                let normal = (-2.0 * one.max(f64::MIN_POSITIVE).ln()).sqrt() * (2.0 * PI * other).cos();
                // A result that does not fit a duration is replaced by an hour.
                Duration::try_from_secs_f64(median * (sigma * normal).exp())
                    .unwrap_or(Duration::from_secs(3600))
            }
        }
    }
}

fn unit() -> f64 {
    // A double has 53 bits of precision.
    let bits = u64::from_be_bytes(ids::random()) >> 11;
    bits as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn draws_follow_the_distribution() {
        assert_eq!(Latency::Fixed(MS(5)).at(0.1, 0.9), MS(5));
        assert_eq!(Latency::Uniform(MS(10), MS(20)).at(0.5, 0.0), MS(15));
        let lognormal = Latency::Lognormal { p50: MS(100), p99: MS(1000) };
        let mut draws: Vec<Duration> = Vec::new();
        for one in 0..100 {
            for other in 0..100 {
                draws.push(lognormal.at((f64::from(one) + 0.5) / 100.0, (f64::from(other) + 0.5) / 100.0));
            }
        }
        draws.sort();
        let near = |found: Duration, wanted: f64| (found.as_secs_f64() / wanted - 1.0).abs() < 0.1;
        assert!(near(draws[5000], 0.1), "{:?}", draws[5000]);
        assert!(near(draws[9900], 1.0), "{:?}", draws[9900]);
    }
}
