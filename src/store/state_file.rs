//! The SQLite file of persisted state, behind one connection of its own.
//!
//! The writer task owns it. After any error the connection is closed, and the next write opens another: what SQLite
//! left of a failed transaction cannot leak into a later one. `BEGIN` and `COMMIT` are sent as plain statements, because
//! a pool's own count of nested transactions is wrong after a `COMMIT` that failed.

use std::path::{Path, PathBuf};

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteLockingMode, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, raw_sql};

use super::open::{PATIENCE, PROGRAM, known, refusal, refused};
use super::{EntryChange, PersistedEntry, StoreError};

/// The file of persisted state. No one else can open it while it is open here.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    /// `None` after an error, until the next write.
    connection: Option<SqliteConnection>,
    /// The file that was opened at `path`.
    file: Identity,
    /// Its write-ahead log.
    log: Identity,
}

/// Copies the log to the file and syncs both. A log that an earlier connection or process left may never have been synced,
/// and writing the same values again would not do that: SQLite leaves out pages that do not change.
const CHECKPOINT: &str = "pragma wal_checkpoint(truncate)";

/// Identifies a file whatever its name; `None` if there is no file, or on platforms without such an identity.
type Identity = Option<(u64, u64)>;

impl StateFile {
    /// Opens the file at `path`, creating it if need be, and brings it to this version.
    ///
    /// # Errors
    /// It cannot be opened, is in use, or is of another program or a newer version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        // It waits for an earlier server to let go of the file. That may run on this very thread, if it is in-process.
        let file = path.to_owned();
        let looked = tokio::task::spawn_blocking(move || known(&file)).await;
        looked.unwrap_or_else(|error| Err(refused(path, format!("cannot be looked at: {error}"))))?;
        let opened = options(path).create_if_missing(true).connect().await;
        let mut connection = opened.map_err(|error| refusal(path, error))?;
        // The first write takes the exclusive lock, which lasts until the file is closed.
        let mark = sqlx::AssertSqlSafe(format!("pragma application_id = {PROGRAM}"));
        sqlx::query(mark).execute(&mut connection).await.map_err(|error| refusal(path, error))?;
        let migrated = sqlx::migrate!("./migrations").run(&mut connection).await;
        migrated.map_err(|error| match error {
            // The file has a migration that this program lacks, or has with another text.
            MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) => {
                let what =
                    "was written by a newer version of scandouble; use that version, or name another file";
                refused(path, what.to_owned())
            }
            error => refused(path, format!("cannot be brought to this version: {error}")),
        })?;
        let checkpoint = raw_sql(CHECKPOINT).execute(&mut connection).await;
        checkpoint.map_err(|error| refusal(path, error))?;
        let (file, log) = (identity(path), identity(&log_of(path)));
        Ok(Self { path: path.to_owned(), connection: Some(connection), file, log })
    }

    /// Writes all changes in one transaction, in order.
    ///
    /// # Errors
    /// SQLite refuses, or the file at the path is another one. Then the caller must write the changes again: after a
    /// failed sync it is unknown what is in the file.
    pub async fn write(&mut self, changes: &[EntryChange]) -> Result<(), StoreError> {
        self.check_file()?;
        if let Err(error) = self.commit(changes).await {
            self.disconnect().await;
            return Err(error);
        }
        // If the file was replaced meanwhile, what was just written is not in the file at the path.
        self.check_file()
    }

    async fn commit(&mut self, changes: &[EntryChange]) -> Result<(), StoreError> {
        let path = self.path.clone();
        let failed = |error: sqlx::Error| StoreError::NotWritten { path: path.clone(), error: error.into() };
        let connection = self.connected().await?;
        raw_sql("begin immediate").execute(&mut *connection).await.map_err(failed)?;
        for change in changes {
            let query = match change {
                EntryChange::RemoveWorld(world) => {
                    sqlx::query("delete from world_entry where world = ?").bind(world)
                }
                EntryChange::Put(entry) => sqlx::query(
                    "insert into world_entry (world, part, key, value) values (?, ?, ?, ?)
                     on conflict do update set value = excluded.value",
                )
                .bind(&entry.world)
                .bind(&entry.part)
                .bind(&entry.key)
                .bind(&entry.value),
                EntryChange::Remove(world, part, key) => {
                    sqlx::query("delete from world_entry where world = ? and part = ? and key = ?")
                        .bind(world)
                        .bind(*part)
                        .bind(key)
                }
            };
            query.execute(&mut *connection).await.map_err(failed)?;
        }
        // SQLite refuses to begin inside a transaction, so this succeeds only if the commit ended the one above.
        raw_sql("commit; begin; rollback").execute(&mut *connection).await.map_err(failed)?;
        Ok(())
    }

    /// The connection, opened again if it was closed after an error, or if its write-ahead log is no longer there.
    async fn connected(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        let log = log_of(&self.path);
        if self.connection.is_some() && identity(&log) != self.log {
            // The open log has no name any more. Closing copies what it holds to the file.
            tracing::warn!("{} was removed or replaced; it is written anew", log.display());
            self.disconnect().await;
        }
        let path = &self.path;
        let failed = |error: sqlx::Error| StoreError::NotWritten { path: path.clone(), error: error.into() };
        if self.connection.is_none() {
            let opened = options(path).connect().await.map_err(failed)?;
            let connection = self.connection.insert(opened);
            // The first read takes the exclusive lock, which lasts until the file is closed, and opens the log.
            raw_sql("select 1 from world_entry limit 1").execute(&mut *connection).await.map_err(failed)?;
            raw_sql(CHECKPOINT).execute(connection).await.map_err(failed)?;
            self.check_file()?;
            self.log = identity(&log);
        }
        // Not reached: the connection was opened above.
        self.connection.as_mut().ok_or_else(|| failed(sqlx::Error::WorkerCrashed))
    }

    /// Closes the connection; the next write opens another.
    async fn disconnect(&mut self) {
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::debug!("closing {}: {error}", self.path.display());
        }
    }

    /// Refuses to go on where the file that was opened is no longer the one at the path: a restart would not find what
    /// is written to it.
    fn check_file(&self) -> Result<(), StoreError> {
        if identity(&self.path) == self.file { Ok(()) } else { Err(StoreError::Moved(self.path.clone())) }
    }

    /// Everything that is persisted, world by world.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn entries(&mut self) -> Result<Vec<PersistedEntry>, StoreError> {
        let path = self.path.clone();
        let rows = sqlx::query("select world, part, key, value from world_entry order by world, part, key")
            .fetch_all(self.connected().await?)
            .await
            .map_err(|error| refused(&path, format!("cannot be read: {error}")))?;
        let entry = |row: &sqlx::sqlite::SqliteRow| {
            Ok(PersistedEntry {
                world: row.try_get(0)?,
                part: row.try_get(1)?,
                key: row.try_get(2)?,
                value: row.try_get(3)?,
            })
        };
        rows.iter().map(entry).collect()
    }

    /// The persisted certificate authority: its certificate and its key, as PEM.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn authority(&mut self) -> Result<Option<(String, String)>, StoreError> {
        let path = self.path.clone();
        let select = sqlx::query("select certificate, key from authority");
        let found = select.fetch_optional(self.connected().await?).await;
        let found = found.map_err(|error| refused(&path, format!("cannot be read: {error}")))?;
        found.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
    }

    /// Persists a certificate authority, unless there is one.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn save_authority(&mut self, certificate: &str, key: &str) -> Result<(), StoreError> {
        let path = self.path.clone();
        sqlx::query("insert into authority (id, certificate, key) values (1, ?, ?) on conflict do nothing")
            .bind(certificate)
            .bind(key)
            .execute(self.connected().await?)
            .await
            .map_err(|error| refused(&path, format!("cannot be written: {error}")))?;
        Ok(())
    }

    /// Closes the file, folding the write-ahead log into it.
    pub async fn close(mut self) {
        self.disconnect().await;
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Sqlite(error.into())
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    // Exclusive: each server needs a file of its own. `Full` syncs the log at each commit, so that a response is only
    // sent after its changes are on the disk.
    SqliteConnectOptions::new()
        .filename(path)
        .locking_mode(SqliteLockingMode::Exclusive)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(PATIENCE)
}

/// The write-ahead log of the file at `path`.
fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

#[cfg(unix)]
fn identity(path: &Path) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    path.metadata().ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Path) -> Identity {
    // An open file can be neither removed nor replaced there.
    None
}
