//! Searches a text for many hashes at once.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::pattern::{Needle, for_each_piece};

/// Hashes to search for, each with the number of its rule. A search takes as long for many as for one.
#[derive(Debug)]
pub(super) struct Needles {
    /// `None` if there are no hashes.
    automaton: Option<AhoCorasick>,
    rules: Vec<usize>,
}

impl Needles {
    pub(super) fn new<'a>(needles: impl Iterator<Item = (&'a Needle, usize)>) -> Self {
        let (texts, rules): (Vec<&str>, Vec<usize>) =
            needles.map(|(needle, rule)| (needle.as_str(), rule)).unzip();
        // This kind takes the least memory: some hundred bytes for each hash. It fails only beyond two billion digits.
        let kind = Some(AhoCorasickKind::ContiguousNFA);
        let automaton = (!texts.is_empty()).then(|| AhoCorasick::builder().kind(kind).build(texts).ok());
        Self { automaton: automaton.flatten(), rules }
    }

    /// The rules whose hashes occur in any of the texts, in any case, as sent or percent-decoded.
    pub(super) fn find(&self, texts: &[&[u8]]) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        if let Some(automaton) = &self.automaton {
            for_each_piece(texts, |piece| {
                let here = automaton.find_overlapping_iter(piece);
                found.extend(here.map(|part| self.rules[part.pattern()]));
                true
            });
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::pattern::find_all;

    #[test]
    fn many_hashes_are_found_where_each_alone_is() {
        let hashes = ["0", "a", "00000000", "000000000", "00000001", "0000000000000001", "abcdef012345"];
        let hashes = hashes.map(|text| Needle::hash(text).expect("digits"));
        let needles = Needles::new(hashes.iter().zip(0..));
        for text in [
            "x",
            "x000000001",
            "0000000",
            "%30000000000000001",
            "ABCdef012345",
            "abcdef0000000000000000012345",
        ] {
            let alone = find_all(&hashes.each_ref(), &[b"/", text.as_bytes()]);
            let alone: BTreeSet<usize> = (0..hashes.len()).filter(|rule| alone[*rule]).collect();
            assert_eq!(needles.find(&[b"/", text.as_bytes()]), alone, "{text}");
        }
    }
}
