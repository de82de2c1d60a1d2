//! Reading the lists of a bulk answer in XML.

use std::borrow::Cow;

use crate::journal::body::xml::{self, Visitor};

/// The items of the lists in order, each with the name of its list; `None` if the body is not well-formed. Text elsewhere
/// comes with the path of its element. Blank items are dropped.
pub(super) fn items(body: &[u8]) -> Option<Vec<(String, String)>> {
    xml::read(body).map(|Lists { items, .. }| items)
}

#[derive(Default)]
struct Lists {
    open: Vec<String>,
    text: String,
    items: Vec<(String, String)>,
}

impl Lists {
    /// `<rl><LIST><item>TEXT</item></LIST></rl>`: an item lies in the third element.
    fn end_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !xml::is_blank(&text) {
            let name = match self.open.as_slice() {
                [_, list, _] => list.clone(),
                [_, inner @ ..] => inner.join("."),
                [] => String::new(),
            };
            self.items.push((name, text));
        }
    }
}

impl Visitor<'_> for Lists {
    fn open(&mut self, name: &str) -> Option<()> {
        // What came before a child element is text of the outer element.
        self.end_text();
        self.open.push(name.to_owned());
        Some(())
    }

    fn close(&mut self) -> Option<()> {
        self.end_text();
        self.open.pop().map(|_| ())
    }

    fn text(&mut self, text: Cow<'_, str>) -> Option<()> {
        self.text.push_str(&text);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_read_with_the_names_of_their_lists() {
        let text = "<rl>\n<a><item> x&amp;y </item><item/></a><b/><c><item>z</item></c></rl>";
        let expected = [("a", " x&y "), ("c", "z")].map(|(list, item)| (list.to_owned(), item.to_owned()));
        assert_eq!(items(text.as_bytes()).as_deref(), Some(&expected[..]));
        let elsewhere = "<rl><a>x<item>y</item></a><b><c><d>z</d></c></b></rl>";
        let expected =
            [("a", "x"), ("a", "y"), ("b.c.d", "z")].map(|(list, item)| (list.to_owned(), item.to_owned()));
        assert_eq!(items(elsewhere.as_bytes()).as_deref(), Some(&expected[..]));
        assert_eq!(items(b"not XML"), None);
    }
}
