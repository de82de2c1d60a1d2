//! `scandouble hash`: makes a fixture from real files: hashes, size and name, but no content.

mod find;
mod print;

use std::collections::HashMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::ProgressBar;

use self::find::{FoundFile, SkippedFiles};
use self::print::FixturePrinter;
use super::log::print_error;
use super::progress::bytes_bar;
use super::table::plain;
use super::{FAILED, SUCCESS};
use crate::fixtures::Hashed;
use crate::samples::{Key, Verdict};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    scandouble hash invoice.exe --verdict infected --threat Win32.Emotet > invoice.yaml\n  \
    scandouble hash quarantine --verdict infected --format jsonl > quarantine.jsonl\n  \
    scandouble serve --fixtures invoice.yaml --fixtures quarantine.jsonl\n\n\
    Exits with 1 if a file could not be read; the fixture has the others.")]
pub(super) struct HashArgs {
    /// Files, and folders with everything in them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// The verdict of their scans [default: clean, and infected for the EICAR test file]
    #[arg(long, value_name = "VERDICT", value_parser = verdict)]
    verdict: Option<Verdict>,

    /// The name of the threat [default: a realistic one if the verdict is a threat]
    #[arg(long, value_name = "NAME", requires = "verdict")]
    threat: Option<String>,

    /// Name files by their path inside the given folder instead of their file name
    #[arg(long)]
    paths_as_names: bool,

    /// The format of the fixture
    #[arg(long, default_value = "yaml")]
    format: Format,
}

/// A format of fixtures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Yaml,
    Jsonl,
}

fn verdict(text: &str) -> Result<Verdict, String> {
    Verdict::of_word(text).ok_or_else(|| format!("expected one of {}", Verdict::words().join(", ")))
}

pub(super) fn run(args: HashArgs) -> u8 {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let code = write(&args, &mut out);
    match code.and_then(|code| out.flush().map(|()| code)) {
        Ok(code) => code,
        // A reader may stop early, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => SUCCESS,
        Err(error) => {
            print_error(&format!("scandouble: cannot write: {error}"));
            FAILED
        }
    }
}

fn write(args: &HashArgs, out: &mut impl io::Write) -> io::Result<u8> {
    let mut skipped = SkippedFiles::default();
    let files = find::find_files(&args.paths, &mut skipped);
    let bar = bytes_bar("hashing", files.iter().map(|file| file.size).sum());
    let mut printer = FixturePrinter::new(args.format);
    let mut known: HashMap<Key, String> = HashMap::new();
    for file in files {
        let FoundFile { path, inside, .. } = file;
        let display = plain(&path.to_string_lossy());
        let hashed = match Hashed::of(&path, |bytes| bar.inc(bytes)) {
            Ok(hashed) => hashed,
            Err(error) => {
                skipped.add_error(&path, &error);
                continue;
            }
        };
        if let Some(first) = known.get(&hashed.hashes.sha256) {
            skipped.add_note(format!("{display}: same content as {first}, skipped"));
            continue;
        }
        known.insert(hashed.hashes.sha256, display);
        let name = if args.paths_as_names { &inside } else { path.as_path() };
        let name = if args.paths_as_names { Some(name.as_os_str()) } else { name.file_name() };
        let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let entry = hashed.entry(&name, args.verdict, args.threat.as_deref());
        printer.print(&entry, out)?;
        print_pending(&mut skipped, &bar);
    }
    printer.end(out)?;
    bar.finish_and_clear();
    print_pending(&mut skipped, &bar);
    Ok(if skipped.failed { FAILED } else { SUCCESS })
}

/// Prints the pending lines above the progress bar.
fn print_pending(skipped: &mut SkippedFiles, bar: &ProgressBar) {
    if !skipped.lines.is_empty() {
        let lines = std::mem::take(&mut skipped.lines).join("\n");
        // Without `suspend` the bar would be drawn over the lines.
        if io::stderr().is_terminal() { bar.suspend(|| print_error(&lines)) } else { print_error(&lines) }
    }
}
