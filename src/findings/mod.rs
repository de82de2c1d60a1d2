//! What can be said about recorded exchanges: deviations, advice, near misses, verification and coverage.
//!
//! Everything here only reads the journal, and runs when somebody asks. The exception are near misses, which a response
//! header and the log name, and which are therefore also looked for while the client waits, with less effort.

mod advice;
pub mod coverage;
mod credentials;
mod exchange;
pub mod near;
pub mod page;
mod query;
pub mod verify;

pub use credentials::{account_name, redactor};
pub use exchange::{complete, exchanges, may_pick};
pub use query::{ExchangeQuery, Filter, api, behaviours};
