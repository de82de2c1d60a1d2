//! HTTP archives (HAR 1.2): reading recorded sessions, and writing the journal as one.

pub mod read;
pub mod write;
