//! Entries of persisted state, and changes of them.

/// One entry of a part of a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The world's name.
    pub world: String,
    /// The part.
    pub part: String,
    /// What tells the entries of the part apart.
    pub key: String,
    /// The entry, as JSON.
    pub value: String,
}

/// A change of persisted state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Removes every entry of this world.
    Forget(String),
    /// Adds this entry, in place of an older one.
    Keep(Kept),
    /// Removes this entry, of a world, a part and a key.
    Drop(String, &'static str, String),
}
