//! Worlds: isolated environments on one server, one for each test.
//!
//! A world starts from the shared fixtures and has its own samples, accounts, analysis queue, limits, faults, settings,
//! clock and journal. [`World`] is one of them, [`Worlds`] the registry of all.

mod batches;
mod limits;
mod overlay;
mod own_hashes;
mod queue;
mod registry;
mod uploads;
mod url_uploads;
mod world;

pub(crate) use batches::*;
pub(crate) use limits::*;
pub(crate) use overlay::*;
pub(crate) use own_hashes::*;
pub use queue::Ask;
pub(crate) use queue::*;
pub use registry::*;
pub(crate) use uploads::*;
pub(crate) use url_uploads::*;
pub use world::*;
