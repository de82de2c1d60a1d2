//! Writes samples as a fixture, one at a time.

use std::io::{self, Write};

use serde_json::Value;

use super::Format;
use crate::document::yaml_item;

/// The columns of a CSV fixture.
const COLUMNS: [&str; 11] = [
    "name",
    "md5",
    "sha1",
    "sha256",
    "sha512",
    "imphash",
    "size",
    "type",
    "description",
    "verdict",
    "threat",
];

/// Writes samples in one format.
pub(super) struct FixturePrinter {
    format: Format,
    count: u64,
}

impl FixturePrinter {
    pub(super) fn new(format: Format) -> Self {
        Self { format, count: 0 }
    }

    /// Writes the next sample.
    pub(super) fn print(&mut self, entry: &Value, out: &mut impl Write) -> io::Result<()> {
        self.begin(out)?;
        match self.format {
            Format::Yaml => out.write_all(yaml_item(entry, 2).as_bytes())?,
            Format::Json => write!(out, "{}\n{entry}", if self.count == 0 { "" } else { "," })?,
            Format::Jsonl => writeln!(out, "{entry}")?,
            Format::Csv => row(COLUMNS.map(|column| cell(&entry[column])), out)?,
        }
        self.count += 1;
        Ok(())
    }

    /// Writes what comes before the first sample.
    fn begin(&self, out: &mut impl Write) -> io::Result<()> {
        match self.format {
            _ if self.count > 0 => Ok(()),
            Format::Yaml => out.write_all(b"samples:\n"),
            Format::Json => out.write_all(b"{\"samples\":["),
            Format::Jsonl => Ok(()),
            Format::Csv => row(COLUMNS.map(str::to_owned), out),
        }
    }

    /// Writes what comes after the last sample.
    pub(super) fn end(&self, out: &mut impl Write) -> io::Result<()> {
        match (self.format, self.count) {
            (Format::Yaml, 0) => out.write_all(b"samples: []\n"),
            (Format::Json, 0) => out.write_all(b"{\"samples\":[]}\n"),
            (Format::Json, _) => out.write_all(b"\n]}\n"),
            (Format::Csv, 0) => self.begin(out),
            _ => Ok(()),
        }
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn row(cells: [String; COLUMNS.len()], out: &mut impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(cells)?;
    writer.flush()
}
