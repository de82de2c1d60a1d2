//! What a vendor's recorded replies say about samples, accounts and settings: the part of the vendors' contract that
//! `scandouble import` and `compare` use.

mod learned;
pub mod merge;
mod reader;
mod sample;

pub use learned::*;
pub use reader::*;
pub use sample::*;
