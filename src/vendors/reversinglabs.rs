//! What Spectra Analyze and Spectra Intelligence share: the appliance sends files to the service.

/// The name of the API of Spectra Intelligence, to which appliances send files.
pub const CLOUD_SERVICE: &str = "spectra-intelligence";
