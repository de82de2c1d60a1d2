//! What results look like on the wire.

mod bulk;
mod hash;
mod scan;

pub(super) use bulk::{BulkItem, BulkReply, LIMITED, UNKNOWN};
pub(super) use hash::{found, not_found, words};
pub(super) use scan::{ScanDetails, answer};
