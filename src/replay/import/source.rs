//! Which exchanges a file holds.

use bytes::Bytes;
use serde_json::Value;

use crate::journal::har;
use crate::journal::recorded::RecordedExchange;

/// The exchanges of a text that messages call `name`: all of a session, or one reply. Entries of a session that cannot
/// be understood are told beside them.
///
/// # Errors
/// The text is empty, or a session that cannot be read.
pub fn exchanges(name: &str, text: &str) -> Result<(Vec<RecordedExchange>, Vec<String>), String> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(format!("{name}: it is empty; give a reply or an HTTP archive"));
    }
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    if !har::is_archive(&document) {
        let reply = RecordedExchange::of_reply(name.to_owned(), Bytes::from(text.to_owned()));
        return Ok((vec![reply], Vec::new()));
    }
    let (mut exchanges, mut faults) = (Vec::new(), Vec::new());
    for entry in har::read(name, &document)? {
        match entry {
            Ok(exchange) => exchanges.push(exchange),
            Err(fault) => faults.push(fault),
        }
    }
    Ok((exchanges, faults))
}
