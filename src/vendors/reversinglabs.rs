//! What Spectra Analyze and Spectra Intelligence share: the appliance sends files to the service and asks it about them.

use jiff::Timestamp;
use serde::Deserialize;

use crate::samples::Sample;
use crate::vendors::Call;
use crate::worlds::Queue;

/// The name of the API of Spectra Intelligence, to which appliances send files.
pub const CLOUD_SERVICE: &str = "spectra-intelligence";

/// The fixture key of that API.
pub const CLOUD_KEY: &str = "spectra_intelligence";

/// What Spectra Intelligence holds of a sample.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default)]
pub struct Holding {
    /// Whether it has ever seen it.
    pub known: bool,
    /// Whether the file itself is in storage.
    pub stored: bool,
}

// Not derived: without a fixture that says otherwise, the service knows a sample and has its file.
impl Default for Holding {
    fn default() -> Self {
        Self { known: true, stored: true }
    }
}

impl Holding {
    /// The holding of `sample` at the time of the call. What an appliance has sent is in storage.
    pub fn of(call: &Call, sample: &Sample) -> Self {
        Self::in_queue(&call.state.queue(), call.now, sample)
    }

    /// The same at `now`, of a world with this queue. A list of samples locks the queue once.
    pub(crate) fn in_queue(queue: &Queue, now: Timestamp, sample: &Sample) -> Self {
        match queue.holds(&sample.key(), CLOUD_SERVICE, now) {
            Some(true) => Self::default(),
            // Until a file that is being sent arrives, the fixture decides.
            _ => sample.overlay(CLOUD_KEY),
        }
    }
}
