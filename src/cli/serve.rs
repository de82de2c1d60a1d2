//! `scandouble serve`: loads the fixtures and serves the APIs until a signal stops it.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::parser::ValueSource;
use clap::{ArgMatches, Args};
use serde::Serialize;

use super::announcement::Announcement;
use super::bounds::BoundsArgs;
use super::client::AdminToken;
use super::folders::FolderArgs;
use super::listeners::ListenerArgs;
use super::log::{self, LogFormat, LogLevel, print_error, print_line};
use super::{FAILED, SUCCESS, USAGE, signals};
use crate::document::Diagnostic;
use crate::{Emulator, StartError};

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    listeners: ListenerArgs,

    #[command(flatten)]
    bounds: BoundsArgs,

    /// A fixture file, a folder of them, or a built-in set; may be given several times, separated by commas in the
    /// environment. Replaces the default sets [default: builtin:starter and
    /// builtin:vendor-examples]
    #[arg(long, value_name = "PATH", env = "SCANDOUBLE_FIXTURES")]
    fixtures: Vec<String>,

    /// A profile of the fixtures to include; its entries override those of the same set. May be given several times,
    /// separated by commas in the environment [default: none]
    #[arg(long, value_name = "NAME", env = "SCANDOUBLE_PROFILE")]
    profile: Vec<String>,

    /// Reload fixtures when their files change; if they have errors, these are logged and the previous fixtures stay
    /// [default: false]
    #[arg(long, env = "SCANDOUBLE_WATCH", value_parser = clap::builder::FalseyValueParser::new())]
    watch: bool,

    /// A file made by `scandouble build`, used instead of the built-in sets; opens at once and can be shared by several
    /// servers. --fixtures add to it [default: none]
    #[arg(long, value_name = "FILE", env = "SCANDOUBLE_STORE")]
    store: Option<PathBuf>,

    /// Persist the state of worlds in this file, so that it survives a restart [default: in memory]
    #[arg(long, value_name = "FILE", env = "SCANDOUBLE_DB")]
    db: Option<PathBuf>,

    #[command(flatten)]
    folders: FolderArgs,

    /// How credentials are checked: `enforce` as the vendor does, `any` accepts every well-formed one, `off` requires none
    /// [default: enforce, unless the fixtures say otherwise]
    #[arg(long, value_name = "MODE", env = "SCANDOUBLE_AUTH")]
    #[arg(value_parser = ["enforce", "any", "off"], hide_possible_values = true)]
    auth: Option<String>,

    /// Change a setting, overriding the fixtures; may be given several times, separated by semicolons in the environment
    /// [default: none]
    #[arg(long, value_name = "NAME=VALUE", env = "SCANDOUBLE_SET")]
    set: Vec<String>,

    /// Require this token for the admin API, /_scandouble/ [default: none]
    #[arg(long, value_name = "TOKEN", env = "SCANDOUBLE_ADMIN_TOKEN")]
    admin_token: Option<AdminToken>,

    /// Start a ready-made fault in the default world, for all APIs or for one; may be given several times, separated by
    /// commas in the environment [default: none]
    #[arg(long, value_name = "NAME[@API]", env = "SCANDOUBLE_SCENARIO")]
    scenario: Vec<String>,

    /// The format of the log and of the start text: `text`, or `json` for one object per line.
    #[arg(long, value_name = "FORMAT", env = "SCANDOUBLE_LOG")]
    #[arg(default_value = "text", hide_possible_values = true)]
    log: LogFormat,

    /// The lowest level that is logged: `error`, `warn`, `info` (a line for each request), `debug` or `trace`.
    #[arg(long, value_name = "LEVEL", env = "SCANDOUBLE_LOG_LEVEL")]
    #[arg(default_value = "warn", hide_possible_values = true)]
    log_level: LogLevel,
}

impl ServeArgs {
    /// Splits lists that come from the environment. Flags are not split, since a path may contain a comma.
    pub(super) fn split_lists(mut self, matches: &ArgMatches) -> Self {
        split(&mut self.fixtures, "fixtures", ',', matches);
        split(&mut self.profile, "profile", ',', matches);
        split(&mut self.set, "set", ';', matches);
        split(&mut self.scenario, "scenario", ',', matches);
        self
    }
}

fn split(list: &mut Vec<String>, id: &str, by: char, matches: &ArgMatches) {
    if matches.value_source(id) == Some(ValueSource::EnvVariable) {
        let parts = list.iter().flat_map(|text| text.split(by)).map(str::trim);
        *list = parts.filter(|part| !part.is_empty()).map(str::to_owned).collect();
    }
}

