//! The bodies of answers.

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

use super::behaviours::SINGLE_SENT;
use super::query::Format;
use crate::journal::body::xml::escape;
use crate::journal::{Behaviour, Reply, json};

/// The content type of texts.
pub(super) const TEXT: &str = "text/plain; charset=utf-8";

/// A single rescan that was sent.
pub(super) fn sent() -> Reply {
    Reply::new(StatusCode::OK, TEXT, "Sample sent for rescanning", &SINGLE_SENT)
}

/// The four lists of a bulk answer: always all of them, in the page's order.
#[derive(Debug, Default, Serialize)]
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

#[derive(Serialize)]
struct Document<'a> {
    rl: &'a Lists<'a>,
}

impl Lists<'_> {
    /// The answer in `format`.
    pub(super) fn reply(&self, format: Format, behaviour: &'static Behaviour) -> Reply {
        let (content_type, body) = match format {
            Format::Json => ("application/json", json(&Document { rl: self })),
            Format::Xml => ("application/xml", self.xml()),
        };
        Reply::new(StatusCode::OK, content_type, body, behaviour)
    }

    fn xml(&self) -> Bytes {
        let mut out = String::from(r#"<?xml version="1.0" encoding="UTF-8"?><rl>"#);
        list(&mut out, "sent_for_rescan", &self.sent_for_rescan);
        list(&mut out, "sample_unavailable", &self.sample_unavailable);
        list(&mut out, "unknown_hashes", &self.unknown_hashes);
        list(&mut out, "invalid_hashes", &self.invalid_hashes);
        out.push_str("</rl>");
        out.into()
    }
}

fn list(out: &mut String, name: &str, items: &[&str]) {
    element(out, name, items.is_empty(), |out| {
        for item in items {
            element(out, "item", item.is_empty(), |out| out.push_str(&escape(item)));
        }
    });
}

fn element(out: &mut String, name: &str, is_empty: bool, content: impl FnOnce(&mut String)) {
    out.push('<');
    out.push_str(name);
    if is_empty {
        out.push_str("/>");
        return;
    }
    out.push('>');
    content(out);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
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
