//! The exchanges of a file: an HTTP archive, or a single reply, alone or with its status line and headers.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::journal::har;
use crate::journal::recorded::RecordedExchange;

/// The exchanges of a text that messages call `name`, and the errors of archive entries that were skipped.
///
/// # Errors
/// The text is empty, or an archive that cannot be read.
pub fn exchanges(name: &str, text: &str) -> Result<(Vec<RecordedExchange>, Vec<String>), String> {
    // Some programs begin a text with a byte order mark, which JSON does not allow.
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(format!("{name}: the file is empty; expected a reply or an HTTP archive"));
    }
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    if !har::is_archive(&document) {
        return Ok((vec![reply(name, text)], Vec::new()));
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

/// The reply in a text: a body, or what `curl -i` prints. Of several heads, which redirects and proxies cause, the last one is
/// that of the reply.
fn reply(name: &str, text: &str) -> RecordedExchange {
    let (mut last, mut rest) = (None, text);
    while let Some((status, headers, behind)) = head(rest) {
        (last, rest) = (Some((status, headers)), behind);
    }
    let reply = RecordedExchange::of_reply(name.to_owned(), Bytes::from(rest.to_owned()));
    match last {
        Some((status, headers)) => RecordedExchange { status, headers, ..reply },
        None => reply,
    }
}

/// The status and the headers at the beginning of a text, and what follows them.
fn head(text: &str) -> Option<(u16, HeaderMap, &str)> {
    let (first, mut rest) = text.strip_prefix("HTTP/")?.split_once('\n')?;
    let status = first.split_whitespace().nth(1)?.parse().ok()?;
    let mut headers = HeaderMap::new();
    loop {
        let (line, behind) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = behind;
        // The empty line that ends the headers has no colon.
        let Some((header, value)) = line.split_once(':') else { return Some((status, headers, rest)) };
        let header = HeaderName::from_bytes(header.trim().as_bytes());
        if let (Ok(header), Ok(value)) = (header, HeaderValue::from_str(value.trim())) {
            headers.append(header, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_head_is_that_of_the_reply() {
        let text = "HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 301 Moved\r\nLocation: /a\r\n\r\n\
                    HTTP/2 404 \r\ncontent-type: application/json\r\nx: 1\r\nx: 2\r\n\r\n{\"a\": 1}\n";
        let (exchanges, errors) = exchanges("curl", text).expect("a reply");
        let one = &exchanges[0];
        assert_eq!((exchanges.len(), errors.len(), one.status, one.headers.len()), (1, 0, 404, 3));
        assert_eq!(
            (one.header("content-type"), &one.body[..]),
            (Some("application/json"), &b"{\"a\": 1}\n"[..])
        );
    }

    #[test]
    fn a_text_without_a_whole_head_is_a_body() {
        for text in ["HTTP/1.1", "HTTP/1.1 200 OK", "HTTP/1.1 OK 200\n\nx", "Sample sent for rescanning"] {
            let (exchanges, _) = exchanges("x", text).expect("a reply");
            assert_eq!((exchanges[0].status, &exchanges[0].body[..]), (200, text.as_bytes()), "{text}");
        }
    }
}
