//! Recorded exchanges with vendors: import them as fixtures, or replay them and compare the answers.

pub mod compare;
pub mod import;
