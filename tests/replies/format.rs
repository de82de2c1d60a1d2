//! The text form of recorded exchanges.
//!
//! ```text
//! # What the file is about, in comments before the first exchange.
//! # flags: --set auth=off
//!
//! === an unknown hash
//! GET /hash/abc HTTP/1.1
//! Host: scandouble.test
//! Connection: close
//! --- reply
//! HTTP/1.1 200 OK
//! content-length: 19
//!
//! {"abc":"Not Found"}
//! ```
//!
//! A request is everything that is sent on one connection, a reply everything that comes back until the server closes
//! it; `--- reply, then a reset` says that it did so by a reset. In both, the end of a line stands for CRLF, and:
//!
//! - `\n` is a lone LF (and swallows an end of line right behind it), `\r` a lone CR, `\xNN` any byte, `\\` a backslash;
//! - the last line has no CRLF; but where no line is empty, the head ends in an empty one, which is left out;
//! - `\.` at the end says that nothing is left out;
//! - in requests, `\*3{ab}` is `ababab`, and `Content-Length: *` the length of what follows the head.
//!
//! A request whose first line ends in `HTTP/2` is sent over HTTP/2, and its reply is written in the same form.

use std::fmt;

/// A file of exchanges.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// The comments at the top.
    head: String,
    /// Flags for the program.
    pub(crate) flags: Vec<String>,
    pub(crate) exchanges: Vec<Exchange>,
}

/// A request with its reply, both as written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exchange {
    pub(crate) title: String,
    /// The line on which it begins, from 1.
    pub(crate) line: usize,
    pub(crate) request: String,
    /// `None` if it was never recorded.
    pub(crate) reply: Option<String>,
    /// Whether the server reset the connection at the end.
    pub(crate) is_reset: bool,
}

const TITLE: &str = "=== ";
const REPLY: &str = "--- reply";
const REPLY_AND_RESET: &str = "--- reply, then a reset";

impl File {
    /// Reads a file.
    ///
    /// # Errors
    /// A line that is not expected at its place, with its number.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (mut head, mut flags, mut exchanges) = (String::new(), Vec::new(), Vec::<Exchange>::new());
        for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
            if let Some(title) = line.strip_prefix(TITLE) {
                end(exchanges.last_mut());
                let (title, request) = (title.to_owned(), String::new());
                exchanges.push(Exchange { title, line: number, request, reply: None, is_reset: false });
                continue;
            }
            match exchanges.last_mut() {
                None if line.is_empty() || line.starts_with('#') => {
                    flags.extend(line.strip_prefix("# flags:").into_iter().flat_map(str::split_whitespace));
                    head.push_str(line);
                    head.push('\n');
                }
                None => return Err(format!("{number}: neither a comment nor the title of an exchange")),
                Some(Exchange { reply: reply @ None, is_reset, .. }) if line.starts_with(REPLY) => {
                    *is_reset = line == REPLY_AND_RESET;
                    *reply = Some(String::new());
                }
                Some(Exchange { request, reply, .. }) => {
                    let block = reply.as_mut().unwrap_or(request);
                    block.push_str(line);
                    block.push('\n');
                }
            }
        }
        end(exchanges.last_mut());
        let flags = flags.into_iter().map(str::to_owned).collect();
        Ok(Self { head, flags, exchanges })
    }
}

/// Removes the separator between two exchanges: an empty line, and the end of the line before it.
fn end(exchange: Option<&mut Exchange>) {
    let Some(Exchange { request, reply, .. }) = exchange else { return };
    let parts = match reply {
        Some(reply) => [Some(request), Some(reply)],
        None => [Some(request), None],
    };
    let last = parts.iter().flatten().count() - 1;
    for (index, part) in parts.into_iter().flatten().enumerate() {
        part.truncate(part.strip_suffix('\n').unwrap_or(part).len());
        if index == last {
            part.truncate(part.strip_suffix('\n').unwrap_or(part).len());
        }
    }
}

