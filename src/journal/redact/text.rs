//! Secrets in free text, recognised by their shape: URLs, credentials behind a scheme, tokens, `name: value`.

use std::ops::Range;

use memchr::{memchr_iter, memmem};
use percent_encoding::percent_decode;

use super::Redactor;
use super::edit::{Edit, apply};
use super::names::{MASK, Secret, key};
use crate::journal::body::{Pair, pairs};

/// How deep percent-encoded values may be nested.
const DEPTH: usize = 4;
/// Schemes that are followed by one credential.
const SCHEMES: [&str; 6] = ["bearer", "basic", "token", "apikey", "negotiate", "ntlm"];
/// The longest name of a `name: value` line, in bytes.
const NAME: usize = 64;

/// The edits to any text, be it a header or a string in a body.
pub(crate) fn shapes(text: &[u8], redactor: &Redactor) -> Vec<Edit> {
    let mut edits = Vec::new();
    redactor.known.find(text, &mut edits);
    user_info(text, &mut edits);
    parameters(text, &mut edits);
    schemes(text, &mut edits);
    tokens(text, &mut edits);
    edits
}

/// The edits to a text of which each line may be `name: value`.
pub(crate) fn prose(text: &[u8], redactor: &Redactor) -> Vec<Edit> {
    let mut edits = shapes(text, redactor);
    lines(text, &mut edits);
    edits
}

/// The edits to an urlencoded form or a query. A value goes on to the next ampersand. Some clients separate pairs by
/// semicolons, so a name may also follow a semicolon.
pub(crate) fn form(text: &[u8], redactor: &Redactor, depth: usize) -> Vec<Edit> {
    let mut edits = shapes(text, redactor);
    for Pair { name, value } in pairs(text) {
        let (mut start, end) = (name.start, value.end);
        for piece in text[start..end].split(|byte| *byte == b';') {
            let value_at = piece.iter().position(|byte| *byte == b'=').map(|equals| start + equals + 1);
            if let Some(value) = value_at
                && let Some(secret) =
                    plain_name(&text[start..value - 1]).and_then(|name| Secret::in_url(&name))
            {
                // Up to the ampersand, because the secret itself may contain semicolons.
                edits.extend(masked(secret, text, value..end));
                break;
            }
            let value = value_at.unwrap_or(start)..start + piece.len();
            edits.extend(encoded(&text[value.clone()], redactor, depth).map(|new| Edit::new(value, new)));
            start += piece.len() + 1;
        }
    }
    edits
}

/// The edits to the pairs that an endpoint read, whatever their names look like.
pub(crate) fn pairs_as_seen(text: &[u8], pairs: &[Pair]) -> impl Iterator<Item = Edit> {
    pairs.iter().filter_map(|pair| {
        let secret = Secret::in_url(&pair.name(text))?;
        masked(secret, text, pair.value.clone())
    })
}

/// From this length on a segment behind a secret's name is a secret; shorter ones are names of resources.
const KEY_IN_PATH: usize = 16;

/// The edits to a path: of each segment, encoded or not, and of those behind the name of a secret (`/apikey/…`).
pub(crate) fn path(text: &[u8], redactor: &Redactor) -> Vec<Edit> {
    let mut edits = shapes(text, redactor);
    let (mut at, mut secret) = (0, None::<Secret>);
    for segment in text.split(|byte| *byte == b'/') {
        let place = at..at + segment.len();
        match secret.filter(|_| segment.len() >= KEY_IN_PATH) {
            Some(secret) => edits.extend(masked(secret, text, place)),
            None => edits.extend(encoded(segment, redactor, 0).map(|new| Edit::new(place, new))),
        }
        secret = Secret::named(&String::from_utf8_lossy(segment));
        at += segment.len() + 1;
    }
    edits
}

/// The redacted form of an encoded value, encoded again; `None` if it has no secret in it.
fn encoded(value: &[u8], redactor: &Redactor, depth: usize) -> Option<String> {
    if depth >= DEPTH || !value.iter().any(|byte| b"%+".contains(byte)) {
        return None;
    }
    let spaced: Vec<u8> = value.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let decoded: Vec<u8> = percent_decode(&spaced).collect();
    let mut edits = prose(&decoded, redactor);
    if decoded.contains(&b'%') {
        edits.extend(form(&decoded, redactor, depth + 1));
    }
    if edits.is_empty() {
        return None;
    }
    // The asterisks of the mask are not changed by the encoding.
    let new: String = form_urlencoded::byte_serialize(&apply(&decoded, edits)).collect();
    Some(new)
}

/// The name of a form's field, decoded; none if the text is a piece of something else.
fn plain_name(text: &[u8]) -> Option<String> {
    let text = text.trim_ascii();
    let is_odd = |byte: &u8| byte.is_ascii_whitespace() || b"\"<{".contains(byte);
    let is_plain = text.len() <= 4 * NAME && !text.iter().any(is_odd);
    is_plain.then(|| percent_decode(text).decode_utf8_lossy().into_owned())
}

pub(crate) fn masked(secret: Secret, text: &[u8], place: Range<usize>) -> Option<Edit> {
    let is_there = !place.is_empty();
    is_there.then(|| Edit::new(place.clone(), secret.mask(&String::from_utf8_lossy(&text[place]))))
}

