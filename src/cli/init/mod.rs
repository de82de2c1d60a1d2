//! `scandouble init`: writes a starter fixture, and files that run tests with it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::log::{print_error, print_line};
use super::{FAILED, SUCCESS};
use crate::fixtures;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    scandouble init\n  \
    scandouble init team --with pytest --with compose --image registry.example.com/scandouble:0.1.0\n\n\
    It writes fixtures/invoice.yaml and fixtures/scandouble.schema.json, with which editors complete and check fixtures. No \
    file is ever overwritten: if one exists with other contents, nothing is written and the exit code is 1.")]
pub(super) struct InitArgs {
    /// The folder to write to
    #[arg(default_value = ".", value_name = "FOLDER")]
    folder: PathBuf,

    /// Also write what runs a first test; may be given several times
    #[arg(long, value_name = "WHAT")]
    with: Vec<Extra>,

    /// The container image that these files use
    #[arg(long, value_name = "IMAGE", default_value = concat!("scandouble:", env!("CARGO_PKG_VERSION")))]
    image: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Extra {
    /// A first test in Python
    Pytest,
    /// A Compose file
    Compose,
    /// A workflow of GitHub Actions
    Github,
    /// A pipeline of GitLab CI
    Gitlab,
}

/// The image in the examples, which `--image` replaces.
const EXAMPLE_IMAGE: &str = concat!("registry.example.com/scandouble:", env!("CARGO_PKG_VERSION"));

/// A file to write: its path in the folder, and its text.
type Template = (&'static str, String);

/// The fixture and its schema.
fn starter() -> [Template; 2] {
    let schema = fixtures::schema();
    let schema = serde_json::to_string_pretty(&schema).unwrap_or_else(|_| schema.to_string());
    let entries = include_str!("../../../examples/containers/fixtures/invoice.yaml");
    [
        (
            "fixtures/invoice.yaml",
            format!("# yaml-language-server: $schema=scandouble.schema.json\n{entries}"),
        ),
        ("fixtures/scandouble.schema.json", schema + "\n"),
    ]
}

impl Extra {
    fn template(self) -> (&'static str, &'static str) {
        match self {
            Self::Pytest => ("tests/test_scandouble.py", include_str!("test_scandouble.py")),
            Self::Compose => ("compose.yaml", include_str!("../../../examples/containers/compose.yaml")),
            Self::Github => (
                ".github/workflows/scandouble.yaml",
                include_str!("../../../examples/ci/github-actions.yaml"),
            ),
            Self::Gitlab => (".gitlab-ci.yml", include_str!("../../../examples/ci/gitlab-ci.yaml")),
        }
    }

    /// What to run next.
    fn command(self) -> &'static str {
        match self {
            Self::Pytest => "pytest tests/test_scandouble.py, with the package scandouble installed",
            Self::Compose => "docker compose up --exit-code-from tests",
            Self::Github | Self::Gitlab => {
                "commit it and push; then replace the second curl with your own tests"
            }
        }
    }
}

pub(super) fn run(args: InitArgs) -> u8 {
    let InitArgs { folder, with, image } = args;
    // Paths in the current folder are printed without a dot in front.
    let folder = folder.strip_prefix(".").unwrap_or(&folder);
    let mut files: Vec<Template> = starter().into();
    for extra in &with {
        let (path, text) = extra.template();
        if !files.iter().any(|(known, _)| *known == path) {
            files.push((path, text.replace(EXAMPLE_IMAGE, &image)));
        }
    }
    match write(folder, &files) {
        Ok(lines) => lines.iter().for_each(|line| print_line(line)),
        Err(errors) => {
            errors.iter().for_each(|error| print_error(&format!("scandouble: {error}")));
            return FAILED;
        }
    }
    let fixtures = folder.join("fixtures");
    print_line(&format!("next: scandouble --fixtures {}", fixtures.display()));
    with.iter().for_each(|extra| print_line(&format!("next: {}", extra.command())));
    SUCCESS
}

/// Writes the files, or none of them. Returns a line for each; files that exist with the same text are left as they are.
fn write(folder: &Path, files: &[Template]) -> Result<Vec<String>, Vec<String>> {
    let mut lines = Vec::new();
    let mut errors = Vec::new();
    let mut missing = Vec::new();
    for (path, text) in files {
        let full = folder.join(path);
        match fs::read(&full) {
            Ok(known) if known == text.as_bytes() => lines.push(format!("kept  {}", full.display())),
            Ok(_) => errors.push(format!("{} exists; move it away, or name another folder", full.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push((full, text)),
            Err(error) => errors.push(format!("{}: {error}", full.display())),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    for (full, text) in missing {
        let made = full.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&full, text));
        made.map_err(|error| vec![format!("cannot write {}: {error}", full.display())])?;
        lines.push(format!("wrote {}", full.display()));
    }
    Ok(lines)
}
