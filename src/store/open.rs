//! Checks whether a file can hold persisted state, and says why others are refused.

use std::ffi::{OsStr, OsString};
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{StoreError, built};

/// Marks the file as one of this program's: `scst`.
pub(super) const PROGRAM: i32 = 0x7363_7374;
/// What is encoded in the path of a URI.
const UNLIKE_A_PATH: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');
/// How long another server is given to let go of the file.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// Looks at a file before anything is written to it, so that files of other programs stay unchanged.
pub(super) fn known(path: &Path) -> Result<(), StoreError> {
    match path.metadata() {
        Ok(file) if file.is_dir() => return Err(refused(path, "is a folder; name a file".to_owned())),
        Ok(file) if file.len() > 0 => {}
        // Missing or empty: SQLite makes a database of it. Other errors are reported when it is opened.
        _ => return Ok(()),
    }
    let look = |name: &OsStr, flags: OpenFlags| {
        let connection = Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(PATIENCE)?;
        let program = connection.query_row("pragma application_id", [], |row| row.get::<_, i32>(0))?;
        // Files of the first versions have no application id, so their tables decide.
        let count =
            "select count(*) from sqlite_schema where name in ('_sqlx_migrations', 'authority', 'analysis')";
        let ours: i64 = connection.query_row(count, [], |row| row.get(0))?;
        let empty: bool =
            connection.query_row("select count(*) = 0 from sqlite_schema", [], |row| row.get(0))?;
        Ok::<_, rusqlite::Error>((program, ours == 3, empty))
    };
    let found = match look(path.as_os_str(), OpenFlags::empty()) {
        // A process was killed while it created the file or wrote to it, and what it wrote has yet to be undone. Opening it for
        // writing does that; until then it is looked at as it is.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ReadOnly) => {
            look(&as_it_is(path), OpenFlags::SQLITE_OPEN_URI)
        }
        found => found,
    };
    match found {
        // A database without an id and without tables was created and never used, so it can be taken.
        Ok((PROGRAM, ..)) | Ok((0, true, _)) | Ok((0, _, true)) => Ok(()),
        Ok((built::PROGRAM, ..)) => Err(refused(
            path,
            format!("is a built store; open it with --store {}, and name another file here", path.display()),
        )),
        Ok(_) => Err(refused(path, "belongs to another program; name another file".to_owned())),
        Err(error) => Err(match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => {
                refused(path, "is not a SQLite file; name another, or one that does not exist yet".to_owned())
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => in_use(path),
            _ => refused(path, format!("cannot be read: {error}")),
        }),
    }
}

/// The file as a URI with which SQLite ignores a journal beside it.
fn as_it_is(path: &Path) -> OsString {
    let path = percent_encode(path.as_os_str().as_encoded_bytes(), &UNLIKE_A_PATH);
    format!("file:{path}?immutable=1").into()
}

pub(super) fn refusal(path: &Path, error: sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned();
    // SQLITE_BUSY and SQLITE_LOCKED, then SQLITE_BUSY_RECOVERY and SQLITE_BUSY_SNAPSHOT.
    match ["5", "6", "261", "517"].contains(&code.as_str()) {
        true => in_use(path),
        false => refused(
            path,
            not_writable(path).unwrap_or_else(|| format!("cannot be opened for writing: {error}")),
        ),
    }
}

/// What the system says of a file that may not be written. SQLite has the same words for every file that it cannot open.
fn not_writable(path: &Path) -> Option<String> {
    let is_new = !path.exists();
    let opened = OpenOptions::new().append(true).create(is_new).open(path);
    if opened.is_ok() && is_new {
        let _ = std::fs::remove_file(path);
    }
    let error = opened.err()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match error.kind() {
        ErrorKind::PermissionDenied => {
            let user = user().map_or("this user".to_owned(), |id| format!("user {id}"));
            Some(format!(
                "cannot be written: {user} may not write to {folder}; let that user own the folder (chown), or mount a \
                 volume that it can write to",
                folder = folder.display()
            ))
        }
        ErrorKind::ReadOnlyFilesystem => {
            let folder = folder.display();
            Some(format!("cannot be written: {folder} is on a read-only file system; mount it without :ro"))
        }
        _ => None,
    }
}

/// The id of the user that this process runs as, where the system shows it.
#[cfg(unix)]
fn user() -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").ok().map(|process| process.uid())
}

#[cfg(not(unix))]
fn user() -> Option<u32> {
    None
}

fn in_use(path: &Path) -> StoreError {
    let what =
        "is in use by another scandouble; stop that one, or name another file: each server needs its own";
    refused(path, what.to_owned())
}

pub(super) fn refused(path: &Path, what: String) -> StoreError {
    StoreError::NotOpened { path: path.to_owned(), what }
}
