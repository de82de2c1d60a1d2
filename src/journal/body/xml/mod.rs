//! XML 1.0: a strict reader on top of quick-xml, a faster one for plain documents, and escaping. Endpoints and readers of the
//! journal use the same.
//!
//! quick-xml finds tags and leaves most of the rules to its caller. [`read`] holds those that a body must keep to be
//! well-formed, and refuses every document type: entities are the only part of it that matters, and what they expand to has
//! no bound.

mod encoding;
mod plain;

pub(crate) use self::encoding::decode;

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::{partial_escape, resolve_predefined_entity, unescape};
use quick_xml::events::{BytesPI, BytesRef, BytesStart, Event};

/// How deep elements may be nested.
const MAX_DEPTH: usize = 128;

/// The most attributes of an element. quick-xml compares each name with all others.
const MAX_ATTRIBUTES: usize = 64;

/// Receives the parts of a document in order. `None` refuses the document. What was received from a document that turns out
/// not to be plain is dropped, and it is read again.
pub(crate) trait Visitor<'a> {
    /// An element begins.
    fn open(&mut self, name: &str) -> Option<()>;

    /// The innermost open element ends.
    fn close(&mut self) -> Option<()>;

    /// Text of the innermost open element, references resolved. One text may come in several pieces.
    fn text(&mut self, text: Cow<'a, str>) -> Option<()>;
}

/// Reads a document in the encoding that it declares, else in UTF-8; `None` if it is not well-formed or the visitor
/// refuses it.
pub(crate) fn read<V: for<'a> Visitor<'a> + Default>(body: &[u8]) -> Option<V> {
    read_text(&decode(body)?)
}

/// The same of a document that has been decoded. The visitor may keep its texts without a copy.
pub(crate) fn read_text<'a, V: Visitor<'a> + Default>(text: &'a str) -> Option<V> {
    if !are_chars(text) {
        return None;
    }
    // What is not plain is read again, by quick-xml.
    encoding::without_declaration(text).and_then(plain::read).or_else(|| read_any(text))
}

/// The same of any document.
fn read_any<'a, V: Visitor<'a> + Default>(text: &'a str) -> Option<V> {
    let mut visitor = V::default();
    let mut reader = Reader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    let (mut depth, mut has_root, mut is_first) = (0_usize, false, true);
    loop {
        let event = reader.read_event().ok()?;
        match &event {
            Event::Start(tag) | Event::Empty(tag) => {
                // A document has one root element.
                if depth == MAX_DEPTH || (depth == 0 && has_root) {
                    return None;
                }
                has_root = true;
                start(tag, &mut visitor)?;
                match event {
                    Event::Empty(_) => visitor.close()?,
                    _ => depth += 1,
                }
            }
            Event::End(_) => {
                depth -= 1;
                visitor.close()?;
            }
            Event::Text(text) if depth == 0 => is_blank(text).then_some(())?,
            // XML 1.0, section 2.4: this sequence must be escaped in text. Few texts have its last character, and preparing the
            // search for all three takes longer than reading a hash.
            Event::Text(text) if text.contains('>') && text.contains("]]>") => return None,
            Event::Text(text) => visitor.text(text.xml10_content())?,
            Event::CData(_) | Event::GeneralRef(_) if depth == 0 => return None,
            Event::CData(text) => visitor.text(text.xml10_content())?,
            Event::GeneralRef(reference) => visitor.text(resolve(reference)?)?,
            Event::Decl(declaration) if is_first => encoding::declared(declaration).map(|_| ())?,
            Event::PI(instruction) => check_instruction(instruction)?,
            Event::Comment(_) => {}
            Event::Decl(_) | Event::DocType(_) => return None,
            Event::Eof => return (has_root && depth == 0).then_some(visitor),
        }
        is_first = false;
    }
}

fn start<'a>(tag: &BytesStart<'_>, visitor: &mut impl Visitor<'a>) -> Option<()> {
    let name = tag.name();
    let name = name.as_ref();
    if !is_name(name) {
        return None;
    }
    // Most elements have no attributes.
    if tag.attributes_raw().is_empty() {
        return visitor.open(name);
    }
    if !are_separated(tag.attributes_raw()) {
        return None;
    }
    for (place, attribute) in tag.attributes().enumerate() {
        let attribute = attribute.ok()?;
        let value = &*attribute.value;
        if place == MAX_ATTRIBUTES || !is_name(attribute.key.as_ref()) || value.contains('<') {
            return None;
        }
        // A character reference may stand for a character that is not allowed.
        if value.contains('&') && !are_chars(&unescape(value).ok()?) {
            return None;
        }
    }
    visitor.open(name)
}

