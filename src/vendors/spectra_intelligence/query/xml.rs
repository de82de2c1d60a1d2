//! `<rl><query><hash_type>md5</hash_type><hashes><item>…</item></hashes></query></rl>`: any child element of
//! `hashes` is a hash; other elements elsewhere and all attributes are ignored.

use std::borrow::Cow;

use super::{MAX_HASHES, Query};
use crate::journal::body::xml::{self, Visitor};

/// Reads a body; `None` if it is malformed.
pub(super) fn parse(text: &str) -> Option<Query<'_>> {
    let Document { hash_type, hashes, .. } = xml::read_text(text)?;
    Some(Query { hash_type: hash_type?, hashes: hashes? })
}

/// An element by its meaning.
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
struct Document<'a> {
    open: Vec<Place>,
    text: Cow<'a, str>,
    has_query: bool,
    hash_type: Option<Cow<'a, str>>,
    hashes: Option<Vec<Cow<'a, str>>>,
}

impl<'a> Visitor<'a> for Document<'a> {
    fn open(&mut self, name: &str) -> Option<()> {
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
            Place::HashType => self.hash_type = Some(Cow::default()),
            Place::Hashes => self.hashes = Some(Vec::with_capacity(MAX_HASHES)),
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

    fn text(&mut self, text: Cow<'a, str>) -> Option<()> {
        match self.open.last() {
            Some(Place::HashType | Place::Hash) if self.text.is_empty() => self.text = text,
            Some(Place::HashType | Place::Hash) => self.text.to_mut().push_str(&text),
            Some(Place::Elsewhere) => {}
            // Only elements belong here. White space between them is layout.
            None | Some(Place::Rl | Place::Query | Place::Hashes) => {
                return xml::is_blank(&text).then_some(());
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(hashes: &str) -> String {
        format!("<rl><query><hash_type>md5</hash_type><hashes>{hashes}</hashes></query></rl>")
    }

    fn hashes(hashes: &str) -> Option<Vec<String>> {
        let texts = |query: Query<'_>| query.hashes.into_iter().map(Cow::into_owned).collect();
        parse(&with(hashes)).map(texts)
    }

    #[test]
    fn any_child_of_hashes_is_a_hash_with_its_text_as_sent() {
        let got =
            hashes("\n <item>a</item>\t<hash x='1'>b</hash><h><![CDATA[<c>]]>&amp;&#65;<!-- no -->d</h><e/>");
        assert_eq!(got.expect("well-formed"), ["a", "b", "<c>&Ad", ""]);
        assert_eq!(hashes("").expect("well-formed"), [""; 0]);
        assert_eq!(hashes("<i> a </i>").expect("well-formed"), [" a "]);
    }

    #[test]
    fn other_elements_are_ignored() {
        let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- hello -->\n<rl xmlns='x'>\n\
                    <more><query>&lt;</query></more><query><hashes/><other/><hash_type>sha1</hash_type></query></rl>\n";
        let text = xml::decode(text.as_bytes()).expect("UTF-8");
        let query = parse(&text).expect("well-formed");
        assert_eq!((&*query.hash_type, query.hashes.len()), ("sha1", 0));
    }

    #[test]
    fn documents_of_another_shape_are_malformed() {
        let one = with("");
        for bad in [
            "{}",
            "<rl/>",
            "<rl><query/></rl>",
            "<rl><query><hashes/></query></rl>",
            "<rl><query><hash_type>md5</hash_type></query></rl>",
            "<query><hash_type>md5</hash_type><hashes/></query>",
            &one.replace("hash_type>", "x:hash_type>"),
            &one.replace("<hashes>", "<hashes/><hashes>"),
            &one.replace("<query>", "<query/><query>"),
            &format!("{one}{one}"),
            &one[..one.len() - 5],
            &with("a"),
            &with("&#65;"),
            &with("<i><j/></i>"),
            &with("</hashes><hashes>"),
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
