//! Writing YAML that a person would have written, and that [`super::parse`] reads back as it was.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

/// What still fits on a line in braces.
const WIDTH: usize = 132;

/// The value as a YAML document, keys in order. Small mappings and lists stand in braces, on a line of their own.
pub(crate) fn yaml(value: &Json) -> String {
    let mut out = String::new();
    match value {
        Json::Object(map) if !map.is_empty() => block(&mut out, map, 0, false),
        other => {
            out.push_str(&flow(other));
            out.push('\n');
        }
    }
    out
}

/// The value as an item of a block list whose dash stands so far to the right.
pub(crate) fn yaml_item(value: &Json, indent: usize) -> String {
    let mut out = String::new();
    item(&mut out, value, indent);
    out
}

/// The entries of a mapping, each on its line; `begun` if the first one follows a dash on its line.
fn block(out: &mut String, map: &Map<String, Json>, indent: usize, mut begun: bool) {
    for (key, value) in map {
        if !begun {
            let _ = write!(out, "{:indent$}", "");
        }
        begun = false;
        out.push_str(&text(key, false));
        out.push(':');
        entry(out, value, indent);
    }
}

/// What follows a key.
fn entry(out: &mut String, value: &Json, indent: usize) {
    match value {
        Json::Object(map) if !map.is_empty() && !fits(value, indent) => {
            out.push('\n');
            block(out, map, indent + 2, false);
        }
        Json::Array(items) if !items.is_empty() && (holds_maps(items) || !fits(value, indent)) => {
            out.push('\n');
            items.iter().for_each(|one| item(out, one, indent + 2));
        }
        Json::String(one) => {
            let _ = writeln!(out, " {}", text(one, false));
        }
        other => {
            let _ = writeln!(out, " {}", flow(other));
        }
    }
}

fn item(out: &mut String, value: &Json, indent: usize) {
    let _ = write!(out, "{:indent$}- ", "");
    match value {
        Json::Object(map) if !map.is_empty() && !fits(value, indent) => block(out, map, indent + 2, true),
        Json::String(one) => {
            let _ = writeln!(out, "{}", text(one, false));
        }
        other => {
            let _ = writeln!(out, "{}", flow(other));
        }
    }
}

fn holds_maps(items: &[Json]) -> bool {
    items.iter().any(|one| one.as_object().is_some_and(|map| !map.is_empty()))
}

fn fits(value: &Json, indent: usize) -> bool {
    let flat = |value: &Json| !matches!(value, Json::Array(items) if holds_maps(items));
    let inner = match value {
        Json::Object(map) => map.values().all(flat),
        _ => true,
    };
    inner && indent + flow(value).chars().count() <= WIDTH
}

/// The value on one line.
fn flow(value: &Json) -> String {
    match value {
        Json::String(one) => text(one, true),
        Json::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Json::Object(map) if map.is_empty() => "{}".to_owned(),
        Json::Object(map) => {
            let pair = |(key, value): (&String, &Json)| format!("{}: {}", text(key, true), flow(value));
            format!("{{ {} }}", map.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A text: without quotation marks where it can only be read as this text, with them elsewhere.
fn text(one: &str, in_braces: bool) -> String {
    if is_plain(one, in_braces) {
        return one.to_owned();
    }
    // A JSON string is a double-quoted scalar of YAML too, except for the characters below.
    let quoted = Json::from(one).to_string();
    // YAML requires escapes for these, JSON does not.
    let odd = |letter: char| {
        matches!(letter, '\u{7f}'..='\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    let mut out = String::with_capacity(quoted.len());
    for letter in quoted.chars() {
        if odd(letter) {
            let _ = write!(out, "\\u{:04x}", u32::from(letter));
        } else {
            out.push(letter);
        }
    }
    out
}

fn is_plain(one: &str, in_braces: bool) -> bool {
    // Stricter than this crate needs: many programs still read YAML 1.1, in which `yes`, `no`, `on`, `off`, `y` and `n`
    // are flags, and `1_000`, `12:30` and `0b1` are numbers.
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let starts = one.starts_with(|letter: char| letter.is_ascii_alphanumeric() || "/_".contains(letter));
    let ends = !one.ends_with([' ', ':']);
    let allowed = |letter: char| {
        letter.is_ascii_alphanumeric()
            || "._-+/() ".contains(letter)
            // `a: b` would be a mapping; a colon inside a word, as in a time, is not special.
            || (letter == ':' && !one.contains(": "))
            // In braces and brackets a comma separates items.
            || (letter == ',' && !in_braces)
    };
    let number = |letter: char| letter.is_ascii_digit() || "eE._+-:".contains(letter);
    let based = ["0x", "0X", "0o", "0b"].iter().any(|base| one.starts_with(base));
    starts
        && ends
        && one.chars().all(allowed)
        && !one.contains("  ")
        && !WORDS.contains(&one.to_ascii_lowercase().as_str())
        && !based
        && !one.chars().all(number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::{Diagnostics, Format, parse};

    fn again(written: &str) -> Json {
        let mut diagnostics = Diagnostics::new("written.yaml");
        let node = parse(written, Format::Yaml, &mut diagnostics);
        let diagnostics: Vec<String> = diagnostics.into_vec().iter().map(ToString::to_string).collect();
        assert!(diagnostics.is_empty(), "{diagnostics:?} in\n{written}");
        node.expect("a document").to_json()
    }

    #[test]
    fn output_reads_back_unchanged() {
        let letters =
            "\0\t\n\r\u{1b}\u{7f}\u{85}\u{a0}\u{2028}\u{feff} ~!@#$%^&*()_+-=[]{}|;':\",./<>?`é漢🙂aZ09\\";
        let mut texts: Vec<String> = letters.chars().map(String::from).collect();
        texts.extend(letters.chars().map(|letter| format!("a{letter}b")));
        texts.extend(letters.chars().map(|letter| format!("a {letter} b{letter}")));
        texts.extend(
            [
                "",
                "null",
                "True",
                "NO",
                "1",
                "0x1f",
                "1e5",
                "12e45678",
                "-",
                "--- a",
                "a: b",
                "a #b",
                "1.5.2",
                "a:",
                "2015-08-14T12:46:59.36Z",
                "-2d",
                "now",
                "*.docm",
                "a, b",
                "0000014",
                "1_000",
                "12:30:45",
                "2026-01-02",
            ]
            .map(str::to_owned),
        );
        for text in texts {
            for value in [
                json!({ text.clone(): text, "list": [text, text], "map": { "in": text } }),
                json!({ "samples": [{ "name": text, "engines": [{ "engine": text, "none": null }] }, text] }),
            ] {
                assert_eq!(again(&yaml(&value)), value, "{text:?} in\n{}", yaml(&value));
            }
        }
    }

    #[test]
    fn output_looks_hand_written() {
        let value = json!({
            "samples": [
                { "name": "a b.exe", "size": 3, "engines": [{ "engine": "One", "scan_time": 1.5 }],
                  "product": { "known": false }, "none": [] },
                { "name": "b", "verdict": "clean" },
            ],
            "settings": {},
        });
        let written = "samples:\n  - name: a b.exe\n    size: 3\n    engines:\n      - { engine: One, scan_time: 1.5 }\n    \
                       product: { known: false }\n    none: []\n  - { name: b, verdict: clean }\nsettings: {}\n";
        assert_eq!(yaml(&value), written);
        assert_eq!(yaml(&json!({})), "{}\n");
        assert_eq!(yaml_item(&json!({ "name": "b" }), 2), "  - { name: b }\n");
    }
}
