//! Bodies in JSON.

use std::cell::Cell;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;

use crate::clock::push_with_millis;
use crate::ids::hex_pairs;

/// Up to this capacity in bytes, the buffer of one answer is reused for the next.
const LARGEST_BUFFER: usize = 1 << 20;

/// From this size in bytes on, an answer gets a buffer of its own.
const LARGE: usize = 16 << 10;

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

/// The same for a body of about `len` bytes. A large one is not written to the reused buffer, since the copy takes longer than
/// the memory.
pub(crate) fn written_about(len: usize, write: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    if len < LARGE {
        return written(write);
    }
    let mut buffer = Vec::with_capacity(len);
    write(&mut buffer);
    // A few unused bytes are cheaper than a copy.
    if buffer.capacity() - buffer.len() > buffer.len() / 8 {
        buffer.shrink_to_fit();
    }
    buffer.into()
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
    match has_escapes(text) {
        true => push_json(out, &text),
        false => push_plain(out, text),
    }
}

/// The same for a text that is known to have nothing to be escaped, such as a hash. Inlined, since the compiler does not always
/// do that by itself, which takes 4 % of the instructions of a list.
#[inline]
pub(crate) fn push_plain(out: &mut Vec<u8>, text: &str) {
    debug_assert!(!has_escapes(text), "{text}");
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

fn has_escapes(text: &str) -> bool {
    // Without a branch for each byte, so that the compiler makes vector instructions of it.
    let is_escaped = |byte: u8| (byte < b' ') | (byte == b'"') | (byte == b'\\');
    text.bytes().fold(false, |any, byte| any | is_escaped(byte))
}

/// An object that is written field by field, in this order. Names must need no escaping.
///
/// For replies that clients ask for often. Through serde, each byte of each name and value is looked at for what must be
/// escaped: 5,000 instructions for the hashes and messages of one sample.
pub(crate) struct ObjectWriter<'a> {
    out: &'a mut Vec<u8>,
    is_empty: bool,
}

impl<'a> ObjectWriter<'a> {
    /// Opens an object.
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, is_empty: true }
    }

    /// The name of a field, whose value the caller writes next.
    pub(crate) fn field(&mut self, name: &str) -> &mut Vec<u8> {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b'"');
        self.out.push(b':');
        self.out
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &str, text: &str) -> &mut Self {
        push_text(self.field(name), text);
        self
    }

    /// A text that is known to need no escaping.
    pub(crate) fn plain(&mut self, name: &str, text: &str) -> &mut Self {
        let out = self.field(name);
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
        self
    }

    /// The name of a field that may need escaping.
    pub(crate) fn named(&mut self, name: &str) -> &mut Vec<u8> {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        push_text(self.out, name);
        self.out.push(b':');
        self.out
    }

    /// A boolean.
    pub(crate) fn boolean(&mut self, name: &str, value: bool) -> &mut Self {
        self.field(name).extend_from_slice(if value { b"true" } else { b"false" });
        self
    }

    /// An instant with milliseconds.
    pub(crate) fn time(&mut self, name: &str, at: Timestamp) -> &mut Self {
        let out = self.field(name);
        out.push(b'"');
        push_with_millis(out, at);
        out.push(b'"');
        self
    }

    /// A number.
    pub(crate) fn number(&mut self, name: &str, number: impl itoa::Integer) -> &mut Self {
        self.field(name).extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        self
    }

    /// Bytes as lower-case hexadecimal digits.
    pub(crate) fn hex<const N: usize>(&mut self, name: &str, bytes: &[u8; N]) -> &mut Self {
        let out = self.field(name);
        out.push(b'"');
        out.extend_from_slice(hex_pairs(bytes).as_flattened());
        out.push(b'"');
        self
    }

    /// Closes the object.
    pub(crate) fn end(self) {
        self.out.push(b'}');
    }
}

/// Writes a list, each item with `write`.
pub(crate) fn push_list<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    for (place, item) in items.into_iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
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

    #[test]
    fn objects_and_lists_are_written_in_order() {
        let body = written(|out| {
            push_list(out, ["a\"", "b"], |out, text| {
                let mut object = ObjectWriter::new(out);
                object
                    .text("text", text)
                    .plain("plain", "é")
                    .number("number", u64::MAX)
                    .hex("hex", &[0, 0xab]);
                object.number("zero", 0).number("hundred", 100);
                push_list(object.field("list"), [1, 2], |out, number| push_json(out, &number));
                object.boolean("yes", true).boolean("no", false).time("at", Timestamp::UNIX_EPOCH);
                object.named("a\"").push(b'1');
                object.end();
            });
            let mut first = ObjectWriter::new(out);
            first.named("b").push(b'2');
            first.end();
            ObjectWriter::new(out).end();
            push_list(out, [0; 0], |out, number| push_json(out, &number));
        });
        let object = |text| {
            format!(
                concat!(
                    r#"{{"text":"{text}","plain":"é","number":18446744073709551615,"hex":"00ab","zero":0,"#,
                    r#""hundred":100,"list":[1,2],"yes":true,"no":false,"at":"1970-01-01T00:00:00.000Z","a\"":1}}"#
                ),
                text = text
            )
        };
        let all = format!("[{},{}]{{\"b\":2}}{{}}[]", object("a\\\""), object("b"));
        assert_eq!(String::from_utf8_lossy(&body), all);
    }
}
