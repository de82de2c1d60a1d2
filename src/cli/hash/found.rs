//! Finds the files to hash, and reports those that are skipped.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::table::plain;
use crate::fixtures::input::{InputError, kind};

/// A file to be read.
pub(super) struct Found {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its path from the folder that was named, or its name if it was named itself.
    pub(super) inside: PathBuf,
    /// Its size in bytes, as far as that is known now.
    pub(super) size: u64,
}

/// What is left out, in lines for people.
#[derive(Debug, Default)]
pub(super) struct Skipped {
    /// What has not been said yet.
    pub(super) lines: Vec<String>,
    /// Whether anything could not be read.
    pub(super) failed: bool,
}

impl Skipped {
    /// Something that a person should know.
    pub(super) fn note(&mut self, line: String) {
        self.lines.push(format!("note: {line}"));
    }

    /// Something that cannot be read.
    pub(super) fn unread(&mut self, path: &Path, error: &InputError) {
        self.failed = true;
        let help = match error {
            InputError::Io(error) if error.kind() == io::ErrorKind::NotFound => "; check the path",
            InputError::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                "; check its permissions"
            }
            InputError::Io(_) => "",
            other => &format!("; {}", other.help()),
        };
        self.lines.push(format!("scandouble: {}: {error}{help}", shown(path)));
    }
}

fn shown(path: &Path) -> String {
    plain(&path.to_string_lossy())
}

/// The files at `paths` and in the folders among them, each folder in the order of names.
pub(super) fn files(paths: &[PathBuf], skipped: &mut Skipped) -> Vec<Found> {
    let out = output();
    let mut found = Vec::new();
    for path in paths {
        // What is named is meant, be it a link.
        match std::fs::metadata(path) {
            Ok(data) if data.is_dir() => folder(path, out.as_ref(), &mut found, skipped),
            Ok(data) if !data.is_file() => {
                skipped.unread(path, &InputError::NotRegular(kind(&data)));
            }
            Ok(data) => {
                let inside = path.file_name().map(PathBuf::from).unwrap_or_default();
                add(path.clone(), inside, &data, out.as_ref(), &mut found, skipped);
            }
            Err(error) => skipped.unread(path, &error.into()),
        }
    }
    found
}

fn folder(root: &Path, out: Option<&Metadata>, found: &mut Vec<Found>, skipped: &mut Skipped) {
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        // Links are not followed: the files behind them are elsewhere, or here a second time.
        let data =
            match if path == root { std::fs::metadata(&path) } else { std::fs::symlink_metadata(&path) } {
                Ok(data) => data,
                Err(error) => {
                    skipped.unread(&path, &error.into());
                    continue;
                }
            };
        if data.is_symlink() {
            skipped.note(format!("{}: a symbolic link is left out; name it to have it hashed", shown(&path)));
        } else if !data.is_dir() {
            let inside = path.strip_prefix(root).unwrap_or(&path).to_owned();
            add(path, inside, &data, out, found, skipped);
        } else {
            match entries(&path) {
                // The last one is the next one.
                Ok(entries) => open.extend(entries.into_iter().rev()),
                Err(error) => skipped.unread(&path, &error.into()),
            }
        }
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}

fn add(
    path: PathBuf,
    inside: PathBuf,
    data: &Metadata,
    out: Option<&Metadata>,
    found: &mut Vec<Found>,
    skipped: &mut Skipped,
) {
    if !data.is_file() {
        let (path, kind) = (shown(&path), kind(data));
        skipped.note(format!("{path}: {kind}, not a regular file; it is left out"));
    } else if out.is_some_and(|out| is_same(out, data)) {
        skipped.note(format!("{}: the fixture itself is written there; it is left out", shown(&path)));
    } else {
        found.push(Found { path, inside, size: data.len() });
    }
}

/// The file that standard output goes to, if it is one.
fn output() -> Option<Metadata> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        let file = File::from(io::stdout().as_fd().try_clone_to_owned().ok()?);
        file.metadata().ok().filter(Metadata::is_file)
    }
    #[cfg(not(unix))]
    None
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    false
}
