//! `scandouble serve`: loads the fixtures, listens, and serves until it is told to stop.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::parser::ValueSource;
use clap::{ArgMatches, Args};
use serde::Serialize;

use super::announcement::Announcement;
use super::door::Secret;
use super::folders::Folders;
use super::log::{self, Format, Level, complain, say};
use super::transport::Transport;
use super::ways::Ways;
use super::{DONE, FAILED, MISUSED, signals};
use crate::document::Diagnostic;
use crate::{Emulator, StartError};

#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    ways: Ways,

    #[command(flatten)]
    transport: Transport,

    /// A fixture file, a folder of them, or a built-in set; may be given several times, separated by commas in the
    /// environment. It replaces the built-in sets, which can be named beside it [default: builtin:starter and
    /// builtin:vendor-examples]
    #[arg(long, value_name = "PATH", env = "SCANDOUBLE_FIXTURES", hide_env_values = true)]
    fixtures: Vec<String>,

    /// A profile of the fixtures to pick: what they say under this name is added, and wins over the rest of its set; may
    /// be given several times, separated by commas in the environment [default: none]
    #[arg(long, value_name = "NAME", env = "SCANDOUBLE_PROFILE", hide_env_values = true)]
    profile: Vec<String>,

    /// Load fixtures again when their files change; a change with faults is told, and leaves what was in force
    /// [default: false]
    #[arg(long, env = "SCANDOUBLE_WATCH", hide_env_values = true, value_parser = clap::builder::FalseyValueParser::new())]
    watch: bool,

    /// A file that `scandouble build` made, opened at once and shared with other servers, in place of the built-in sets;
    /// fixtures add to it [default: none]
    #[arg(long, value_name = "FILE", env = "SCANDOUBLE_STORE", hide_env_values = true)]
    store: Option<PathBuf>,

    /// Keep what tests and clients make of the worlds in this file, so that it survives a restart [default: in memory]
    #[arg(long, value_name = "FILE", env = "SCANDOUBLE_DB", hide_env_values = true)]
    db: Option<PathBuf>,

    #[command(flatten)]
    folders: Folders,

    /// How credentials are judged: `enforce` as the vendor does, `any` takes every well-formed one, `off` asks for none
    /// [default: enforce, unless the fixtures say otherwise]
    #[arg(long, value_name = "MODE", env = "SCANDOUBLE_AUTH", hide_env_values = true)]
    #[arg(value_parser = ["enforce", "any", "off"], hide_possible_values = true)]
    auth: Option<String>,

    /// Set a setting, above what the fixtures say; may be given several times, separated by semicolons in the
    /// environment [default: none]
    #[arg(long, value_name = "NAME=VALUE", env = "SCANDOUBLE_SET", hide_env_values = true)]
    set: Vec<String>,

    /// Ask everybody who uses the operator's door, /_scandouble/, for this token [default: none]
    #[arg(long, value_name = "TOKEN", env = "SCANDOUBLE_ADMIN_TOKEN", hide_env_values = true)]
    admin_token: Option<Secret>,

    /// Start a ready-made fault in the default world, for all APIs or for one; may be given several times, separated by
    /// commas in the environment [default: none]
    #[arg(long, value_name = "NAME[@API]", env = "SCANDOUBLE_SCENARIO", hide_env_values = true)]
    scenario: Vec<String>,

    /// How to speak: `text` for a person, `json` for one object per line.
    #[arg(long, value_name = "FORMAT", env = "SCANDOUBLE_LOG", hide_env_values = true)]
    #[arg(default_value = "text", hide_possible_values = true)]
    log: Format,

    /// The least that is logged: `error`, `warn`, `info`, `debug` or `trace`.
    #[arg(long, value_name = "LEVEL", env = "SCANDOUBLE_LOG_LEVEL", hide_env_values = true)]
    #[arg(default_value = "warn", hide_possible_values = true)]
    log_level: Level,
}

impl Flags {
    /// Splits what the environment gives as one text. A flag is taken as it is: a path may hold a comma.
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

/// Serves; the exit code.
pub(super) fn run(flags: Flags, started: Instant) -> u8 {
    log::open(flags.log, flags.log_level, flags.watch);
    let format = flags.log;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let served = runtime.map_err(Failure::Io).and_then(|runtime| {
        let served = runtime.block_on(serve(flags, started));
        // What still runs then is nobody's business any more.
        runtime.shutdown_timeout(Duration::from_millis(100));
        served
    });
    match served {
        Ok(()) => DONE,
        Err(failure) => failure.tell(format),
    }
}

async fn serve(flags: Flags, started: Instant) -> Result<(), Failure> {
    // Before anything else, so that a signal during the start is not lost.
    let signal = signals::stop().map_err(Failure::Io)?;
    let mut builder = flags.ways.tell(Emulator::builder()).limits(flags.transport.limits());
    for source in &flags.fixtures {
        builder = builder.fixtures(source);
    }
    if let Some(folder) = flags.folders.fixtures().filter(|_| flags.fixtures.is_empty()) {
        builder = builder.fixtures(folder);
    }
    for profile in &flags.profile {
        builder = builder.profile(profile);
    }
    if flags.watch {
        builder = builder.watch();
    }
    if let Some(path) = flags.store {
        builder = builder.store(path);
    }
    if let Some(path) = flags.db.or_else(|| flags.folders.db()) {
        builder = builder.db(path);
    }
    if let Some(mode) = flags.auth {
        builder = builder.setting("auth", mode);
    }
    for pair in &flags.set {
        // A pair without a value is told as a fault of that setting, beside all others.
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        builder = builder.setting(name.trim(), value.trim());
    }
    let guarded = flags.admin_token.is_some();
    if let Some(Secret(token)) = flags.admin_token {
        builder = builder.admin_token(token);
    }
    for scenario in &flags.scenario {
        builder = builder.scenario(scenario);
    }
    let emulator = builder.start().await.map_err(Failure::Start)?;
    let announcement = Announcement::of(&emulator, guarded, started.elapsed());
    match flags.log {
        Format::Text => say(&announcement.text()),
        Format::Json => announcement.lines().iter().for_each(|line| say(line)),
    }
    emulator.run_until(signal).await.map_err(Failure::Io)
}

/// Why the program ends without having been told to.
enum Failure {
    Start(StartError),
    Io(io::Error),
}

/// A failure as a line of the JSON log.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event<'a> {
    Fault { file: &'a str, line: u32, column: u32, code: &'a str, what: &'a str, help: &'a str },
    Failed { message: String },
}

impl Failure {
    /// Says what is wrong; the exit code.
    fn tell(&self, format: Format) -> u8 {
        if let Self::Start(StartError::Invalid(problems)) = self {
            problems.iter().for_each(|problem| tell_fault(problem, format));
            return MISUSED;
        }
        let message = match self {
            Self::Start(error) => error.to_string(),
            Self::Io(error) => error.to_string(),
        };
        match format {
            Format::Text => complain(&format!("scandouble: {message}")),
            Format::Json => complain(&log::line("ERROR", &Event::Failed { message })),
        }
        match self {
            Self::Start(StartError::Config(error)) if error.is_misuse() => MISUSED,
            _ => FAILED,
        }
    }
}

fn tell_fault(problem: &Diagnostic, format: Format) {
    match format {
        Format::Text => complain(&problem.render(log::in_colours())),
        Format::Json => {
            let Diagnostic { file, place, code, what, .. } = problem;
            let (line, column, help) = (place.line, place.column, &problem.advice());
            let fault = Event::Fault { file, line, column, code: code.name, what, help };
            complain(&log::line("ERROR", &fault));
        }
    }
}
