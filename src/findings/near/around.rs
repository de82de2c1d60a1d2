//! What a client sent around a hash: white space, quotation marks, a prefix such as `sha256:`.

use crate::journal::body::Format;

/// How many bytes before and after a hash are looked at.
const MOST: usize = 32;

/// Where a hash occurs. This decides where the value ends that the hash is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A path, decoded.
    Path,
    /// A form, percent-decoded.
    Form,
    Json,
    Xml,
    Multipart,
}

/// The rest of a value that a hash is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Around<'a> {
    before: &'a str,
    after: &'a str,
}

impl Place {
    /// The place of hashes in a body; `None` in plain text, which has no values.
    pub(super) fn in_body(body: &str) -> Option<Self> {
        match Format::looks_like(body.as_bytes()) {
            Format::Json => Some(Self::Json),
            Format::Xml => Some(Self::Xml),
            Format::Multipart => Some(Self::Multipart),
            // A space in a form says nothing: the form is decoded.
            Format::Urlencoded | Format::Text => body.contains('=').then_some(Self::Form),
        }
    }

    fn ends_value(self, byte: u8) -> bool {
        match self {
            Self::Path => byte == b'/',
            // A comma separates the hashes of a list, in a form and in the formats below.
            Self::Form => b"&=,".contains(&byte),
            Self::Json => b"\",".contains(&byte),
            Self::Xml => b"<>[],".contains(&byte),
            Self::Multipart => b"\r\n,".contains(&byte),
        }
    }
}

impl<'a> Around<'a> {
    /// What is around `word`, which is a part of `text`; `None` if that is the whole value.
    pub(super) fn of(text: &'a str, word: &str, place: Option<Place>) -> Option<Self> {
        let place = place?;
        // `word` is a slice of `text`, so the distance of their addresses is its position. A search could find an earlier copy.
        let start = word.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
        let (before, rest) = text.split_at_checked(start)?;
        let after = rest.get(word.len()..)?;
        // In JSON, a quotation mark behind a backslash belongs to the value.
        let is_escaped = |text: &[u8], at: usize| {
            place == Place::Json
                && text[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
        };
        let ends = |text: &[u8], at: usize| place.ends_value(text[at]) && !is_escaped(text, at);
        let from = (0..before.len())
            .rev()
            .take(MOST)
            .find(|at| ends(before.as_bytes(), *at))
            .map_or(before.len().saturating_sub(MOST), |at| at + 1);
        let to = (0..after.len())
            .take(MOST)
            .find(|at| ends(after.as_bytes(), *at))
            .unwrap_or(after.len().min(MOST));
        // `MOST` may end inside a character; then nothing is reported.
        let (before, after) = (before.get(from..)?, after.get(..to)?);
        (!before.is_empty() || !after.is_empty()).then_some(Self { before, after })
    }

    /// The same in words: `white space before it`. Other text is passed to `shown`.
    pub(super) fn describe(&self, shown: impl Fn(&str) -> String) -> String {
        let (before, after) = (named(self.before, &shown), named(self.after, &shown));
        match (self.before.is_empty(), self.after.is_empty()) {
            (false, false) if before == after => format!("{before} around it"),
            (false, false) => format!("{before} before it and {after} after it"),
            (_, true) => format!("{before} before it"),
            (true, false) => format!("{after} after it"),
        }
    }
}

fn named(text: &str, shown: impl Fn(&str) -> String) -> String {
    // The escapes of JSON, and the plus sign that is a space in a form.
    let plain = text.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t").replace('+', " ");
    if plain.chars().all(char::is_whitespace) {
        let is_line_end = plain.contains(['\n', '\r']);
        return if is_line_end { "a line end" } else { "white space" }.to_owned();
    }
    if plain.chars().all(|letter| matches!(letter, '"' | '\'' | '`' | '\\')) {
        return "quotation marks".to_owned();
    }
    shown(text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "d3b07384d113edec49eaa6238ad5ff00";

    fn around(text: &str, place: Place) -> Option<String> {
        let text = text.replace('H', HASH);
        let word = &text[text.find(HASH)?..][..HASH.len()];
        Around::of(&text, word, Some(place)).map(|around| around.describe(str::to_owned))
    }

    #[test]
    fn a_hash_that_is_a_whole_value_has_nothing_around_it() {
        for (text, place) in [
            ("/hash/H", Place::Path),
            ("/x/H/analyze/", Place::Path),
            ("a=1&h=H&b=2", Place::Form),
            ("h=H,x", Place::Form),
            ("{\"h\":[\"x\",\"H\"]}", Place::Json),
            ("{\"h\":\"H,x\"}", Place::Json),
            ("<i>H</i>", Place::Xml),
            ("<i><![CDATA[H]]></i>", Place::Xml),
            ("--x\r\n\r\nH\r\n--x--", Place::Multipart),
        ] {
            assert_eq!(around(text, place), None, "{text}");
        }
    }

    #[test]
    fn the_rest_of_a_value_is_described() {
        for (text, place, expected) in [
            ("/hash/sha256:H", Place::Path, "sha256: before it"),
            ("/hash/0xH", Place::Path, "0x before it"),
            ("/hash/H ", Place::Path, "white space after it"),
            ("/hash/H\n", Place::Path, "a line end after it"),
            ("/hash/\"H\"", Place::Path, "quotation marks around it"),
            ("/hash/ H.exe/x", Place::Path, "white space before it and .exe after it"),
            ("h=+H&b", Place::Form, "white space before it"),
            ("{\"h\":\"H\\n\"}", Place::Json, "a line end after it"),
            ("{\"h\":\"\\\"H\\\"\"}", Place::Json, "quotation marks around it"),
            ("<i>\n  H\n</i>", Place::Xml, "a line end around it"),
            ("--x\r\n\r\nmd5=H\r\n--x--", Place::Multipart, "md5= before it"),
        ] {
            assert_eq!(around(text, place).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(Place::in_body(HASH), None);
        assert_eq!(Place::in_body("h= x"), Some(Place::Form));
    }
}