impl fmt::Display for File {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.head)?;
        for Exchange { title, request, reply, is_reset, .. } in &self.exchanges {
            writeln!(out, "{TITLE}{title}\n{request}")?;
            if let Some(reply) = reply {
                writeln!(out, "{}\n{reply}", if *is_reset { REPLY_AND_RESET } else { REPLY })?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

/// Encodes bytes in the text form.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let short = bytes.strip_suffix(b"\r\n\r\n").map(escape);
    let text = match short {
        Some(text) if decode(&text).as_deref() == Ok(bytes) => text,
        _ => {
            let text = escape(bytes);
            if decode(&text).as_deref() == Ok(bytes) { text } else { text + "\\." }
        }
    };
    assert_eq!(decode(&text).as_deref(), Ok(bytes), "{text}");
    text
}

fn escape(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        let mut characters = chunk.valid().chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\\' => text.push_str("\\\\"),
                '\r' if characters.next_if_eq(&'\n').is_some() => text.push('\n'),
                '\r' => text.push_str("\\r"),
                '\n' => text.push_str("\\n\n"),
                // Editors remove blanks at the end of a line.
                ' ' if matches!(characters.peek(), None | Some('\r')) => text.push_str("\\x20"),
                character if character.is_control() => {
                    character.to_string().bytes().for_each(|byte| text.push_str(&hex(byte)));
                }
                character => text.push(character),
            }
        }
        chunk.invalid().iter().for_each(|byte| text.push_str(&hex(*byte)));
    }
    let lines = text.split('\n').map(|line| match line.as_bytes() {
        [first, ..] if line.starts_with(TITLE) || line.starts_with(REPLY) => hex(*first) + &line[1..],
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn hex(byte: u8) -> String {
    format!("\\x{byte:02x}")
}

/// Decodes the text form into bytes.
///
/// # Errors
/// An unknown escape.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, String> {
    let is_whole = text.starts_with('\n') || text.contains("\n\n") || text.ends_with("\\.");
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '\n' => bytes.extend_from_slice(b"\r\n"),
            '\\' => rest = unescape(rest, &mut bytes)?,
            character => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    if !is_whole {
        bytes.extend_from_slice(b"\r\n\r\n");
    }
    Ok(bytes)
}

/// Decodes the escape after a backslash, appends it, and returns the rest of the text.
fn unescape<'a>(text: &'a str, bytes: &mut Vec<u8>) -> Result<&'a str, String> {
    let unknown = || format!("an escape that does not exist: \\{}", text.lines().next().unwrap_or_default());
    let mut characters = text.chars();
    match characters.next() {
        Some('\\') => bytes.push(b'\\'),
        Some('r') => bytes.push(b'\r'),
        Some('n') => {
            bytes.push(b'\n');
            let rest = characters.as_str();
            return Ok(rest.strip_prefix('\n').unwrap_or(rest));
        }
        Some('.') if characters.as_str().is_empty() => {}
        Some('x') => {
            let digits = characters.as_str().get(..2).ok_or_else(unknown)?;
            bytes.push(u8::from_str_radix(digits, 16).map_err(|_| unknown())?);
            return Ok(&characters.as_str()[2..]);
        }
        Some('*') => {
            let (times, rest) = characters.as_str().split_once('{').ok_or_else(unknown)?;
            let (part, rest) = rest.split_once('}').ok_or_else(unknown)?;
            let times = times.parse().map_err(|_| unknown())?;
            bytes.extend_from_slice(part.repeat(times).as_bytes());
            return Ok(rest);
        }
        _ => return Err(unknown()),
    }
    Ok(characters.as_str())
}

/// The bytes of a request, with the length of its body filled in.
///
/// # Errors
/// An unknown escape.
pub(crate) fn request(text: &str) -> Result<Vec<u8>, String> {
    const UNKNOWN: &[u8] = b"Content-Length: *\r\n";
    let mut bytes = decode(text)?;
    let find = |wanted: &[u8]| bytes.windows(wanted.len()).position(|window| window == wanted);
    if let (Some(at), Some(end)) = (find(UNKNOWN), find(b"\r\n\r\n")) {
        let length = format!("Content-Length: {}\r\n", bytes.len() - end - 4);
        bytes.splice(at..at + UNKNOWN.len(), length.into_bytes());
    }
    Ok(bytes)
}

#[test]
fn bytes_survive_their_text_form() {
    for bytes in [
        &b"HTTP/1.1 200 OK\r\na: b\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\na: b\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\na: b\r\n\r\nline\nline\n\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n--- reply\r\n=== title\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"cut",
        b"cut in the head\r\n",
        b"",
        b"\r\n\r\n",
        b"\r\n\r\n\r\n\r\n",
        b"blank at the end \r\n of lines ",
        b"\\ \r \n \x00\xff\xc3\xa9\\x41\\.",
    ] {
        assert_eq!(decode(&encode(bytes)).as_deref(), Ok(bytes), "{}", encode(bytes));
    }
    assert_eq!(encode(b"a: b\r\n\r\n"), "a: b");
    assert_eq!(encode(b"a: b\r\n\r\n1\n2\xff"), "a: b\n\n1\\n\n2\\xff");
}

#[test]
fn requests_may_be_abbreviated() {
    let text = "PUT / HTTP/1.1\nContent-Length: *\n\n\\*3{ab}\\n";
    assert_eq!(request(text).as_deref(), Ok(&b"PUT / HTTP/1.1\r\nContent-Length: 7\r\n\r\nababab\n"[..]));
    assert!(request("\\y").is_err() && request("\\x4").is_err() && request("\\*3{").is_err());
}

#[test]
fn files_are_written_as_they_were_read() {
    let text = "# About.\n# flags: --auth off\n\n=== one\nGET /\n--- reply\na\n\nb\n\n=== two\nGET /\n\n";
    let file = File::parse(text).expect("a file");
    assert_eq!(file.to_string(), text);
    assert_eq!(file.flags, ["--auth", "off"]);
    assert_eq!(file.exchanges[0].reply.as_deref(), Some("a\n\nb"));
    assert_eq!((file.exchanges[1].line, file.exchanges[1].request.as_str()), (11, "GET /"));
    assert!(File::parse("GET /").is_err());
}
