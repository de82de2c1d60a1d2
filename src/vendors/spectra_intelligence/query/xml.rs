//! `<rl><query><hash_type>md5</hash_type><hashes><item>…</item></hashes></query></rl>`: any child element of
//! `hashes` is a hash, further elements elsewhere and all attributes are ignored.
//!
//! Whatever is not well-formed is refused, as is what is not in the encoding that it declares. A document type is passed
//! over; one that defines entities is refused, since what these expand to has no bound.

use xml::name::OwnedName;
use xml::reader::{ParserConfig, XmlEvent};

use super::shape::Query;

/// How deep elements may lie in each other.
const DEEPEST: usize = 128;

/// The longest value of an attribute in bytes; nobody looks at any.
const LONGEST_ATTRIBUTE: usize = 1 << 20;

/// The most attributes of an element. Those that name spaces are copied for each element inside.
const MOST_ATTRIBUTES: usize = 64;

/// Reads a body in the encoding that it declares, else in UTF-8; `None` if it is malformed.
pub(super) fn parse(body: &[u8]) -> Option<Query> {
    // The parser has no bound for entities in attributes. In UTF-16 there are zeros between the letters.
    let letters: Vec<u8> = body.iter().copied().filter(|byte| *byte != 0).collect();
    if letters.windows(8).any(|part| part == b"<!ENTITY") {
        return None;
    }
    let reader = ParserConfig::new()
        .whitespace_to_characters(true)
        .cdata_to_characters(true)
        .allow_multiple_root_elements(false)
        .max_entity_expansion_depth(0)
        .max_attributes(MOST_ATTRIBUTES)
        .max_attribute_length(LONGEST_ATTRIBUTE)
        .create_reader(body);
    let mut document = Document::default();
    for event in reader {
        match event.ok()? {
            XmlEvent::StartElement { name, .. } => document.open(&name)?,
            XmlEvent::EndElement { .. } => document.close()?,
            XmlEvent::Characters(text) => document.text(&text)?,
            _ => {}
        }
    }
    document.end()
}

/// Where in the document the reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Rl,
    Query,
    HashType,
    Hashes,
    Hash,
    Elsewhere,
}

#[derive(Debug, Default)]
struct Document {
    open: Vec<Place>,
    text: String,
    has_query: bool,
    hash_type: Option<String>,
    hashes: Option<Vec<String>>,
}

impl Document {
    fn open(&mut self, name: &OwnedName) -> Option<()> {
        if self.open.len() == DEEPEST {
            return None;
        }
        // No name that is asked for has a prefix.
        let name = if name.prefix.is_some() { "" } else { name.local_name.as_str() };
        let place = match (self.open.last(), name) {
            (None, "rl") => Place::Rl,
            (None, _) => return None,
            (Some(Place::Rl), "query") if !self.has_query => Place::Query,
            (Some(Place::Query), "hash_type") if self.hash_type.is_none() => Place::HashType,
            (Some(Place::Query), "hashes") if self.hashes.is_none() => Place::Hashes,
            (Some(Place::Rl), "query") | (Some(Place::Query), "hash_type" | "hashes") => return None,
            (Some(Place::Hashes), _) => Place::Hash,
            (Some(Place::HashType | Place::Hash), _) => return None,
            (Some(Place::Rl | Place::Query | Place::Elsewhere), _) => Place::Elsewhere,
        };
        match place {
            Place::Query => self.has_query = true,
            Place::HashType => self.hash_type = Some(String::new()),
            Place::Hashes => self.hashes = Some(Vec::new()),
            _ => {}
        }
        self.open.push(place);
        Some(())
    }

    fn close(&mut self) -> Option<()> {
        match self.open.pop()? {
            Place::HashType => self.hash_type = Some(std::mem::take(&mut self.text)),
            Place::Hash => self.hashes.as_mut()?.push(std::mem::take(&mut self.text)),
            _ => {}
        }
        Some(())
    }

    fn text(&mut self, text: &str) -> Option<()> {
        match self.open.last() {
            Some(Place::HashType | Place::Hash) => self.text.push_str(text),
            Some(Place::Elsewhere) => {}
            None | Some(Place::Rl | Place::Query | Place::Hashes) => {
                return text.chars().all(|character| " \t\r\n".contains(character)).then_some(());
            }
        }
        Some(())
    }

    fn end(self) -> Option<Query> {
        Some(Query { hash_type: self.hash_type?, hashes: self.hashes? })
    }
}

