//! A built store: sets that were compiled into one SQLite file, which is opened read-only and shared by processes.
//!
//! The file holds the facts of each sample by its place, and one compact index of all hashes: pairs of a hash's first
//! eight bytes and a place, sorted, some three hundred to a row. A row fills one page, so a look-up of a hash reads
//! one page of the index and one of the facts, and nothing is loaded when the file is opened.
//!
//! Reads do not go through sqlx: handing one to its worker thread and back costs more than the read itself.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::StoreError;
use super::row::{self, COLUMNS, Common};
use crate::samples::{Hash, Sample};

/// Marks the file as one of this program's: `scdb`.
pub(super) const PROGRAM: i32 = 0x7363_6462;
/// What the tables mean; a file with a higher one was built by a newer version.
pub(super) const FORMAT: i32 = 3;
/// Bytes of a hash's head, then of the sample's place.
pub(super) const ENTRY: usize = 8 + 4;

/// The tables. `about` holds what the sets contain besides samples; `sample` and `common` are the samples (`row.rs`); `heads` is
/// the index of hashes, `last` being the head of a row's last entry as a signed number, which is how SQLite orders them, so
/// that a look-up goes straight to its row; `names` is the same for the names that APIs give their results.
pub(super) const TABLES: &str = "
    create table about (key text primary key, value text not null) strict, without rowid;
    create table common (id integer primary key, facts text not null) strict;
    create table sample (place integer primary key, name text not null, verdict text not null,
        hashes blob not null, size integer not null, common integer, at integer, threat text not null,
        rest text) strict;
    create table heads (last integer primary key, entries blob not null) strict;
    create table names (last integer primary key, entries blob not null) strict;
";

/// Finds a sample by its place.
const SAMPLE: &str =
    "select place, name, verdict, hashes, size, common, at, threat, rest from sample where place = ?";

/// An open built store. It never changes while it is open: the file cannot be written meanwhile, and `build` puts a
/// new file in its place.
#[derive(Debug)]
pub struct Built {
    path: PathBuf,
    len: u32,
    commons: Vec<Common>,
    // A connection serves one thread at a time; a look-up takes microseconds, so there are as many as cores.
    connections: Vec<Mutex<Connection>>,
}

impl Built {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// It cannot be read, or is not a built store of this version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let first = connect(path)?;
        let len = about(&first, "samples")?.and_then(|text| text.parse().ok()).unwrap_or_default();
        let commons = commons(&first)?;
        let mut connections = vec![Mutex::new(first)];
        for _ in 1..cores.min(8) {
            connections.push(Mutex::new(connect(path)?));
        }
        Ok(Self { path: path.to_owned(), len, commons, connections })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many samples it holds; their places count from 0.
    pub fn sample_count(&self) -> u32 {
        self.len
    }

    /// What `build` wrote down under this key, beside the samples.
    ///
    /// # Errors
    /// SQLite refuses.
    pub fn about(&self, key: &str) -> Result<Option<String>, StoreError> {
        about(&self.connection(), key)
    }

    /// Adds the places of the samples that may have a hash with this head.
    ///
    /// # Errors
    /// SQLite refuses.
    pub fn places(&self, head: u64, places: &mut Vec<u32>) -> Result<(), StoreError> {
        self.entries("select entries from heads where last >= ? order by last limit 1", head, places)
    }

    /// Adds the places of the samples that may have a name with this head.
    ///
    /// # Errors
    /// SQLite refuses.
    pub fn named(&self, head: u64, places: &mut Vec<u32>) -> Result<(), StoreError> {
        self.entries("select entries from names where last >= ? order by last limit 1", head, places)
    }

    fn entries(&self, query: &str, head: u64, places: &mut Vec<u32>) -> Result<(), StoreError> {
        let connection = self.connection();
        let mut find = connection.prepare_cached(query)?;
        let mut rows = find.query(params![head.cast_signed()])?;
        let Some(row) = rows.next()? else { return Ok(()) };
        let entries = row.get_ref(0)?.as_blob().unwrap_or_default();
        let entry = |at: usize| entries.get(at * ENTRY..(at + 1) * ENTRY).map(unpack);
        let (mut low, mut high) = (0, entries.len() / ENTRY);
        while low < high {
            let middle = low.midpoint(high);
            // Signed, in the order in which `build` sorts the entries.
            let is_less = entry(middle).is_some_and(|(of, _)| of.cast_signed() < head.cast_signed());
            if is_less { low = middle + 1 } else { high = middle }
        }
        let same = (low..).map_while(entry).take_while(|(of, _)| *of == head);
        places.extend(same.map(|(_, place)| place));
        Ok(())
    }

    /// The sample at this place.
    ///
    /// # Errors
    /// SQLite refuses, or the row cannot be read.
    pub fn sample(&self, place: u32) -> Result<Option<Sample>, StoreError> {
        let connection = self.connection();
        let mut find = connection.prepare_cached(SAMPLE)?;
        let mut rows = find.query(params![place])?;
        rows.next()?.map(|row| row::sample(row, &self.commons)).transpose()
    }

    /// The place and the sample that has this hash.
    ///
    /// # Errors
    /// SQLite refuses, or the row cannot be read.
    pub fn find(&self, hash: &Hash) -> Result<Option<(u32, Sample)>, StoreError> {
        let mut places = Vec::new();
        self.places(hash.head(), &mut places)?;
        for place in places {
            if let Some(sample) = self.sample(place)?.filter(|sample| sample.hashes.has(hash)) {
                return Ok(Some((place, sample)));
            }
        }
        Ok(None)
    }

