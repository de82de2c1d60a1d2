//! The SQLite store: all SQL of the project.
//!
//! It holds the truth and takes the writes; reads of single samples go through a [`super::Shelf`] in front of it.
//! It never sees HTTP: what is not there is `None`.

mod build;
mod built;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Row, SqliteConnection};

use super::{Analysis, Queue, Sample};

pub use build::Building;
pub use built::Built;
pub(super) use built::head_of_name;

/// The world whose samples all worlds share.
pub const SHARED: &str = "";

/// The store.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
    durable: bool,
}

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused.
    #[error("the sample store: {0}")]
    Sqlite(#[from] sqlx::Error),
    /// A migration could not be applied.
    #[error("{path} is not a store of this version of scandouble: {source}", path = path.display())]
    Migration {
        /// The file; `:memory:` for none.
        path: PathBuf,
        /// What SQLite or the migrator said.
        source: sqlx::migrate::MigrateError,
    },
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
    /// Opens the store in `path`, creating it if need be, or in memory, and brings it to this version.
    ///
    /// # Errors
    /// The file cannot be opened, or is of another program or a newer version.
    pub async fn open(path: Option<&Path>) -> Result<Self, StoreError> {
        let options = match path {
            Some(path) => SqliteConnectOptions::new()
                .filename(path)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(5)),
            None => SqliteConnectOptions::new().in_memory(true),
        };
        // An in-memory database lives in its one connection, so that must never be closed for age or idleness.
        let pool = SqlitePoolOptions::new()
            .max_connections(if path.is_some() { 2 } else { 1 })
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await?;
        let migrated = sqlx::migrate!("./migrations").run(&pool).await;
        migrated.map_err(|source| StoreError::Migration {
            path: path.unwrap_or(Path::new(":memory:")).to_owned(),
            source,
        })?;
        Ok(Self { pool, durable: path.is_some() })
    }

    /// Whether what is written outlives the process.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        self.durable
    }

    /// Puts `samples` in place of all that `world` had, in one transaction; their row numbers, in order.
    ///
    /// # Errors
    /// SQLite refuses; then nothing has changed.
    pub async fn replace_samples(
        &self,
        world: &str,
        samples: &[std::sync::Arc<Sample>],
    ) -> Result<Vec<i64>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("delete from sample where world = ?").bind(world).execute(&mut *transaction).await?;
        let mut rows = Vec::with_capacity(samples.len());
        for sample in samples {
            rows.push(insert(&mut transaction, world, sample).await?);
        }
        transaction.commit().await?;
        Ok(rows)
    }

    /// The sample in this row.
    ///
    /// # Errors
    /// SQLite refuses, or the row cannot be read.
    pub async fn sample(&self, row: i64) -> Result<Option<Sample>, StoreError> {
        let found =
            sqlx::query("select facts from sample where id = ?").bind(row).fetch_optional(&self.pool).await?;
        found.map(|row| Ok(serde_json::from_str(row.try_get::<&str, _>(0)?)?)).transpose()
    }

    /// Shared samples whose name holds `name` (in any ASCII case) and whose newest verdict is `verdict`, either empty
    /// for any: `limit` of them after the first `skip`, in the order in which they came.
    ///
    /// # Errors
    /// SQLite refuses, or a row cannot be read.
    pub async fn list(
        &self,
        name: &str,
        verdict: &str,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        let rows = sqlx::query(
            "select facts from sample where world = '' and instr(lower(name), lower(?1)) > 0
             and (?2 = '' or verdict = ?2) order by id limit ?3 offset ?4",
        )
        .bind(name)
        .bind(verdict)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(i64::try_from(skip).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(serde_json::from_str(row.try_get::<&str, _>(0)?)?)).collect()
    }

    /// How many samples [`Store::list`] would give without a limit.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn count(&self, name: &str, verdict: &str) -> Result<usize, StoreError> {
        let row = sqlx::query(
            "select count(*) from sample where world = '' and instr(lower(name), lower(?1)) > 0
             and (?2 = '' or verdict = ?2)",
        )
        .bind(name)
        .bind(verdict)
        .fetch_one(&self.pool)
        .await?;
        Ok(usize::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default())
    }

    /// Writes down where one sample stands in the queue of `world`.
    ///
    /// # Errors
    /// SQLite refuses; then nothing has changed.
    pub async fn save_queue(&self, world: &str, entries: &[QueueEntry]) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        for entry in entries {
            for analysis in &entry.analyses {
                sqlx::query(
                    "insert into analysis (world, sha256, engine, queued_at, ends_at) values (?, ?, ?, ?, ?)
                     on conflict do update set queued_at = excluded.queued_at, ends_at = excluded.ends_at",
                )
                .bind(world)
                .bind(&entry.key[..])
                .bind(&analysis.engine)
                .bind(analysis.queued_at.as_millisecond())
                .bind(analysis.ends_at.map(Timestamp::as_millisecond))
                .execute(&mut *transaction)
                .await?;
            }
            sqlx::query(
                "insert into sample_event (world, sha256, changes_at, told_at) values (?, ?, ?, ?)
                 on conflict do update set changes_at = excluded.changes_at, told_at = excluded.told_at",
            )
            .bind(world)
            .bind(&entry.key[..])
            .bind(entry.changes_at.map(Timestamp::as_millisecond))
            .bind(entry.told_at.map(Timestamp::as_millisecond))
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The queue of `world` as it was last written down.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn load_queue(&self, world: &str) -> Result<Queue, StoreError> {
        let mut queue = Queue::default();
        let analyses = sqlx::query("select sha256, engine, queued_at, ends_at from analysis where world = ?")
            .bind(world)
            .fetch_all(&self.pool)
            .await?;
        for row in analyses {
            let analysis = Analysis {
                engine: row.try_get("engine")?,
                queued_at: instant(row.try_get("queued_at")?),
                ends_at: row.try_get::<Option<i64>, _>("ends_at")?.map(instant),
            };
            queue.restore(key(row.try_get("sha256")?), Some(analysis), None, None);
        }
        let events = sqlx::query("select sha256, changes_at, told_at from sample_event where world = ?")
            .bind(world)
            .fetch_all(&self.pool)
            .await?;
        for row in events {
            let changes_at = row.try_get::<Option<i64>, _>("changes_at")?.map(instant);
            let told_at = row.try_get::<Option<i64>, _>("told_at")?.map(instant);
            queue.restore(key(row.try_get("sha256")?), None, changes_at, told_at);
        }
        Ok(queue)
    }

    /// Forgets the queue of `world`.
    ///
    /// # Errors
    /// SQLite refuses; then nothing has changed.
    pub async fn clear_queue(&self, world: &str) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("delete from analysis where world = ?").bind(world).execute(&mut *transaction).await?;
        sqlx::query("delete from sample_event where world = ?")
            .bind(world)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The certificate authority that was kept: its certificate and its key, as PEM.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn authority(&self) -> Result<Option<(String, String)>, StoreError> {
        let kept = sqlx::query("select certificate, key from authority").fetch_optional(&self.pool).await?;
        kept.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
    }

    /// Keeps a certificate authority, unless there is one.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn keep_authority(&self, certificate: &str, key: &str) -> Result<(), StoreError> {
        sqlx::query("insert into authority (id, certificate, key) values (1, ?, ?) on conflict do nothing")
            .bind(certificate)
            .bind(key)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Closes the file, folding the write-ahead log into it.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Where one sample stands in a queue.
#[derive(Clone, Debug)]
pub struct QueueEntry {
    /// The sample's SHA-256.
    pub key: super::Key,
    /// What was asked for it.
    pub analyses: Vec<Analysis>,
    /// When what a rescan changes takes hold.
    pub changes_at: Option<Timestamp>,
    /// When the operator ended its scans.
    pub told_at: Option<Timestamp>,
}

impl QueueEntry {
    /// Where `key` stands in `queue`.
    #[must_use]
    pub fn of(queue: &Queue, key: super::Key) -> Self {
        Self {
            key,
            analyses: queue.of(&key).to_vec(),
            changes_at: queue.changes_at(&key),
            told_at: queue.told(&key),
        }
    }
}

async fn insert(connection: &mut SqliteConnection, world: &str, sample: &Sample) -> Result<i64, StoreError> {
    let hashes = &sample.hashes;
    let verdict = sample.scans.last().map_or("", |scan| scan.verdict.word());
    let written = sqlx::query(
        "insert into sample (world, name, size, verdict, md5, sha1, sha256, sha512, imphash, facts)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(world)
    .bind(&sample.name)
    .bind(sample.size.cast_signed())
    .bind(verdict)
    .bind(&hashes.md5[..])
    .bind(&hashes.sha1[..])
    .bind(&hashes.sha256[..])
    .bind(&hashes.sha512[..])
    .bind(hashes.imphash.as_ref().map(|bytes| &bytes[..]))
    .bind(serde_json::to_string(sample)?)
    .execute(connection)
    .await?;
    Ok(written.last_insert_rowid())
}

fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}

fn key(bytes: &[u8]) -> super::Key {
    bytes.try_into().unwrap_or([0; 32])
}
