//! What Spectra Analyze and Spectra Intelligence share: the appliance sends files to the service and asks it about them.

use serde::Deserialize;

use crate::samples::Sample;
use crate::vendors::Call;

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
    #[must_use]
    pub fn of(call: &Call, sample: &Sample) -> Self {
        match call.state.holds(&sample.key(), CLOUD_SERVICE, call.now) {
            Some(true) => Self::default(),
            // Until a file that is being sent arrives, the fixture decides.
            _ => sample.overlay(CLOUD_KEY),
        }
    }
}
