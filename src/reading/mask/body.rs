//! Bodies and queries without their secrets.
//!
//! What a room makes of a body is for the room to say, and some try one form after the other whatever the content type
//! says. So a body is read in every form that it may have, however broken, and what any of them calls a secret goes.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::IgnoredAny;

use super::{MASK, Secret};
use crate::reading::multipart::{self, find};

const MARK: &[u8] = "\u{feff}".as_bytes();

/// A query.
#[must_use]
pub fn query(query: &str) -> String {
    String::from_utf8_lossy(&apply(query.as_bytes(), form(query.as_bytes(), false))).into_owned()
}

/// A body of this content type.
pub(in crate::reading) fn body<'a>(content_type: &str, body: &'a [u8]) -> Cow<'a, [u8]> {
    let mut changes = json(body);
    if body.strip_prefix(MARK).unwrap_or(body).trim_ascii_start().starts_with(b"<") {
        changes.extend(xml(body));
    }
    let parts = multipart::parts(content_type, body).into_iter();
    changes.extend(parts.filter_map(|part| Change::of(&part.name, body, part.content)));
    let mut pairs = form(body, false);
    // In what is JSON by all appearances a parameter is part of some URL, and ends with it.
    if !pairs.is_empty() && !is_form(content_type) && serde_json::from_slice::<IgnoredAny>(body).is_ok() {
        pairs = form(body, true);
    }
    changes.extend(pairs);
    apply(body, changes)
}

/// Whether a content type is that of an urlencoded form.
pub(in crate::reading) fn is_form(content_type: &str) -> bool {
    content_type.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
}

/// A piece of text in place of another.
struct Change {
    place: Range<usize>,
    text: String,
}

impl Change {
    fn of(name: &str, body: &[u8], place: Range<usize>) -> Option<Self> {
        let secret = Secret::named(name).filter(|_| !place.is_empty())?;
        let text = secret.mask(&String::from_utf8_lossy(&body[place.clone()]));
        Some(Self { place, text })
    }
}

/// Makes the changes. Of those that overlap the first gives the text, and all of their places go.
fn apply(body: &[u8], mut changes: Vec<Change>) -> Cow<'_, [u8]> {
    if changes.is_empty() {
        return Cow::Borrowed(body);
    }
    changes.sort_by_key(|change| change.place.start);
    let mut masked = Vec::with_capacity(body.len());
    let mut at = 0;
    for Change { place, text } in changes {
        if place.start >= at {
            masked.extend_from_slice(&body[at..place.start]);
            masked.extend_from_slice(text.as_bytes());
        }
        at = at.max(place.end);
    }
    masked.extend_from_slice(&body[at..]);
    Cow::Owned(masked)
}

/// The values of secret names between ampersands, or behind a semicolon, at which some clients part a query. A value goes
/// on to the next ampersand, or, `in_strings`, to the next quotation mark.
fn form(body: &[u8], in_strings: bool) -> Vec<Change> {
    let mut at = 0;
    let mut changes = Vec::new();
    for pair in body.split(|byte| *byte == b'&') {
        let mut start = at;
        for piece in pair.split(|byte| *byte == b';') {
            if let Some(equals) = piece.iter().position(|byte| *byte == b'=')
                && let Some(name) = plain_name(&piece[..equals])
                && Secret::named(&name).is_some()
            {
                let value = start + equals + 1;
                let mut end = at + pair.len();
                if in_strings {
                    end = find(&body[..end], b"\"", value).unwrap_or(end);
                }
                changes.extend(Change::of(&name, body, value..end));
                break;
            }
            start += piece.len() + 1;
        }
        at += pair.len() + 1;
    }
    changes
}

/// The name of a form's field, decoded; none if the text is a piece of something else.
fn plain_name(text: &[u8]) -> Option<Cow<'_, str>> {
    let text = text.trim_ascii();
    let is_odd = |byte: &u8| byte.is_ascii_whitespace() || b"\"<{".contains(byte);
    let is_plain = !text.iter().any(is_odd);
    is_plain.then(|| percent_encoding::percent_decode(text).decode_utf8_lossy())
}

/// The values of secret names; the text may be cut short or broken.
fn json(body: &[u8]) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut at = 0;
    while let Some(open) = (at..body.len()).find(|at| body[*at] == b'"') {
        let close = end_of_string(body, open);
        at = close + 1;
        let colon = after_blanks(body, at);
        if body.get(colon) != Some(&b':') {
            continue;
        }
        let name: String = body
            .get(open..=close)
            .and_then(|literal| serde_json::from_slice(literal).ok())
            .unwrap_or_else(|| String::from_utf8_lossy(&body[open + 1..close]).into_owned());
        if Secret::named(&name).is_none() {
            at = colon + 1;
            continue;
        }
        let value = after_blanks(body, colon + 1);
        match body.get(value) {
            Some(b'"') => {
                let end = end_of_string(body, value);
                // A text with escapes is cut where one may stand.
                let change = Change::of(&name, body, value + 1..end);
                changes.extend(change.map(|change| Change { text: change.text.replace('\\', ""), ..change }));
                at = end + 1;
            }
            Some(first @ (b'-' | b'0'..=b'9' | b'[' | b'{')) => {
                let end = if b"[{".contains(first) {
                    end_of_group(body, value)
                } else {
                    end_of_number(body, value)
                };
                changes.push(Change { place: value..end, text: format!("\"{MASK}\"") });
                at = end;
            }
            _ => at = colon + 1,
        }
    }
    changes
}

