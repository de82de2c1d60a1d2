//! Building a store: everything is written to a new file beside the old one, which it then replaces.

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params, params_from_iter};

use super::built::{ENTRY, FORMAT, PROGRAM, TABLES, head_of_name, pack};
use super::{Sample, StoreError};

/// How many entries of the index stand in one row: as many as fill a page of 4096 bytes.
const ROW_ENTRIES: usize = 4000 / ENTRY;
/// How many samples one statement writes.
const AT_ONCE: usize = 64;

/// A built store that is being written. Dropping it before [`Building::finish`] leaves no trace.
#[derive(Debug)]
pub struct Building {
    path: PathBuf,
    unfinished: PathBuf,
    connection: Option<Connection>,
    heads: Vec<(u64, u32)>,
    names: Vec<(u64, u32)>,
    // Name, verdict and facts of the samples that the next statement writes.
    waiting: Vec<(String, &'static str, String)>,
    len: u32,
}

impl Building {
    /// Begins a store at `path`. A store that stands there keeps serving until the new one is finished.
    ///
    /// # Errors
    /// The file cannot be written, or something else than a built store stands there.
    pub fn begin(path: &Path) -> Result<Self, StoreError> {
        refuse_others(path)?;
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.unfinished", std::process::id()));
        let unfinished = path.with_file_name(name);
        let refuse = |error: std::io::Error| StoreError::NotBuilt {
            path: path.to_owned(),
            what: format!("cannot be written: {error}"),
        };
        std::fs::File::create(&unfinished).map_err(refuse)?;
        let connection = Connection::open(&unfinished)?;
        // Nothing is lost if this breaks off: the file counts only once it is finished and in its place.
        connection.execute_batch(
            "pragma page_size = 4096; pragma journal_mode = off; pragma synchronous = off; \
             pragma locking_mode = exclusive; pragma cache_size = -16000;",
        )?;
        connection.pragma_update(None, "application_id", PROGRAM)?;
        connection.pragma_update(None, "user_version", FORMAT)?;
        connection.execute_batch(TABLES)?;
        connection.execute_batch("begin")?;
        Ok(Self {
            path: path.to_owned(),
            unfinished,
            connection: Some(connection),
            heads: Vec::new(),
            names: Vec::new(),
            waiting: Vec::new(),
            len: 0,
        })
    }

    /// Adds a sample, which is also found by `names`; its place is the number of samples before it.
    ///
    /// # Errors
    /// SQLite refuses.
    pub fn add(&mut self, sample: &Sample, names: &[String]) -> Result<(), StoreError> {
        self.names.extend(names.iter().map(|name| (head_of_name(name), self.len)));
        self.heads.extend(sample.hashes.all().map(|hash| (hash.head(), self.len)));
        let verdict = sample.scans.last().map_or("", |scan| scan.verdict.word());
        self.waiting.push((sample.name.clone(), verdict, serde_json::to_string(sample)?));
        self.len += 1;
        if self.waiting.len() == AT_ONCE { self.write() } else { Ok(()) }
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
    /// SQLite or the file system refuses; then what stood at the path still does.
    pub fn finish(mut self, about: &[(&str, String)]) -> Result<u32, StoreError> {
        self.write()?;
        let Some(connection) = self.connection.take() else { return Ok(self.len) };
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
            let mut tell = connection.prepare("insert into about (key, value) values (?, ?)")?;
            tell.execute(params!["samples", self.len.to_string()])?;
            for (key, value) in about {
                tell.execute(params![key, value])?;
            }
        }
        connection.execute_batch("commit")?;
        connection.close().map_err(|(_, error)| error)?;
        let place = || {
            std::fs::File::open(&self.unfinished)?.sync_all()?;
            std::fs::rename(&self.unfinished, &self.path)
        };
        place().map_err(|error| StoreError::NotBuilt {
            path: self.path.clone(),
            what: format!("cannot be written: {error}"),
        })?;
        Ok(self.len)
    }
}

/// Refuses to build in place of anything but a built store: nobody should lose a fixture, or a server's state, by a slip.
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

/// Whether a file was built, by whatever version: a SQLite file's header holds the program's mark at a fixed place.
fn is_built(path: &Path) -> std::io::Result<bool> {
    // A pipe is not even opened: that would wait for somebody to write.
    if !std::fs::metadata(path)?.is_file() {
        return Ok(false);
    }
    let mut header = [0; 72];
    match std::fs::File::open(path)?.read_exact(&mut header) {
        Ok(()) => Ok(header.starts_with(b"SQLite format 3\0") && header[68..] == PROGRAM.to_be_bytes()),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes an index, sorted, many entries to a row.
fn index(connection: &Connection, insert: &str, mut heads: Vec<(u64, u32)>) -> Result<(), StoreError> {
    heads.sort_unstable_by_key(|(head, place)| (head.cast_signed(), *place));
    let mut add = connection.prepare(insert)?;
    let mut rest = heads.as_slice();
    while !rest.is_empty() {
        let mut end = rest.len().min(ROW_ENTRIES);
        // All entries of one head stand in one row, where a look-up finds them together.
        while end < rest.len() && rest[end].0 == rest[end - 1].0 {
            end += 1;
        }
        let entries: Vec<u8> = rest[..end].iter().flat_map(|(head, place)| pack(*head, *place)).collect();
        add.execute(params![rest[end - 1].0.cast_signed(), entries])?;
        rest = &rest[end..];
    }
    Ok(())
}

impl Drop for Building {
    fn drop(&mut self) {
        drop(self.connection.take());
        // After a finished build nothing stands there any more.
        let _ = std::fs::remove_file(&self.unfinished);
    }
}
