//! What a mistyped hash nearly was: one digit wrong, one too few, or one too many.

use std::sync::Arc;

use super::{Hash, HashKind, Sample};

/// How many digits the sample index compares.
const HEAD: usize = 16;

/// A sample that nearly was meant.
#[derive(Clone, Debug)]
pub struct Near {
    /// The sample.
    pub sample: Arc<Sample>,
    /// Which of its hashes is meant.
    pub kind: HashKind,
}

/// Whether a text of this length can be a hash with at most one slip.
#[must_use]
pub(crate) fn is_length(len: usize) -> bool {
    HashKind::ALL.iter().any(|kind| len.abs_diff(2 * kind.len()) <= 1)
}

impl Near {
    /// The sample, if one of its hashes becomes `text` by one slip.
    #[must_use]
    pub fn of(sample: &Arc<Sample>, text: &str) -> Option<Self> {
        kind_near(sample, text).map(|kind| Self { sample: sample.clone(), kind })
    }
}

fn kind_near(sample: &Sample, text: &str) -> Option<HashKind> {
    let text = text.as_bytes();
    let near = |kind: &HashKind| {
        text.len().abs_diff(2 * kind.len()) <= 1 && is_one_slip(text, sample.hashes.get(*kind).bytes())
    };
    HashKind::ALL.into_iter().find(near)
}

/// Whether `text` is the digits of `hash` but for one that is wrong, missing or too many.
fn is_one_slip(text: &[u8], hash: &[u8]) -> bool {
    let len = 2 * hash.len();
    let digit = |at: usize| (hash[at / 2] >> if at.is_multiple_of(2) { 4 } else { 0 }) & 15;
    let same = |at: usize, of: usize| nibble(text[at]) == Some(digit(of));
    let most = len.min(text.len());
    // The slip is at the first difference. Behind it everything must be the same, without the digit that is wrong on
    // one side or on both.
    let first = (0..most).find(|at| !same(*at, *at)).unwrap_or(most);
    let (text_skips, hash_skips) = match text.len() as isize - len as isize {
        0 => (1, 1),
        -1 => (0, 1),
        1 => (1, 0),
        _ => return false,
    };
    let (rest, digits) = (first + text_skips, first + hash_skips);
    // The first condition excludes the hash itself.
    first < len.max(text.len()) && (rest..text.len()).zip(digits..len).all(|(at, of)| same(at, of))
}

/// Passes the heads that the hash can have which `text` was meant to be to `visit`, some of them more than once.
///
/// Every request for an unknown hash gets here, so the few hundred heads are computed one by one: collecting, sorting and
/// deduplicating them cost more than looking each of them up.
pub(crate) fn each_head(text: &str, mut visit: impl FnMut(u64)) {
    let meant = HashKind::ALL.iter().find(|kind| text.len().abs_diff(2 * kind.len()) <= 1);
    let Some(len) = meant.map(|kind| 2 * kind.len()) else { return };
    let odd = text.bytes().position(|byte| nibble(byte).is_none());
    // The digits of the head and one more, for a digit too many. One that is not a digit counts as 0.
    let mut digits = [0_u8; HEAD + 1];
    for (digit, byte) in digits.iter_mut().zip(text.bytes()) {
        *digit = nibble(byte).unwrap_or(0);
    }
    let plain = digits[..HEAD].iter().fold(0_u64, |head, digit| head << 4 | u64::from(*digit));
    let shift = |at: usize| 60 - 4 * at;
    // A mask of the digits after the first `digits`. A shift by all 64 bits would overflow, hence `checked_shr`.
    let behind = |digits: usize| u64::MAX.checked_shr(4 * digits as u32).unwrap_or(0);
    visit(plain);
    match (text.len() as isize - len as isize, odd) {
        // One digit is wrong.
        (0, odd) => {
            for at in (0..HEAD).filter(|at| odd.is_none_or(|odd| odd == *at)) {
                (1..16).for_each(|by| visit(plain ^ by << shift(at)));
            }
        }
        // One digit is missing, before any of the head's.
        (-1, None) => {
            for at in 0..HEAD {
                let shifted = plain & !behind(at) | (plain & behind(at)) >> 4;
                (0..16).for_each(|digit| visit(shifted | digit << shift(at)));
            }
        }
        // A digit that is missing and a letter that is no digit are two slips.
        (-1, Some(_)) => {}
        // One digit is too many, among the head's or behind it.
        (_, odd) => {
            let next = u64::from(digits[HEAD]);
            for at in (0..HEAD).filter(|at| odd.is_none_or(|odd| odd == *at)) {
                let moved = (plain & behind(at + 1)) << 4 | next;
                visit(plain & !behind(at) | moved);
            }
        }
    }
}

/// The two halves of the head of the hash that `text` was meant to be, digits 1 to 8 and 9 to 16: each as it is if the slip
/// is not in it, and `None` if the slip certainly is.
fn halves(text: &[u8]) -> [Option<u32>; 2] {
    let meant = HashKind::ALL.iter().find(|kind| text.len().abs_diff(2 * kind.len()) <= 1);
    let Some(len) = meant.map(|kind| 2 * kind.len()) else { return [None; 2] };
    let half = |from: usize| {
        text[from..from + HEAD / 2]
            .iter()
            .try_fold(0, |half, digit| Some(half << 4 | u32::from(nibble(*digit)?)))
    };
    // A digit that is missing or too many in the first half moves the second one.
    [half(0), half(HEAD / 2 + text.len() - len)]
}

