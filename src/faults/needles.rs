//! Searches a text for many hashes at once.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::pattern::{Needle, for_each_piece};

/// Hashes to search for, each with the numbers of its rules. A search takes as long for many as for one.
#[derive(Debug)]
pub(super) struct Needles {
    /// `None` if there are no hashes.
    automaton: Option<AhoCorasick>,
    rules: Vec<Vec<usize>>,
}

impl Needles {
    pub(super) fn new<'a>(needles: impl Iterator<Item = (&'a Needle, usize)>) -> Self {
        // Each text once: a body chosen by a client may have one at every position, and would be reported for each rule there.
        let mut by_text: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        needles.for_each(|(needle, rule)| by_text.entry(needle.as_str()).or_default().push(rule));
        // This kind takes the least memory: some hundred bytes for each hash. It fails only beyond two billion digits.
        let kind = Some(AhoCorasickKind::ContiguousNFA);
        let build = || AhoCorasick::builder().kind(kind).build(by_text.keys()).ok();
        let automaton = if by_text.is_empty() { None } else { build() };
        Self { automaton, rules: by_text.into_values().collect() }
    }

    /// The rules whose hashes occur in any of the texts, in any case, as sent or percent-decoded.
    pub(super) fn find(&self, texts: &[&[u8]]) -> BTreeSet<usize> {
        let mut is_found = vec![false; self.rules.len()];
        let mut left = self.rules.len();
        if let Some(automaton) = &self.automaton {
            for_each_piece(texts, |piece| {
                for part in automaton.find_overlapping_iter(piece) {
                    if !std::mem::replace(&mut is_found[part.pattern()], true) {
                        left -= 1;
                    }
                    if left == 0 {
                        break;
                    }
                }
                left > 0
            });
        }
        let found = self.rules.iter().zip(is_found).filter(|(_, is_found)| *is_found);
        found.flat_map(|(rules, _)| rules).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::pattern::find_all;

    #[test]
    fn many_hashes_are_found_where_each_alone_is() {
        let hashes = ["0", "a", "A", "00000000", "000000000", "00000001", "0000000000000001", "abcdef012345"];
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
