//! Building a store: everything is written to a new file beside the old one, which it then replaces.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params, params_from_iter};

use super::built::{ENTRY, FORMAT, PROGRAM, TABLES, pack};
use super::{StoreError, head_of_name};
use crate::samples::Sample;

/// The number of index entries in one row: as many as fill a page of 4096 bytes.
const ROW_ENTRIES: usize = 4000 / ENTRY;
/// The number of samples that one statement inserts.
const AT_ONCE: usize = 64;
/// How the name of an unfinished file ends, after the store's name, a dot and the process's identifier.
const UNFINISHED: &str = ".unfinished";

/// A built store that is being written. Dropping it before [`Building::finish`] leaves no trace.
#[derive(Debug)]
pub(crate) struct Building {
    path: PathBuf,
    // Declared before the file: fields are dropped in order, and SQLite must close it before it is removed.
    connection: Option<Connection>,
    unfinished: Unfinished,
    heads: Vec<(u64, u32)>,
    names: Vec<(u64, u32)>,
    // Name, verdict and facts of the samples that the next statement writes.
    waiting: Vec<(String, &'static str, String)>,
    len: u32,
}

impl Building {
    /// Begins a store at `path`. An existing store stays usable until the new one is finished.
    ///
    /// # Errors
    /// The file cannot be written, or there is a file that is not a built store.
    pub(crate) fn begin(path: &Path) -> Result<Self, StoreError> {
        refuse_others(path)?;
        let unfinished = Unfinished::create(path).map_err(|error| unwritable(path, &error))?;
        let connection = Connection::open(&unfinished.path)?;
        let mut building = Self {
            path: path.to_owned(),
            connection: None,
            unfinished,
            heads: Vec::new(),
            names: Vec::new(),
            waiting: Vec::new(),
            len: 0,
        };
        building.prepare(connection).map_err(|error| building.failed(error))?;
        Ok(building)
    }

    fn prepare(&mut self, connection: Connection) -> Result<(), StoreError> {
        let connection = self.connection.insert(connection);
        // Fast and without a journal: the file is used only after it is finished and renamed, so a crash loses nothing.
        connection.execute_batch(
            "pragma page_size = 4096; pragma journal_mode = off; pragma synchronous = off; \
             pragma locking_mode = exclusive; pragma cache_size = -16000;",
        )?;
        connection.pragma_update(None, "application_id", PROGRAM)?;
        connection.pragma_update(None, "user_version", FORMAT)?;
        connection.execute_batch(TABLES)?;
        connection.execute_batch("begin")?;
        Ok(())
    }

    /// What to say of an error of SQLite's.
    fn failed(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::BuiltSqlite(error) => unwritable(&self.path, &error),
            error => error,
        }
    }

    /// Adds a sample, which is also found by `names`; its place is the number of samples before it.
    ///
    /// # Errors
    /// SQLite refuses.
    pub(crate) fn add(&mut self, sample: &Sample, names: &[String]) -> Result<(), StoreError> {
        self.names.extend(names.iter().map(|name| (head_of_name(name), self.len)));
        self.heads.extend(sample.hashes.all().map(|hash| (hash.head(), self.len)));
        let verdict = sample.scans.last().map_or("", |scan| scan.verdict.word());
        self.waiting.push((sample.name.clone(), verdict, serde_json::to_string(sample)?));
        self.len += 1;
        if self.waiting.len() < AT_ONCE {
            return Ok(());
        }
        self.write().map_err(|error| self.failed(error))
    }

    fn write(&mut self) -> Result<(), StoreError> {
        let Some(connection) = self.connection.as_ref().filter(|_| !self.waiting.is_empty()) else {
            return Ok(());
        };
        let first = self.len - u32::try_from(self.waiting.len()).unwrap_or_default();
        let rows = |row: &str| vec![row; self.waiting.len()].join(", ");
        let statement = format!("insert into sample (place, name, verdict) values {}", rows("(?, ?, ?)"));
        let mut values: Vec<&dyn rusqlite::ToSql> = Vec::with_capacity(self.waiting.len() * 3);
        let places: Vec<u32> = (first..self.len).collect();
        for (place, (name, verdict, _)) in places.iter().zip(&self.waiting) {
            values.extend([place as &dyn rusqlite::ToSql, name, verdict]);
        }
        connection.prepare_cached(&statement)?.execute(params_from_iter(values))?;
        let statement = format!("insert into facts (place, facts) values {}", rows("(?, ?)"));
        let mut values: Vec<&dyn rusqlite::ToSql> = Vec::with_capacity(self.waiting.len() * 2);
        for (place, (_, _, facts)) in places.iter().zip(&self.waiting) {
            values.extend([place as &dyn rusqlite::ToSql, facts]);
        }
        connection.prepare_cached(&statement)?.execute(params_from_iter(values))?;
        self.waiting.clear();
        Ok(())
    }

