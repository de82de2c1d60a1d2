//! The only source of identifiers: random ones for events, and ones derived from a seed for facts that a fixture omits.

use rand::RngExt as _;
use sha2::{Digest as _, Sha256};

/// `N` random bytes, for tokens and identifiers of new things.
#[allow(clippy::disallowed_methods, reason = "the only source of random values")]
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill(&mut bytes[..]);
    bytes
}

/// Bytes that follow from `seed` and `purpose` alone: the same on every machine, in every run.
pub fn derived(seed: &[u8], purpose: &str) -> [u8; 32] {
    // A test pins the results: derived facts of existing fixtures must not change. The zero bytes keep purpose and seed
    // apart; without them, `ab` and `c` would give the same as `a` and `bc`.
    let mut hasher = Sha256::new();
    hasher.update(b"scandouble\0");
    hasher.update(purpose.as_bytes());
    hasher.update([0]);
    hasher.update(seed);
    hasher.finalize().into()
}

/// A number below `bound` (0 for a bound of 0) that follows from `seed` and `purpose`.
pub(crate) fn derived_number(seed: &[u8], purpose: &str, bound: u64) -> u64 {
    derived_numbers(seed, purpose, [bound, 0, 0, 0])[0]
}

/// Four such numbers from one hash.
pub(crate) fn derived_numbers(seed: &[u8], purpose: &str, bounds: [u64; 4]) -> [u64; 4] {
    // One digest has room for four, and a result of an engine needs four: a digest for each would cost four times as
    // much.
    let bytes = derived(seed, purpose);
    let mut numbers = [0; 4];
    for ((number, bound), bytes) in numbers.iter_mut().zip(bounds).zip(bytes.as_chunks().0) {
        // The remainder favours small numbers a little, which does not matter for made-up facts.
        *number = u64::from_be_bytes(*bytes).checked_rem(bound).unwrap_or(0);
    }
    numbers
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len() * 2);
    push_hex(&mut text, bytes);
    // Digits are always UTF-8.
    String::from_utf8(text).unwrap_or_default()
}

/// Appends lower-case hexadecimal digits.
pub(crate) fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    // Without a table, so that the compiler makes vector instructions of it: replies have many hashes.
    let digit = |value: u8| value + if value < 10 { b'0' } else { b'a' - 10 };
    let start = out.len();
    out.resize(start + bytes.len() * 2, 0);
    for (pair, byte) in out[start..].as_chunks_mut().0.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
}

/// The digits of a number of bytes that the compiler knows: it then takes a third of the instructions.
pub(crate) fn hex_pairs<const N: usize>(bytes: &[u8; N]) -> [[u8; 2]; N] {
    let mut pairs = [[0; 2]; N];
    for (pair, byte) in pairs.iter_mut().zip(bytes) {
        let values = u16::from(byte >> 4) | u16::from(byte & 15) << 8;
        // 6 more than a value from 10 on carries into the upper half of its byte.
        let letters = (values + 0x0606) >> 4 & 0x0101;
        let to_letter = u16::from(b'a' - b'0' - 10);
        *pair = (values + u16::from_ne_bytes([b'0'; 2]) + letters * to_letter).to_le_bytes();
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_values_never_change() {
        assert_eq!(hex(&derived(b"seed", "data_id")[..4]), "1199f261");
        assert_eq!(derived_number(b"seed", "Avira", 1 << 32), 3_081_756_016);
        assert_eq!(derived_numbers(b"seed", "Avira", [1 << 32, 0, 100, 1]), [3_081_756_016, 0, 70, 0]);
        assert_ne!(derived(b"seed", "a"), derived(b"seed", "b"));
        assert_eq!(derived_number(b"seed", "x", 0), 0);
        assert!(derived_number(b"seed", "x", 10) < 10);
    }

    #[test]
    fn hexadecimal_keeps_leading_zeros() {
        assert_eq!(hex(&[0, 0xab, 0x0f]), "00ab0f");
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(hex(&all), all.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        for byte in 0..=255_u8 {
            assert_eq!(hex_pairs(&[byte, !byte]).as_flattened(), hex(&[byte, !byte]).as_bytes());
        }
    }
}
