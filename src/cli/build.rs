//! `scandouble build`: compiles fixtures into one file that `--store` opens at once.

use std::path::PathBuf;

use clap::Args;

use super::log::{print_error, print_line, stderr_has_colour};
use super::progress::bar;
use super::table::counted;
use super::{FAILED, SUCCESS, USAGE};
use crate::clock;
use crate::fixtures::{self, CompileError, Recipe, Source};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    scandouble generate --count 1000000 --seed 7 > million.jsonl\n  \
    scandouble build million.jsonl team/fixtures -o samples.db\n  \
    scandouble serve --store samples.db\n\n\
    Later sets override earlier ones, sample by sample. Servers that have an older file open keep using it until they \
    reload. Only a file that is a store is replaced.")]
pub(super) struct BuildArgs {
    /// Fixture files, folders of them, or built-in sets, as for --fixtures
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// A profile of the sets to include; may be given several times
    #[arg(long, value_name = "NAME")]
    profile: Vec<String>,

    /// The file to write; an existing store is replaced, any other file is refused
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn run(args: BuildArgs) -> u8 {
    let started = clock::stopwatch();
    let sources: Vec<Source> = args.paths.iter().map(|path| Source::of_path(path)).collect();
    let bar = bar("building", 0);
    let recipe = Recipe { sources, profiles: args.profile, ..Recipe::default() };
    let built = fixtures::compile(recipe, &args.output, |done, most| {
        bar.set_length(most as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    match built {
        Ok(summary) => {
            summary.notes.iter().for_each(|note| print_error(&format!("note: {note}")));
            let size = std::fs::metadata(&args.output).map_or(0, |file| file.len());
            let (samples, secs) =
                (counted(summary.samples as u64, "sample"), started.elapsed().as_secs_f64());
            let file = args.output.display();
            print_line(&format!(
                "{samples} in {file}, {} MB, built in {secs:.1} s",
                size.div_ceil(1_000_000)
            ));
            SUCCESS
        }
        Err(CompileError::Invalid(problems)) => {
            problems.iter().for_each(|problem| print_error(&problem.render(stderr_has_colour())));
            USAGE
        }
        Err(CompileError::Store(error)) => {
            print_error(&format!("scandouble: {error}"));
            FAILED
        }
    }
}
