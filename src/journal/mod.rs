//! The journal: the exchanges of a world, bounded by count and bytes, and how they are read: with credentials redacted,
//! filtered, as JSON or as an HTTP archive (HAR).

mod annotated;
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

pub use annotated::AnnotatedEntry;
pub use behaviour::{Behaviour, Grade, Tally};
pub(crate) use criterion::{Criterion, Status};
pub use criterion::{Difference, View};
pub use entry::Entry;
pub use reply::{Finding, FindingKind, Reply, json};
pub use ring::{Budget, Journal, Snapshot};
pub use view::{Shown, Summary};
