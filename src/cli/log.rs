//! What the program says: text for a person, or JSON lines for a program.

use std::io::{IsTerminal as _, Write as _};

use clap::ValueEnum;
use serde::Serialize;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::clock::{Clock, with_millis};

/// How the program speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For a person.
    Text,
    /// One JSON object per line, for a program.
    Json,
}

/// The least that is worth a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Level {
    /// Faults of the emulator itself.
    Error,
    /// What should be looked at.
    Warn,
    /// What happens.
    Info,
    /// What helps to find a fault.
    Debug,
    /// Everything.
    Trace,
}

impl Level {
    fn filter(self) -> LevelFilter {
        match self {
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}

/// Sends what the library logs to standard error as text, or to standard output as JSON lines.
pub(super) fn open(format: Format, level: Level, watch: bool) {
    // The libraries underneath speak only of what should be looked at: at `debug` they would drown the rest.
    let own = level.filter();
    let mut filter = Targets::new().with_default(own.min(LevelFilter::WARN)).with_target("scandouble", own);
    if watch {
        filter = filter.with_target("scandouble::fixtures::watch", own.max(LevelFilter::INFO));
    }
    let (registry, layer) = (tracing_subscriber::registry(), tracing_subscriber::fmt::layer());
    // A second subscriber in one process is refused; the first one stays.
    let _ = match format {
        Format::Text => {
            registry.with(layer.with_writer(std::io::stderr).with_ansi(false).with_filter(filter)).try_init()
        }
        Format::Json => registry.with(layer.json().flatten_event(true).with_filter(filter)).try_init(),
    };
}

/// A line of the JSON log: when, how grave, and what `event` says.
#[derive(Serialize)]
struct Line<'a, T> {
    timestamp: String,
    level: &'static str,
    #[serde(flatten)]
    event: &'a T,
}

/// `event` as one line of JSON, `event` being a tagged enum of flat structs.
pub(super) fn line<T: Serialize>(level: &'static str, event: &T) -> String {
    let timestamp = with_millis(Clock::running().now());
    serde_json::to_string(&Line { timestamp, level, event }).unwrap_or_default()
}

/// Writes to standard output; a reader that has gone away is no reason to stop.
pub(super) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Writes to standard error; a reader that has gone away is no reason to stop.
pub(super) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Whether what is said to a person on standard error may have colours: on a terminal, unless `NO_COLOR` is set.
pub(super) fn in_colours() -> bool {
    colours(std::io::stderr().is_terminal())
}

/// The same for something else that is written to.
pub(super) fn colours(is_terminal: bool) -> bool {
    is_terminal && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
}
