//! Hashes: what is read is what is written, and nothing else is read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scandouble::internals::samples::{Hash, HashKind};

const KINDS: [(usize, HashKind); 4] =
    [(32, HashKind::Md5), (40, HashKind::Sha1), (64, HashKind::Sha256), (128, HashKind::Sha512)];

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    // Also the same text with digits in the place of other characters, since few texts are hashes by chance.
    let digits: String =
        input.iter().map(|byte| char::from(b"0123456789abcdefABCDEF"[usize::from(*byte) % 22])).collect();
    for text in [text, &digits] {
        let hash = Hash::parse(text);
        let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let kind = KINDS.iter().find(|(length, _)| *length == text.len() && is_hex).map(|(_, kind)| *kind);
        assert_eq!(hash.map(|hash| hash.kind()), kind, "{text}");
        for (_, wanted) in KINDS {
            assert_eq!(Hash::parse_kind(text, wanted), hash.filter(|_| kind == Some(wanted)), "{text}");
        }
        let Some(hash) = hash else { continue };
        assert_eq!(hash.to_string(), text.to_ascii_lowercase());
        assert_eq!(hash.bytes().len() * 2, text.len());
        assert_eq!(u64::from_str_radix(&text[..16], 16), Ok(hash.head()));
    }
});
