//! HTTP archives (HAR 1.2): reading recorded sessions, and writing the journal as one.

mod read;
mod write;

pub(crate) use read::{is_archive, read};
pub(crate) use write::archive;
