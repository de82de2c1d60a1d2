//! Reads the files that subcommands are given.

use std::path::Path;

use super::error::CommandError;
use crate::fixtures::input::{InputError, RECORDING, read_stdin, read_text};

/// The text of a file, or of standard input for `-`.
pub(super) fn read_input(file: &str) -> Result<String, CommandError> {
    let text = match file {
        "-" => read_stdin(RECORDING),
        path => read_text(Path::new(path), RECORDING),
    };
    text.map_err(|error| match error {
        InputError::Io(error) => CommandError::io("read", file, &error),
        other => CommandError::Failed(format!("{file} {other}; {}", other.help())),
    })
}