/// The halves of a head.
fn split(head: u64) -> [u32; 2] {
    [(head >> 32) as u32, head as u32]
}

/// Rules out near misses: whether some hash has the first or the second half of a head. A slip is in one half at most, so
/// the other one is as meant.
///
/// A request for an unknown hash would otherwise look up the few hundred heads of [`each_head`], which took 38,000 instructions,
/// more than all else that it needs.
#[derive(Debug, Default)]
pub(crate) struct HalfFilter {
    /// A bit for each half of each head, by the product with a constant; each bit may mean several of them.
    bits: Vec<u64>,
}

impl HalfFilter {
    /// An empty filter with room for this number of hashes: 4 to 8 bytes for each, so that at most one text in eight
    /// passes by chance.
    pub(crate) fn with_capacity(hashes: usize) -> Self {
        Self { bits: vec![0; (hashes / 2).next_power_of_two()] }
    }

    /// Adds a hash by its head.
    pub(crate) fn insert(&mut self, head: u64) {
        for (half, value) in split(head).into_iter().enumerate() {
            let (word, bit) = self.place(half, value);
            self.bits[word] |= bit;
        }
    }

    /// Whether a hash may differ from `text` by one digit. If not, none does. `hash` is what the text is as a hash, if it is one.
    #[must_use]
    pub(crate) fn may_have_near(&self, text: &str, hash: Option<&Hash>) -> bool {
        let has = |(half, value): (usize, Option<u32>)| {
            let (word, bit) = self.place(half, value?);
            (self.bits[word] & bit != 0).then_some(())
        };
        // Nearly all unknown hashes are well-formed, and reading their digits again takes 300 instructions.
        let halves = match hash {
            Some(hash) => split(hash.head()).map(Some),
            None => halves(text.as_bytes()),
        };
        halves.into_iter().enumerate().any(|half| has(half).is_some())
    }

    /// The word and the bit of a half.
    fn place(&self, half: usize, value: u32) -> (usize, u64) {
        // The upper bits of the product depend on all bits of the value. The two constants keep the halves apart.
        const ODD: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f];
        let bit = u64::from(value).wrapping_mul(ODD[half]) >> 32;
        ((bit >> 6) as usize & (self.bits.len() - 1), 1 << (bit & 63))
    }
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "d3b07384d113edec49eaa6238ad5ff00";

    #[test]
    fn every_single_slip_is_seen_and_leads_to_the_head() {
        let hash = Hash::parse(TEXT).expect("an md5");
        let mut filter = HalfFilter::with_capacity(100);
        filter.insert(hash.head());
        let mut slips = Vec::new();
        for at in 0..TEXT.len() {
            let (before, after) = TEXT.split_at(at);
            slips.push(format!("{before}{}", &after[1..]));
            for digit in ['0', '7', 'F', 'o'] {
                if !after[..1].eq_ignore_ascii_case(&digit.to_string()) {
                    slips.push(format!("{before}{digit}{}", &after[1..]));
                }
                slips.push(format!("{before}{digit}{after}"));
            }
        }
        slips.push(format!("{TEXT}0"));
        for slip in slips {
            assert!(is_one_slip(slip.as_bytes(), hash.bytes()), "{slip}");
            let mut heads = Vec::new();
            each_head(&slip, |head| heads.push(head));
            assert!(heads.contains(&hash.head()), "{slip}");
            assert!(filter.may_have_near(&slip, Hash::parse(&slip).as_ref()), "{slip}");
            assert!(filter.may_have_near(&slip, None), "{slip}");
        }
    }

    #[test]
    fn few_unknown_hashes_pass_the_filter() {
        let hash = |seed: u32| Hash::Sha256(crate::ids::derived(&seed.to_be_bytes(), "hash"));
        let mut filter = HalfFilter::with_capacity(4000);
        (0..4000).for_each(|seed| filter.insert(hash(seed).head()));
        for is_read in [false, true] {
            let passes = |hash: &Hash| filter.may_have_near(&hash.to_string(), is_read.then_some(hash));
            let passed = (4000..8000).filter(|seed| passes(&hash(*seed))).count();
            // A filter that always passes would be correct, too, but of no use.
            assert!((1..600).contains(&passed), "{passed} of 4000");
        }
        assert!(!filter.may_have_near("", None) && !filter.may_have_near("é", None));
        assert!(!HalfFilter::with_capacity(0).may_have_near(TEXT, None));
    }

    #[test]
    fn nothing_else_is_a_slip() {
        let hash = Hash::parse(TEXT).expect("an md5");
        for no in [TEXT, "d3b07384d113edec49eaa6238ad5ff", "03b07384d113edec49eaa6238ad5ff01", "", "é"] {
            assert!(!is_one_slip(no.as_bytes(), hash.bytes()), "{no}");
        }
        assert!(is_length(63) && is_length(32) && is_length(129) && !is_length(62) && !is_length(34));
    }
}
