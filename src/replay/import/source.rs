//! The exchanges of a file: an HTTP archive, or a single reply.

use bytes::Bytes;
use serde_json::Value;

use crate::journal::har;
use crate::journal::recorded::RecordedExchange;

/// The exchanges of a text that messages call `name`, and the errors of archive entries that were skipped.
///
/// # Errors
/// The text is empty, or an archive that cannot be read.
pub fn exchanges(name: &str, text: &str) -> Result<(Vec<RecordedExchange>, Vec<String>), String> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(format!("{name}: the file is empty; expected a reply or an HTTP archive"));
    }
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    if !har::is_archive(&document) {
        let reply = RecordedExchange::of_reply(name.to_owned(), Bytes::from(text.to_owned()));
        return Ok((vec![reply], Vec::new()));
    }
    let (mut exchanges, mut errors) = (Vec::new(), Vec::new());
    for entry in har::read(name, &document)? {
        match entry {
            Ok(exchange) => exchanges.push(exchange),
            Err(error) => errors.push(error),
        }
    }
    Ok((exchanges, errors))
}
