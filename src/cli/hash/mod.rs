//! `scandouble hash`: a fixture of real files, of which it keeps nothing but hashes, size, type and name.

mod found;
mod print;

use std::collections::HashMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::ProgressBar;

use self::found::{Found, Skipped};
use self::print::Printer;
use super::log::complain;
use super::progress::bytes_bar;
use super::table::plain;
use super::{DONE, FAILED};
use crate::fixtures::Hashed;
use crate::samples::{Key, Verdict};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    scandouble hash invoice.exe --verdict infected --threat Win32.Emotet > invoice.yaml\n  \
    scandouble hash quarantine --verdict infected --format jsonl > quarantine.jsonl\n  \
    scandouble serve --fixtures invoice.yaml --fixtures quarantine.jsonl\n\n\
    Exits with 1 if something could not be read; the fixture has the rest.")]
pub(super) struct Flags {
    /// Files, and folders with all that is in them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// What scans of them find [default: clean, and infected for the EICAR test file]
    #[arg(long, value_name = "VERDICT", value_parser = verdict)]
    verdict: Option<Verdict>,

    /// The threat's name [default: a believable one where the verdict is a threat]
    #[arg(long, value_name = "NAME", requires = "verdict")]
    threat: Option<String>,

    /// Name files in folders by their path from there, not by their name alone
    #[arg(long)]
    paths_as_names: bool,

    /// The notation
    #[arg(long, default_value = "yaml")]
    format: Format,
}

/// A notation of fixtures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Yaml,
    Json,
    Jsonl,
    Csv,
}

fn verdict(text: &str) -> Result<Verdict, String> {
    let wanted = || format!("it is none of {}", Verdict::words().join(", "));
    Verdict::of_word(text).ok_or_else(wanted)
}

pub(super) fn run(flags: Flags) -> u8 {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let code = write(&flags, &mut out);
    match code.and_then(|code| out.flush().map(|()| code)) {
        Ok(code) => code,
        // A reader that has enough, like head, is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => DONE,
        Err(error) => {
            complain(&format!("scandouble: cannot write: {error}"));
            FAILED
        }
    }
}

fn write(flags: &Flags, out: &mut impl io::Write) -> io::Result<u8> {
    let mut skipped = Skipped::default();
    let files = found::files(&flags.paths, &mut skipped);
    let bar = bytes_bar("hashing", files.iter().map(|file| file.size).sum());
    let mut printer = Printer::new(flags.format);
    let mut known: HashMap<Key, String> = HashMap::new();
    for file in files {
        let Found { path, inside, .. } = file;
        let shown = plain(&path.to_string_lossy());
        let hashed = match Hashed::of(&path, |bytes| bar.inc(bytes)) {
            Ok(hashed) => hashed,
            Err(error) => {
                skipped.unread(&path, &error);
                continue;
            }
        };
        if let Some(first) = known.get(&hashed.hashes.sha256) {
            skipped.note(format!("{shown}: the same content as {first}; it is in the fixture once"));
            continue;
        }
        known.insert(hashed.hashes.sha256, shown);
        let name = if flags.paths_as_names { &inside } else { path.as_path() };
        let name = if flags.paths_as_names { Some(name.as_os_str()) } else { name.file_name() };
        let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let entry = hashed.entry(&name, flags.verdict, flags.threat.as_deref());
        printer.print(&entry, out)?;
        tell(&mut skipped, &bar);
    }
    printer.end(out)?;
    bar.finish_and_clear();
    tell(&mut skipped, &bar);
    Ok(if skipped.failed { FAILED } else { DONE })
}

/// Says what is to be said, above the bar.
fn tell(skipped: &mut Skipped, bar: &ProgressBar) {
    if !skipped.lines.is_empty() {
        let lines = std::mem::take(&mut skipped.lines).join("\n");
        if io::stderr().is_terminal() { bar.suspend(|| complain(&lines)) } else { complain(&lines) }
    }
}