/// Whether XML 1.0 can hold the character.
pub(crate) fn is_char(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(hashes: &str) -> String {
        format!("<rl><query><hash_type>md5</hash_type><hashes>{hashes}</hashes></query></rl>")
    }

    fn hashes(hashes: &str) -> Option<Vec<String>> {
        parse(with(hashes).as_bytes()).map(|query| query.hashes)
    }

    #[test]
    fn any_child_is_a_hash_and_its_text_is_taken_as_sent() {
        let got =
            hashes("\n <item>a</item>\t<hash x='1'>b</hash><h><![CDATA[<c>]]>&amp;&#65;<!-- no -->d</h><e/>");
        assert_eq!(got.expect("well-formed"), ["a", "b", "<c>&Ad", ""]);
        assert_eq!(hashes("").expect("well-formed"), [""; 0]);
        assert_eq!(hashes("<i> a </i>").expect("well-formed"), [" a "]);
    }

    #[test]
    fn what_surrounds_the_query_is_passed_over() {
        let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE rl>\n<!-- hello -->\n<rl xmlns='x'>\n\
                    <more><query>&lt;</query></more><query><hashes/><other/><hash_type>sha1</hash_type></query></rl>\n";
        let query = parse(text.as_bytes()).expect("well-formed");
        assert_eq!((query.hash_type.as_str(), query.hashes.len()), ("sha1", 0));
    }

    #[test]
    fn anything_else_is_malformed() {
        let one = with("");
        let bomb = with("<i>&b;</i>").replacen("<rl>", "<!DOCTYPE rl [<!ENTITY b \"bb\">]><rl>", 1);
        for bad in [
            "",
            "x",
            "{}",
            "<rl/>",
            "<rl><query/></rl>",
            "<rl><query><hashes/></query></rl>",
            "<rl><query><hash_type>md5</hash_type></query></rl>",
            "<query><hash_type>md5</hash_type><hashes/></query>",
            &one.replace("hash_type>", "x:hash_type>"),
            &format!("{one}{one}"),
            &format!("{one}x"),
            &format!("{one}&amp;"),
            &one[..one.len() - 5],
            &one.replace("</rl>", "</RL>"),
            &with("<i>a"),
            &with("a"),
            &with("<i><j/></i>"),
            &with("<i>&unknown;</i>"),
            &with("<i>&#0;</i>"),
            &with("<i>&#1;</i>"),
            &with("<i>&#xD800;</i>"),
            &with("<i>&#99999999999;</i>"),
            &with("<i>a & b</i>"),
            &with("<i>\u{1}</i>"),
            &with("<i x='1' x='2'/>"),
            &with("</hashes><hashes>"),
            &bomb,
            &bomb.replace("<i>&b;</i>", "<i a='&b;'/>"),
            &format!("<rl {}/>", (0..100).map(|n| format!("xmlns:a{n}='u' ")).collect::<String>()),
            &format!("<?xml?>{one}"),
            &format!("<?xml encoding='UTF-8'?>{one}"),
            &format!("<?xml version='1.0' encoding='UTF-16'?>{one}"),
            &format!("<?xml version='1.0' encoding='EBCDIC-CP-US'?>{one}"),
            &format!("<?XML y?>{one}"),
            &format!("<!-- a -- b -->{one}"),
            &format!("<![CDATA[ ]]>{one}"),
            &with("<1>a</1>"),
            &with("<i>a ]]> b</i>"),
            &with("<i a='<'/>"),
            &with("<i a='&unknown;'/>"),
            &with("<i a/>"),
            &with("<i a=1/>"),
            &one.replacen("<rl>", "<rl a=\"<\">", 1),
            &format!(" <?xml version=\"1.0\"?>{one}"),
            &"<rl>".repeat(100_000),
            &format!("<rl>{}", "<a>".repeat(1_000_000)),
        ] {
            assert!(parse(bad.as_bytes()).is_none(), "{}", &bad[..bad.len().min(120)]);
        }
    }

    #[test]
    fn a_body_is_in_the_encoding_that_it_declares() {
        let declared = |encoding: &str, hash: &[u8]| {
            let head = format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>");
            let text = with("<i>?</i>").into_bytes();
            let at = text.iter().position(|byte| *byte == b'?').expect("its place");
            let body = [head.as_bytes(), &text[..at], hash, &text[at + 1..]].concat();
            parse(&body).map(|query| query.hashes.concat())
        };
        assert_eq!(declared("ISO-8859-1", b"\xe9"), Some("é".to_owned()));
        assert_eq!(declared("iso-8859-1", "é".as_bytes()), Some("Ã©".to_owned()));
        assert_eq!(declared("US-ASCII", b"abc"), Some("abc".to_owned()));
        assert_eq!(declared("US-ASCII", b"\xe9"), None);
        assert_eq!(declared("utf-8", "é".as_bytes()), Some("é".to_owned()));
        assert_eq!(declared("UTF-8", b"\xe9"), None);
        let wide = with("<i>é</i>");
        let wide: Vec<u8> =
            "\u{feff}".encode_utf16().chain(wide.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(parse(&wide).map(|query| query.hashes), Some(vec!["é".to_owned()]));
    }
}
