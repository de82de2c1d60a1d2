//! Bodies in JSON.

use std::cell::Cell;

use bytes::Bytes;
use serde::Serialize;

/// Up to this capacity in bytes, the buffer of one answer is reused for the next.
const LARGEST_BUFFER: usize = 1 << 20;

/// Compact JSON of a wire struct, with keys in the order of its fields.
pub fn json(value: &impl Serialize) -> Bytes {
    written(|out| push_json(out, value))
}

/// A body that is written piece by piece.
pub(crate) fn written(write: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    // Written to a reused buffer, then copied, so that a recorded answer takes no more than its own length.
    thread_local! { static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) }; }
    let mut buffer = BUFFER.take();
    buffer.clear();
    write(&mut buffer);
    let bytes = Bytes::copy_from_slice(&buffer);
    // The memory of one huge answer is not kept.
    if buffer.capacity() <= LARGEST_BUFFER {
        BUFFER.set(buffer);
    }
    bytes
}

/// Writes a wire struct.
///
/// Wire structs hold only strings, numbers, lists and structs, which serde_json always accepts. If one ever fails, the answer
/// is visibly broken rather than silently different.
pub(crate) fn push_json(out: &mut Vec<u8>, value: &impl Serialize) {
    let start = out.len();
    if let Err(error) = serde_json::to_writer(&mut *out, value) {
        out.truncate(start);
        out.extend_from_slice(format!("{{\"scandouble\":\"cannot render: {error}\"}}").as_bytes());
    }
}

/// Writes a text as serde_json does, but faster if nothing in it is to be escaped, as in a hash: serde_json looks at each byte
/// by itself, and a list repeats up to a thousand hashes.
pub(crate) fn push_text(out: &mut Vec<u8>, text: &str) {
    // Without a branch for each byte, so that the compiler makes vector instructions of it.
    let is_escaped = |byte: u8| (byte < b' ') | (byte == b'"') | (byte == b'\\');
    if text.bytes().fold(false, |any, byte| any | is_escaped(byte)) {
        return push_json(out, &text);
    }
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_as_serde_json_writes_them() {
        let all: String = (0..=0x2ff).filter_map(char::from_u32).collect();
        let letters = all.chars().map(|letter| format!("abcdefghijklmnopqrstuvwxyz{letter}"));
        for text in ["", "d3b07384d113edec49eaa6238ad5ff00", "\u{2028}\u{1f600}", &all]
            .map(str::to_owned)
            .into_iter()
            .chain(letters)
        {
            let mut out = b"[".to_vec();
            push_text(&mut out, &text);
            assert_eq!(String::from_utf8_lossy(&out[1..]), serde_json::to_string(&text).expect("text"));
        }
    }

    #[test]
    fn pieces_become_one_body() {
        let body = written(|out| {
            out.push(b'[');
            push_json(out, &5);
            push_text(out, "a");
        });
        assert_eq!((&body[..], &json(&[1])[..]), (&b"[5\"a\""[..], &b"[1]"[..]));
    }
}
