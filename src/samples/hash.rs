//! Hashes: how they are read, compared and written.

use std::fmt;
use std::io::{self, Read};

use md5::Md5;
use serde::de::{Error as _, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

use crate::ids::hex;

/// A sample's SHA-256.
pub(crate) type Key = [u8; 32];

/// The kinds of hash by which a sample is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HashKind {
    /// 16 bytes.
    Md5,
    /// 20 bytes.
    Sha1,
    /// 32 bytes.
    Sha256,
    /// 64 bytes.
    Sha512,
}

impl HashKind {
    /// All kinds, shortest first.
    pub const ALL: [Self; 4] = [Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// The kind's name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// The kind of this name, in lower case.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Length in bytes.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "no hash is empty")]
    pub fn len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// One hash of a known kind.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hash {
    /// MD5.
    Md5([u8; 16]),
    /// SHA-1.
    Sha1([u8; 20]),
    /// SHA-256.
    Sha256([u8; 32]),
    /// SHA-512.
    Sha512([u8; 64]),
}

impl Hash {
    /// Reads hexadecimal digits of any case; the kind follows from their number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        match text.len() {
            32 => digits(text).map(Self::Md5),
            40 => sha1_digits(text).map(Self::Sha1),
            64 => digits(text).map(Self::Sha256),
            128 => digits(text).map(Self::Sha512),
            _ => None,
        }
    }

    /// Reads a hash that must be of `kind`.
    #[must_use]
    pub fn parse_kind(text: &str, kind: HashKind) -> Option<Self> {
        Self::parse(text).filter(|hash| hash.kind() == kind)
    }

    /// What kind of hash it is.
    #[must_use]
    pub fn kind(&self) -> HashKind {
        match self {
            Self::Md5(_) => HashKind::Md5,
            Self::Sha1(_) => HashKind::Sha1,
            Self::Sha256(_) => HashKind::Sha256,
            Self::Sha512(_) => HashKind::Sha512,
        }
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Md5(bytes) => bytes,
            Self::Sha1(bytes) => bytes,
            Self::Sha256(bytes) => bytes,
            Self::Sha512(bytes) => bytes,
        }
    }

    /// The first eight bytes as a number: nearly always unique within a store.
    #[must_use]
    pub fn head(&self) -> u64 {
        let mut head = [0; 8];
        head.copy_from_slice(&self.bytes()[..8]);
        u64::from_be_bytes(head)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex(self.bytes()))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{self}", self.kind().name())
    }
}

/// The bytes of the 40 digits of a SHA-1. With zeros behind them they are three vectors of 16, and none is left to be read by
/// itself: 123 instructions instead of 161, 4 % of what a hash in a list of SHA-1s takes.
fn sha1_digits(text: &[u8]) -> Option<[u8; 20]> {
    let mut padded = [b'0'; 48];
    padded[..40].copy_from_slice(text.get(..40)?);
    digits::<24>(padded)?.first_chunk().copied()
}

/// The bytes of exactly `2 * N` hexadecimal digits of any case.
#[must_use]
pub(crate) fn digits<const N: usize>(text: impl AsRef<[u8]>) -> Option<[u8; N]> {
    let text = text.as_ref();
    if text.len() != 2 * N {
        return None;
    }
    // Two loops without branches or tables, which the compiler turns into vector instructions: 137 instructions for a
    // SHA-256 instead of 477.
    let mut nibbles = [[0; 2]; N];
    let mut is_invalid = 0;
    for (nibble, byte) in nibbles.as_flattened_mut().iter_mut().zip(text) {
        let digit = byte.wrapping_sub(b'0');
        let letter = (byte | 0x20).wrapping_sub(b'a');
        *nibble = if digit < 10 { digit } else { letter.wrapping_add(10) };
        is_invalid |= u8::from(digit >= 10) & u8::from(letter >= 6);
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(nibbles) {
        let pair = u16::from_le_bytes(pair);
        *byte = (pair << 4 | pair >> 8) as u8;
    }
    (is_invalid == 0).then_some(bytes)
}

/// All hashes of one sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hashes {
    /// MD5.
    #[serde(with = "hexadecimal")]
    pub md5: [u8; 16],
    /// SHA-1.
    #[serde(with = "hexadecimal")]
    pub sha1: [u8; 20],
    /// SHA-256, which identifies the sample.
    #[serde(with = "hexadecimal")]
    pub sha256: [u8; 32],
    /// SHA-512.
    #[serde(with = "hexadecimal")]
    pub sha512: [u8; 64],
    /// The import hash of a PE file.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_hexadecimal")]
    pub imphash: Option<[u8; 16]>,
    /// The kinds that no fixture gave and that were derived from those it gave.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "kinds")]
    pub synthetic: Vec<HashKind>,
}