    /// Samples but those at the places `hidden`, whose name holds `name` (in any ASCII case) and whose newest verdict is
    /// `verdict`, either empty for any: `limit` of them after the first `skip`, by place.
    ///
    /// # Errors
    /// SQLite refuses, or a row cannot be read.
    pub fn list(
        &self,
        name: &str,
        verdict: &str,
        hidden: &[u32],
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        let connection = self.connection();
        let mut find = connection.prepare_cached(&format!(
            "select {COLUMNS} from sample where (?1 = '' or instr(lower(name), lower(?1)) > 0)
             and (?2 = '' or verdict = ?2) and place not in (select value from json_each(?5))
             order by place limit ?3 offset ?4"
        ))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let skip = i64::try_from(skip).unwrap_or(i64::MAX);
        let mut rows = find.query(params![name, verdict, limit, skip, json(hidden)])?;
        let mut samples = Vec::new();
        while let Some(row) = rows.next()? {
            samples.push(row::sample(row, &self.commons)?);
        }
        Ok(samples)
    }

    /// How many samples [`Built::list`] would give without a limit.
    ///
    /// # Errors
    /// SQLite refuses.
    pub fn count(&self, name: &str, verdict: &str, hidden: &[u32]) -> Result<usize, StoreError> {
        if name.is_empty() && verdict.is_empty() {
            return Ok((self.len as usize).saturating_sub(hidden.len()));
        }
        let connection = self.connection();
        let mut find = connection.prepare_cached(
            "select count(*) from sample where (?1 = '' or instr(lower(name), lower(?1)) > 0)
             and (?2 = '' or verdict = ?2) and place not in (select value from json_each(?3))",
        )?;
        let count: i64 = find.query_row(params![name, verdict, json(hidden)], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// A connection that is free, or else the first one, once it is.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        for connection in &self.connections {
            match connection.try_lock() {
                Ok(free) => return free,
                // A read that panicked leaves nothing behind in a read-only connection.
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        self.connections[0].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn json(places: &[u32]) -> String {
    serde_json::Value::from_iter(places.iter().copied()).to_string()
}

/// One entry of the index as bytes: the head, then the place.
pub(super) fn pack(head: u64, place: u32) -> [u8; ENTRY] {
    let mut entry = [0; ENTRY];
    entry[..8].copy_from_slice(&head.to_be_bytes());
    entry[8..].copy_from_slice(&place.to_be_bytes());
    entry
}

fn unpack(entry: &[u8]) -> (u64, u32) {
    let place = entry[8..].iter().fold(0, |place, byte| place << 8 | u32::from(*byte));
    (entry[..8].iter().fold(0, |head, byte| head << 8 | u64::from(*byte)), place)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::BuiltSqlite(error.into())
    }
}

fn about(connection: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    let mut find = connection.prepare_cached("select value from about where key = ?")?;
    Ok(find.query_row([key], |row| row.get(0)).optional()?)
}

fn commons(connection: &Connection) -> Result<Vec<Common>, StoreError> {
    let mut find = connection.prepare("select facts from common order by id")?;
    let mut rows = find.query([])?;
    let mut commons = Vec::new();
    while let Some(row) = rows.next()? {
        commons.push(serde_json::from_str(row.get_ref(0)?.as_str().unwrap_or_default())?);
    }
    Ok(commons)
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let refuse = |what: String| StoreError::NotBuilt { path: path.to_owned(), what };
    // Opening a pipe would wait for its writer.
    if std::fs::metadata(path).is_ok_and(|file| !file.is_file()) {
        return Err(refuse("is not a regular file; check the path".to_owned()));
    }
    // SQLite reports every file that it cannot open in the same words; the system says why.
    if let Err(error) = std::fs::File::open(path) {
        return Err(refuse(format!("cannot be read: {error}; check the path")));
    }
    // Without SQLite's own mutex, because each connection is behind one already.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    let number = |name: &str| connection.query_row(&format!("pragma {name}"), [], |row| row.get::<_, i32>(0));
    let program = number("application_id").map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => {
            refuse(format!("is not a SQLite file; make a store with {}", how(&elsewhere(path))))
        }
        _ => error.into(),
    })?;
    let format = number("user_version")?;
    if program != PROGRAM {
        return Err(refuse(format!(
            "was not made by scandouble build; make a store with {}",
            how(&elsewhere(path))
        )));
    }
    if format > FORMAT {
        return Err(refuse(format!(
            "was built by a newer version of scandouble (its format is {format}, this version reads {FORMAT}); use \
             that version, or build the file again with this one"
        )));
    }
    if format < FORMAT {
        return Err(refuse(format!(
            "was built by an older version of scandouble; build it again with {}",
            how(path)
        )));
    }
    // The operating system caches the file's pages; a larger cache in SQLite makes it no faster.
    // The transaction never ends: reads then need no lock from the system, and no process can write the file.
    connection
        .execute_batch("pragma query_only = on; pragma cache_size = -2000; begin; select 1 from about;")?;
    Ok(connection)
}

/// A path beside a file that is not a store and must not be overwritten.
fn elsewhere(path: &Path) -> PathBuf {
    path.with_extension("store.db")
}

fn how(path: &Path) -> String {
    format!("scandouble build PATH… -o {}", path.display())
}
