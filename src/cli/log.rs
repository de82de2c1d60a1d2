//! What the program prints: text, or JSON lines.

use std::io::{IsTerminal as _, Write as _};

use clap::ValueEnum;
use serde::Serialize;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::request_line::RequestLine;
use crate::clock::{Clock, with_millis};
use crate::server::REQUEST_LOG;

/// The format of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// Text for people.
    Text,
    /// One JSON object per line.
    Json,
}

/// The lowest level that is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogLevel {
    /// Errors of the emulator itself.
    Error,
    /// Warnings.
    Warn,
    /// Normal events, and a line for each request.
    Info,
    /// Details for finding errors.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
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
pub(super) fn open(format: LogFormat, level: LogLevel, watch: bool) {
    // Dependencies log warnings only: at `debug` their lines would hide ours.
    let own = level.filter();
    let mut filter = Targets::new().with_default(own.min(LevelFilter::WARN)).with_target("scandouble", own);
    if watch {
        // Whether a reload worked must be visible with the default level, `warn`, too.
        filter = filter.with_target("scandouble::fixtures::watch", own.max(LevelFilter::INFO));
    }
    let (registry, layer) = (tracing_subscriber::registry(), tracing_subscriber::fmt::layer());
    // Only the first subscriber of a process counts.
    let _ = match format {
        LogFormat::Text => {
            let text = TextFormat { has_colour: stderr_has_colour() };
            let layer = layer.with_writer(std::io::stderr).with_ansi(false).event_format(text);
            registry.with(layer.with_filter(filter)).try_init()
        }
        LogFormat::Json => registry.with(layer.json().flatten_event(true).with_filter(filter)).try_init(),
    };
}

/// Text for people: a line of its own form for each request.
struct TextFormat {
    has_colour: bool,
}

impl<S, N> FormatEvent<S, N> for TextFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut out: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        if event.metadata().target() != REQUEST_LOG {
            return tracing_subscriber::fmt::format().format_event(context, out, event);
        }
        let mut line = RequestLine::at(with_millis(Clock::running().now()));
        event.record(&mut line);
        writeln!(out, "{}", line.text(self.has_colour))
    }
}

/// A line of the JSON log.
#[derive(Serialize)]
struct LogLine<'a, T> {
    timestamp: String,
    level: &'static str,
    #[serde(flatten)]
    event: &'a T,
}

/// `event`, a tagged enum of flat structs, as one line of JSON.
pub(super) fn json_line<T: Serialize>(level: &'static str, event: &T) -> String {
    let timestamp = with_millis(Clock::running().now());
    serde_json::to_string(&LogLine { timestamp, level, event }).unwrap_or_default()
}

/// Prints a line to standard output. A closed pipe is ignored.
pub(super) fn print_line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Prints a line to standard error. A closed pipe is ignored.
pub(super) fn print_error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Whether text on standard error may be coloured: on a terminal, unless `NO_COLOR` is set.
pub(super) fn stderr_has_colour() -> bool {
    allows_colour(std::io::stderr().is_terminal())
}

/// Whether text for another stream may be coloured.
pub(super) fn allows_colour(is_terminal: bool) -> bool {
    is_terminal && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
}
