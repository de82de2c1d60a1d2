//! All SQL of the project. Nothing here knows HTTP.
//!
//! # Samples
//!
//! [`SampleIndex`] holds the samples of fixtures, which are read again at each start, and answers look-ups of single
//! samples, from memory where it can. [`Built`] reads a compiled store below them, and `Building` writes one.
//!
//! # Persistence
//!
//! With `--db`, changes of worlds survive a restart:
//!
//! 1. A change of a world marks the changed part in the [`ChangeLog`] (`change_log.rs`).
//! 2. Before a response is sent, the server waits until all earlier marks are saved. That wakes the writer task
//!    (`worlds/registry/writer.rs`).
//! 3. The writer takes all marks and asks each world for the entries of its marked parts (`worlds/world/persist.rs`, with
//!    `worlds/uploads.rs` and `worlds/queue.rs` for their parts). It gets [`EntryChange`]s of [`PersistedEntry`]s.
//! 4. [`StateFile`] writes them in one transaction and reports to the change log.
//!
//! At start, [`StateFile::entries`] returns all entries, and each world is built from its own. The migrations bring files
//! of earlier versions to the present tables; files of later versions, of other programs and built stores are refused
//! (`open.rs`).
//!
//! # Two SQLite drivers
//!
//! Without the feature `sqlite`, `no_sqlite.rs` replaces both. The state file uses sqlx, with its migrations. Built stores use
//! rusqlite, which links the same
//! SQLite library: their reads are on the path of every request for a sample that is not cached. sqlx hands each statement
//! to a worker thread and back. Measured with one look-up per request, a request takes 13 µs of processor time with rusqlite
//! called inline and 37 µs with sqlx, and throughput is 82,000 requests per second against 30,600.

#[cfg(feature = "sqlite")]
mod build;
#[cfg(feature = "sqlite")]
mod built;
mod change_log;
mod index;
#[cfg(not(feature = "sqlite"))]
mod no_sqlite;
#[cfg(feature = "sqlite")]
mod open;
mod persisted;
#[cfg(feature = "sqlite")]
mod row;
#[cfg(feature = "sqlite")]
mod state_file;

use std::path::PathBuf;

use crate::ids::derived;

#[cfg(feature = "sqlite")]
pub(crate) use build::Building;
#[cfg(feature = "sqlite")]
pub use built::Built;
pub use change_log::*;
pub(crate) use index::*;
#[cfg(not(feature = "sqlite"))]
pub use no_sqlite::Built;
#[cfg(not(feature = "sqlite"))]
pub(crate) use no_sqlite::StateFile;
pub use persisted::EntryChange;
pub(crate) use persisted::PersistedEntry;
#[cfg(feature = "sqlite")]
pub(crate) use state_file::StateFile;

/// An error of SQLite's.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused to read the persisted state.
    #[error("the persisted state: {0}")]
    Sqlite(BoxError),
    /// The state file cannot be opened.
    #[error("{path} {what}", path = path.display())]
    NotOpened {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A persisted entry cannot be read.
    #[error("the persisted state: {0}; use the version of scandouble that wrote it, or another file")]
    NotRead(String),
    /// The changes of a request could not be saved; the text says why.
    #[error("the change is active but not saved, and a restart would lose it: {0}")]
    NotSaved(String),
    /// The file of persisted state cannot be written.
    #[error("cannot write {path}: {error}; free disk space, or see to its file system", path = path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        error: BoxError,
    },
    /// The file of persisted state is no longer at its path.
    #[error(
        "{path} was removed or replaced while the server was running; put the file back, or restart scandouble",
        path = .0.display()
    )]
    Moved(PathBuf),
    /// SQLite refused to read or write a built store.
    #[error("the built sample store: {0}")]
    BuiltSqlite(BoxError),
    /// The file is not a built store of this version, or cannot be one.
    #[error("{path} {what}", path = path.display())]
    NotBuilt {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A row of a built store cannot be read: the column that is wrong.
    #[error("the built sample store holds a row that this version cannot read: {0}")]
    Row(&'static str),
    /// A stored sample cannot be read.
    #[error("the sample store holds a sample that this version cannot read: {0}")]
    Facts(#[from] serde_json::Error),
}

/// The first eight bytes of the hash that represents a name in an index. They are the same in every version.
pub(crate) fn head_of_name(name: &str) -> u64 {
    derived(name.as_bytes(), "name")[..8].iter().fold(0, |head, byte| head << 8 | u64::from(*byte))
}
