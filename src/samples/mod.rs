//! Samples: what the emulated services know. Facts, hashes, verdicts, the analysis queue and the store; no HTTP.

pub mod derive;
mod engines;
mod hash;
mod near;
mod own;
mod queue;
mod rule;
mod sample;
mod shelf;
pub mod store;
pub mod upload;
mod verdict;

pub use engines::Engines;
pub use hash::{Hash, HashKind, Hashes, Key, digits};
pub use near::{Near, heads, is_length};
pub use own::Own;
pub use queue::{Analysis, Queue, QueueEntry, Queued};
pub use rule::{DEFAULT_RULE, Rule, RuleSet};
pub use sample::{
    AfterRescan, Cause, Child, EngineResult, FileType, Identity, Ordinal, Overlays, Progress, Sample, Scan,
    read_overlay,
};
pub use shelf::Shelf;
pub use store::{Building, Built, Change, Kept, Load, StateFile, Store, StoreError};
pub use upload::{Arrival, Receipt, SETTINGS, UploadEntry, Uploads};
pub use verdict::Verdict;
