//! What results look like on the wire.

mod bulk;
mod hash;
mod scan;

pub(super) use bulk::{BulkItem, EchoedHash, LIMITED, UNKNOWN, bulk};
pub(super) use hash::{FileInfo, found, not_found, total_time, words};
pub(super) use scan::{EngineForm, IN_PROGRESS, JSON, ScanDetails, UtcTime, answer};