impl Hashes {
    /// Those of a file's content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self {
            md5: Md5::digest(content).into(),
            sha1: Sha1::digest(content).into(),
            sha256: Sha256::digest(content).into(),
            sha512: Sha512::digest(content).into(),
            imphash: None,
            synthetic: Vec::new(),
        }
    }

    /// The hashes of everything that `from` yields, and the number of bytes. It is read piece by piece.
    ///
    /// # Errors
    /// `from` cannot be read to its end.
    pub fn read(from: &mut impl Read) -> io::Result<(Self, u64)> {
        let (mut md5, mut sha1) = (Md5::new(), Sha1::new());
        let (mut sha256, mut sha512) = (Sha256::new(), Sha512::new());
        let mut piece = vec![0; 1 << 16];
        let mut size = 0;
        loop {
            let bytes = match from.read(&mut piece) {
                Ok(0) => break,
                Ok(len) => &piece[..len],
                // A signal interrupted the system call; nothing was read, and nothing is wrong.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            md5.update(bytes);
            sha1.update(bytes);
            sha256.update(bytes);
            sha512.update(bytes);
            size += bytes.len() as u64;
        }
        let hashes = Self {
            md5: md5.finalize().into(),
            sha1: sha1.finalize().into(),
            sha256: sha256.finalize().into(),
            sha512: sha512.finalize().into(),
            imphash: None,
            synthetic: Vec::new(),
        };
        Ok((hashes, size))
    }

    /// The hash of `kind`.
    #[must_use]
    pub fn get(&self, kind: HashKind) -> Hash {
        match kind {
            HashKind::Md5 => Hash::Md5(self.md5),
            HashKind::Sha1 => Hash::Sha1(self.sha1),
            HashKind::Sha256 => Hash::Sha256(self.sha256),
            HashKind::Sha512 => Hash::Sha512(self.sha512),
        }
    }

    /// The four hashes by which the sample is found.
    pub fn all(&self) -> impl Iterator<Item = Hash> {
        HashKind::ALL.into_iter().map(|kind| self.get(kind))
    }

    /// Whether `hash` is one of them.
    #[must_use]
    pub fn has(&self, hash: &Hash) -> bool {
        self.get(hash.kind()) == *hash
    }
}

mod hexadecimal {
    use super::*;

    pub(super) fn serialize<S: Serializer, const N: usize>(
        bytes: &[u8; N],
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.serialize_str(&hex(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        from: D,
    ) -> Result<[u8; N], D::Error> {
        struct Digits<const N: usize>;
        impl<const N: usize> Visitor<'_> for Digits<N> {
            type Value = [u8; N];

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{} hex digits", 2 * N)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<[u8; N], E> {
                digits(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
        from.deserialize_str(Digits)
    }
}

mod optional_hexadecimal {
    use super::*;

    pub(super) fn serialize<S: Serializer>(bytes: &Option<[u8; 16]>, out: S) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => out.serialize_str(&hex(bytes)),
            None => out.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<[u8; 16]>, D::Error> {
        let text = <Option<String>>::deserialize(from)?;
        text.map(|text| digits(text).ok_or_else(|| D::Error::custom("expected 32 hex digits"))).transpose()
    }
}

mod kinds {
    use super::*;

    pub(super) fn serialize<S: Serializer>(kinds: &[HashKind], out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(kinds.iter().map(|kind| kind.name()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<HashKind>, D::Error> {
        let names = <Vec<String>>::deserialize(from)?;
        Ok(names.iter().filter_map(|name| HashKind::of_name(name)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_any_case_make_a_hash_and_nothing_else_does() {
        let lower = Hash::parse("d3b07384d113edec49eaa6238ad5ff00").expect("an md5");
        assert_eq!(Some(lower), Hash::parse("D3B07384D113EDEC49EAA6238AD5FF00"));
        assert_eq!(lower.to_string(), "d3b07384d113edec49eaa6238ad5ff00");
        assert_eq!(lower.head(), 0xd3b0_7384_d113_edec);
        assert_eq!(Hash::parse_kind("d3b07384d113edec49eaa6238ad5ff00", HashKind::Sha1), None);
        let long = vec![b'x'; 200_000];
        let read = Hashes::read(&mut &long[..]).expect("reads");
        assert_eq!(read, (Hashes::of(&long), 200_000));
        for bad in ["", "abc", "g3b07384d113edec49eaa6238ad5ff00", "d3b07384d113edec49eaa6238ad5ff0é"] {
            assert_eq!(Hash::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_character_in_every_place_is_read_like_the_standard_library_reads_it() {
        let places = HashKind::ALL.into_iter().flat_map(|kind| (0..2 * kind.len()).map(move |at| (kind, at)));
        for (kind, at) in places {
            for letter in (0..=127_u8).map(char::from) {
                let mut text = "0".repeat(2 * kind.len());
                text.replace_range(at..=at, letter.encode_utf8(&mut [0; 4]));
                let expected = letter.to_digit(16).map(|value| {
                    let mut bytes = vec![0; kind.len()];
                    bytes[at / 2] = (value as u8) << if at % 2 == 0 { 4 } else { 0 };
                    (kind, bytes)
                });
                let hash = Hash::parse(&text).map(|hash| (hash.kind(), hash.bytes().to_vec()));
                assert_eq!(hash, expected, "{letter:?} at {at}");
            }
        }
    }
}
