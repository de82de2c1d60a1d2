//! Finds the words of a request that look like hashes.

use std::borrow::Cow;
use std::collections::HashMap;

use bytes::Bytes;
use http::{HeaderMap, header};
use percent_encoding::percent_decode;

use crate::journal::body::decoded;
use crate::samples::{HashKind, is_length};

/// The shortest word that may be a hash.
const SHORTEST: usize = 31;
/// How far from its ends a body is searched for a kind of hash.
const ENDS: usize = 256;

/// A body as text. Forms are percent-decoded.
pub(crate) fn readable<'a>(headers: &HeaderMap, body: &'a Bytes) -> Cow<'a, str> {
    let kind = headers.get(header::CONTENT_TYPE).map(http::HeaderValue::as_bytes).unwrap_or_default();
    let is_form = kind.to_ascii_lowercase().starts_with(b"application/x-www-form-urlencoded");
    match is_form {
        true => percent_decode(body).decode_utf8_lossy(),
        // The lossy decoder looks at each byte, even of a text that is valid.
        false => std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed),
    }
}

/// The words of hexadecimal digits with the length of a hash, or one more or less. One character of a word may be another
/// letter, so that a mistyped hash is found, too.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        // A word that starts at or after `at` includes the byte at its minimum length, so most bytes are skipped.
        while let Some(probe) = bytes.get(at + SHORTEST - 1..).filter(|rest| !rest.is_empty()) {
            if class(probe[0]) == Class::Other {
                at += SHORTEST;
                continue;
            }
            let before = &bytes[at..at + SHORTEST - 1];
            let start =
                before.iter().rposition(|byte| class(*byte) == Class::Other).map_or(at, |gap| at + gap + 1);
            let (end, letters) = end_of_word(bytes, start);
            at = end + 1;
            // The prefix of hexadecimal numbers is not part of a hash.
            let (start, letters) = match &bytes[start..end] {
                [b'0', b'x' | b'X', ..] => (start + 2, letters - 1),
                _ => (start, letters),
            };
            if letters <= 1 && is_length(end - start) {
                return Some(&text[start..end]);
            }
        }
        None
    })
}

/// Where the word ends that starts here, and how many of its letters are no digits.
fn end_of_word(bytes: &[u8], start: usize) -> (usize, usize) {
    let (mut at, mut letters) = (start, 0);
    loop {
        // Nearly all letters of most words are digits. Sixteen are passed at a time, without a branch for each, so that the
        // compiler makes vector instructions of it.
        let chunks = bytes[at..].as_chunks::<16>().0.iter();
        at += 16
            * chunks.take_while(|chunk| chunk.iter().fold(true, |all, byte| all & is_digit(*byte))).count();
        at += bytes[at..].iter().take_while(|byte| class(**byte) == Class::Digit).count();
        match bytes.get(at).map(|byte| class(*byte)) {
            Some(Class::Letter) => (at, letters) = (at + 1, letters + 1),
            _ => return (at, letters),
        }
    }
}

/// What a byte is in a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Digit,
    Letter,
    Other,
}

/// Whether the class of a byte is [`Class::Digit`].
fn is_digit(byte: u8) -> bool {
    (byte.wrapping_sub(b'0') < 10) | ((byte | 0x20).wrapping_sub(b'a') < 6)
}

fn class(byte: u8) -> Class {
    const CLASSES: [Class; 256] = {
        let mut classes = [Class::Other; 256];
        let mut byte = 0;
        // A constant cannot be computed with iterators.
        while byte < 128_u8 {
            if byte.is_ascii_hexdigit() {
                classes[byte as usize] = Class::Digit;
            } else if byte.is_ascii_alphanumeric() {
                classes[byte as usize] = Class::Letter;
            }
            byte += 1;
        }
        classes
    };
    CLASSES[usize::from(byte)]
}

/// What precedes the kind of hash in a body: `hash_type`.
const TYPE: &[u8] = b"type";

