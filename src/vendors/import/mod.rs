//! What a vendor's recorded replies reveal about samples, accounts and settings: the part of the vendors' contract that
//! `scandouble import` and `scandouble compare` use.
//!
//! A vendor reads a reply through a [`ReplyReader`], which remembers which fields were read, so that the rest can be
//! reported. What the vendor understands goes into a [`FixtureDraft`], which becomes a fixture.

mod finish;
mod fixture_draft;
mod reader;
mod same_samples;
mod sample;
mod scan;

pub use fixture_draft::{FixtureDraft, Learned, Mask, Note};
pub use reader::ReplyReader;
pub use sample::{KnownChild, KnownSample};
pub use scan::KnownScan;
