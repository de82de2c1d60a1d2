//! Finds the files to hash, and reports those that are skipped.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::table::plain;
use crate::fixtures::input::{InputError, kind};

/// A file to be read.
pub(super) struct FoundFile {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its path inside the folder that was given, or its file name if it was given itself.
    pub(super) inside: PathBuf,
    /// Its size in bytes. It may change before the file is read.
    pub(super) size: u64,
}

/// Messages about files that are skipped.
#[derive(Debug, Default)]
pub(super) struct SkippedFiles {
    /// Lines that are not printed yet.
    pub(super) lines: Vec<String>,
    /// Whether a file could not be read.
    pub(super) failed: bool,
}

impl SkippedFiles {
    /// Adds a note.
    pub(super) fn add_note(&mut self, line: String) {
        self.lines.push(format!("note: {line}"));
    }

    /// Adds the error of a file that cannot be read.
    pub(super) fn add_error(&mut self, path: &Path, error: &InputError) {
        self.failed = true;
        let help = match error {
            InputError::Io(error) if error.kind() == io::ErrorKind::NotFound => "; check the path",
            InputError::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                "; check its permissions"
            }
            InputError::Io(_) => "",
            other => &format!("; {}", other.help()),
        };
        self.lines.push(format!("scandouble: {}: {error}{help}", display(path)));
    }
}

fn display(path: &Path) -> String {
    plain(&path.to_string_lossy())
}

/// The files at `paths`, and those in the folders among them, sorted by name in each folder.
pub(super) fn find_files(paths: &[PathBuf], skipped: &mut SkippedFiles) -> Vec<FoundFile> {
    let out = output();
    let mut found = Vec::new();
    for path in paths {
        // A path that was given is followed even if it is a link.
        match std::fs::metadata(path) {
            Ok(data) if data.is_dir() => folder(path, out.as_ref(), &mut found, skipped),
            Ok(data) if !data.is_file() => {
                skipped.add_error(path, &InputError::NotRegular(kind(&data)));
            }
            Ok(data) => {
                let inside = path.file_name().map(PathBuf::from).unwrap_or_default();
                add(path.clone(), inside, &data, out.as_ref(), &mut found, skipped);
            }
            Err(error) => skipped.add_error(path, &error.into()),
        }
    }
    found
}

fn folder(root: &Path, out: Option<&Metadata>, found: &mut Vec<FoundFile>, skipped: &mut SkippedFiles) {
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        // Links inside folders are not followed: their targets are elsewhere, or would be read twice.
        let data =
            match if path == root { std::fs::metadata(&path) } else { std::fs::symlink_metadata(&path) } {
                Ok(data) => data,
                Err(error) => {
                    skipped.add_error(&path, &error.into());
                    continue;
                }
            };
        if data.is_symlink() {
            skipped.add_note(format!(
                "{}: symbolic link skipped; give its path to hash the target",
                display(&path)
            ));
        } else if !data.is_dir() {
            let inside = path.strip_prefix(root).unwrap_or(&path).to_owned();
            add(path, inside, &data, out, found, skipped);
        } else {
            match entries(&path) {
                // The stack is popped from the end, so the first name goes last.
                Ok(entries) => open.extend(entries.into_iter().rev()),
                Err(error) => skipped.add_error(&path, &error.into()),
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
    found: &mut Vec<FoundFile>,
    skipped: &mut SkippedFiles,
) {
    if !data.is_file() {
        let (path, kind) = (display(&path), kind(data));
        skipped.add_note(format!("{path}: {kind} skipped, not a regular file"));
    } else if out.is_some_and(|out| is_same(out, data)) {
        skipped.add_note(format!("{}: skipped, because the fixture is written to it", display(&path)));
    } else {
        found.push(FoundFile { path, inside, size: data.len() });
    }
}

/// The file that standard output goes to, if it is one.
fn output() -> Option<Metadata> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        // A `File` closes its descriptor, so it gets a copy of the one of standard output.
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
