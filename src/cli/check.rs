//! `scandouble check`: reads fixtures as `serve` would and reports every error and warning.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use serde::Serialize;

use super::log::{allows_colour, print_error, print_line};
use super::table::counted;
use super::{FAILED, SUCCESS};
use crate::clock::Clock;
use crate::document::{Diagnostic, Severity};
use crate::fixtures::code::WARNINGS;
use crate::fixtures::input::{self, InputError};
use crate::fixtures::{self, Recipe, Report, Source, Summary};
use crate::store::Built;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    scandouble check team/fixtures\n  \
    scandouble check builtin:starter team/fixtures --allow overridden-sample --deny-warnings\n  \
    curl -s https://example.org/set.yaml | scandouble check -\n\n\
    Exit codes: 0 without errors; 1 with errors, or with warnings under --deny-warnings; 2 for wrong flags.")]
pub(super) struct CheckArgs {
    /// Fixture files, folders of them, built-in sets (builtin:starter), or - for standard input; together, in this order,
    /// as for --fixtures
    #[arg(required_unless_present = "store", value_name = "PATH")]
    paths: Vec<String>,

    /// Check with this profile; may be given several times [default: each profile by itself]
    #[arg(long, value_name = "NAME")]
    profile: Vec<String>,

    /// A file made by `scandouble build`, which the sets add to
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,

    /// Ignore this warning; may be given several times
    #[arg(long, value_name = "WARNING", value_parser = warnings())]
    allow: Vec<String>,

    /// Exit with 1 if there are warnings
    #[arg(long)]
    deny_warnings: bool,

    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

fn warnings() -> PossibleValuesParser {
    WARNINGS.iter().map(|code| PossibleValue::new(code.name).help(code.summary)).into()
}

pub(super) fn run(args: CheckArgs) -> u8 {
    let built = match args.store.as_deref().map(Built::open).transpose() {
        Ok(built) => built,
        Err(error) => {
            print_error(&format!("scandouble: {error}"));
            return FAILED;
        }
    };
    let sources = match args.paths.iter().map(|path| source(path)).collect() {
        Ok(sources) => sources,
        Err(error) => {
            print_error(&format!("scandouble: standard input {error}; {}", error.help()));
            return FAILED;
        }
    };
    let recipe = Recipe { sources, profiles: args.profile, store: args.store, ..Recipe::default() };
    let mut report = fixtures::check(&recipe, built.as_ref(), Clock::running().now());
    report.diagnostics.retain(|diagnostic| !args.allow.iter().any(|name| name == diagnostic.code.name));
    let count = |severity| {
        let of_severity = report.diagnostics.iter().filter(|one| one.code.severity == severity);
        // A list that was cut ends with a diagnostic that counts for all that are not listed.
        of_severity.map(|one| one.stands_for).sum::<usize>()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if args.json {
        let json = ReportJson::of(&report, errors, warnings);
        print_line(&serde_json::to_string_pretty(&json).unwrap_or_default());
    } else {
        let colour = allows_colour(std::io::stdout().is_terminal());
        report
            .diagnostics
            .iter()
            .for_each(|diagnostic| print_line(&format!("{}\n", diagnostic.render(colour))));
        print_line(&last_line(report.summary.as_ref(), errors, warnings));
    }
    if errors > 0 || warnings > 0 && args.deny_warnings { FAILED } else { SUCCESS }
}

fn source(path: &str) -> Result<Source, InputError> {
    if path == "-" {
        let text = input::read_stdin(input::ROWS)?;
        return Ok(Source::Text { name: "stdin".to_owned(), text });
    }
    Ok(Source::of_path(Path::new(path)))
}

fn last_line(summary: Option<&Summary>, errors: usize, warnings: usize) -> String {
    let mut found = Vec::new();
    found.extend((errors > 0).then(|| counted(errors as u64, "error")));
    found.extend((warnings > 0).then(|| counted(warnings as u64, "warning")));
    let found = if found.is_empty() { "no errors or warnings".to_owned() } else { found.join(", ") };
    match summary {
        Some(summary) => format!("{}: {found}", counted(summary.samples as u64, "sample")),
        None => found,
    }
}

/// The report as JSON.
#[derive(Serialize)]
struct ReportJson<'a> {
    errors: usize,
    warnings: usize,
    /// How many samples would be loaded; `null` if nothing would.
    samples: Option<usize>,
    sets: &'a [String],
    profiles: &'a [String],
    problems: Vec<DiagnosticJson<'a>>,
}

#[derive(Serialize)]
struct DiagnosticJson<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    offset: Option<usize>,
    length: Option<usize>,
    severity: &'static str,
    code: &'static str,
    message: &'a str,
    help: String,
    suggestion: Option<&'a str>,
    excerpt: Option<&'a str>,
    caret: Option<&'a str>,
}

impl<'a> ReportJson<'a> {
    fn of(report: &'a Report, errors: usize, warnings: usize) -> Self {
        let summary = report.summary.as_ref();
        Self {
            errors,
            warnings,
            samples: summary.map(|summary| summary.samples),
            sets: summary.map_or(&[], |summary| &summary.sets),
            profiles: summary.map_or(&[], |summary| &summary.profiles),
            problems: report.diagnostics.iter().map(DiagnosticJson::of).collect(),
        }
    }
}

impl<'a> DiagnosticJson<'a> {
    fn of(diagnostic: &'a Diagnostic) -> Self {
        let excerpt = diagnostic.excerpt.as_ref();
        Self {
            file: &diagnostic.file,
            line: diagnostic.place.line,
            column: diagnostic.place.column,
            offset: excerpt.map(|excerpt| excerpt.offset),
            length: excerpt.map(|excerpt| excerpt.length),
            severity: diagnostic.code.severity.name(),
            code: diagnostic.code.name,
            message: &diagnostic.what,
            help: diagnostic.advice(),
            suggestion: diagnostic.meant.as_deref(),
            excerpt: excerpt.map(|excerpt| excerpt.line.as_str()),
            caret: excerpt.map(|excerpt| excerpt.caret.as_str()),
        }
    }
}
