//! Version 4, on the same samples, keys and limits: hashes, files, and what a key may do.
//!
//! Source: the vendor's pages on version 4, its SDK, clients written since version 2 was switched off, published replies, and
//! the published error codes.

pub(super) mod apikey;
mod body;
pub(super) mod error;
pub(super) mod file;
pub(super) mod hash;
mod reply;
pub(super) mod report;