fn end_of_number(body: &[u8], from: usize) -> usize {
    let ends = |byte: u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
    (from..body.len()).find(|at| ends(body[*at])).unwrap_or(body.len())
}

/// Behind the list or object that opens here, or the body's end.
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

/// The place of the quotation mark that closes a string, or of the body's end.
fn end_of_string(body: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while at < body.len() && body[at] != b'"' {
        at += if body[at] == b'\\' { 2 } else { 1 };
    }
    at.min(body.len())
}

fn after_blanks(body: &[u8], from: usize) -> usize {
    (from..body.len()).find(|at| !body[*at].is_ascii_whitespace()).unwrap_or(body.len())
}

/// All that secret elements hold.
fn xml(body: &[u8]) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut at = 0;
    while let Some(open) = find(body, b"<", at) {
        let Some(close) = find(body, b">", open) else { break };
        at = close + 1;
        let tag = &body[open + 1..close];
        let name = tag.split(|byte| byte.is_ascii_whitespace()).next().unwrap_or_default();
        if !tag.starts_with(b"/") && !tag.ends_with(b"/") {
            let text = String::from_utf8_lossy(name);
            if Secret::named(&text).is_some() {
                let end = end_of_element(body, at, name);
                changes.extend(Change::of(&text, body, at..end));
                at = end;
            }
        }
    }
    changes
}

/// Where the closing tag of this name stands, or the body's end; in a CDATA section none does.
fn end_of_element(body: &[u8], mut at: usize, name: &[u8]) -> usize {
    while let Some(open) = find(body, b"<", at) {
        let rest = &body[open + 1..];
        if rest.strip_prefix(b"/").is_some_and(|rest| rest.starts_with(name)) {
            return open;
        }
        at = open + 1;
        if rest.starts_with(b"![CDATA[") {
            at = find(body, b"]]>", at).unwrap_or(body.len());
        }
    }
    body.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";
    const JSON: &str = "application/json";
    const MULTIPART: &str = "Multipart/Form-Data; boundary=x";

    #[test]
    fn bodies_lose_their_secrets_and_nothing_else() {
        let masked =
            |kind: &str, text: &str| String::from_utf8_lossy(&body(kind, text.as_bytes())).into_owned();
        for (kind, text, expected) in [
            (
                "",
                r#"{"user": "u", "password" : "p\"w", "n": 1}"#,
                r#"{"user": "u", "password" : "***", "n": 1}"#,
            ),
            ("", r#"{"token":"0123456789"}"#, r#"{"token":"0123***"}"#),
            (
                "",
                r#"{"p\u0061ssword":"pw","session_id":12345}"#,
                r#"{"p\u0061ssword":"***","session_id":"***"}"#,
            ),
            ("", r#"{"password":"cut"#, r#"{"password":"***"#),
            ("", r#"{"a":"password","b":[{"secret":null}]}"#, r#"{"a":"password","b":[{"secret":null}]}"#),
            ("", "username=u&password=p%40ss+word", "username=u&password=***"),
            ("", "pass%77ord=x&a", "pass%77ord=***&a"),
            ("", "<a><password>x</password><b/></a>", "<a><password>***</password><b/></a>"),
            ("", "plain text", "plain text"),
            ("", "", ""),
            (
                MULTIPART,
                "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\npw\r\n--x--",
                "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n***\r\n--x--",
            ),
            ("", r#"{"password":["x",{"y":"]"}],"n":1}"#, r#"{"password":"***","n":1}"#),
            ("", r#"{"secret":{"a":["x"]}}"#, r#"{"secret":"***"}"#),
            ("", r#"{"secret":["cut"#, r#"{"secret":"***""#),
            ("", "\u{feff}{\"password\":\"x\"}", "\u{feff}{\"password\":\"***\"}"),
            (FORM, r#"{"password":"x","n":"=="}"#, r#"{"password":"***","n":"=="}"#),
            (FORM, "[=1&user=u&password=pw", "[=1&user=u&password=***"),
            (JSON, "[=1&user=u&password=pw", "[=1&user=u&password=***"),
            (MULTIPART, "<=1&user=u&password=pw", "<=1&user=u&password=***"),
            (FORM, r#"{"a":"&password=x","n":"y"}"#, r#"{"a":"&password=***"#),
            (JSON, r#"{"a":"/?b=1&password=x","n":"y"}"#, r#"{"a":"/?b=1&password=***","n":"y"}"#),
            (
                "",
                "<a><password><![CDATA[x</password>y]]></password>z</a>",
                "<a><password>***</password>z</a>",
            ),
            ("", "<password>a<b>c</b></password>", "<password>***</password>"),
            ("", "<password>cut", "<password>***"),
        ] {
            assert_eq!(masked(kind, text), expected);
        }
        for name in [
            "form-data;name=\"password\"",
            "form-data;\tname=password",
            "form-data; NAME=password",
            "name = \"password\"",
        ] {
            let with = |value: &str| format!("--x\r\ncontent-disposition:{name}\r\n\r\n{value}\r\n--x--");
            assert_eq!(masked(MULTIPART, &with("a--xb")), with("***"));
        }
        assert_eq!(query("a=b;apikey=SECRET"), "a=b;apikey=SEC***");
        assert_eq!(query("format=json&apikey=exampleapikey"), "format=json&apikey=exam***");
    }
}
