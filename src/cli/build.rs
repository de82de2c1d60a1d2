//! `scandouble build`: compiles sets into one file that `--store` opens at once.

use std::path::PathBuf;

use clap::Args;

use super::log::{complain, in_colours, say};
use super::progress::bar;
use super::{DONE, FAILED, MISUSED};
use crate::clock;
use crate::fixtures::{self, CompileError, Recipe, Source};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    scandouble generate --count 1000000 --seed 7 > million.jsonl\n  \
    scandouble build million.jsonl team/fixtures -o samples.db\n  \
    scandouble serve --store samples.db\n\n\
    Later sets override earlier ones, sample by sample. Servers that have an older file open keep it until they \
    reload. A file that is no store is never replaced.")]
pub(super) struct Flags {
    /// Fixture files, folders of them, or built-in sets, as for --fixtures
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// A profile of the sets to pick; may be given several times
    #[arg(long, value_name = "NAME")]
    profile: Vec<String>,

    /// The file to write; a store that stands there is replaced, anything else is refused
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn run(flags: Flags) -> u8 {
    let started = clock::stopwatch();
    let sources: Vec<Source> = flags.paths.iter().map(|path| Source::of_path(path)).collect();
    let bar = bar("building", 0);
    let recipe = Recipe { sources, profiles: flags.profile, ..Recipe::default() };
    let built = fixtures::compile(recipe, &flags.output, |done, most| {
        bar.set_length(most as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    match built {
        Ok(summary) => {
            summary.notes.iter().for_each(|note| complain(&format!("note: {note}")));
            let size = std::fs::metadata(&flags.output).map_or(0, |file| file.len());
            let (count, secs) = (summary.samples, started.elapsed().as_secs_f64());
            let file = flags.output.display();
            say(&format!("{count} samples in {file}, {} MB, built in {secs:.1} s", size.div_ceil(1_000_000)));
            DONE
        }
        Err(CompileError::Invalid(problems)) => {
            problems.iter().for_each(|problem| complain(&problem.render(in_colours())));
            MISUSED
        }
        Err(CompileError::Store(error)) => {
            complain(&format!("scandouble: {error}"));
            FAILED
        }
    }
}
