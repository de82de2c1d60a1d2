//! Places in files.

/// A place in a file: line and column, both counted from 1, the column in characters.
///
/// Trees that do not come from a file ([`Node::from_json`](super::Node::from_json)) carry the default, 0 and 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}
