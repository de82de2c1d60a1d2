//! Parses a text in any notation into a tree.

use super::format::without_mark;
use super::{Diagnostics, Format, Node, Place, Value, json, rows, yaml};

/// Reads a text, with or without a byte order mark. The values of a file of JSON Lines become a list; a table needs
/// to know its columns, and is read by `rows` alone. An empty text is a `Value::Null`.
///
/// `None` means that the text could not be read to its end, and `diagnostics` says why. A tree may come back together
/// with diagnostics (a key that is given twice), so that its shape can still be checked and all errors are reported at once.
pub fn parse(text: &str, format: Format, diagnostics: &mut Diagnostics) -> Option<Node> {
    match format {
        Format::Yaml => yaml::parse(without_mark(text), diagnostics),
        Format::Json => json::parse(without_mark(text), diagnostics),
        Format::JsonLines | Format::Csv => {
            let mut list = Vec::new();
            rows::rows(text, format, &[], diagnostics, |node, _| list.push(node));
            Some(Node::new(Place { line: 1, column: 1 }, Value::List(list)))
        }
    }
}

/// Where the first no-break space stands in the indentation of a line, after a dash or after a key: editors and web pages put
/// one there unseen, and YAML takes it for a letter.
pub(crate) fn no_break_space(text: &str) -> Option<Place> {
    const NO_BREAK: char = '\u{a0}';
    // Most texts have none anywhere.
    text.contains(NO_BREAK).then_some(())?;
    (1..).zip(text.lines()).find_map(|(line, text)| {
        let is_before_key = |letter: char| matches!(letter, ' ' | '-' | NO_BREAK);
        let indent = text.len() - text.trim_start_matches(is_before_key).len();
        let after_key = || Some(text.find(':')? + 1).filter(|at| text[*at..].starts_with(NO_BREAK));
        let at = text[..indent].find(NO_BREAK).or_else(after_key)?;
        let column = u32::try_from(text[..at].chars().count()).unwrap_or(u32::MAX - 1) + 1;
        Some(Place { line, column })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_mark_is_skipped_and_not_counted() {
        for format in [Format::Yaml, Format::Json] {
            let mut diagnostics = Diagnostics::new("a");
            let node = parse("\u{feff}{\"a\": 1}", format, &mut diagnostics).unwrap();
            assert!(diagnostics.is_empty());
            assert_eq!(node.entry("a").unwrap().place, Place { line: 1, column: 2 });
            assert_eq!(node.get("a").unwrap().place, Place { line: 1, column: 7 });
        }
    }

    #[test]
    fn no_break_spaces_are_found_at_their_own_places() {
        for (text, place) in [
            ("samples:\n  - name: a\u{a0}b\n", None),
            ("samples:\n \u{a0}- name: a\n", Some(Place { line: 2, column: 2 })),
            ("samples:\n  -\u{a0}name: a\n", Some(Place { line: 2, column: 4 })),
            ("samples:\n  - name:\u{a0}a\n", Some(Place { line: 2, column: 10 })),
        ] {
            assert_eq!(no_break_space(text), place, "{text:?}");
        }
    }

    #[test]
    fn an_empty_file_is_null() {
        for format in [Format::Yaml, Format::Json] {
            for text in ["", "\u{feff}", " \n\n"] {
                let mut diagnostics = Diagnostics::new("a");
                assert_eq!(parse(text, format, &mut diagnostics).unwrap().value, Value::Null);
                assert!(diagnostics.is_empty());
            }
        }
    }

    /// Whatever a person saves by mistake, reading ends with a tree or an error, never with a panic.
    #[test]
    fn damaged_documents_never_panic() {
        let yaml = "# set\ndefaults: &d {verdict: clean, tags: [a, \"b\\n\", 'c']}\nsamples:\n  - <<: *d\n    name: x\n    \
                    sha256: 0000014\n    size: 1e5\n    note: |\n      long\n      text\n  - ? k\n    : !!str 1\n    when: -2d\n";
        let json = "{\n\t\"samples\": [{\"name\": \"a\\u00e9\\ud83d\\ude00\\/\", \"n\": [-1.5e+3, 0, true, false, null]}, {}]\n}\n";
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move |below: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed % below.max(1) as u64) as usize
        };
        let spice: Vec<char> =
            "{}[]:,&*#?|>-!%@`'\"\\ \t\n\r<~019.eu\u{e9}\u{feff}\u{0}\u{85}\u{1f600}".chars().collect();
        for round in 0..6000 {
            let (text, format) = if round % 2 == 0 { (yaml, Format::Yaml) } else { (json, Format::Json) };
            let mut letters: Vec<char> = text.chars().collect();
            for _ in 0..=random(4) {
                let at = random(letters.len());
                match random(4) {
                    0 => letters.truncate(at),
                    1 if !letters.is_empty() => drop(letters.remove(at)),
                    2 if !letters.is_empty() => letters[at] = spice[random(spice.len())],
                    _ => letters.insert(at, spice[random(spice.len())]),
                }
            }
            let damaged: String = letters.into_iter().collect();
            let mut diagnostics = Diagnostics::new("x");
            let tree = parse(&damaged, format, &mut diagnostics);
            assert!(tree.is_some() || !diagnostics.is_empty(), "{damaged:?}");
        }
    }
}
