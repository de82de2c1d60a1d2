//! The journal: the exchanges of a world, bounded by count and bytes, and how they are read: with credentials redacted,
//! filtered, as JSON or as an HTTP archive (HAR).

mod annotated;
mod behaviour;
pub(crate) mod body;
mod entry;
pub(crate) mod har;
mod head;
mod json;
mod matcher;
pub(crate) mod recorded;
pub(crate) mod redact;
mod reply;
mod ring;
pub(crate) mod tokens;
mod view;

pub(crate) use annotated::AnnotatedEntry;
pub(crate) use behaviour::{Api, Provenance, Tally};
pub use behaviour::{Behaviour, Grade};
pub(crate) use entry::Entry;
pub(crate) use head::Head;
pub use json::json;
pub(crate) use json::{ObjectWriter, push_json, push_list, push_plain, push_text, written, written_about};
pub(crate) use matcher::{MatchInput, Matcher, Mismatch, StatusMatcher};
pub use reply::{Behaviours, Finding, FindingKind, Reply};
pub(crate) use reply::{EntryReply, ReplyHeaders};
pub(crate) use ring::{Journal, Journals, Snapshot};
pub(crate) use view::{BehaviourView, ExchangeSummary, ExchangeView};
