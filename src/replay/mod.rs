//! Recorded exchanges with vendors: import them as fixtures, or replay them and compare the answers.

pub(crate) mod compare;
pub(crate) mod http;
pub(crate) mod import;
