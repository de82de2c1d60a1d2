//! The command line; imported by `main` alone. One file for each subcommand: its flags, their environment names and
//! defaults, and what it does.

mod announcement;
mod behaviours;
mod bounds;
mod build;
mod builtin_samples;
mod check;
mod client;
mod clock;
mod compare;
mod completions;
mod coverage;
mod environment;
mod error;
mod fault;
mod fixture_errors;
mod folders;
mod generate;
mod hash;
mod health;
mod import;
mod init;
mod input;
mod journal;
mod listeners;
mod log;
mod missing_world;
mod openapi;
mod progress;
mod reachable;
mod reload;
mod request_line;
mod reset;
mod samples;
mod scenario;
mod schema;
mod serve;
mod server_args;
mod settings;
mod signals;
mod table;
mod verify;
mod worlds;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Instant;

use clap::{ArgMatches, Args as _, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::vendors;

/// Exit code of a command that did what was asked.
const SUCCESS: u8 = 0;
/// Exit code of a command that failed: an address in use, a store that cannot be opened.
const FAILED: u8 = 1;
/// Exit code for wrong flags, fixtures or settings, as clap uses it.
const USAGE: u8 = 2;

/// A test double for malware-scan services.
#[derive(Debug, Parser)]
#[command(name = "scandouble", version, long_about = long_about(), args_conflicts_with_subcommands = true)]
struct Command {
    #[command(subcommand)]
    subcommand: Option<Subcommands>,
    #[command(flatten)]
    serve: serve::ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Serve the emulated APIs (the default)
    #[command(after_help = "Examples:\n  \
        scandouble serve --fixtures builtin:starter --fixtures team/fixtures --watch\n  \
        scandouble serve --listen 0.0.0.0:8080 --admin-token secret --db state.db")]
    Serve(Box<serve::ServeArgs>),
    /// Read the fixtures of a running server again; exits with 1 if they have errors
    Reload(reload::ReloadArgs),
    /// Reset a world to its fixtures
    Reset(reset::ResetArgs),
    /// Show, freeze, set or move the clock of a world
    Clock(clock::ClockArgs),
    /// List, create and delete worlds
    Worlds(worlds::WorldsArgs),
    /// List, show, load and remove the samples of a world, or finish their analyses
    Samples(samples::SamplesArgs),
    /// Inject faults into a world
    Fault(fault::FaultArgs),
    /// Start and stop ready-made faults
    Scenario(scenario::ScenarioArgs),
    /// List and change the settings of a world
    Settings(settings::SettingsArgs),
    /// Show the requests of clients and the answers they got
    Journal(Box<journal::JournalArgs>),
    /// Check recorded requests against a file of expectations; exits with 1 if they do not match
    Verify(verify::VerifyArgs),
    /// Show which behaviours were exercised; exits with 1 if fewer than --min
    Coverage(coverage::CoverageArgs),
    /// List all emulated behaviours and their provenance
    Behaviours(behaviours::BehavioursArgs),
    /// Print the OpenAPI document of an emulated API or of the admin API
    #[command(name = "openapi")]
    OpenApi(openapi::OpenApiArgs),
    /// Check whether a server is ready; exits with 1 if not
    #[command(visible_alias = "healthcheck")]
    Health(health::HealthArgs),
    /// Print the completion script for a shell
    Completions(completions::CompletionsArgs),
    /// Write a starter fixture, and files that run tests with it
    Init(init::InitArgs),
    /// Check fixtures and report all errors and warnings; exits with 1 if there are errors
    Check(check::CheckArgs),
    /// Print the JSON Schema of fixtures, for editors
    Schema(schema::SchemaArgs),
    /// Generate a realistic set of samples as JSON Lines
    Generate(generate::GenerateArgs),
    /// Make a fixture from real files: hashes, size and type, but no content
    Hash(hash::HashArgs),
    /// Make a fixture from recorded replies and sessions
    Import(import::ImportArgs),
    /// Replay recorded requests and report how the answers differ; exits with 1 if they do
    Compare(Box<compare::CompareArgs>),
    /// Compile fixtures into one file that --store opens at once, even with a million samples
    Build(build::BuildArgs),
}

/// What `--help` prints above the flags.
fn long_about() -> String {
    let products: Vec<&str> = vendors::ALL.iter().map(|api| api.product).collect();
    format!(
        "A test double for malware-scan services. It emulates {} on one sample store.\n\n\
         Without a subcommand it serves, as `scandouble serve` does. Most other subcommands ask a running server.",
        products.join(", ")
    )
}

/// The name of an API for examples in help texts: the first one.
fn example_api() -> &'static str {
    vendors::ALL.first().map_or("NAME", |api| api.name)
}

/// The command line. Help shows the names of environment variables and never their values, which may be secrets.
fn command() -> clap::Command {
    // Applied to all flags here, because a flag whose own attribute is forgotten would show a token in the help.
    fn without_values(command: clap::Command) -> clap::Command {
        command.mut_args(|arg| arg.hide_env_values(true)).mut_subcommands(without_values)
    }
    without_values(Command::command())
}

