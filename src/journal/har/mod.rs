//! HTTP archives (HAR 1.2): reading recorded sessions, and writing the journal as one.

mod read;
mod write;

pub use read::{is_archive, read};
pub use write::{Archive, archive};
