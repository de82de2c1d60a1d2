//! Searches a text for many hashes at once.

use std::collections::{BTreeSet, HashMap};

use memchr::memmem::Finder;

use super::pattern::{Needle, for_each_piece};

/// How many bytes are looked at together.
const BLOCK: usize = 8;
/// How many different blocks are told apart, as a power of two.
const SLOT_BITS: u32 = 14;

/// Hashes to search for, each with the number of its rule.
///
/// This is the algorithm of Wu and Manber: the last block of a window, which is as long as the shortest hash, says how far the
/// window can move without missing a hash. A text without hashes is looked at every few dozen bytes, for any number of hashes.
#[derive(Debug)]
pub(super) struct Needles {
    window: usize,
    /// By the slot of a block: the distance from its last occurrence in the first `window` bytes of a hash to their end.
    moves: Vec<u8>,
    /// By the slot of the last block of the window: the hashes that may start with that window.
    candidates: HashMap<usize, Vec<(Vec<u8>, usize)>>,
    /// Parts of hashes that are shorter than a block.
    short: Vec<(Finder<'static>, usize)>,
}

impl Needles {
    pub(super) fn new<'a>(needles: impl Iterator<Item = (&'a Needle, usize)>) -> Self {
        let texts = needles.map(|(needle, rule)| (needle.as_str().as_bytes(), rule));
        let (long, short): (Vec<_>, Vec<_>) = texts.partition(|(text, _)| text.len() >= BLOCK);
        let short = short.into_iter().map(|(text, rule)| (Finder::new(text).into_owned(), rule)).collect();
        let window = long.iter().map(|(text, _)| text.len()).min().unwrap_or(usize::MAX);
        if long.is_empty() {
            return Self { window, moves: Vec::new(), candidates: HashMap::new(), short };
        }
        // No hash has more than 128 digits.
        let farthest = u8::try_from(window - BLOCK + 1).unwrap_or(u8::MAX);
        let mut moves = vec![farthest; 1 << SLOT_BITS];
        let mut candidates: HashMap<usize, Vec<_>> = HashMap::new();
        for (text, rule) in long {
            for (block, distance) in text[..window].windows(BLOCK).zip((0..farthest).rev()) {
                let slot = slot(block);
                moves[slot] = moves[slot].min(distance);
            }
            candidates.entry(slot(&text[window - BLOCK..window])).or_default().push((text.to_vec(), rule));
        }
        Self { window, moves, candidates, short }
    }

    /// The rules whose hashes occur in any of the texts, in any case, as sent or percent-decoded.
    pub(super) fn find(&self, texts: &[&[u8]]) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for_each_piece(texts, |piece| {
            self.search(piece, &mut found);
            true
        });
        found
    }

    fn search(&self, text: &[u8], found: &mut BTreeSet<usize>) {
        let short = self.short.iter().filter(|(finder, _)| finder.find(text).is_some());
        found.extend(short.map(|(_, rule)| rule));
        let mut start = 0;
        while let Some(window) = text[start..].get(..self.window) {
            let slot = slot(&window[self.window - BLOCK..]);
            match self.moves[slot] {
                0 => {
                    let candidates = self.candidates.get(&slot).into_iter().flatten();
                    let here = candidates.filter(|(needle, _)| text[start..].starts_with(needle));
                    found.extend(here.map(|(_, rule)| rule));
                    start += 1;
                }
                distance => start += usize::from(distance),
            }
        }
    }
}

/// A number for a block, the same for some other blocks too.
fn slot(block: &[u8]) -> usize {
    let block = block.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte));
    // Multiplied by 2^64 divided by the golden ratio, the highest bits depend on all others.
    (block.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SLOT_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::pattern::find_all;

    /// Hexadecimal digits that follow from `seed`.
    fn digits(seed: u64, len: usize) -> String {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let digit = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from_digit((state % 16) as u32, 16).unwrap_or_default()
        };
        std::iter::repeat_with(digit).take(len).collect()
    }

    #[test]
    fn many_hashes_are_found_where_each_alone_is() {
        let lengths = [1, 2, 3, 7, 8, 9, 32, 40, 64, 128];
        for shortest in 0..lengths.len() {
            let hashes: Vec<Needle> = (0..60)
                .map(|number| {
                    digits(number, lengths[shortest..][number as usize % (lengths.len() - shortest)])
                })
                .map(|text| Needle::hash(&text).expect("digits"))
                .collect();
            let needles = Needles::new(hashes.iter().enumerate().map(|(rule, needle)| (needle, rule)));
            for number in 0..60 {
                let (one, other) = (hashes[number].as_str(), hashes[(number * 7) % 60].as_str());
                let text =
                    format!("{one}/{}/{}{}", digits(99, number), other.to_uppercase(), &one[..one.len() / 2]);
                let expected = find_all(&hashes.iter().collect::<Vec<_>>(), &[text.as_bytes()]);
                let expected: BTreeSet<usize> = (0..60).filter(|rule| expected[*rule]).collect();
                assert!(expected.contains(&number));
                assert_eq!(needles.find(&[text.as_bytes()]), expected, "{shortest} {text}");
            }
        }
    }

    #[test]
    fn hashes_that_start_alike_are_told_apart() {
        let hashes = ["00000000", "000000000", "00000001", "0000000000000001"];
        let hashes = hashes.map(|text| Needle::hash(text).expect("digits"));
        let needles = Needles::new(hashes.iter().enumerate().map(|(rule, needle)| (needle, rule)));
        assert_eq!(needles.find(&[b"x000000001"]), BTreeSet::from([0, 2]));
        assert_eq!(needles.find(&[b"0000000", b"0"]), BTreeSet::new());
        assert_eq!(needles.find(&[b"%30000000000000001"]), BTreeSet::from([0, 1, 2, 3]));
    }
}