/// The flags of a server, if the command line asks for one and has no error. This takes a tenth of the time of the whole
/// command line with all its subcommands, which help and error messages need.
fn server_flags(mut words: Vec<OsString>) -> Option<ArgMatches> {
    if words.get(1).is_some_and(|word| word == "serve") {
        words.remove(1);
    }
    serve::ServeArgs::augment_args(clap::Command::new("scandouble")).try_get_matches_from(words).ok()
}

/// Runs the command that the command line and the environment ask for. `started` is when the process began.
pub fn run(started: Instant) -> ExitCode {
    // Only the matches of the subcommand know whether a value came from a flag or from the environment.
    let serve = |args: serve::ServeArgs, origin: &ArgMatches| {
        let variables = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let warnings = environment::misspelt(Command::command, variables);
        serve::run(args.split_lists(origin), started, &warnings)
    };
    if let Some(matches) = server_flags(std::env::args_os().collect())
        && let Ok(args) = serve::ServeArgs::from_arg_matches(&matches)
    {
        return ExitCode::from(serve(args, &matches));
    }
    let matches = command().get_matches();
    let command = Command::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let origin = matches.subcommand().map_or(&matches, |(_, matches)| matches);
    ExitCode::from(match command.subcommand {
        None => serve(command.serve, origin),
        Some(Subcommands::Serve(args)) => serve(*args, origin),
        Some(Subcommands::Reload(args)) => reload::run(args),
        Some(Subcommands::Reset(args)) => reset::run(args),
        Some(Subcommands::Clock(args)) => clock::run(args),
        Some(Subcommands::Worlds(args)) => worlds::run(args),
        Some(Subcommands::Samples(args)) => samples::run(args),
        Some(Subcommands::Fault(args)) => fault::run(args),
        Some(Subcommands::Scenario(args)) => scenario::run(args),
        Some(Subcommands::Settings(args)) => settings::run(args),
        Some(Subcommands::Journal(args)) => journal::run(*args),
        Some(Subcommands::Verify(args)) => verify::run(args),
        Some(Subcommands::Coverage(args)) => coverage::run(args),
        Some(Subcommands::Behaviours(args)) => behaviours::run(args),
        Some(Subcommands::Health(args)) => health::run(args),
        Some(Subcommands::Completions(args)) => completions::run(&args),
        Some(Subcommands::Init(args)) => init::run(args),
        Some(Subcommands::Check(args)) => check::run(args),
        Some(Subcommands::OpenApi(args)) => openapi::run(args),
        Some(Subcommands::Schema(args)) => schema::run(args),
        Some(Subcommands::Generate(args)) => generate::run(args),
        Some(Subcommands::Hash(args)) => hash::run(args),
        Some(Subcommands::Import(args)) => import::run(args),
        Some(Subcommands::Compare(args)) => compare::run(*args),
        Some(Subcommands::Build(args)) => build::run(args),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn only_flags_of_a_server_are_read_without_the_subcommands() {
        let flags = |words: &str| server_flags(words.split(' ').map(OsString::from).collect());
        for words in ["scandouble", "scandouble serve", "scandouble serve --listen 127.0.0.1:0 --watch"] {
            let whole = command().try_get_matches_from(words.split(' ')).expect("valid");
            let whole = whole.subcommand_matches("serve").unwrap_or(&whole);
            let (whole, own) = (serve::ServeArgs::from_arg_matches(whole), flags(words).expect("valid"));
            let own = serve::ServeArgs::from_arg_matches(&own);
            assert_eq!(format!("{own:?}"), format!("{whole:?}"), "{words}");
        }
        for words in
            ["scandouble --help", "scandouble -V", "scandouble serve x", "scandouble reset", "scandouble -x"]
        {
            assert!(flags(words).is_none(), "{words}");
        }
    }

    #[test]
    fn help_never_shows_values_from_the_environment() {
        fn assert_hidden(command: &clap::Command) {
            let from_env = |arg: &&clap::Arg| arg.get_env().is_some();
            let shown = command.get_arguments().filter(from_env).find(|arg| !arg.is_hide_env_values_set());
            assert!(shown.is_none(), "{shown:?}");
            command.get_subcommands().for_each(assert_hidden);
        }
        assert_hidden(&command());
    }

    #[test]
    fn every_help_text_ends_with_an_example() {
        fn without_example(command: &clap::Command, words: &str, found: &mut Vec<String>) {
            for inner in command.get_subcommands() {
                let words = format!("{words} {}", inner.get_name());
                let help = inner.get_after_help().map(ToString::to_string).unwrap_or_default();
                if !help.contains(&format!("\n  {words}")) {
                    found.push(words.clone());
                }
                without_example(inner, &words, found);
            }
        }
        let mut found = Vec::new();
        without_example(&command(), "scandouble", &mut found);
        assert_eq!(found, [""; 0]);
    }
}