/// Whether a blank follows each value of the attributes, which quick-xml does not ask for.
fn are_separated(attributes: &str) -> bool {
    let mut rest = attributes;
    while let Some((_, value)) = rest.split_once(['"', '\'']) {
        let quote = rest.as_bytes()[rest.len() - value.len() - 1];
        let Some((_, after)) = value.split_once(char::from(quote)) else { return false };
        if !after.is_empty() && !after.starts_with(BLANKS) {
            return false;
        }
        rest = after;
    }
    true
}

/// A processing instruction means nothing here. The name `xml` is reserved for the XML declaration.
fn check_instruction(instruction: &BytesPI<'_>) -> Option<()> {
    let target = instruction.target();
    (is_name(target) && !target.eq_ignore_ascii_case("xml")).then_some(())
}

/// The text for a character reference or one of the five predefined entities.
fn resolve<'a>(reference: &BytesRef<'_>) -> Option<Cow<'a, str>> {
    match reference.resolve_char_ref().ok()? {
        Some(character) => is_char(character).then(|| Cow::Owned(character.to_string())),
        None => resolve_predefined_entity(reference).map(Cow::Borrowed),
    }
}

const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// Whether a text is white space alone.
pub(crate) fn is_blank(text: &str) -> bool {
    text.trim_matches(BLANKS).is_empty()
}

/// Whether XML 1.0 can hold all characters of a text.
fn are_chars(text: &str) -> bool {
    // Of ASCII, only control characters are excluded. Looked for without a branch for each byte, so that the compiler makes
    // vector instructions of it; decoding all characters would be a third of the work of reading a document.
    let is_plain =
        |byte: u8| (b' '..0x80).contains(&byte) | (byte == b'\t') | (byte == b'\r') | (byte == b'\n');
    text.bytes().fold(true, |all, byte| all & is_plain(byte)) || text.chars().all(is_char)
}

