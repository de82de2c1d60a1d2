//! The encoding of an XML document: UTF-8, UTF-16 with a byte order mark, US-ASCII or ISO-8859-1.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesDecl, BytesStart, Event};

/// The longest XML declaration in bytes.
const MAX_DECLARATION: usize = 256;

/// The document as text without its byte order mark; `None` if it is not in the encoding that it declares.
pub(crate) fn decode(body: &[u8]) -> Option<Cow<'_, str>> {
    match body {
        [0xff, 0xfe, rest @ ..] => return utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => return utf16(rest, u16::from_be_bytes),
        _ => {}
    }
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    match declaration(body)?.encoding.as_deref() {
        None | Some("utf-8" | "utf8") => std::str::from_utf8(body).ok().map(Cow::Borrowed),
        Some("us-ascii" | "ascii") if body.is_ascii() => std::str::from_utf8(body).ok().map(Cow::Borrowed),
        // The bytes of ISO-8859-1 are the first 256 code points of Unicode.
        Some("iso-8859-1" | "latin1") => Some(body.iter().map(|byte| char::from(*byte)).collect()),
        // UTF-16 belongs here, too: without a byte order mark the text is not UTF-16.
        Some(_) => None,
    }
}

fn utf16(body: &[u8], unit: fn([u8; 2]) -> u16) -> Option<Cow<'static, str>> {
    let (units, rest) = body.as_chunks::<2>();
    let text: String = char::decode_utf16(units.iter().copied().map(unit)).collect::<Result<_, _>>().ok()?;
    let declared = declaration(text.as_bytes())?.encoding;
    (rest.is_empty() && declared.is_none_or(|name| matches!(name.as_str(), "utf-16" | "utf16")))
        .then_some(Cow::Owned(text))
}

/// A document without its declaration, if it has one; `None` if that is malformed.
pub(super) fn without_declaration(text: &str) -> Option<&str> {
    text.get(declaration(text.as_bytes())?.len..)
}

/// The declaration at the beginning of a document, or that there is none.
#[derive(Default)]
struct Declaration {
    /// Its length in bytes.
    len: usize,
    /// The name of the encoding, in lower case.
    encoding: Option<String>,
}

/// `None` if it is malformed.
fn declaration(body: &[u8]) -> Option<Declaration> {
    if !body.starts_with(b"<?xml") {
        return Some(Declaration::default());
    }
    // The end is searched for in a bounded part only, since the body may be large and have none.
    let head = &body[..body.len().min(MAX_DECLARATION)];
    let end = head.iter().position(|byte| *byte == b'>')?;
    match Reader::from_str(std::str::from_utf8(&head[..=end]).ok()?).read_event().ok()? {
        Event::Decl(declaration) => Some(Declaration { len: end + 1, encoding: declared(&declaration)? }),
        // `<?xml-stylesheet …?>`
        _ => Some(Declaration::default()),
    }
}

/// The name of the encoding in a declaration, in lower case; `None` if the declaration is malformed.
pub(super) fn declared(declaration: &BytesDecl<'_>) -> Option<Option<String>> {
    let mut names = ["version", "encoding", "standalone"].iter();
    let (mut has_version, mut encoding) = (false, None);
    let content: &str = declaration;
    for attribute in BytesStart::from_content(content, "xml".len()).attributes() {
        let attribute = attribute.ok()?;
        // Each comes once at most, and in this order.
        let name = names.find(|name| **name == attribute.key.as_ref())?;
        match (*name, &*attribute.value) {
            ("version", "1.0" | "1.1") => has_version = true,
            ("encoding", value) => encoding = Some(value.to_ascii_lowercase()),
            ("standalone", "yes" | "no") => {}
            _ => return None,
        }
    }
    has_version.then_some(encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(encoding: &str, rest: &[u8]) -> Option<String> {
        let head = format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>");
        let body = [head.as_bytes(), rest].concat();
        let text = decode(&body)?;
        text.strip_prefix(&head).map(str::to_owned)
    }

    #[test]
    fn a_document_is_in_the_encoding_that_it_declares() {
        assert_eq!(declared("ISO-8859-1", b"\xe9").as_deref(), Some("é"));
        assert_eq!(declared("iso-8859-1", "é".as_bytes()).as_deref(), Some("Ã©"));
        assert_eq!(declared("US-ASCII", b"abc").as_deref(), Some("abc"));
        assert_eq!(declared("US-ASCII", b"\xe9"), None);
        assert_eq!(declared("utf-8", "é".as_bytes()).as_deref(), Some("é"));
        assert_eq!(declared("UTF-8", b"\xe9"), None);
        assert_eq!(declared("UTF-16", b"a"), None);
        assert_eq!(declared("EBCDIC-CP-US", b"a"), None);
        assert_eq!(decode("é".as_bytes()).as_deref(), Some("é"));
        assert_eq!(decode(b"\xe9"), None);
    }

    #[test]
    fn utf_16_needs_a_byte_order_mark() {
        for (text, expected) in [
            ("<a>é</a>", true),
            ("<?xml version='1.0' encoding='UTF-16'?><a>é\u{1f600}</a>", true),
            ("<?xml version='1.0' encoding='UTF-8'?><a/>", false),
        ] {
            let units: Vec<u16> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).collect();
            let little: Vec<u8> = units.iter().copied().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = units.iter().copied().flat_map(u16::to_be_bytes).collect();
            for body in [little, big] {
                assert_eq!(decode(&body).as_deref(), expected.then_some(text));
                assert_eq!(decode(&body[..body.len() - 1]), None, "half a unit");
            }
        }
        assert_eq!(decode(b"\xff\xfe\x00\xd8"), None, "half a pair");
    }
}
