//! The journal: the exchanges of a world, bounded by count and bytes, and how they are read: with credentials redacted,
//! filtered, as JSON or as an HTTP archive (HAR).

mod annotated;
mod behaviour;
pub mod body;
mod entry;
pub mod har;
mod matcher;
pub mod recorded;
pub mod redact;
mod reply;
mod ring;
pub mod tokens;
mod truncate;
mod view;

pub use annotated::AnnotatedEntry;
pub use behaviour::{Behaviour, Grade, Tally};
pub use entry::Entry;
pub use matcher::{MatchInput, Mismatch};
pub(crate) use matcher::{Matcher, StatusMatcher};
pub use reply::{Finding, FindingKind, Reply, json};
pub use ring::{Budget, Journal, Snapshot};
pub(crate) use truncate::truncate;
pub use view::{ExchangeSummary, ExchangeView};
