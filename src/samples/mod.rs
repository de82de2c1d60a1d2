//! Samples: what the emulated services know about a file. Hashes, verdicts, scans, derived facts and uploads; no HTTP
//! and no SQL.

mod definitions;
pub(crate) mod derive;
mod engines;
mod facts;
mod hash;
mod identity;
mod near;
mod rule;
mod sample;
pub(crate) mod upload;
mod verdict;

pub(crate) use definitions::{NewestDefinitions, ShownDefinitions};
pub(crate) use engines::Engines;
pub(crate) use facts::{EngineResult, FileType};
pub use hash::{Hash, HashKind, Hashes};
pub(crate) use hash::{Key, digits};
pub(crate) use identity::{Forget, Identity, register};
pub(crate) use near::{HalfFilter, Near, each_head, is_length};
pub use rule::Rule;
pub(crate) use rule::{DEFAULT_RULE, RuleSet};
pub use sample::Sample;
pub(crate) use sample::{AfterRescan, Cause, Child, Ordinal, Overlays, Progress, Scan, Upload, read_overlay};
pub(crate) use upload::{Arrival, Receipt, SETTINGS};
pub use verdict::Verdict;
