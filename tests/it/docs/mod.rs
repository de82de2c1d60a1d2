//! The documentation is true: its commands are run and their output is compared, its tables come from the program, its
//! links lead somewhere.
//!
//! `UPDATE_DOCS=1 cargo test --locked --test it docs` writes the real output and the real tables into the pages.
//!
//! What is not run: blocks of kind `sh`, which need files, tools or minutes that a test does not have (flags of our own
//! commands are checked there), and Python, which needs packages from PyPI. `tests/clients/run` runs the Python of
//! `docs/clients.md`, `tests/shipped` the containers and the wheel. The commands need bash, curl and Python 3; Node is
//! used where it is installed.

mod links;
pub(crate) mod page;
mod tables;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use page::Reader;

/// The repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page of `docs`, sorted.
fn docs() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("docs")).expect("docs");
    let mut pages: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    pages
}

/// Every page with commands or tables. Tests in `format` and `every_behaviour` generate the other ones.
fn pages() -> Vec<PathBuf> {
    let mut pages = docs();
    pages.retain(|page| !page.ends_with("docs/behaviours.md"));
    pages.extend(["README.md", "CONTRIBUTING.md", "python/README.md"].map(|name| root().join(name)));
    pages
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn name(path: &Path) -> String {
    path.strip_prefix(root()).expect("a page of the repository").display().to_string()
}

#[test]
fn commands_and_tables_show_what_the_program_prints() {
    let pages = pages();
    let waiting = Mutex::new(pages.iter());
    let next = || waiting.lock().expect("the pages").next();
    let check = || std::iter::from_fn(next).filter_map(|page| difference(page)).collect::<Vec<_>>();
    let differences: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(check)).collect();
        // A worker that panics has said why.
        workers.into_iter().flat_map(|worker| worker.join().expect("no page panics")).collect()
    });
    let differences = differences.join("\n");
    assert!(differences.is_empty(), "UPDATE_DOCS=1 writes what is true:\n{differences}");
}

/// The first line of a page that is not true; none when pages are to be updated.
fn difference(path: &Path) -> Option<String> {
    let (name, written) = (name(path), read(path));
    let mut reader = Reader::new(&format!("docs-{}", name.replace('/', "-")));
    let really =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| tables::fill(&reader.rewrite(&written))));
    let Ok(really) = really else { return Some(format!("{name}: see the panic above")) };
    if std::env::var_os("UPDATE_DOCS").is_some() {
        // Other pages are read for the index at the same time.
        if really != written {
            std::fs::write(path, really).expect("written");
        }
        return None;
    }
    let lines = written.lines().zip(really.lines()).zip(1..);
    let first = lines.into_iter().find(|((written, really), _)| written != really);
    match first {
        Some(((written, really), number)) => {
            Some(format!("{name}:{number}\n  has    {written}\n  really {really}"))
        }
        None if written != really => Some(format!("{name}: its end differs")),
        None => None,
    }
}

#[test]
fn the_readme_is_for_the_first_five_minutes() {
    let lines = read(&root().join("README.md")).lines().count();
    assert!(
        lines <= 150,
        "README.md has {lines} lines, more than 150; move what is not needed at first to docs/"
    );
}
