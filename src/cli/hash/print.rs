//! Writes samples as a fixture, one at a time.

use std::io::{self, Write};

use serde_json::Value;

use super::Format;
use crate::document::yaml_item;

/// Writes samples in one format.
pub(super) struct FixturePrinter {
    format: Format,
    is_empty: bool,
}

impl FixturePrinter {
    pub(super) fn new(format: Format) -> Self {
        Self { format, is_empty: true }
    }

    /// Writes the next sample.
    pub(super) fn print(&mut self, entry: &Value, out: &mut impl Write) -> io::Result<()> {
        let is_first = std::mem::replace(&mut self.is_empty, false);
        match self.format {
            Format::Yaml if is_first => write!(out, "samples:\n{}", yaml_item(entry, 2)),
            Format::Yaml => out.write_all(yaml_item(entry, 2).as_bytes()),
            Format::Jsonl => writeln!(out, "{entry}"),
        }
    }

    /// Writes what comes after the last sample.
    pub(super) fn end(&self, out: &mut impl Write) -> io::Result<()> {
        match self.format {
            Format::Yaml if self.is_empty => out.write_all(b"samples: []\n"),
            _ => Ok(()),
        }
    }
}
