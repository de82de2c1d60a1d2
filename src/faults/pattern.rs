//! Patterns in which `*` matches any text (`rescan.bulk.*`, `/v2/hash/*`), and hashes to search for in whole requests.
//!
//! Both are limited in length, and are matched in time linear in the text, because clients choose the text.

use std::fmt;

use memchr::memmem::Finder;
use percent_encoding::percent_decode;

/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 8192;
/// The most digits that a hash has.
const MAX_DIGITS: usize = 128;
/// How much of a text is searched at a time, in bytes.
const CHUNK: usize = 32 * 1024;

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(String);

impl Pattern {
    /// A pattern from its text.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The pattern that is written so, if it is not too long.
    ///
    /// # Errors
    /// The text is too long.
    pub(crate) fn bounded(text: impl Into<String>) -> Result<Self, String> {
        let text = text.into();
        match text.len() {
            0..=MAX_PATTERN => Ok(Self(text)),
            len => Err(format!(
                "a pattern has at most {MAX_PATTERN} bytes, and this has {len}; use * for the rest"
            )),
        }
    }

    /// Whether the pattern matches all of `text`. Case matters.
    pub(crate) fn fits(&self, text: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        // Without a star the only part must be the whole text.
        let Some(last) = parts.next_back() else { return text == first };
        let inner = text.strip_prefix(first).and_then(|rest| rest.strip_suffix(last));
        let Some(mut inner) = inner else { return false };
        // The earliest match of each part leaves the most text for those that follow.
        parts.all(|part| match inner.find(part) {
            Some(at) => {
                inner = &inner[at + part.len()..];
                true
            }
            None => false,
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A short text that is searched for in any case: a hash, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Needle(String);

impl Needle {
    /// A hash, or a part of one.
    ///
    /// # Errors
    /// It is empty, longer than any hash, or has something other than hexadecimal digits.
    pub fn hash(text: &str) -> Result<Self, String> {
        let digits = text.chars().count();
        if digits > MAX_DIGITS {
            return Err(format!(
                "a hash has at most {MAX_DIGITS} hexadecimal digits, and this has {digits}; send the hash alone"
            ));
        }
        match text.chars().find(|letter| !letter.is_ascii_hexdigit()) {
            Some(odd) => Err(format!(
                "a hash has hexadecimal digits only, and \"{text}\" has {odd:?}; send the hash alone, or match `path` or \
                 `body` for other text"
            )),
            None if text.is_empty() => Err("an empty text is not a hash; send one, or omit it".to_owned()),
            None => Ok(Self(text.to_ascii_lowercase())),
        }
    }

    /// What a client sends in the place of a hash, whether it is one or not.
    ///
    /// # Errors
    /// It is longer than any hash.
    pub fn in_place_of_hash(text: &str) -> Result<Self, String> {
        match text.len() {
            0..=MAX_DIGITS => Ok(Self(text.to_ascii_lowercase())),
            len => {
                Err(format!("a hash has at most {MAX_DIGITS} digits, and this has {len} bytes; shorten it"))
            }
        }
    }

    /// The text in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Needle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Which of the needles occur in any of the texts, in any case, as sent or percent-decoded. Takes time in proportion to the
/// texts, for each needle, and a constant amount of memory.
pub(crate) fn find_all(needles: &[&Needle], texts: &[&[u8]]) -> Vec<bool> {
    let mut found: Vec<bool> = needles.iter().map(|needle| needle.0.is_empty()).collect();
    let finders: Vec<_> = needles.iter().map(|needle| Finder::new(needle.0.as_bytes())).collect();
    for_each_piece(texts, |piece| {
        for (finder, found) in finders.iter().zip(found.iter_mut()).filter(|(_, found)| !**found) {
            *found = finder.find(piece).is_some();
        }
        found.contains(&false)
    });
    found
}

/// Passes the texts to `search` in lower case, as sent and percent-decoded, piece by piece, until it returns false. What a
/// needle matches is never split between pieces.
pub(super) fn for_each_piece(texts: &[&[u8]], mut search: impl FnMut(&[u8]) -> bool) {
    for text in texts {
        let mut rest = *text;
        let sent = |buffer: &mut Vec<u8>| {
            let (now, later) = rest.split_at(rest.len().min(CHUNK));
            rest = later;
            buffer.extend_from_slice(now);
        };
        if !for_each_chunk(sent, &mut search) {
            return;
        }
        // Most texts have nothing to decode.
        if text.contains(&b'%') {
            let mut bytes = percent_decode(text);
            let decoded = |buffer: &mut Vec<u8>| buffer.extend(bytes.by_ref().take(CHUNK));
            if !for_each_chunk(decoded, &mut search) {
                return;
            }
        }
    }
}

/// Searches a text that `more` gives piece by piece, nothing at its end; false if the search is over.
fn for_each_chunk(mut more: impl FnMut(&mut Vec<u8>), search: &mut impl FnMut(&[u8]) -> bool) -> bool {
    let mut buffer: Vec<u8> = Vec::new();
    loop {
        // What is found may begin in one piece and end in the next.
        buffer.drain(..buffer.len().saturating_sub(MAX_DIGITS - 1));
        let old = buffer.len();
        more(&mut buffer);
        if buffer.len() == old {
            return true;
        }
        buffer[old..].make_ascii_lowercase();
        if !search(&buffer) {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needles_are_found_across_pieces_in_any_case_and_encoding() {
        let needle = Needle::hash("ABCdef01").expect("a hash");
        let is_in = |text: &str| find_all(&[&needle], &[b"/", text.as_bytes()])[0];
        for before in [0, 1, CHUNK - 4, CHUNK - 1, CHUNK, 3 * CHUNK - 7] {
            let filler = "a".repeat(before);
            assert!(is_in(&format!("{filler}aBcDeF01")), "{before}");
            assert!(is_in(&format!("{filler}aBc%44eF01")), "{before}");
            assert!(!is_in(&format!("{filler}aBcDeF0")), "{before}");
        }
        let other = Needle::in_place_of_hash("%61").expect("short");
        assert_eq!(find_all(&[&needle, &other], &[b"/%2561"]), [false, true]);
        assert_eq!(find_all(&[&other], &[b"/%2562c"]), [false]);
        assert!(find_all(&[], &[b"x"]).is_empty());
    }

    #[test]
    fn texts_that_are_not_hashes_are_refused() {
        assert!(Needle::hash(&"a".repeat(128)).is_ok() && Needle::hash("").is_err());
        assert!(Needle::hash("é").is_err() && Needle::in_place_of_hash(&"é".repeat(65)).is_err());
        assert!(Pattern::bounded("*".repeat(8193)).is_err() && Pattern::bounded("*".repeat(8192)).is_ok());
    }

    #[test]
    fn a_star_matches_any_text_and_everything_else_itself() {
        let fits = |pattern: &str, text: &str| Pattern::new(pattern).fits(text);
        for (pattern, text) in
            [("a", "a"), ("*", ""), ("*", "é"), ("a*", "a"), ("*a", "ba"), ("a*b*c", "a-b-b-c"), ("**", "x")]
        {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("", "a"), ("a*a", "a"), ("a*b*c", "a-c"), ("A", "a")] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }
}
