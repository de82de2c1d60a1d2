//! What can be said about recorded exchanges: deviations, advice, unread fields, near misses, verification and coverage.
//! Everything here only reads the journal, and runs when somebody asks.

mod advice;
pub mod coverage;
mod exchange;
pub mod near;
pub mod page;
mod query;
pub mod verify;

pub use exchange::*;
pub use query::*;
