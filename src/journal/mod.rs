//! The journal: every exchange as it came and as it was answered, bounded by count and bytes; and how it is read:
//! credentials redacted, filtered, as JSON or as an HTTP archive.

mod behaviour;
pub mod body;
mod criterion;
mod entry;
pub mod har;
pub mod recorded;
pub mod redact;
mod reply;
mod ring;
pub mod tokens;
mod view;

pub use behaviour::*;
pub use criterion::*;
pub use entry::*;
pub use reply::*;
pub use ring::*;
pub use view::*;
