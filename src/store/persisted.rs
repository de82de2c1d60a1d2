//! Rows of the `world_entry` table, and changes of them.

/// One entry of a part of a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersistedEntry {
    /// The world's name.
    pub world: String,
    /// The part: `clock`, `settings`, `sample`, …
    pub part: String,
    /// Identifies the entry within its part: a SHA-256, an account, or empty where a part has only one entry.
    pub key: String,
    /// The entry, as JSON.
    pub value: String,
}

/// A change of persisted state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryChange {
    /// Removes every entry of this world.
    RemoveWorld(String),
    /// Adds this entry, or replaces the one with the same world, part and key.
    Put(PersistedEntry),
    /// Removes the entry with this world, part and key, if there is one.
    Remove(String, &'static str, String),
}
