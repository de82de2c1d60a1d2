//! Redacts JSON, XML and multipart bodies field by field. `None` if a body does not parse.
//!
//! The values of JSON and XML are replaced in the text, so that the rest of a body stays as it was sent.

use quick_xml::events::Event;
use serde::de::IgnoredAny;

use super::Redactor;
use super::edit::{Edit, apply};
use super::names::{MASK, Secret, names_a_secret};
use super::text::{masked, prose};
use crate::journal::body::{BYTE_ORDER_MARK, Layout, multipart};

/// The edits to JSON.
pub(crate) fn json(body: &[u8], redactor: &Redactor, depth: usize) -> Option<Vec<Edit>> {
    let start = if body.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    // After this check, strings and brackets can be found without a parser.
    serde_json::from_slice::<IgnoredAny>(&body[start..]).ok()?;
    let mut edits = Vec::new();
    let mut at = start;
    while let Some(open) = memchr::memchr(b'"', &body[at..]).map(|len| at + len) {
        let close = end_of_string(body, open);
        at = close + 1;
        edits.extend(string(body, open, close, redactor, depth));
        let colon = after_blanks(body, at);
        if body.get(colon) != Some(&b':') {
            continue;
        }
        at = colon + 1;
        let name = unescaped(body, open, close);
        let Some(secret) = Secret::named(&name) else { continue };
        let value = after_blanks(body, at);
        match body.get(value) {
            Some(b'"') => {
                let end = end_of_string(body, value);
                let masked = secret.mask(&unescaped(body, value, end));
                let literal = serde_json::Value::from(masked).to_string();
                // An empty value has nothing to hide, and that it is empty may explain a refusal.
                if end > value + 1 {
                    edits.push(Edit::new(value..end + 1, literal));
                }
                at = end + 1;
            }
            Some(first @ (b'-' | b'0'..=b'9' | b'[' | b'{')) => {
                let end = if b"[{".contains(first) {
                    end_of_group(body, value)
                } else {
                    end_of_number(body, value)
                };
                edits.push(Edit::new(value..end, format!("\"{MASK}\"")));
                at = end;
            }
            // `null`, `true` and `false` are not secrets.
            _ => {}
        }
    }
    Some(edits)
}

/// The edit to a string without a telling name: it may contain JSON or XML, a URL, or a credential.
fn string(body: &[u8], open: usize, close: usize, redactor: &Redactor, depth: usize) -> Option<Edit> {
    let value = unescaped(body, open, close);
    let text = value.as_bytes();
    let is_structured = match text.trim_ascii() {
        [b'{', b'}' | b'"' | b'\'' | b' ' | b'\n' | b'\r', ..] | [b'[', b'{' | b'"', ..] => true,
        [b'<', next, ..] => next.is_ascii_alphabetic() || b"?!".contains(next),
        _ => false,
    };
    let new = if is_structured {
        redactor.nested_body("", text, depth + 1)
    } else {
        apply(text, prose(text, redactor))
    };
    if *new == *text {
        return None;
    }
    let literal = serde_json::Value::from(String::from_utf8_lossy(&new)).to_string();
    Some(Edit::new(open..close + 1, literal))
}

/// The value of a string literal.
fn unescaped(body: &[u8], open: usize, close: usize) -> String {
    let literal = &body[open..(close + 1).min(body.len())];
    serde_json::from_slice(literal)
        .unwrap_or_else(|_| String::from_utf8_lossy(&body[open + 1..close]).into_owned())
}

fn end_of_number(body: &[u8], from: usize) -> usize {
    let ends = |byte: u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
    (from..body.len()).find(|at| ends(body[*at])).unwrap_or(body.len())
}

