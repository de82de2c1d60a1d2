//! The command line; imported by `main` alone. One file for each subcommand: its flags, their environment names and
//! defaults, and what it does.

mod announcement;
mod behaviours;
mod build;
mod check;
mod clock;
mod compare;
mod completions;
mod coverage;
mod door;
mod fault;
mod folders;
mod generate;
mod hash;
mod health;
mod import;
mod journal;
mod log;
mod missing_world;
mod progress;
mod reload;
mod reset;
mod samples;
mod scenario;
mod schema;
mod serve;
mod settings;
mod signals;
mod table;
mod transport;
mod verify;
mod ways;
mod worlds;

use std::process::ExitCode;
use std::time::Instant;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

/// Everything went well.
const DONE: u8 = 0;
/// The program could not do what was asked: an address in use, a store that cannot be opened.
const FAILED: u8 = 1;
/// What was asked is wrong: flags, fixtures, settings. clap exits with the same.
const MISUSED: u8 = 2;

/// A test double for malware-scan services: ReversingLabs TCA-0205 and Spectra Analyze, OPSWAT MetaDefender Cloud v2
/// and Core v4, on one sample store.
///
/// Without a subcommand it serves, as `scandouble serve` does. The other subcommands drive a server that runs.
#[derive(Debug, Parser)]
#[command(name = "scandouble", version, args_conflicts_with_subcommands = true)]
struct Command {
    #[command(subcommand)]
    task: Option<Task>,
    #[command(flatten)]
    serve: serve::Flags,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Serve the emulated APIs; what happens without a subcommand.
    #[command(after_help = "Examples:\n  \
        scandouble serve --fixtures builtin:starter --fixtures team/fixtures --watch\n  \
        scandouble serve --listen 0.0.0.0:8080 --admin-token secret --db state.db")]
    Serve(Box<serve::Flags>),
    /// Have a server read its fixtures again; exit with 1 if they have faults.
    Reload(reload::Flags),
    /// Put a world back to its fixtures.
    Reset(reset::Flags),
    /// Look at the clock of a world, freeze it, set it, move it.
    Clock(clock::Flags),
    /// List the worlds, make one, remove one.
    Worlds(worlds::Flags),
    /// List, show, load and remove the samples of a world, and end what runs on one.
    Samples(samples::Flags),
    /// Inject faults into a world.
    Fault(fault::Flags),
    /// Start and stop ready-made faults.
    Scenario(scenario::Flags),
    /// List and change the settings of a world.
    Settings(settings::Flags),
    /// See what clients sent and what they were answered.
    Journal(Box<journal::Flags>),
    /// Check that clients did what a file expects; exit with 1 if they did not.
    Verify(verify::Flags),
    /// See which behaviours were exercised; exit with 1 if too few.
    Coverage(coverage::Flags),
    /// List every behaviour that can be answered, and how it is known.
    Behaviours(behaviours::Flags),
    /// Ask whether a server is ready; exit with 1 if not.
    #[command(visible_alias = "healthcheck")]
    Health(health::Flags),
    /// Print what a shell needs to complete this command line.
    Completions(completions::Flags),
    /// Check fixtures: every fault with its line and what to do, and what is odd; exit with 1 if there are faults.
    Check(check::Flags),
    /// Print the format of fixtures as JSON Schema, for editors.
    Schema(schema::Flags),
    /// Make up a believable set of samples, as JSON Lines.
    Generate(generate::Flags),
    /// Make a fixture of real files: hashes, size and type, nothing of their content.
    Hash(hash::Flags),
    /// Turn captured replies and recorded sessions into a fixture.
    Import(import::Flags),
    /// Ask the double what was asked of a vendor, and tell every difference; exit with 1 if there is one.
    Compare(Box<compare::Flags>),
    /// Compile sets into one file that `--store` opens at once, a million samples too.
    Build(build::Flags),
}

/// Reads the command line and the environment and does what they ask; `started` is when the process began.
#[must_use]
pub fn run(started: Instant) -> ExitCode {
    let matches = Command::command().get_matches();
    let command = Command::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    // Where a flag's value came from is known to the matches of the subcommand that it stood behind.
    let origin = matches.subcommand().map_or(&matches, |(_, matches)| matches);
    ExitCode::from(match command.task {
        None => serve::run(command.serve.split_lists(origin), started),
        Some(Task::Serve(flags)) => serve::run(flags.split_lists(origin), started),
        Some(Task::Reload(flags)) => reload::run(flags),
        Some(Task::Reset(flags)) => reset::run(flags),
        Some(Task::Clock(flags)) => clock::run(flags),
        Some(Task::Worlds(flags)) => worlds::run(flags),
        Some(Task::Samples(flags)) => samples::run(flags),
        Some(Task::Fault(flags)) => fault::run(flags),
        Some(Task::Scenario(flags)) => scenario::run(flags),
        Some(Task::Settings(flags)) => settings::run(flags),
        Some(Task::Journal(flags)) => journal::run(*flags),
        Some(Task::Verify(flags)) => verify::run(flags),
        Some(Task::Coverage(flags)) => coverage::run(flags),
        Some(Task::Behaviours(flags)) => behaviours::run(flags),
        Some(Task::Health(flags)) => health::run(flags),
        Some(Task::Completions(flags)) => completions::run(&flags),
        Some(Task::Check(flags)) => check::run(flags),
        Some(Task::Schema(flags)) => schema::run(flags),
        Some(Task::Generate(flags)) => generate::run(flags),
        Some(Task::Hash(flags)) => hash::run(flags),
        Some(Task::Import(flags)) => import::run(flags),
        Some(Task::Compare(flags)) => compare::run(*flags),
        Some(Task::Build(flags)) => build::run(flags),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Command::command().debug_assert();
    }

    #[test]
    fn every_help_ends_with_an_example_of_its_own() {
        fn bare(command: &clap::Command, words: &str, found: &mut Vec<String>) {
            for inner in command.get_subcommands() {
                let words = format!("{words} {}", inner.get_name());
                let help = inner.get_after_help().map(ToString::to_string).unwrap_or_default();
                if !help.contains(&format!("\n  {words}")) {
                    found.push(words.clone());
                }
                bare(inner, &words, found);
            }
        }
        let mut found = Vec::new();
        bare(&Command::command(), "scandouble", &mut found);
        assert_eq!(found, [""; 0]);
    }
}
