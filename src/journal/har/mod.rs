//! HTTP archives (HAR 1.2): reading recorded sessions, and writing the journal as one.

mod content;
mod read;
mod write;

pub(crate) use read::{is_archive, read, without_world};
pub(crate) use write::archive;