/// The end of the array or object that starts here.
fn end_of_group(body: &[u8], open: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = open;
    while let Some(byte) = body.get(at) {
        match byte {
            b'"' => at = end_of_string(body, at),
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    at.min(body.len())
}

/// The position of the closing quotation mark of a string.
fn end_of_string(body: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while let Some(byte) = body.get(at).filter(|byte| **byte != b'"') {
        at += if *byte == b'\\' { 2 } else { 1 };
    }
    at.min(body.len())
}

fn after_blanks(body: &[u8], from: usize) -> usize {
    (from..body.len()).find(|at| !body[*at].is_ascii_whitespace()).unwrap_or(body.len())
}

/// The edits to XML: to the content of secret elements, the values of secret attributes, and all text.
pub(crate) fn xml(body: &[u8], redactor: &Redactor) -> Option<Vec<Edit>> {
    let start = if body.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let mut reader = quick_xml::Reader::from_str(std::str::from_utf8(&body[start..]).ok()?);
    let mut edits = Vec::new();
    let mut depth = 0_usize;
    let mut any = false;
    // The open secret element: the start of its content, its depth, and its kind.
    let mut secret: Option<(usize, usize, Secret)> = None;
    // A text arrives in pieces, because each reference in it is an event of its own.
    let mut run = start..start;
    let mut at = start;
    loop {
        let event = reader.read_event().ok()?;
        let end = start + usize::try_from(reader.buffer_position()).ok()?;
        let piece = at..end;
        at = end;
        if matches!(event, Event::Text(_) | Event::GeneralRef(_)) {
            run.end = end;
            continue;
        }
        edits.extend(inner(body, run, redactor));
        run = end..end;
        match event {
            Event::Start(tag) => {
                any = true;
                depth += 1;
                attributes(body, piece, redactor, &mut edits)?;
                let named = Secret::named(local(tag.name().as_ref()));
                // Inside a secret element everything is replaced, so elements in it do not matter.
                secret = secret.or(named.map(|named| (end, depth, named)));
            }
            Event::End(_) => {
                if let Some((from, _, named)) = secret.take_if(|(_, open, _)| *open == depth) {
                    edits.extend(masked(named, body, from..piece.start));
                }
                depth = depth.checked_sub(1)?;
            }
            Event::Empty(_) => {
                any = true;
                attributes(body, piece, redactor, &mut edits)?;
            }
            Event::Eof => return (depth == 0 && any).then_some(edits),
            // Without `<!--` and `-->`.
            Event::Comment(_) => edits.extend(inner(body, piece.start + 4..piece.end - 3, redactor)),
            // Without `<![CDATA[` and `]]>`.
            Event::CData(_) => edits.extend(inner(body, piece.start + 9..piece.end - 3, redactor)),
            _ => edits.extend(inner(body, piece, redactor)),
        }
    }
}

/// The edits to a text within a body.
fn inner(body: &[u8], place: std::ops::Range<usize>, redactor: &Redactor) -> Vec<Edit> {
    let mut edits = prose(&body[place.clone()], redactor);
    for edit in &mut edits {
        edit.place = edit.place.start + place.start..edit.place.end + place.start;
    }
    edits
}

/// A name without the prefix of its namespace.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Adds the edits to the attributes of a tag. `None` if a value has no quotation marks, which the reader does not check.
fn attributes(
    body: &[u8],
    tag: std::ops::Range<usize>,
    redactor: &Redactor,
    edits: &mut Vec<Edit>,
) -> Option<()> {
    let mut at = tag.start;
    while let Some(equals) = memchr::memchr(b'=', &body[at..tag.end]).map(|len| at + len) {
        let open = after_blanks(body, equals + 1);
        let quote = *body[..tag.end].get(open).filter(|byte| matches!(byte, b'"' | b'\''))?;
        let close = open + 1 + memchr::memchr(quote, &body[open + 1..tag.end])?;
        let before = body[at..equals].trim_ascii_end();
        let name = before.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
        let place = open + 1..close;
        match Secret::named(local(&String::from_utf8_lossy(name))) {
            Some(secret) => edits.extend(masked(secret, body, place)),
            None => edits.extend(inner(body, place, redactor)),
        }
        at = close + 1;
    }
    Some(())
}

/// The edits to a multipart body, part by part. With more part headers than parts, the declared boundary is wrong.
pub(crate) fn multipart(
    layout: &Layout,
    body: &[u8],
    redactor: &Redactor,
    depth: usize,
) -> Option<Vec<Edit>> {
    let Layout::Multipart(parts) = layout else { return None };
    if parts.is_empty() || multipart::heads(body) > parts.len() {
        return None;
    }
    let mut edits = Vec::new();
    let mut at = 0;
    for part in parts {
        let content = part.content.clone();
        let head = at..content.start;
        at = content.end;
        let secret = match &part.name {
            Some(name) => Secret::named(name),
            // No endpoint reads a part without a name, but its headers may still name a secret.
            None => names_a_secret(&body[head.clone()]).then_some(Secret::Password),
        };
        edits.extend(inner(body, head, redactor));
        match secret {
            Some(secret) => edits.extend(masked(secret, body, content)),
            None => {
                let text = &body[content.clone()];
                let new = redactor.nested_body("", text, depth + 1);
                edits.extend((*new != *text).then(|| Edit::new(content, String::from_utf8_lossy(&new))));
            }
        }
    }
    edits.extend(inner(body, at..body.len(), redactor));
    Some(edits)
}
