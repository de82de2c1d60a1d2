//! What can be said about recorded exchanges: deviations, advice, near misses, verification and coverage.
//!
//! Everything here only reads the journal, and runs on request. The exception are near misses, which a response
//! header and the log name, and which are therefore also looked for while the client waits, with less effort.

mod advice;
pub(crate) mod coverage;
mod credentials;
mod exchange;
mod malformed;
pub(crate) mod near;
mod query;
pub(crate) mod verify;

pub(crate) use credentials::{account_name, redactor};
pub(crate) use exchange::{at_once, complete, exchanges_of, may_pick};
pub(crate) use query::{ExchangeQuery, Filter, FindingKindOrAny, api, behaviours};
