//! The bodies of answers.

use http::StatusCode;

use super::behaviours::SINGLE_SENT;
use super::query::Format;
use crate::journal::body::xml::escape;
use crate::journal::{Behaviour, ObjectWriter, Reply, push_list, push_plain, push_text, written};

/// The content type of texts.
pub(super) const TEXT: &str = "text/plain; charset=utf-8";

/// A single rescan that was sent.
pub(super) fn sent() -> Reply {
    Reply::new(StatusCode::OK, TEXT, "Sample sent for rescanning", &SINGLE_SENT)
}

/// The four lists of a bulk answer: always all of them, in the page's order.
#[derive(Debug, Default)]
pub(super) struct Lists<'a> {
    /// In storage.
    pub(super) sent_for_rescan: Vec<&'a str>,
    /// Known without a stored file.
    pub(super) sample_unavailable: Vec<&'a str>,
    /// Never seen.
    pub(super) unknown_hashes: Vec<&'a str>,
    /// Not hashes of the request's type.
    pub(super) invalid_hashes: Vec<&'a str>,
}

impl Lists<'_> {
    /// The answer in `format`, written straight into the body.
    pub(super) fn reply(&self, format: Format, behaviour: &'static Behaviour) -> Reply {
        let (content_type, body) = match format {
            Format::Json => ("application/json", written(|out| self.write_json(out))),
            Format::Xml => ("application/xml", written(|out| self.write_xml(out))),
        };
        Reply::new(StatusCode::OK, content_type, body, behaviour)
    }

    /// The names of the lists and their items. All but the last are of hashes, which hold nothing to be escaped.
    fn named(&self) -> [(&'static str, &[&str]); 4] {
        [
            ("sent_for_rescan", &self.sent_for_rescan),
            ("sample_unavailable", &self.sample_unavailable),
            ("unknown_hashes", &self.unknown_hashes),
            ("invalid_hashes", &self.invalid_hashes),
        ]
    }

    fn write_json(&self, out: &mut Vec<u8>) {
        let mut document = ObjectWriter::new(out);
        let mut lists = ObjectWriter::new(document.field("rl"));
        let [hashes @ .., (name, invalid)] = self.named();
        for (name, items) in hashes {
            push_list(lists.field(name), items, |out, hash| push_plain(out, hash));
        }
        push_list(lists.field(name), invalid, |out, item| push_text(out, item));
        lists.end();
        document.end();
    }

    fn write_xml(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(br#"<?xml version="1.0" encoding="UTF-8"?><rl>"#);
        let [hashes @ .., (name, invalid)] = self.named();
        for (name, items) in hashes {
            element(out, name, items, |out, hash| out.extend_from_slice(hash.as_bytes()));
        }
        element(out, name, invalid, |out, item| out.extend_from_slice(escape(item).as_bytes()));
        out.extend_from_slice(b"</rl>");
    }
}

/// Writes a list as an element, and each item of it with `write`.
fn element(out: &mut Vec<u8>, name: &str, items: &[&str], write: impl Fn(&mut Vec<u8>, &str)) {
    tag(out, b"<", name, if items.is_empty() { b"/>" } else { b">" });
    for item in items {
        if item.is_empty() {
            out.extend_from_slice(b"<item/>");
            continue;
        }
        out.extend_from_slice(b"<item>");
        write(out, item);
        out.extend_from_slice(b"</item>");
    }
    if !items.is_empty() {
        tag(out, b"</", name, b">");
    }
}

fn tag(out: &mut Vec<u8>, start: &[u8], name: &str, end: &[u8]) {
    out.extend_from_slice(start);
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(end);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendors::spectra_intelligence::behaviours::BULK_OK;

    #[test]
    fn lists_are_written_in_both_formats() {
        let lists = Lists {
            sent_for_rescan: vec!["a", "A"],
            invalid_hashes: vec!["<&>\"é\r\u{1}", ""],
            ..Lists::default()
        };
        let body = |format| String::from_utf8(lists.reply(format, &BULK_OK).body.to_vec()).expect("UTF-8");
        assert_eq!(
            body(Format::Json),
            r#"{"rl":{"sent_for_rescan":["a","A"],"sample_unavailable":[],"unknown_hashes":[],"invalid_hashes":["<&>\"é\r\u0001",""]}}"#
        );
        assert_eq!(
            body(Format::Xml),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rl><sent_for_rescan><item>a</item><item>A</item></sent_for_rescan>\
             <sample_unavailable/><unknown_hashes/><invalid_hashes><item>&lt;&amp;&gt;\"é&#13;\u{fffd}</item><item/></invalid_hashes></rl>"
        );
    }
}
