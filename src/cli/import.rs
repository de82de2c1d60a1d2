//! `scandouble import`: captured replies of vendors as a fixture.

use std::collections::BTreeSet;

use clap::Args;
use serde_json::json;

use super::door::read;
use super::log::{complain, say};
use super::table::plain;
use super::{DONE, FAILED, MISUSED};
use crate::document::yaml;
use crate::replay::import;
use crate::replay::import::{Imported, Owners};
use crate::vendors;
use crate::vendors::Vendor;
use crate::vendors::import::Note;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    curl -s -H \"apikey: $KEY\" https://core.example.org/hash/275a021b… | scandouble import - > seen.yaml\n  \
    scandouble import session.har > seen.yaml && scandouble serve --fixtures seen.yaml\n\n\
    What no fixture holds is told on standard error, place by place; with --strict the program then exits with 1, \
    as it always does when the fixture cannot be loaded as it is.")]
pub(super) struct Flags {
    /// Replies as they came, or recorded sessions as HTTP archives (HAR); - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,

    #[command(flatten)]
    origin: Origin,

    /// Write keys, tokens and passwords as they are, not masked
    #[arg(long)]
    keep_credentials: bool,

    /// Exit with 1 if anything is lost
    #[arg(long)]
    strict: bool,

    /// Print the fixture and all that there is to tell as one JSON object
    #[arg(long)]
    json: bool,
}

/// Whose traffic it is.
#[derive(Debug, Args)]
pub(super) struct Origin {
    /// The API that all of it belongs to [default: by host, by path, or by what a reply looks like]
    #[arg(long, value_name = "NAME", value_parser = vendors::required)]
    api: Option<&'static Vendor>,

    /// A host of an API beside the vendors' own; may be given several times
    #[arg(long, value_name = "HOST=API")]
    host: Vec<String>,
}

impl Origin {
    /// The hosts, as they were given.
    pub(super) fn hosts(&self) -> &[String] {
        &self.host
    }

    pub(super) fn owners(&self) -> Result<Owners, String> {
        Owners::new(self.api, &self.host)
    }
}

pub(super) fn run(flags: Flags) -> u8 {
    let owners = match flags.origin.owners() {
        Ok(owners) => owners,
        Err(what) => {
            complain(&format!("scandouble: {what}"));
            return MISUSED;
        }
    };
    let (mut all, mut lost, mut code) = (Vec::new(), Vec::new(), DONE);
    for file in &flags.files {
        let name = if file == "-" { "standard input" } else { file };
        let text = match read(file) {
            Ok(text) => text,
            Err(failure) => {
                code = super::door::tell(&failure);
                continue;
            }
        };
        match import::exchanges(name, &text) {
            Ok((exchanges, faults)) => {
                all.extend(exchanges);
                lost.extend(faults);
            }
            Err(what) => {
                complain(&format!("scandouble: {what}"));
                code = FAILED;
            }
        }
    }
    let Imported { fixture, mut notes, loads } = import::fixture(&all, &owners, flags.keep_credentials);
    notes.extend(lost.into_iter().map(|what| Note {
        place: what,
        path: String::new(),
        what: String::new(),
        lost: true,
    }));
    let count = |key: &str| fixture[key].as_array().map_or(0, Vec::len);
    let accounts: usize = fixture["accounts"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(_, list)| list.as_array())
        .map(Vec::len)
        .sum();
    let lost = notes.iter().filter(|note| note.lost).count();
    if flags.json {
        let whole = json!({ "fixture": fixture, "notes": notes, "exchanges": all.len(), "lost": lost });
        say(&whole.to_string());
    } else {
        let masked = accounts > 0 && !flags.keep_credentials;
        let head = if masked {
            "# Credentials are masked; --keep-credentials writes them as they are.\n"
        } else {
            ""
        };
        say(&format!("{head}{}", yaml(&fixture).trim_end()));
        tell(&notes);
        complain(&format!(
            "{}: {}, {}; {} no place in a fixture",
            counted(all.len(), "exchange"),
            counted(count("samples"), "sample"),
            counted(accounts, "account"),
            if lost == 1 { "1 thing has".to_owned() } else { format!("{lost} things have") },
        ));
    }
    if !loads {
        complain(
            "scandouble: this fixture cannot be loaded before it is mended; the lost things of \"the fixture\" say where",
        );
    }
    if !loads || flags.strict && lost > 0 { code.max(FAILED) } else { code }
}

fn tell(notes: &[Note]) {
    let mut seen = BTreeSet::new();
    for note in notes {
        let word = if note.lost { "lost" } else { "note" };
        let text = note.to_string();
        let text = text.trim_end_matches(": ");
        if seen.insert(text.to_owned()) {
            complain(&format!("{word}: {}", plain(text)));
        }
    }
}

pub(super) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