/// The kind of hash that a path names, or the `type` of a body, if it is exactly one. Other words of a body may be names of
/// fields.
pub(crate) fn kind_asked(text: &str) -> Option<HashKind> {
    // A list may be long; its kind is named before or after it.
    let ends = if text.len() <= 2 * ENDS {
        [text, ""]
    } else {
        [text.get(..floor(text, ENDS))?, text.get(floor(text, text.len() - ENDS)..)?]
    };
    let words = ends.iter().flat_map(|part| part.as_bytes().split(|byte| !byte.is_ascii_alphanumeric()));
    let mut before: &[u8] = b"";
    let mut kinds = words.filter(|word| !word.is_empty()).filter_map(|word| {
        // In a path every word may name the kind: `/query/md5/…`.
        let is_type = text.starts_with('/') || before.eq_ignore_ascii_case(TYPE);
        before = word;
        let mut kinds = HashKind::ALL.into_iter().filter(|_| is_type);
        kinds.find(|kind| kind.name().as_bytes().eq_ignore_ascii_case(word))
    });
    let first = kinds.next()?;
    // If several kinds are named, it is unknown which one is meant.
    kinds.all(|other| other == first).then_some(first)
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The boundary of a multipart body, which must not be taken for a hash: many clients make it of 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Boundary<'a>(Option<&'a str>);

impl<'a> Boundary<'a> {
    /// The boundary that the content type declares, if it does.
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        Self(kind.filter(|kind| kind.contains('=')))
    }

    /// Whether a word is the boundary.
    pub(crate) fn is(self, word: &str) -> bool {
        self.0.is_some_and(|kind| kind.contains(word))
    }
}

/// The hashes that a request carries, in lower case, and how often each occurs in its path and body.
pub(crate) fn hashes(path: &str, headers: &HeaderMap, body: &Bytes) -> Vec<(String, usize)> {
    let boundary = Boundary::of(headers);
    let mut places = HashMap::new();
    let mut counts: Vec<(String, usize)> = Vec::new();
    for text in [&*decoded(path), &*readable(headers, body)] {
        for word in words(text).filter(|word| crate::samples::Hash::parse(word).is_some()) {
            if boundary.is(word) {
                continue;
            }
            let word = word.to_ascii_lowercase();
            let place = *places.entry(word.clone()).or_insert(counts.len());
            match counts.get_mut(place) {
                Some((_, count)) => *count += 1,
                None => counts.push((word, 1)),
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    const MD5: &str = "d3b07384d113edec49eaa6238ad5ff00";

    #[test]
    fn words_are_found_anywhere() {
        for before in ["", "/hash/", "{\"hash\":[\"", "é", &"-".repeat(40), &"a ".repeat(33)] {
            for after in ["", "/", "\",\"x", "é"] {
                let text = format!("{before}{MD5}{after}");
                assert_eq!(words(&text).collect::<Vec<_>>(), [MD5], "{text}");
            }
        }
        let two = format!("{MD5}&{}", &MD5[1..]);
        assert_eq!(words(&two).collect::<Vec<_>>(), [MD5, &MD5[1..]]);
        let number = format!("0x{MD5} 0X{MD5}");
        assert_eq!(words(&number).collect::<Vec<_>>(), [MD5, MD5]);
        let odd = format!("x{} y{}zz {} {}", &MD5[1..], &MD5[2..], "ab".repeat(65), &MD5[2..]);
        assert_eq!(words(&odd).collect::<Vec<_>>(), [&odd[..32]]);
    }

    #[test]
    fn both_ways_of_classifying_agree() {
        assert!((0..=255).all(|byte| is_digit(byte) == (class(byte) == Class::Digit)));
    }

    #[test]
    fn a_kind_is_found_if_exactly_one_is_named() {
        assert_eq!(kind_asked("/query/md5/abc"), Some(HashKind::Md5));
        assert_eq!(kind_asked(r#"{"hash_type":"SHA1"}"#), Some(HashKind::Sha1));
        assert_eq!(kind_asked("md5 sha1"), None);
        assert_eq!(kind_asked("sha1sum"), None);
        assert_eq!(kind_asked(&format!("{}type: md5", "é".repeat(1001))), Some(HashKind::Md5));
        assert_eq!(kind_asked("<hash_type>md5</hash_type>"), Some(HashKind::Md5));
        assert_eq!(kind_asked(r#"{"hash_values":["x"],"fields":["sha256"]}"#), None);
    }

    #[test]
    fn boundaries_are_ignored_and_forms_decoded() {
        let mut headers = HeaderMap::new();
        let kind = format!("multipart/form-data; boundary={MD5}");
        headers.insert(header::CONTENT_TYPE, kind.parse().expect("a value"));
        assert!(Boundary::of(&headers).is(MD5));
        assert!(hashes("/", &headers, &Bytes::from(format!("--{MD5}\r\n"))).is_empty());
        headers.insert(header::CONTENT_TYPE, "application/x-www-form-urlencoded".parse().expect("a value"));
        let body = Bytes::from(format!("a={MD5}%2C{}", MD5.to_uppercase()));
        assert_eq!(hashes("/", &headers, &body), [(MD5.to_owned(), 2)]);
    }
}