/// Whether XML 1.0 can hold the character.
fn is_char(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

fn is_name(text: &str) -> bool {
    // Letters and underscores may be anywhere, and few names have anything else.
    let is_plain = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    !text.is_empty() && (text.bytes().all(is_plain) || has_name_characters(text))
}

fn has_name_characters(text: &str) -> bool {
    text.starts_with(is_name_start)
        && text.chars().all(|character| {
            is_name_start(character)
                || matches!(character, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
        })
}

fn is_name_start(character: char) -> bool {
    matches!(character,
        ':' | '_' | 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

/// Text for the content of an element, which a parser reads back as it was. Texts from JSON may have characters that XML
/// does not allow; they become the replacement character.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    // Hashes and most other texts stay as they are, and need not be decoded.
    let is_plain = |byte: u8| (b' '..0x7f).contains(&byte) & (byte != b'<') & (byte != b'>') & (byte != b'&');
    if text.bytes().fold(true, |all, byte| all & is_plain(byte)) {
        return Cow::Borrowed(text);
    }
    let escaped = partial_escape(text);
    if escaped.chars().all(|character| character != '\r' && is_char(character)) {
        return escaped;
    }
    // A parser turns a carriage return into a line feed, unless it is a character reference.
    let legal = escaped
        .chars()
        .map(|character| if is_char(character) { character } else { char::REPLACEMENT_CHARACTER });
    Cow::Owned(legal.collect::<String>().replace('\r', "&#13;"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document as its tags and texts: `(a:text)`.
    #[derive(Default)]
    struct Outline(String);

    impl Visitor<'_> for Outline {
        fn open(&mut self, name: &str) -> Option<()> {
            self.0 += "(";
            self.0 += name;
            self.0 += ":";
            Some(())
        }

        fn close(&mut self) -> Option<()> {
            self.0 += ")";
            Some(())
        }

        fn text(&mut self, text: Cow<'_, str>) -> Option<()> {
            self.0 += &text;
            Some(())
        }
    }

    fn outline(body: &[u8]) -> Option<String> {
        read(body).map(|Outline(text)| text)
    }

    #[test]
    fn well_formed_documents_are_read() {
        for (text, expected) in [
            ("<a/>", "(a:)"),
            ("<a ></a >", "(a:)"),
            (
                "\u{feff}<?xml version='1.0'?>\n<!-- - -->\n<?xml-style x?><a:b.1-é>x</a:b.1-é>\n<!----> ",
                "(a:b.1-é:x)",
            ),
            ("<?xml version=\"1.1\" encoding='utf-8' standalone='yes' ?><a/>", "(a:)"),
            ("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;]]&gt;</a>", "(a:<>&\"'AB]]>)"),
            ("<a><![CDATA[<b>&c;]]]]><![CDATA[>]]></a>", "(a:<b>&c;]]>)"),
            ("<a x='&lt;\"' y=\"'>\"\n z=''><b/></a>", "(a:(b:))"),
            ("<a>x\r\ny\rz</a>", "(a:x\ny\nz)"),
        ] {
            assert_eq!(outline(text.as_bytes()).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn plain_documents_are_read_as_any_other() {
        let pieces = ["<a>", "</a>", "<b1/>", "</", "<", "/", ">", "a", " ", "=", "é", "]]>", "&lt;"];
        let outline = |read: Option<Outline>| read.map(|Outline(text)| text);
        let (mut documents, mut plain) = (vec![String::new()], 0);
        for _ in 0..4 {
            documents =
                documents.iter().flat_map(|text| pieces.map(|piece| format!("{text}{piece}"))).collect();
            for text in documents.iter().map(|text| format!("<a>{text}")).chain(documents.iter().cloned()) {
                let expected = outline(read_any(&text));
                let got = outline(plain::read(&text));
                plain += usize::from(got.is_some());
                assert!(got.is_none() || got == expected, "{text}: {got:?}, {expected:?}");
                let is_plain = !text.contains(['=', ']', '&']);
                assert!(got == expected || !is_plain, "{text}: {expected:?}");
            }
        }
        assert!(plain > 100, "{plain}");
    }

    #[test]
    fn documents_that_are_not_well_formed_are_refused() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        let attributes =
            |count: usize| format!("<a {}/>", (0..count).map(|n| format!("x{n}='' ")).collect::<String>());
        assert!(outline(nested(MAX_DEPTH).as_bytes()).is_some());
        assert!(outline(attributes(MAX_ATTRIBUTES).as_bytes()).is_some());
        for bad in [
            "",
            " ",
            "x",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><a/>",
            "<a/>x",
            "x<a/>",
            "<a/>&amp;",
            "<![CDATA[]]><a/>",
            "<a/",
            "< a/>",
            "<a></ a>",
            "<1/>",
            "<a/ >",
            "<a b/>",
            "<a b=1/>",
            "<a b=''c=''/>",
            "<a b='' b=''/>",
            "<a b='<'/>",
            "<a b='&c;'/>",
            "<a b='&'/>",
            "<a b='&#0;'/>",
            "<a b='&#1;'/>",
            "<a 1=''/>",
            "<a>&b;</a>",
            "<a>&</a>",
            "<a>& </a>",
            "<a>&#0;</a>",
            "<a>&#1;</a>",
            "<a>&#xd800;</a>",
            "<a>&#xfffe;</a>",
            "<a>&#99999999999;</a>",
            "<a>&#+65;</a>",
            "<a>]]></a>",
            "<a>\u{1}</a>",
            "<a>\u{ffff}</a>",
            "<!-- -- --><a/>",
            "<!-- --->\n<a/>",
            "<!DOCTYPE a><a/>",
            "<!doctype a><a/>",
            "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            "<?xml?><a/>",
            "<?xml encoding='UTF-8'?><a/>",
            " <?xml version='1.0'?><a/>",
            "<?xml version='1.0'?><?xml version='1.0'?><a/>",
            "<?xml version='2.0'?><a/>",
            "<?xml version='1.0' x='y'?><a/>",
            "<?xml standalone='yes' version='1.0'?><a/>",
            "<a><?xml version='1.0'?></a>",
            "<?XML y?><a/>",
            "<? y?><a/>",
            "<??><a/>",
            &nested(MAX_DEPTH + 1),
            &attributes(MAX_ATTRIBUTES + 1),
            &"<a>".repeat(1_000_000),
        ] {
            assert_eq!(outline(bad.as_bytes()), None, "{}", &bad[..bad.len().min(120)]);
        }
    }

    #[test]
    fn escaped_text_is_read_back_as_it_was() {
        assert_eq!(escape("a"), "a");
        assert_eq!(escape("<&>\"'é\n\t"), "&lt;&amp;&gt;\"'é\n\t");
        assert_eq!(escape("]]>\r\u{1}\u{ffff}"), "]]&gt;&#13;\u{fffd}\u{fffd}");
        for text in ["<&>\"'é\r\n\t]]>", ""] {
            assert_eq!(outline(format!("<a>{}</a>", escape(text)).as_bytes()), Some(format!("(a:{text})")));
        }
    }
}
