//! Counts of answered requests: by API, behaviour and status, and how long they took.
//!
//! Counting is always on, so it takes neither locks nor hashes: an answer adds to three numbers in arrays. There is an array
//! of statuses for each behaviour that was answered, so the memory and the number of series are bounded by the catalogue.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::exposition::{Exposition, Kind};
use crate::journal::Behaviour;
use crate::vendors;

/// The upper bounds of the buckets, in microseconds, and as the text format names them, in seconds.
const BOUNDS: [(u64, &str); 12] = [
    (50, "0.00005"),
    (100, "0.0001"),
    (250, "0.00025"),
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (50_000, "0.05"),
    (250_000, "0.25"),
    (1_000_000, "1"),
    (10_000_000, "10"),
];
/// The statuses are those from 100 to 599.
const STATUSES: usize = 500;

/// What a request was for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ApiLabel {
    /// The vendor API of this name.
    Vendor(&'static str),
    /// The admin API.
    Admin,
    /// No API.
    None,
}

/// An answered request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered {
    pub(crate) api: ApiLabel,
    /// The most specific behaviour of the answer, if it has any.
    pub(crate) behaviour: Option<&'static Behaviour>,
    pub(crate) status: u16,
    pub(crate) took: Duration,
}

/// The counts of all requests.
#[derive(Debug)]
pub(crate) struct Metrics {
    /// Those of the vendor APIs in their order, then the admin API, then no API.
    apis: Box<[OfApi]>,
}

/// The counts of one API.
#[derive(Debug)]
struct OfApi {
    name: &'static str,
    /// First the answers without a behaviour, then those of each behaviour in the order of the catalogue.
    behaviours: Box<[OfBehaviour]>,
    /// The answers within each bound and above the one before, then those above all bounds.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

#[derive(Debug)]
struct OfBehaviour {
    id: &'static str,
    statuses: OnceLock<Box<[AtomicU64]>>,
}

impl OfApi {
    fn new(name: &'static str, behaviours: &[&'static Behaviour]) -> Self {
        let ids = std::iter::once("").chain(behaviours.iter().map(|behaviour| behaviour.id));
        let behaviours = ids.map(|id| OfBehaviour { id, statuses: OnceLock::new() });
        Self {
            name,
            behaviours: behaviours.collect(),
            buckets: std::array::from_fn(|_| AtomicU64::new(0)),
            micros: AtomicU64::new(0),
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let vendors = vendors::ALL.iter().map(|vendor| OfApi::new(vendor.name, vendor.behaviours));
        Self { apis: vendors.chain(["admin", "none"].map(|name| OfApi::new(name, &[]))).collect() }
    }
}

impl Metrics {
    /// Counts an answer.
    pub(crate) fn count(&self, answered: Answered) {
        let Answered { api, behaviour, status, took } = answered;
        let [vendors @ .., admin, none] = &*self.apis else { return };
        let api = match api {
            ApiLabel::Vendor(name) => vendors.iter().find(|api| api.name == name).unwrap_or(none),
            ApiLabel::Admin => admin,
            ApiLabel::None => none,
        };
        let row = behaviour.map_or(0, |behaviour| behaviour.index + 1);
        let zeros = || (0..STATUSES).map(|_| AtomicU64::new(0)).collect();
        let count = api.behaviours.get(row).map(|row| row.statuses.get_or_init(zeros));
        // A status below 100 wraps to an index beyond the array, which `get` refuses.
        if let Some(count) = count.and_then(|statuses| statuses.get(usize::from(status).wrapping_sub(100))) {
            // No count depends on another one, so their order does not matter.
            count.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().take_while(|(bound, _)| micros > *bound).count();
        api.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        api.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// Writes the series that have counts.
    pub(super) fn write(&self, out: &mut Exposition) {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        out.family("requests_total", Kind::Counter, "Answered requests, by the most specific behaviour.");
        for api in &self.apis {
            for behaviour in &api.behaviours {
                let statuses = behaviour.statuses.get().map(|all| &**all).unwrap_or_default();
                for (status, count) in (100..).zip(statuses).filter(|(_, count)| load(count) > 0) {
                    let status: u16 = status;
                    let labels =
                        [("api", api.name), ("behaviour", behaviour.id), ("status", &status.to_string())];
                    out.sample("requests_total", &labels, load(count));
                }
            }
        }
        let help = "How long answers took from the head of the request on.";
        out.family("request_duration_seconds", Kind::Histogram, help);
        for api in &self.apis {
            let mut sum = 0;
            let bounds = BOUNDS.iter().map(|(_, text)| *text).chain(["+Inf"]);
            for (bound, count) in bounds.zip(&api.buckets) {
                // In the text format each bucket includes the ones before it.
                sum += load(count);
                out.sample("request_duration_seconds_bucket", &[("api", api.name), ("le", bound)], sum);
            }
            let seconds = load(&api.micros) as f64 / 1e6;
            out.sample("request_duration_seconds_sum", &[("api", api.name)], seconds);
            // The format demands that this equals the last bucket. A counter of its own could differ while answers are counted.
            out.sample("request_duration_seconds_count", &[("api", api.name)], sum);
        }
    }
}
