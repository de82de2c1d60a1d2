//! All SQL of the project. Nothing here knows HTTP.
//!
//! # Samples
//!
//! [`Store`] holds the samples of fixtures in an in-memory database; fixtures are read again at each start. [`SampleIndex`]
//! answers look-ups of single samples in front of it, from memory where it can. [`Built`] reads a compiled store, and
//! [`Building`] writes one.
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
//! The state file and the fixtures' samples use sqlx, with its migrations. Built stores use rusqlite, which links the same
//! SQLite library: their reads are on the path of every request for a sample that is not cached. sqlx hands each statement
//! to a worker thread and back. Measured with one look-up per request, a request takes 13 µs of processor time with rusqlite
//! called inline and 37 µs with sqlx, and throughput is 82,000 requests per second against 30,600.

mod build;
mod built;
mod change_log;
mod index;
mod open;
mod persisted;
mod state_file;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{QueryBuilder, Row as _};

use crate::samples::Sample;

pub(crate) use build::Building;
pub use built::Built;
pub(crate) use built::head_of_name;
pub use change_log::*;
pub(crate) use index::*;
pub use persisted::EntryChange;
pub(crate) use persisted::PersistedEntry;
pub(crate) use state_file::StateFile;

/// The number of samples that one statement inserts.
const AT_ONCE: usize = 64;

/// The samples of the fixtures, by their places.
const FIXTURES: &str = "
    pragma temp_store = memory;
    create temp table fixture (place integer primary key, name text not null, verdict text not null,
        facts text not null) strict;
";

/// The samples of the fixtures, in memory.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
    loads: Arc<AtomicI64>,
}

/// One load of fixtures. Its samples have adjacent places.
#[derive(Clone, Copy, Debug)]
pub struct Load(i64);

impl Load {
    /// The primary key of the sample at `place` of this load.
    fn place(self, place: u32) -> i64 {
        // The load in the upper half: loads never overlap, and one range of keys holds all of a load.
        (self.0 << 32) | i64::from(place)
    }

    /// The primary keys of the samples at these places, as a JSON array.
    fn places(self, places: &[u32]) -> String {
        serde_json::Value::from_iter(places.iter().map(|place| self.place(*place))).to_string()
    }
}

/// Why the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused.
    #[error("the sample store: {0}")]
    Sqlite(#[from] sqlx::Error),
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
        error: sqlx::Error,
    },
    /// The file of persisted state is no longer at its path.
    #[error(
        "{path} was removed or replaced while the server was running; put the file back, or restart scandouble",
        path = .0.display()
    )]
    Moved(PathBuf),
    /// SQLite refused to read or write a built store.
    #[error("the built sample store: {0}")]
    BuiltSqlite(#[from] rusqlite::Error),
    /// The file is not a built store of this version, or cannot be one.
    #[error("{path} {what}", path = path.display())]
    NotBuilt {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A stored sample cannot be read.
    #[error("the sample store holds a sample that this version cannot read: {0}")]
    Facts(#[from] serde_json::Error),
}

impl Store {
    /// An empty store.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn open() -> Result<Self, StoreError> {
        // It lives in its one connection, so that must never be closed for age or idleness.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(SqliteConnectOptions::new().in_memory(true))
            .await?;
        sqlx::raw_sql(FIXTURES).execute(&pool).await?;
        Ok(Self { pool, loads: Arc::default() })
    }

    /// Adds the samples of fixtures, beside those of earlier loads, which requests in flight may still read. Returns the
    /// load, by which they are read and removed.
    ///
    /// # Errors
    /// SQLite refuses; then nothing has changed.
    pub async fn fill(&self, samples: &[Arc<Sample>]) -> Result<Load, StoreError> {
        let load = Load(self.loads.fetch_add(1, Ordering::Relaxed));
        // One transaction: a commit for each statement would be slow, and an error leaves nothing behind.
        let mut transaction = self.pool.begin().await?;
        let mut chunks = (0_i64..).zip(samples.chunks(AT_ONCE)).map(|(nth, chunk)| {
            let first = load.place(0) + nth * AT_ONCE as i64;
            let facts: Vec<String> = chunk.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
            let mut insert = QueryBuilder::new("insert into fixture (place, name, verdict, facts) ");
            insert.push_values((first..).zip(chunk).zip(facts), |mut row, ((place, sample), facts)| {
                let verdict = sample.scans.last().map_or("", |scan| scan.verdict.word());
                row.push_bind(place).push_bind(&sample.name).push_bind(verdict).push_bind(facts);
            });
            Ok::<_, StoreError>(insert)
        });
        let mut next = chunks.next().transpose()?;
        while let Some(mut insert) = next {
            // SQLite works on one chunk in its own thread while the next one is serialized here.
            let written = insert.build().execute(&mut *transaction);
            let (written, prepared) = tokio::join!(written, async { chunks.next().transpose() });
            written?;
            next = prepared?;
        }
        transaction.commit().await?;
        Ok(load)
    }

    /// Removes the samples of a load.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn remove_load(&self, load: Load) -> Result<(), StoreError> {
        let delete = sqlx::query("delete from fixture where place between ? and ?");
        delete.bind(load.place(0)).bind(load.place(u32::MAX)).execute(&self.pool).await?;
        Ok(())
    }

    /// The sample of a load at this place.
    ///
    /// # Errors
    /// SQLite refuses, or the row cannot be read.
    pub async fn sample(&self, load: Load, place: u32) -> Result<Option<Sample>, StoreError> {
        let find = sqlx::query("select facts from fixture where place = ?").bind(load.place(place));
        let found = find.fetch_optional(&self.pool).await?;
        found.map(|row| Ok(serde_json::from_str(row.try_get::<&str, _>(0)?)?)).transpose()
    }

    /// Samples of a load but those at the places `hidden`, whose name holds `name` (in any ASCII case) and whose newest
    /// verdict is `verdict`, either empty for any: `limit` of them after the first `skip`, in the order in which they came.
    ///
    /// # Errors
    /// SQLite refuses, or a row cannot be read.
    pub async fn list(
        &self,
        load: Load,
        name: &str,
        verdict: &str,
        hidden: &[u32],
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        let rows = sqlx::query(
            "select facts from fixture where (?1 = '' or instr(lower(name), lower(?1)) > 0)
             and (?2 = '' or verdict = ?2) and place between ?5 and ?6
             and place not in (select value from json_each(?7)) order by place limit ?3 offset ?4",
        )
        .bind(name)
        .bind(verdict)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(i64::try_from(skip).unwrap_or(i64::MAX))
        .bind(load.place(0))
        .bind(load.place(u32::MAX))
        .bind(load.places(hidden))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(serde_json::from_str(row.try_get::<&str, _>(0)?)?)).collect()
    }

    /// The number of samples that [`Store::list`] returns without a limit.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn count(
        &self,
        load: Load,
        name: &str,
        verdict: &str,
        hidden: &[u32],
    ) -> Result<usize, StoreError> {
        let row = sqlx::query(
            "select count(*) from fixture where (?1 = '' or instr(lower(name), lower(?1)) > 0)
             and (?2 = '' or verdict = ?2) and place between ?3 and ?4
             and place not in (select value from json_each(?5))",
        )
        .bind(name)
        .bind(verdict)
        .bind(load.place(0))
        .bind(load.place(u32::MAX))
        .bind(load.places(hidden))
        .fetch_one(&self.pool)
        .await?;
        Ok(usize::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default())
    }

    /// Frees what it holds.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
