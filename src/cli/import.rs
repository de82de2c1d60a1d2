//! `scandouble import`: makes a fixture from recorded replies and sessions.

use std::collections::BTreeSet;

use clap::Args;
use serde_json::{Value, json};

use super::input::read_input;
use super::log::{print_error, print_line};
use super::table::{counted, plain};
use super::{FAILED, SUCCESS, USAGE};
use crate::document::yaml;
use crate::journal::recorded::RecordedExchange;
use crate::replay::import::{self, Imported, Owners};
use crate::vendors::import::Note;
use crate::vendors::{self, Vendor};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    curl -s -H \"apikey: $KEY\" https://core.example.org/hash/275a021b… | scandouble import - > seen.yaml\n  \
    scandouble import session.har > seen.yaml && scandouble serve --fixtures seen.yaml\n\n\
    What a fixture cannot express is reported on standard error, with its place; with --strict the exit code is then 1. \
    It is always 1 when the fixture cannot be loaded as it is.")]
pub(super) struct ImportArgs {
    /// Replies, with or without the head that curl -i prints, or recorded sessions (HAR); - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,

    #[command(flatten)]
    origin: OriginArgs,

    /// Write keys, tokens and passwords unmasked
    #[arg(long)]
    keep_credentials: bool,

    /// Exit with 1 if the fixture cannot express everything, or a reply yields no sample
    #[arg(long)]
    strict: bool,

    /// Print the fixture and the notes as one JSON object
    #[arg(long)]
    json: bool,
}

/// To which API recorded traffic belongs.
#[derive(Debug, Args)]
pub(super) struct OriginArgs {
    /// The API of all requests [default: by host, path, or the form of a reply]
    #[arg(long, value_name = "NAME", value_parser = vendors::required)]
    api: Option<&'static Vendor>,

    /// An additional host of an API; may be given several times
    #[arg(long, value_name = "HOST=API")]
    host: Vec<String>,
}

impl OriginArgs {
    /// The hosts as they were given.
    pub(super) fn hosts(&self) -> &[String] {
        &self.host
    }

    pub(super) fn owners(&self) -> Result<Owners, String> {
        Owners::new(self.api, &self.host)
    }
}

pub(super) fn run(args: ImportArgs) -> u8 {
    let owners = match args.origin.owners() {
        Ok(owners) => owners,
        Err(what) => {
            print_error(&format!("scandouble: {what}"));
            return USAGE;
        }
    };
    let (all, lost, code) = read_files(&args.files);
    let Imported { fixture, mut notes, loads } = import::fixture(&all, &owners, args.keep_credentials);
    notes.extend(lost.into_iter().map(|what| Note {
        place: what,
        path: String::new(),
        what: String::new(),
        lost: true,
    }));
    let lost = notes.iter().filter(|note| note.lost).count();
    if args.json {
        let whole = json!({ "fixture": fixture, "notes": notes, "exchanges": all.len(), "lost": lost });
        print_line(&whole.to_string());
    } else {
        print_fixture(&fixture, &notes, all.len(), args.keep_credentials);
    }
    if !loads {
        print_error(
            "scandouble: this fixture cannot be loaded as it is; correct the places listed under \"the fixture\"",
        );
    }
    // A code for wrong usage is greater than that of a failure and stays.
    if !loads || args.strict && lost > 0 { code.max(FAILED) } else { code }
}

/// The exchanges of all files, what of them could not be read, and the exit code so far.
fn read_files(files: &[String]) -> (Vec<RecordedExchange>, Vec<String>, u8) {
    let (mut all, mut lost, mut code) = (Vec::new(), Vec::new(), SUCCESS);
    for file in files {
        let name = if file == "-" { "standard input" } else { file };
        let text = match read_input(file) {
            Ok(text) => text,
            Err(error) => {
                code = error.report();
                continue;
            }
        };
        match import::exchanges(name, &text) {
            Ok((exchanges, errors)) => {
                all.extend(exchanges);
                lost.extend(errors);
            }
            Err(what) => {
                print_error(&format!("scandouble: {what}"));
                code = FAILED;
            }
        }
    }
    (all, lost, code)
}

/// Prints the fixture as YAML, and to standard error the notes and a summary.
fn print_fixture(fixture: &Value, notes: &[Note], exchanges: usize, keep_credentials: bool) {
    let samples = fixture["samples"].as_array().map_or(0, Vec::len);
    let of_apis = fixture["accounts"].as_object().into_iter().flatten();
    let accounts: usize = of_apis.filter_map(|(_, list)| list.as_array()).map(Vec::len).sum();
    let head = match accounts > 0 && !keep_credentials {
        true => "# Credentials are masked; --keep-credentials writes them as they are.\n",
        false => "",
    };
    print_line(&format!("{head}{}", yaml(fixture).trim_end()));
    print_notes(notes);
    let lost = notes.iter().filter(|note| note.lost).count();
    print_error(&format!(
        "{}: {}, {}; {} be expressed in a fixture",
        counted(exchanges as u64, "exchange"),
        counted(samples as u64, "sample"),
        counted(accounts as u64, "account"),
        if lost == 1 { "1 thing cannot".to_owned() } else { format!("{lost} things cannot") },
    ));
}

fn print_notes(notes: &[Note]) {
    let mut seen = BTreeSet::new();
    for note in notes {
        let word = if note.lost { "lost" } else { "note" };
        let text = note.to_string();
        // A note about a file or an entry that cannot be read has only a place, and ends with the separator.
        let text = text.trim_end_matches(": ");
        if seen.insert(text.to_owned()) {
            print_error(&format!("{word}: {}", plain(text)));
        }
    }
}
