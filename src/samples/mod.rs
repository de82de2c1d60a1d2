//! Samples: what the emulated services know about a file. Hashes, verdicts, scans, derived facts and uploads; no HTTP
//! and no SQL.

pub mod derive;
mod engines;
mod facts;
mod hash;
mod near;
mod rule;
mod sample;
pub mod upload;
mod verdict;

pub use engines::Engines;
pub use facts::{EngineResult, FileType};
pub use hash::{Hash, HashKind, Hashes, Key, digits};
pub use near::{Near, heads, is_length};
pub use rule::{DEFAULT_RULE, Rule, RuleSet};
pub use sample::{
    AfterRescan, Cause, Child, Identity, Ordinal, Overlays, Progress, Sample, Scan, Upload, read_overlay,
};
pub use upload::{Arrival, Receipt, SETTINGS};
pub use verdict::Verdict;