/// Whether a byte ends a URL, or a value in one, in any kind of text.
fn ends_url(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b"\"'<>\\`{}|^".contains(&byte)
}

/// Where the first byte from `from` on is for which `ends` is true; the end of the text if there is none.
fn end(text: &[u8], from: usize, ends: impl Fn(u8) -> bool) -> usize {
    text[from..].iter().position(|byte| ends(*byte)).map_or(text.len(), |len| from + len)
}

/// `user:password@` in URLs.
fn user_info(text: &[u8], edits: &mut Vec<Edit>) {
    for at in memmem::find_iter(text, b"://") {
        let start = at + 3;
        let close = end(text, start, |byte| ends_url(byte) || b"/?#".contains(&byte));
        // The last one: a password may contain an unencoded at sign.
        if let Some(len) = memchr::memrchr(b'@', &text[start..close]).filter(|len| *len > 0) {
            edits.push(Edit::new(start..start + len, MASK));
        }
    }
}

/// The values of secret parameters in URLs.
fn parameters(text: &[u8], edits: &mut Vec<Edit>) {
    let mut behind = 0;
    for equals in memchr_iter(b'=', text) {
        if equals < behind {
            continue;
        }
        // A name is searched for in a bounded distance, or many equals signs would take quadratic time.
        let from = behind.max(equals.saturating_sub(NAME));
        let Some(mark) = text[from..equals].iter().rposition(|byte| b"?&;#".contains(byte)) else { continue };
        let Some(name) = plain_name(&text[from + mark + 1..equals]) else { continue };
        let Some(secret) = Secret::in_url(&name) else { continue };
        let close = end(text, equals + 1, |byte| ends_url(byte) || b"&#".contains(&byte));
        edits.extend(masked(secret, text, equals + 1..close));
        behind = close;
    }
}

/// The credential behind a scheme: `Bearer …`.
fn schemes(text: &[u8], edits: &mut Vec<Edit>) {
    let mut at = 0;
    while at < text.len() {
        if !text[at].is_ascii_alphabetic() {
            at += 1;
            continue;
        }
        let close = end(text, at, |byte| !byte.is_ascii_alphanumeric());
        let word = &text[at..close];
        at = close;
        let Some(scheme) = SCHEMES.iter().find(|scheme| scheme.as_bytes().eq_ignore_ascii_case(word)) else {
            continue;
        };
        let blanks = end(text, close, |byte| !matches!(byte, b' ' | b'\t'));
        let until = end(text, blanks, |byte| byte.is_ascii_whitespace() || b"\"',<>\\;)".contains(&byte));
        if blanks > close && is_credential(&text[blanks..until]) {
            let credential = String::from_utf8_lossy(&text[blanks..until]);
            // Basic encodes user and password together, so no part of it may stay readable.
            let masked = if *scheme == "basic" { MASK.to_owned() } else { key(&credential) };
            edits.push(Edit::new(blanks..until, masked));
        }
    }
}

/// Whether a word is a credential rather than one of a sentence: only letters that credentials have, and more than one
/// kind of them, or too many for a word.
fn is_credential(word: &[u8]) -> bool {
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_~+/=:|*.".contains(byte);
    // A product and its version, as in a User-Agent: `client/1.0`.
    let is_version = word.contains(&b'/') && word.contains(&b'.');
    let is_mixed = word.iter().any(u8::is_ascii_digit)
        || word.iter().skip(1).any(u8::is_ascii_uppercase)
        || word.contains(&b'=')
        || word.len() >= 16;
    // A challenge names what it protects: Basic realm="…".
    let is_realm = word.to_ascii_lowercase().starts_with(b"realm=");
    word.iter().all(is_allowed) && is_mixed && !is_version && !is_realm
}

/// JSON Web Tokens.
fn tokens(text: &[u8], edits: &mut Vec<Edit>) {
    let mut behind = 0;
    // `eyJ` is `{"` in base64, with which the header of such a token begins.
    for at in memmem::find_iter(text, b"eyJ") {
        if at < behind {
            continue;
        }
        let close = end(text, at, |byte| !(byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
        if memchr_iter(b'.', &text[at..close]).count() >= 2 {
            edits.push(Edit::new(at..close, key(&String::from_utf8_lossy(&text[at..close]))));
        }
        behind = close;
    }
}

/// The values of lines such as `password: x` and `api_key = x`.
fn lines(text: &[u8], edits: &mut Vec<Edit>) {
    let mut at = 0;
    for line in text.split(|byte| *byte == b'\n') {
        // Only the beginning of a line can be a name.
        let head = &line[..line.len().min(NAME)];
        if let Some(mark) = head.iter().position(|byte| b":=".contains(byte)) {
            let name = String::from_utf8_lossy(&head[..mark]);
            let blanks = line[mark + 1..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let start = at + mark + 1 + blanks;
            let close = at + line.trim_ascii_end().len();
            if let Some(secret) = Secret::named(&name) {
                edits.extend(masked(secret, text, start..close));
            }
        }
        at += line.len() + 1;
    }
}
