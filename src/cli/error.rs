//! Why a subcommand failed, and the exit code that follows.

use super::log::print_error;
use super::{FAILED, USAGE};

/// Why a subcommand failed. The text says what to do next.
#[derive(Debug)]
pub(super) enum CommandError {
    /// The flags or their values are wrong.
    Usage(String),
    /// The server refused or cannot be reached, or a file cannot be read or written.
    Failed(String),
}

impl CommandError {
    /// A file, or standard input, that cannot be read, or a file that cannot be written.
    pub(super) fn io(verb: &str, file: &str, error: &std::io::Error) -> Self {
        Self::Failed(format!("cannot {verb} {file}: {error}"))
    }

    /// Prints the error and returns the exit code.
    pub(super) fn report(&self) -> u8 {
        let (code, message) = match self {
            Self::Usage(message) => (USAGE, message),
            Self::Failed(message) => (FAILED, message),
        };
        print_error(&format!("scandouble: {message}"));
        code
    }
}
