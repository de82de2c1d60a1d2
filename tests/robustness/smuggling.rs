//! Requests whose end can be read in two ways, with which one client could slip a request into the connection of another
//! behind a proxy. The server closes the connection or takes the reading of RFC 9112, section 6.3, and in no case answers what
//! was smuggled.

use std::io::Write as _;

use super::connect::talk;
use crate::harness::program::{Running, program};

/// What would be answered if it were taken for a request of its own.
const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn ambiguous_lengths_are_refused_and_nothing_after_them_is_answered() {
    let running = Running::start(&mut program(&["--listen", "127.0.0.1:0", "--log", "json"]));
    let address = running.address();
    let length = SMUGGLED.len();
    for head in [
        // Two lengths.
        format!("Content-Length: 0\r\nContent-Length: {length}\r\n"),
        format!("Content-Length: 0, {length}\r\n"),
        // Lengths that are not numbers.
        "Content-Length: +0\r\n".to_owned(),
        "Content-Length: 0x0\r\n".to_owned(),
        "Content-Length: -1\r\n".to_owned(),
        "Content-Length: 99999999999999999999999\r\n".to_owned(),
        // An encoding that is not chunked at its end.
        "Transfer-Encoding: chunked, identity\r\n".to_owned(),
        "Transfer-Encoding: xchunked\r\n".to_owned(),
        // Names that are not names.
        "Content-Length : 0\r\n".to_owned(),
        "Transfer-Encoding : chunked\r\n".to_owned(),
        // A folded line.
        "Transfer-Encoding:\r\n chunked\r\n".to_owned(),
    ] {
        let request = format!("POST /first HTTP/1.1\r\nHost: a\r\n{head}\r\n0\r\n\r\n{SMUGGLED}");
        let text = String::from_utf8_lossy(&talk(address, request.as_bytes())).into_owned();
        assert!(text.starts_with("HTTP/1.1 400 "), "{head}: {text}");
        assert!(!text.contains("/smuggled"), "{head}: {text}");
        assert_eq!(text.matches("HTTP/1.1 ").count(), 1, "{head}: {text}");
    }
}

#[test]
fn a_body_with_chunks_and_a_length_is_the_last_of_its_connection() {
    let running = Running::start(&mut program(&["--listen", "127.0.0.1:0", "--log", "json"]));
    let address = running.address();
    let (chunks, last) =
        ("3\r\nabc\r\n0\r\n\r\n", "GET /version HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    // By its length, the body would contain the second request, or end within the chunks.
    for length in [chunks.len() + last.len(), 3] {
        for head in [
            format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
            format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n"),
        ] {
            let request = format!("POST /nobody HTTP/1.1\r\nHost: a\r\n{head}\r\n{chunks}{last}");
            let text = String::from_utf8_lossy(&talk(address, request.as_bytes())).into_owned();
            assert!(text.starts_with("HTTP/1.1 404 "), "{head}: {text}");
            assert_eq!(text.matches("HTTP/1.1 ").count(), 1, "{head}: {text}");
        }
    }
}

#[test]
fn chunks_that_are_not_chunks_end_the_connection() {
    let running = Running::start(&mut program(&["--listen", "127.0.0.1:0", "--log", "json"]));
    let address = running.address();
    let endless = format!("1;{}\r\na\r\n0\r\n\r\n", "x".repeat(100_000));
    for body in [
        "-1\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
        "3 \nabc\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\n",
        endless.as_str(),
    ] {
        let mut request = Vec::new();
        write!(
            request,
            "POST /file HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}{SMUGGLED}"
        )
        .expect("written");
        let text = String::from_utf8_lossy(&talk(address, &request)).into_owned();
        assert!(!text.contains("/smuggled"), "{body:.40}: {text}");
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 400 "), "{body:.40}: {text}");
    }
}