    /// Writes the index and what else there is to know, and puts the file in its place. How many samples it holds.
    ///
    /// # Errors
    /// SQLite or the file system refuses; then the file at the path is unchanged.
    pub(crate) fn finish(mut self, about: &[(&str, String)]) -> Result<u32, StoreError> {
        self.complete(about).map_err(|error| self.failed(error))?;
        let place = || {
            // SQLite does not sync. After a power failure, the new name could otherwise stand for an empty file.
            self.unfinished.file.sync_all()?;
            std::fs::rename(&self.unfinished.path, &self.path)
        };
        place().map_err(|error| unwritable(&self.path, &error))?;
        Ok(self.len)
    }

    fn complete(&mut self, about: &[(&str, String)]) -> Result<(), StoreError> {
        self.write()?;
        // The indexes come last: their entries are sorted by hash, and samples come in any order.
        let Some(connection) = self.connection.take() else { return Ok(()) };
        index(
            &connection,
            "insert into heads (last, entries) values (?, ?)",
            std::mem::take(&mut self.heads),
        )?;
        index(
            &connection,
            "insert into names (last, entries) values (?, ?)",
            std::mem::take(&mut self.names),
        )?;
        {
            let mut insert = connection.prepare("insert into about (key, value) values (?, ?)")?;
            insert.execute(params!["samples", self.len.to_string()])?;
            for (key, value) in about {
                insert.execute(params![key, value])?;
            }
        }
        connection.execute_batch("commit")?;
        connection.close().map_err(|(_, error)| error.into())
    }
}

/// The new file beside the old one, locked for as long as it is written. Dropping it removes the file, unless that was
/// renamed.
#[derive(Debug)]
struct Unfinished {
    path: PathBuf,
    file: File,
}

impl Unfinished {
    /// Creates the file for a store at `store`, and removes those that killed builds left.
    fn create(store: &Path) -> std::io::Result<Self> {
        remove_stale(store);
        let mut name = store.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}{UNFINISHED}", std::process::id()));
        let path = store.with_file_name(name);
        let file = File::create(&path)?;
        let unfinished = Self { path, file };
        // Tells other builds of this store that this process still runs.
        unfinished.file.try_lock()?;
        Ok(unfinished)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a finished build there is no file at this path any more.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Removes the unfinished files for `store` that no build holds a lock on. Errors are ignored: such a file only takes
/// space.
fn remove_stale(store: &Path) {
    let folder = store.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(name) = store.file_name().and_then(|name| name.to_str()) else { return };
    for entry in std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let other = entry.file_name();
        let process = other
            .to_str()
            .and_then(|other| other.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(UNFINISHED));
        let is_ours =
            process.is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()));
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_ours && is_file && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn unwritable(path: &Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::NotBuilt { path: path.to_owned(), what: format!("cannot be written: {error}") }
}

/// Refuses to replace anything but a built store: a mistyped path must not destroy a fixture or a server's state.
fn refuse_others(path: &Path) -> Result<(), StoreError> {
    let what = match is_built(path) {
        Ok(true) => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Ok(false) => {
            "was not made by scandouble build, and stays as it is; give another file with -o".to_owned()
        }
        Err(error) => format!("cannot be replaced: {error}; give another file with -o"),
    };
    Err(StoreError::NotBuilt { path: path.to_owned(), what })
}

/// Whether a file was built, by any version: a SQLite file's header holds the program's mark at a fixed place.
fn is_built(path: &Path) -> std::io::Result<bool> {
    // A pipe is not opened, since that waits for a writer.
    if !std::fs::metadata(path)?.is_file() {
        return Ok(false);
    }
    // Up to the application id, which is at byte 68 (SQLite file format, section 1.3).
    let mut header = [0; 72];
    match File::open(path)?.read_exact(&mut header) {
        Ok(()) => Ok(header.starts_with(b"SQLite format 3\0") && header[68..] == PROGRAM.to_be_bytes()),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes an index, sorted, many entries to a row.
fn index(connection: &Connection, insert: &str, mut heads: Vec<(u64, u32)>) -> Result<(), StoreError> {
    // Signed, because integer keys of SQLite are: a row is found by the order of these keys.
    heads.sort_unstable_by_key(|(head, place)| (head.cast_signed(), *place));
    let mut add = connection.prepare(insert)?;
    let mut rest = heads.as_slice();
    while !rest.is_empty() {
        let mut end = rest.len().min(ROW_ENTRIES);
        // All entries of one head go into one row, so that a look-up reads a single row.
        while end < rest.len() && rest[end].0 == rest[end - 1].0 {
            end += 1;
        }
        let entries: Vec<u8> = rest[..end].iter().flat_map(|(head, place)| pack(*head, *place)).collect();
        add.execute(params![rest[end - 1].0.cast_signed(), entries])?;
        rest = &rest[end..];
    }
    Ok(())
}