/// Logs the warnings, and serves until a signal arrives; returns the exit code.
pub(super) fn run(args: ServeArgs, started: Instant, warnings: &[String]) -> u8 {
    log::open(args.log, args.log_level, args.watch);
    warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    let format = args.log;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let served = runtime.map_err(ServeError::Io).and_then(|runtime| {
        let served = runtime.block_on(serve(args, started));
        // The server has drained its connections; tasks that still run have no client left.
        runtime.shutdown_timeout(Duration::from_millis(100));
        served
    });
    match served {
        Ok(()) => SUCCESS,
        Err(error) => error.report(format),
    }
}

async fn serve(args: ServeArgs, started: Instant) -> Result<(), ServeError> {
    // Before anything else, so that a signal during the start is not lost.
    let signal = signals::stop().map_err(ServeError::Io)?;
    let mut builder = args.listeners.apply(Emulator::builder()).limits(args.bounds.limits());
    for source in &args.fixtures {
        builder = builder.fixtures(source);
    }
    if let Some(folder) = args.folders.fixtures().filter(|_| args.fixtures.is_empty()) {
        builder = builder.fixtures(folder);
    }
    for profile in &args.profile {
        builder = builder.profile(profile);
    }
    if args.watch {
        builder = builder.watch();
    }
    if let Some(path) = args.store {
        builder = builder.store(path);
    }
    if let Some(path) = args.db.or_else(|| args.folders.db()) {
        builder = builder.db(path);
    }
    if let Some(mode) = args.auth {
        builder = builder.setting("auth", mode);
    }
    for pair in &args.set {
        // A pair without a value is reported as an error of that setting, together with all other errors.
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        builder = builder.setting(name.trim(), value.trim());
    }
    let guarded = args.admin_token.is_some();
    if let Some(AdminToken(token)) = args.admin_token {
        builder = builder.admin_token(token);
    }
    for scenario in &args.scenario {
        builder = builder.scenario(scenario);
    }
    let emulator = builder.start().await.map_err(ServeError::Start)?;
    let announcement = Announcement::of(&emulator, guarded, started.elapsed());
    match (args.log, args.log_level) {
        (LogFormat::Text, LogLevel::Error) => {}
        (LogFormat::Text, _) => print_line(&announcement.text()),
        // A program that starts the server reads its address from the last line, whatever the log level is.
        (LogFormat::Json, LogLevel::Error) => {
            announcement.lines().iter().next_back().into_iter().for_each(|line| print_line(line));
        }
        (LogFormat::Json, _) => announcement.lines().iter().for_each(|line| print_line(line)),
    }
    emulator.run_until(signal).await.map_err(ServeError::Io)
}

/// Why serving ended without a signal.
enum ServeError {
    Start(StartError),
    Io(io::Error),
}

/// An error as a line of the JSON log.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum ErrorEvent<'a> {
    Error {
        file: &'a str,
        line: u32,
        column: u32,
        code: &'a str,
        what: &'a str,
        help: &'a str,
        /// The error as text for people, with the line of the file and a mark.
        text: &'a str,
    },
    Failed {
        message: String,
    },
}

impl ServeError {
    /// Prints the error; returns the exit code.
    fn report(&self, format: LogFormat) -> u8 {
        if let Self::Start(StartError::Invalid(problems)) = self {
            problems.iter().for_each(|problem| report_diagnostic(problem, format));
            return USAGE;
        }
        let message = match self {
            Self::Start(error) => error.to_string(),
            Self::Io(error) => error.to_string(),
        };
        match format {
            LogFormat::Text => print_error(&format!("scandouble: {message}")),
            LogFormat::Json => print_error(&log::json_line("ERROR", &ErrorEvent::Failed { message })),
        }
        match self {
            // A wrong flag is wrong usage. An address in use or a store that cannot be opened is a failure.
            Self::Start(StartError::Config(error)) if error.is_misuse() => USAGE,
            _ => FAILED,
        }
    }
}

fn report_diagnostic(problem: &Diagnostic, format: LogFormat) {
    match format {
        LogFormat::Text => print_error(&problem.render(log::stderr_has_colour())),
        LogFormat::Json => {
            let Diagnostic { file, place, code, what, .. } = problem;
            let (line, column, help) = (place.line, place.column, &problem.advice());
            let text = &problem.render(false);
            let event = ErrorEvent::Error { file, line, column, code: code.name, what, help, text };
            print_error(&log::json_line("ERROR", &event));
        }
    }
}
