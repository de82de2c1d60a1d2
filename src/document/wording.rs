//! Parts of messages: values quoted and shortened.

use super::{Diagnostics, Entry, Node, Value, truncate};

/// The most characters of a file's text that a message repeats.
const QUOTED: usize = 60;

/// Text in quotes, control characters escaped, shortened where it is long.
pub(super) fn quote(text: &str) -> String {
    format!("{:?}", truncate(text, QUOTED))
}

/// What stands at a node: `text "big"`, `12`, `a list`.
pub(super) fn found(node: &Node) -> String {
    match (&node.value, node.raw.as_deref()) {
        (Value::Text(text), _) => format!("text {}", quote(text)),
        (Value::Bool(_) | Value::Integer(_) | Value::Float(_), Some(raw)) => raw.to_owned(),
        (Value::Bool(flag), _) => flag.to_string(),
        (Value::Integer(number), _) => number.to_string(),
        (Value::Float(number), _) => number.to_string(),
        _ => node.kind().to_owned(),
    }
}

/// The error of lists and mappings that are nested too deeply.
pub(super) fn too_deep() -> (String, &'static str) {
    let what = format!("lists and mappings are nested more than {} levels deep", super::MAX_DEPTH);
    (what, "check for brackets that are never closed, or flatten the data")
}

/// Drops every entry whose key was given before, and reports it.
pub(super) fn unique(entries: Vec<Entry>, diagnostics: &mut Diagnostics) -> Vec<Entry> {
    let mut lines = std::collections::HashMap::new();
    // Most mappings repeat no key, so this is found out first, without copying keys. For few keys, comparing all pairs
    // is cheaper than a set.
    let repeated = if entries.len() <= 16 {
        entries.iter().enumerate().any(|(at, entry)| entries[..at].iter().any(|other| other.key == entry.key))
    } else {
        let mut keys = std::collections::HashSet::with_capacity(entries.len());
        !entries.iter().all(|entry| keys.insert(entry.key.as_str()))
    };
    if !repeated {
        return entries;
    }
    let keep = |entry: &Entry| match lines.get(&entry.key) {
        None => {
            lines.insert(entry.key.clone(), entry.place.line);
            true
        }
        Some(first) => {
            let what = format!("field {} is given twice, first in line {first}", quote(&entry.key));
            diagnostics.add(&super::code::REPEATED_FIELD, entry.place, what, "keep one of the two");
            false
        }
    };
    let mut entries = entries;
    entries.retain(keep);
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Place;

    #[test]
    fn long_and_odd_text_stays_on_one_line() {
        assert_eq!(quote("a\n\"b\""), r#""a\n\"b\"""#);
        assert_eq!(quote(&"é".repeat(60)), format!("\"{}\"", "é".repeat(60)));
        assert_eq!(quote(&"é".repeat(61)), format!("\"{}…\"", "é".repeat(60)));
    }

    #[test]
    fn the_first_of_a_repeated_key_stays() {
        for spare in [0, 40] {
            let entry = |key: &str, line, number| {
                let place = Place { line, column: 1 };
                Entry { key: key.to_owned(), place, node: Node::new(place, Value::Integer(number)) }
            };
            let mut entries: Vec<Entry> = (0..spare).map(|at| entry(&format!("k{at}"), 1, 0)).collect();
            entries.extend([entry("a", 2, 1), entry("b", 3, 2), entry("a", 4, 3), entry("a", 5, 4)]);
            let mut diagnostics = Diagnostics::new("f");
            let remaining = unique(entries, &mut diagnostics);
            assert_eq!(remaining.len(), spare as usize + 2);
            assert_eq!(
                Node::new(Place::default(), Value::Map(remaining)).get("a").and_then(Node::as_integer),
                Some(1)
            );
            let rendered: Vec<String> = diagnostics.into_vec().iter().map(ToString::to_string).collect();
            assert_eq!(
                rendered,
                [
                    "f:4:1: field \"a\" is given twice, first in line 2; keep one of the two",
                    "f:5:1: field \"a\" is given twice, first in line 2; keep one of the two"
                ]
            );
        }
    }
}
