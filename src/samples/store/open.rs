//! Opening the file in which a server keeps what was made of its worlds.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use sqlx::migrate::MigrateError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};

use super::{Store, StoreError, built};

/// Marks the file as one of this program's: `scst`.
const PROGRAM: i32 = 0x7363_7374;
/// How long another server is given to let go of the file.
const PATIENCE: Duration = Duration::from_secs(2);

/// The samples of the fixtures, by their places; they live as long as the process.
const FIXTURES: &str = "
    pragma temp_store = memory;
    create temp table fixture (place integer primary key, name text not null, verdict text not null,
        facts text not null) strict;
";

impl Store {
    /// Opens the store in `path`, creating it if need be, or in memory, and brings it to this version. No one else can
    /// open the file until the process ends.
    ///
    /// # Errors
    /// The file cannot be opened, is in use, or is of another program or a newer version.
    pub async fn open(path: Option<&Path>) -> Result<Self, StoreError> {
        let options = match path {
            Some(path) => {
                known(path)?;
                SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .locking_mode(SqliteLockingMode::Exclusive)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(PATIENCE)
            }
            None => SqliteConnectOptions::new().in_memory(true),
        };
        // An in-memory database lives in its one connection, so that must never be closed for age or idleness.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await
            .map_err(|error| refusal(path, error))?;
        prepare(&pool, path).await?;
        Ok(Self { pool, durable: path.is_some(), loads: Arc::default() })
    }
}

async fn prepare(pool: &SqlitePool, path: Option<&Path>) -> Result<(), StoreError> {
    if let Some(path) = path {
        // The first write takes the lock that lasts.
        let mark = sqlx::AssertSqlSafe(format!("pragma application_id = {PROGRAM}"));
        sqlx::query(mark).execute(pool).await.map_err(|error| refusal(Some(path), error))?;
    }
    sqlx::migrate!("./migrations").run(pool).await.map_err(|error| match (error, path) {
        (MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_), Some(path)) => refused(
            path,
            "was written by a newer version of scandouble; use that version, or name another file".to_owned(),
        ),
        (error, Some(path)) => refused(path, format!("cannot be brought to this version: {error}")),
        (error, None) => refused(Path::new(":memory:"), error.to_string()),
    })?;
    sqlx::raw_sql(FIXTURES).execute(pool).await?;
    Ok(())
}

/// Looks at a file before anything is written to it.
fn known(path: &Path) -> Result<(), StoreError> {
    match path.metadata() {
        Ok(file) if file.is_dir() => return Err(refused(path, "is a folder; name a file".to_owned())),
        Ok(file) if file.len() > 0 => {}
        _ => return Ok(()),
    }
    let look = || {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(PATIENCE)?;
        let program = connection.query_row("pragma application_id", [], |row| row.get::<_, i32>(0))?;
        // Files of the first versions bear no mark.
        let count =
            "select count(*) from sqlite_schema where name in ('_sqlx_migrations', 'authority', 'analysis')";
        let ours: i64 = connection.query_row(count, [], |row| row.get(0))?;
        let empty: bool =
            connection.query_row("select count(*) = 0 from sqlite_schema", [], |row| row.get(0))?;
        Ok::<_, rusqlite::Error>((program, ours == 3, empty))
    };
    match look() {
        Ok((PROGRAM, ..)) | Ok((0, true, _)) | Ok((0, _, true)) => Ok(()),
        Ok((built::PROGRAM, ..)) => Err(refused(
            path,
            format!("is a built store; open it with --store {}, and name another file here", path.display()),
        )),
        Ok(_) => Err(refused(path, "belongs to another program; name another file".to_owned())),
        Err(error) => Err(match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => {
                refused(path, "is no SQLite file; name another, or one that does not exist yet".to_owned())
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => in_use(path),
            _ => refused(path, format!("cannot be read: {error}")),
        }),
    }
}

fn refusal(path: Option<&Path>, error: sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned();
    match path {
        // SQLITE_BUSY and SQLITE_LOCKED.
        Some(path) if ["5", "6", "261", "517"].contains(&code.as_str()) => in_use(path),
        Some(path) => refused(path, format!("cannot be opened for writing: {error}")),
        None => error.into(),
    }
}

fn in_use(path: &Path) -> StoreError {
    let what =
        "is in use by another scandouble; stop that one, or name another file: each server needs its own";
    refused(path, what.to_owned())
}

fn refused(path: &Path, what: String) -> StoreError {
    StoreError::NotOpened { path: path.to_owned(), what }
}
