//! Reading the lists of a bulk answer in XML.

use crate::journal::body::xml::{self, Visitor};

/// The items of the lists in order, each with the name of its list; `None` if the body is not well-formed. Blank items
/// are dropped.
pub(super) fn items(body: &[u8]) -> Option<Vec<(String, String)>> {
    let mut lists = Lists::default();
    xml::read(body, &mut lists)?;
    Some(lists.items)
}

#[derive(Default)]
struct Lists {
    open: Vec<String>,
    text: String,
    items: Vec<(String, String)>,
}

/// `<rl><LIST><item>TEXT</item></LIST></rl>`: an item lies in the third element.
impl Visitor for Lists {
    fn open(&mut self, name: &str) -> Option<()> {
        self.open.push(name.to_owned());
        Some(())
    }

    fn close(&mut self) -> Option<()> {
        let text = std::mem::take(&mut self.text);
        if let [_, list, _] = self.open.as_slice()
            && !xml::is_blank(&text)
        {
            self.items.push((list.clone(), text));
        }
        self.open.pop().map(|_| ())
    }

    fn text(&mut self, text: &str) -> Option<()> {
        if self.open.len() == 3 {
            self.text.push_str(text);
        }
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
        assert_eq!(items(b"not XML"), None);
    }
}
